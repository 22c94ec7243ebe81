"""`govgate rights`: what licences, sources and people allow, and where that is written."""

import click

from govgate.cli.lazy import LazyGroup

COMMANDS = ("explain",)

EPILOG = """\b
Examples:
  govgate rights explain data/
  govgate rights explain wikipedia gpt-4 --config govgate.yaml
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
    """See what licences, lineage and opt-outs allow, and where that is written."""
