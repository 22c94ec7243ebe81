"""`govgate policy test`: does the policy say what its author expects?"""

from pathlib import Path

import click

from govgate.cli.options import json_option
from govgate.errors import ExitCode

EPILOG = """\b
Examples:
  govgate policy test policies/acme
  govgate policy test acme.yaml --cases acme-cases.yaml --json
"""


@click.command("test", epilog=EPILOG)
@click.argument("policy", type=click.Path(path_type=Path))
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    help="Cases file. [default: cases.yaml beside the policy]",
)
@json_option
def command(policy: Path, cases: Path | None, as_json: bool) -> int:
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
