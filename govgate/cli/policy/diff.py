"""`govgate policy diff`: what changed between two policies."""

from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import json_option
from govgate.cli.policy.named import names_apart
from govgate.errors import ExitCode

if TYPE_CHECKING:
    from govgate.policy.change.differences import Change
    from govgate.policy.load import Policy

_MARKS = {"added": "+", "removed": "-", "changed": "~"}

EPILOG = """\b
Examples:
  govgate policy diff old.yaml acme.yaml
  govgate policy diff default acme.yaml --exit-code
"""


@click.command("diff", epilog=EPILOG, short_help="Say what changed between two policies.")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--exit-code", is_flag=True, help="Exit code 1 if they differ.")
@json_option
def command(before: str, after: str, exit_code: bool, as_json: bool) -> int:
    """Say in words what changed from policy A to policy B.

    A change that by itself can only let less or more through is marked stricter or looser. What
    all of them come to is proved by `govgate policy compare`.
    """
    from govgate.policy.change.diff import diff
    from govgate.steps.open import named_policy

    old, new = named_policy(before), named_policy(after)
    changes = diff(old.document, new.document)
    if as_json:
        import json

        click.echo(json.dumps(_as_data(old, new, changes), indent=2))
    elif old.source == new.source:
        click.echo("no difference")
    else:
        _show(old, new, changes)
        click.echo(f"\nproof  govgate policy compare {quote(before)} {quote(after)}")
    differ = old.source != new.source
    return ExitCode.RETRIEVAL_ONLY if exit_code and differ else ExitCode.TRAIN


def _show(old: "Policy", new: "Policy", changes: list["Change"]) -> None:
    click.echo(" → ".join(names_apart(old, new)))
    if not changes:
        click.echo("only layout, order or comments differ")
    part = ""
    for change in changes:
        if change.part != part:
            part = change.part
            click.echo(f"\n{part}")
        what = f" {change.what}" if change.what else ""
        mark = f"  [{change.direction}]" if change.direction else ""
        click.echo(f"  {_MARKS[change.kind]} {change.name}{what}: {change.text}{mark}")


def _as_data(old: "Policy", new: "Policy", changes: list["Change"]) -> dict[str, Any]:
    return {
        "from": _named(old),
        "to": _named(new),
        "differ": old.source != new.source,
        "changes": [
            {
                "part": change.part,
                "name": change.name,
                "what": change.what,
                "kind": change.kind.value,
                "text": change.text,
                "direction": change.direction.value or None,
                "minor": change.minor,
            }
            for change in changes
        ],
    }


def _named(policy: "Policy") -> dict[str, Any]:
    return {"policy": policy.name, "version": policy.version, "sha256": policy.digest}
