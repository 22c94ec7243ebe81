"""`govgate consent`: what people said of their data, kept and asked."""

import click

from govgate.cli.lazy import LazyGroup

COMMANDS = ("import", "record", "status", "as-of")

EPILOG = """\b
Examples:
  govgate consent import consent.csv
  echo u-1042 | govgate consent record --subject - --purpose any --status withdrawn
  govgate consent status --subject u-1042 --purpose fine-tuning
  govgate consent as-of 2026-06-30
"""


@click.group(
    "consent",
    cls=LazyGroup,
    package=__name__,
    names=COMMANDS,
    epilog=EPILOG,
    short_help="Keep and ask the registry of consent.",
)
def command() -> None:
    """Keep the registry of consent events, and ask what holds.

    It is append-only: consent that ended is a later event, never a line taken out. Subjects are
    kept as keyed hashes. docs/consent.md has its columns, words and rules.
    """
