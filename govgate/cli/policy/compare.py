"""`govgate policy compare`: does a policy let through no more than another?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import day, home_option, json_option
from govgate.cli.policy.named import names_apart
from govgate.errors import ExitCode
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.attest.keys import PrivateKey
    from govgate.policy.load import Policy
    from govgate.policy.prove.compare import Comparison

EPILOG = """\b
Examples:
  govgate policy compare old.yaml acme.yaml
  govgate policy compare old.yaml acme.yaml --require stricter-or-equal
  govgate policy compare default acme.yaml --json
  govgate policy compare old.yaml acme.yaml --attest acme.intoto.jsonl
"""
REQUIREMENTS = ("stricter-or-equal", "stricter", "equal", "looser-or-equal")


@click.command("compare", epilog=EPILOG)
@click.argument("base", metavar="A")
@click.argument("policy", metavar="B")
@click.option(
    "--require",
    "required",
    type=click.Choice(REQUIREMENTS),
    help="What B must be beside A; exit code 1 where it is not.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1, 86_400),
    default=60,
    show_default=True,
    help="How long the solver may think about one question.",
)
@click.option(
    "--attest",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Sign the result into this file, about B.",
)
@click.option(
    "--key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Private key of a publisher. [default: HOME/keys/publisher.pem]",
)
@home_option
@json_option
def command(
    base: str,
    policy: str,
    required: str | None,
    seconds: int,
    attest: Path | None,
    key: Path | None,
    home: Home,
    as_json: bool,
) -> int:
    """Prove that policy B is stricter than A, equal, looser or neither, over all possible facts.

    Stricter: it lets nothing more through, and something less. For what it lets through more or
    less, a row of facts is shown with both verdicts. What cannot be proved is never called
    stricter or equal. Exit code 4 where the solver gave up.

    --attest signs the result, and nothing where --require does not hold.
    """
    from govgate.policy.prove.compare import REQUIREMENTS as ALLOWED
    from govgate.policy.prove.compare import compare
    from govgate.steps.comparison import comparison_values, policy_values
    from govgate.steps.open import named_policy

    first, second = named_policy(base, home), named_policy(policy, home)
    signer = _publisher(key, home) if attest else None
    comparison = compare(first, second, seconds=seconds)
    holds = required is None or comparison.relation in ALLOWED[required]
    names = names_apart(first, second)
    values = {"policy": policy_values(second), **comparison_values(first, comparison)}
    if as_json:
        import json

        click.echo(json.dumps(values | {"required": required, "holds": holds}, indent=2))
    else:
        _show(values, names)
        if required is not None:
            click.echo(f"\nRequired {required}: {'yes' if holds else 'no'}")
    if attest and signer:
        _attest(first, second, comparison, signer, attest, holds=holds)
    return ExitCode.TRAIN if holds else ExitCode.RETRIEVAL_ONLY


def _publisher(key: Path | None, home: Home) -> "PrivateKey":
    from govgate.attest.trust import Role
    from govgate.attest.trustfile import load_trust
    from govgate.cli.signers import signing_key

    file = key or home.path / "keys" / "publisher.pem"
    return signing_key(file, Role.PUBLISHER, load_trust(home.trust), day(None))


def _attest(
    base: "Policy",
    other: "Policy",
    comparison: "Comparison",
    signer: "PrivateKey",
    file: Path,
    *,
    holds: bool,
) -> None:
    from govgate.steps.comparison import attest_comparison

    if not holds:
        click.echo("Nothing was signed, because what is required does not hold.", err=True)
        return
    attest_comparison(base, other, comparison, signer, file)
    click.echo(f"Signed by {signer.keyid[:16]} into {file}.", err=True)


def _show(values: dict[str, Any], names: tuple[str, str]) -> None:
    base, other = names
    words = {
        "stricter": "is stricter than",
        "equal": "is equal to",
        "looser": "is looser than",
        "neither": "is neither stricter nor looser than",
    }
    click.echo(f"{other} {words[values['relation']]} {base}")
    for side, said in (("looser", "more"), ("stricter", "less")):
        if values[side] is not None:
            click.echo(f"\nIt lets {said} through of a row with these facts, all others unknown:")
            _show_example(values[side], names)
    if values["notes"]:
        click.echo("\nBeside the rows:")
    for note in values["notes"]:
        click.echo(f"  {note}")


def _show_example(example: dict[str, Any], names: tuple[str, str]) -> None:
    facts = example["facts"]
    width = max(map(len, facts), default=0)
    for fact, value in facts.items():
        words = (", ".join(value) or "none") if isinstance(value, list) else value
        click.echo(f"  {fact:<{width}}  {words}")
    if not facts:
        click.echo("  (none)")
    for name, verdict in zip(names, (example["base"], example["policy"]), strict=True):
        effects = f"train {verdict['train']}, retrieve {verdict['retrieve']}"
        click.echo(f"  by {name}: {effects}, because of {', '.join(verdict['reasons'])}")
        if verdict["obligations"]:
            click.echo(f"    with {', '.join(verdict['obligations'])}")
    for one in example["differences"]:
        click.echo(f"  {one['what']}: {one['policy']}, not {one['base']}")
