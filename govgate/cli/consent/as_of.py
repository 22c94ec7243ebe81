"""`govgate consent as-of`: how consent stood on a day."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.consent.places import (
    holder,
    holder_options,
    opened,
    purpose_option,
    registry_options,
)
from govgate.cli.consent.shown import person
from govgate.cli.lines import many
from govgate.cli.options import day
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.rights.consent.registry import Registry

EPILOG = """\b
Examples:
  govgate consent as-of 2026-06-30
  govgate consent as-of 2026-06-30 --purpose fine-tuning --json
  govgate consent as-of 2026-06-30 --subject u-1042
"""


@click.command("as-of", epilog=EPILOG)
@click.argument("day_", metavar="DAY", callback=lambda _ctx, _param, text: day(text))
@holder_options
@purpose_option
@registry_options
def command(
    day_: Any,
    subject: str | None,
    source: str | None,
    purpose: str | None,
    database: str | None,
    config: Path | None,
    home: Home,
    as_json: bool,
    quiet: bool,
) -> None:
    """Count subjects and sources by status at the end of DAY (UTC), for each purpose.

    With --subject or --source, say what held for that one.
    """
    one = holder(subject, source) if subject is not None or source is not None else None
    registry, key = opened(database, config, home)
    if one is not None:
        person(registry, *one, key, day_, purpose, as_json, quiet)
        return
    told = _counted(registry, day_, purpose)
    if told["ahead"] and not quiet:
        click.echo(f"{many(told['ahead'], 'event')} after {day_}: not counted", err=True)
    if as_json:
        import json

        click.echo(json.dumps(told, indent=2))
    else:
        _show(told)


def _counted(registry: "Registry", as_of: Any, purpose: str | None) -> dict[str, Any]:
    from govgate.model import Purpose
    from govgate.rights.consent.history import counts

    asked = [Purpose(purpose)] if purpose else list(Purpose)
    return {
        "asOf": as_of.isoformat(),
        "digest": registry.digest,
        "events": registry.events.height,
        "ahead": registry.ahead(as_of),
        "purposes": {
            one.value: {
                "subjects": counts(registry, as_of, one, holder="subject_key"),
                "sources": counts(registry, as_of, one, holder="source"),
            }
            for one in asked
        },
    }


def _show(told: dict[str, Any]) -> None:
    click.echo(f"{many(told['events'], 'event')}, as of {told['asOf']}:")
    for purpose, by_kind in told["purposes"].items():
        click.echo(purpose)
        for kind, numbers in by_kind.items():
            listed = ", ".join(f"{word} {number:,}" for word, number in numbers.items())
            click.echo(f"  {kind:<9} {listed or 'none'}")
