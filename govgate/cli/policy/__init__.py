"""`govgate policy`: write a policy, know what it says, test it, and see what a change would do."""

import click

from govgate.cli.lazy import LazyGroup

COMMANDS = (
    "new",
    "show",
    "list",
    "schema",
    "lint",
    "test",
    "diff",
    "replay",
    "compare",
    "bundle",
    "rego",
)

EPILOG = """\b
Examples:
  govgate policy new policies/acme
  govgate policy lint policies/acme
  govgate policy test policies/acme
  govgate policy compare old.yaml policies/acme --require stricter-or-equal
"""


@click.group(
    "policy",
    cls=LazyGroup,
    package=__name__,
    names=COMMANDS,
    epilog=EPILOG,
    short_help="Write, check, test, compare and hand out policies.",
)
def command() -> None:
    """Write a policy, know what it says, test it, and see what a change would do before it does.

    POLICY is a file, a folder that holds policy.yaml, or the name of a shipped pack.
    """
