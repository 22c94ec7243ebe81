"""`govgate consent record`: one event, by hand or from another program."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from govgate.cli.consent.import_ import ahead
from govgate.cli.consent.places import holder, holder_options, registry_of, registry_options
from govgate.home import Home

F = TypeVar("F", bound=Callable[..., Any])

EPILOG = """\b
Examples:
  govgate consent record --subject u-1042 --purpose fine-tuning --status given \\
      --expiry 2027-06-30 --evidence form-17
  echo u-1042 | govgate consent record --subject - --purpose any --status withdrawn
  govgate consent record --subject u-1042 --request erasure --status made
  govgate consent record --source acme-forum --purpose training --status refused
"""
_COLUMNS = (
    ("--purpose", "A training purpose, training, any, or one of DPV's such as dpv:Marketing."),
    ("--request", "erasure, objection or restriction: a request, not consent."),
    ("--time", "When it was said, as ISO 8601. [default: now]"),
    ("--expiry", "Until when consent holds: a day, or an instant."),
    ("--valid-from", "From when consent holds, if later than it was given."),
    ("--lawful-basis", "On what ground, such as consent or legitimate-interests."),
    ("--jurisdiction", "ISO 3166 country, or EU."),
    ("--controller", "Who it was said to."),
    ("--evidence", "A reference to what shows it; no personal data."),
    ("--given-by", "subject or guardian. [default: subject]"),
    ("--age-class", "under-13, 13-15, 16-17, adult, child or minor."),
    ("--event-id", "Its name elsewhere, so that it is never added twice."),
)


def _columns(function: F) -> F:
    for name, text in reversed(_COLUMNS):
        function = click.option(name, metavar="TEXT", help=text)(function)
    return function


@click.command("record", epilog=EPILOG)
@holder_options
@click.option("--status", required=True, metavar="WORD", help="given, withdrawn, refused, made…")
@_columns
@registry_options
def command(
    subject: str | None,
    source: str | None,
    status: str,
    database: str | None,
    config: Path | None,
    home: Home,
    as_json: bool,
    quiet: bool,
    **columns: str | None,
) -> None:
    """Add one event to the registry, which is made if need be."""
    from datetime import UTC, datetime

    from govgate.home import fingerprint_key
    from govgate.rights.consent.events import read_events
    from govgate.rights.consent.stores.store import import_events

    if columns["purpose"] is None and columns["request"] is None:
        raise click.UsageError("Give --purpose: what the consent is for. (A --request needs none.)")
    place, _ = registry_of(database, config, home, writing=True)
    column, who = holder(subject, source)
    now, key = datetime.now(UTC), fingerprint_key(home)
    row: dict[str, str | None] = {name: text for name, text in columns.items() if text is not None}
    row = {"time": now.isoformat(), "purpose": None, **row, column: who, "status": status}
    events = read_events(json.dumps(row).encode(), "the event", ".jsonl", key)
    done = import_events(place, key, events, file="", name="the event", now=now)
    told = {
        "database": place.name,
        "added": done.added,
        "repeated": done.repeated,
        "ahead": ahead(events, now),
        "batch": done.batch.number,
        "digest": done.batch.digest,
    }
    if as_json:
        click.echo(json.dumps(told, indent=2))
    elif done.repeated:
        click.echo(f"nothing was added to {place.name}: the event is there already, by event_id")
    else:
        click.echo(f"1 event added to {place.name}, batch {done.batch.number}")
    if told["ahead"] and not quiet:
        click.echo("the event lies in the future: it has no effect until then", err=True)
