"""`govgate policy`: what a policy may say, and whether it says what its author expects."""

from pathlib import Path

import click

from govgate.cli.options import json_option
from govgate.errors import ExitCode

EPILOG = """\b
Examples:
  govgate policy list
  govgate policy schema > policy.schema.json
  govgate policy test policies/acme
"""


@click.group("policy", epilog=EPILOG, short_help="List, describe and test policies.")
def command() -> None:
    """List the shipped policies, print the schema editors complete from, run a policy's cases."""


@command.command("list", epilog=EPILOG)
@json_option
def list_(as_json: bool) -> None:
    """List the policies that come with govgate."""
    from govgate.policy.load import load_policy
    from govgate.policy.packs import pack_names, pack_path

    packs = [load_policy(pack_path(name)) for name in pack_names()]
    if as_json:
        import json

        click.echo(
            json.dumps(
                [{"name": p.name, "version": p.version, "expires": str(p.expires)} for p in packs],
                indent=2,
            )
        )
        return
    for name, policy in zip(pack_names(), packs, strict=True):
        click.echo(
            f"{name}  version {policy.version}, {len(policy.rules)} rules, expires {policy.expires}"
        )


@command.command("schema", epilog=EPILOG)
@click.option("--cases", is_flag=True, help="The schema of a cases file instead.")
def schema(cases: bool) -> None:
    """Print the JSON Schema (2020-12) that editors complete a policy from.

    In VS Code, put this line first in a policy:
    # yaml-language-server: $schema=policy.schema.json
    """
    import json

    from govgate.policy.schema import cases_schema
    from govgate.policy.schema import schema as policy_schema

    click.echo(json.dumps(cases_schema() if cases else policy_schema(), indent=2))


@command.command("test", epilog=EPILOG)
@click.argument("policy", type=click.Path(path_type=Path))
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    help="Cases file. [default: cases.yaml beside the policy]",
)
@json_option
def test(policy: Path, cases: Path | None, as_json: bool) -> int:
    """Decide the cases of POLICY (a file, a folder or a shipped name) and compare.

    A case gives facts and expects an effect for each use, and the rules that decided. Exit code 1
    when one differs.
    """
    from govgate.policy.cases import load_cases, run_cases
    from govgate.steps.open import named_policy, policy_path

    loaded = named_policy(str(policy))
    beside = policy_path(str(policy)).parent / "cases.yaml"
    results = run_cases(loaded, load_cases(cases or beside, loaded))
    failed = [result for result in results if not result.passed]
    if as_json:
        import json

        rows = [
            {"case": r.name, "passed": r.passed, "differences": list(r.differences)}
            for r in results
        ]
        click.echo(json.dumps({"cases": rows, "failed": len(failed)}, indent=2))
    else:
        for result in failed:
            click.echo(f"FAIL  {result.name}")
            for difference in result.differences:
                click.echo(f"      {difference}")
        click.echo(f"{len(results) - len(failed)} of {len(results)} cases pass")
    return ExitCode.RETRIEVAL_ONLY if failed else ExitCode.TRAIN
