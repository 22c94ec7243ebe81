"""`govgate retrieve`: answer questions from the rows that may be looked up."""

import click

from govgate.cli.lazy import LazyGroup

COMMANDS = ("build", "search", "context", "serve", "token")

EPILOG = """\b
Examples:
  govgate retrieve build govgate-run
  govgate retrieve search govgate-run "how do I reset my password?"
  govgate retrieve context govgate-run "how do I reset my password?" --budget 2000
  govgate retrieve token new --name shop-bot --audience staff
  govgate retrieve serve govgate-run --http 127.0.0.1:8123
"""


@click.group(
    "retrieve",
    cls=LazyGroup,
    package=__name__,
    names=COMMANDS,
    epilog=EPILOG,
    short_help="Answer questions from the rows that may be looked up.",
)
def command() -> None:
    """Build a store from a run's retrieve partition, search it, and serve it to programs.

    docs/serving.md says how to serve it, over MCP and HTTP, and what tokens bound.
    """
