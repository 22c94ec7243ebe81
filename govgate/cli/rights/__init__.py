"""`govgate rights`: what licences, sources and people allow, and where that is written."""

import click

from govgate.cli.lazy import LazyGroup

COMMANDS = ("explain", "capture", "signals")

EPILOG = """\b
Examples:
  govgate rights explain data/
  govgate rights explain wikipedia gpt-4 --config govgate.yaml
  govgate rights capture crawl.warc.gz --out signals.parquet
  govgate rights signals signals.parquet --url https://example.com/articles/one.html
"""


@click.group(
    "rights",
    cls=LazyGroup,
    package=__name__,
    names=COMMANDS,
    epilog=EPILOG,
    short_help="What licences, sources and people allow, and why.",
)
def command() -> None:
    """See what licences, lineage and opt-outs allow, and where that is written.

    Nothing is ever fetched: opt-outs are read from what you captured.
    """
