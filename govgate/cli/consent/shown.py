"""One person's or source's consent, as the commands print it."""

from typing import TYPE_CHECKING, Any

import click

from govgate.cli.lines import many

if TYPE_CHECKING:
    import polars as pl

    from govgate.model import Purpose
    from govgate.rights.consent.registry import Registry

_SHOWN = ("request", "status", "purpose", "basis", "jurisdiction", "given_by", "age", "controller")


def person(
    registry: "Registry",
    column: str,
    text: str,
    key: bytes,
    as_of: Any,
    purpose: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print what holds for a ``subject`` or ``source`` on a day, and every event of theirs."""
    from govgate.model import Purpose
    from govgate.rights.subjects import subject_key

    asked = [Purpose(purpose)] if purpose else list(Purpose)
    name, value = ("subject_key", subject_key(text, key)) if column == "subject" else (column, text)
    told = {
        "asOf": as_of.isoformat(),
        "digest": registry.digest,
        "purposes": {one.value: _held(registry, as_of, one, name, value) for one in asked},
    }
    if (later := registry.ahead(as_of)) and not quiet:
        click.echo(f"{many(later, 'event')} of the registry after {as_of}: not counted", err=True)
    if as_json:
        import json

        click.echo(json.dumps(told, indent=2))
        return
    who = "the data subject" if column == "subject" else f"source {text!a}"
    click.echo(f"{who}, as of {as_of}")
    for one, held in told["purposes"].items():
        _show(one, held)


def _held(
    registry: "Registry", as_of: Any, purpose: "Purpose", column: str, value: str
) -> dict[str, Any]:
    import polars as pl

    from govgate.rights.consent.history import history
    from govgate.rights.consent.standing import NO_EVENT

    mine = pl.col(column) == value
    own = type(registry)(registry.digest, registry.events.filter(mine), registry.purposes)
    found = own.status if column == "subject_key" else own.source_status
    rows = found(as_of, purpose).drop(column).to_dicts()
    events = history(own, as_of, purpose, holder=column, key=value)
    nothing = {"status": None, "why": NO_EVENT, "basis": None, "by": None, "age": None}
    return (rows[0] if rows else nothing | {"requests": []}) | {"events": _events(events)}


def _events(events: "pl.DataFrame") -> list[dict[str, Any]]:
    import polars as pl

    kept = events.drop("subject_key", "source", strict=False)
    # Python's times end with the year 9999, after which an expiry of its last day lies.
    kept = kept.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"))
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in kept.iter_rows(named=True)
    ]


def _show(purpose: str, held: dict[str, Any]) -> None:
    by = f", said by the {held['by']}" if held["by"] and held["status"] else ""
    click.echo(
        f"{purpose}: {held['status'] or 'unknown'}{by}"
        + (f" ({held['why']})" if held["why"] else "")
    )
    if held["age"]:
        click.echo(f"  age class {held['age']}")
    if held["requests"]:
        click.echo(f"  requests: {', '.join(held['requests'])}")
    for event in held["events"]:
        words = " ".join(event[name] for name in _SHOWN if name in event)
        until = f" until before {event['expires']}" if "expires" in event else ""
        begin = f" from {event['valid_from']}" if "valid_from" in event else ""
        proof = f" [{event['evidence']}]" if "evidence" in event else ""
        click.echo(f"  {event['role']:<19} {event['time']}  {words}{begin}{until}{proof}")
