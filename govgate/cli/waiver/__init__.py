"""`govgate waiver`: signed, expiring, capped exceptions to a rule."""

import click

from govgate.cli.lazy import LazyGroup

COMMANDS = ("grant", "sign", "list", "revoke")

EPILOG = """\b
Examples:
  govgate key add alice --role approver
  govgate waiver grant --policy acme.yaml --rule license-noncommercial --rows file:faq/*.jsonl \\
      --reason "written permission of 3 March" --ticket LEGAL-12 --until 2027-03-01 \\
      --max-rows 200 --key alice
  govgate waiver list --policy acme.yaml
  govgate waiver revoke w-1f0c8e52ab90 --policy acme.yaml --reason "permission ended" --key alice
"""


@click.group(
    "waiver",
    cls=LazyGroup,
    package=__name__,
    names=COMMANDS,
    epilog=EPILOG,
    short_help="Grant, list and revoke exceptions to a rule.",
)
def command() -> None:
    """Grant, list and revoke waivers: signed exceptions to one rule, for some rows, until a day.

    The rule is still evaluated and counted. A waiver permits nothing by itself: it takes away what
    its rule has against a use, and the other rules decide. docs/waivers.md has the whole of it.
    """
