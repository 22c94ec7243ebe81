"""`govgate consent status`: what holds for one person or source, and what led there."""

from pathlib import Path

import click

from govgate.cli.consent.places import (
    holder,
    holder_options,
    opened,
    purpose_option,
    registry_options,
)
from govgate.cli.consent.shown import person
from govgate.cli.options import today_option
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate consent status --subject u-1042 --purpose fine-tuning
  echo u-1042 | govgate consent status --subject - --json
  govgate consent status --source acme-forum
"""


@click.command("status", epilog=EPILOG)
@holder_options
@purpose_option
@today_option("--as-of", "Judge at the end of this day (UTC). [default: today]")
@registry_options
def command(
    subject: str | None,
    source: str | None,
    purpose: str | None,
    as_of: object,
    database: str | None,
    config: Path | None,
    home: Home,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what holds for a person or a source, for each purpose, and which event it rests on."""
    column, text = holder(subject, source)
    registry, key = opened(database, config, home)
    person(registry, column, text, key, as_of, purpose, as_json, quiet)
