"""`govgate rights`: what licences, sources and people allow, and where that is written."""

import click

from govgate.cli.lazy import LazyGroup

COMMANDS = ("capture", "signals")

EPILOG = """\b
Examples:
  govgate rights capture crawl.warc.gz --out signals.parquet
  govgate rights capture saved/ --domains optout.txt --out signals.parquet
  govgate rights signals signals.parquet --url https://example.com/articles/one.html
"""


@click.group(
    "rights",
    cls=LazyGroup,
    package=__name__,
    names=COMMANDS,
    epilog=EPILOG,
    short_help="Capture opt-outs, and see what holds.",
)
def command() -> None:
    """Keep what sites and people said about the use of their content, and see what holds.

    Nothing is ever fetched: everything is read from what you captured. docs/signals.md has the
    signals, and what each is read as.
    """
