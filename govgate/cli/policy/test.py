"""`govgate policy test`: does the policy say what its author expects, and would a case tell?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import json_option
from govgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from govgate.policy.testing.examine import Bound, Examined
    from govgate.policy.testing.mutation import Survivor

SHOWN = 10  # of a long list, for people

EPILOG = """\b
Examples:
  govgate policy test policies/acme
  govgate policy test acme.yaml --cases acme-cases.yaml --json
  govgate policy test acme.yaml --min-coverage 1 --min-mutation 0.9 --junit policy.xml
"""


def _share(_ctx: click.Context, _param: click.Parameter, share: float | None) -> float | None:
    """A number from 0 to 1; not "nan", with which nothing compares."""
    if share is not None and not 0 <= share <= 1:
        raise click.BadParameter(f"{share} is not a number from 0 to 1, such as 0.9")
    return share


@click.command("test", epilog=EPILOG)
@click.argument("policy", type=click.Path(path_type=Path))
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    help="Cases file. [default: cases.yaml beside the policy]",
)
@click.option(
    "--min-coverage",
    type=float,
    callback=_share,
    metavar="SHARE",
    help="Fail if fewer of the rules decide in a case that passes; 1 is all of them.",
)
@click.option(
    "--min-mutation",
    type=float,
    callback=_share,
    metavar="SHARE",
    help="Fail if the cases notice fewer of the mutants.",
)
@click.option("--no-mutants", is_flag=True, help="Leave the mutation score out.")
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the results as JUnit XML, for a CI server.",
)
@json_option
def command(
    policy: Path,
    cases: Path | None,
    min_coverage: float | None,
    min_mutation: float | None,
    no_mutants: bool,
    junit_file: Path | None,
    as_json: bool,
) -> int:
    """Decide the cases of POLICY (a file, a folder or a shipped name) and compare.

    A case gives facts and expects an effect for each use, and the rules that decided.

    Two figures say how much the cases are worth. Coverage: how many of the rules decide in a case,
    and how many of the tests in their conditions are true in one case and false in another
    (--min-coverage looks at the rules). Mutation score: mutants are copies of the policy with one
    small mistake, such as a missing rule, a word left out or a threshold off by one; the score is
    the share of them that a case notices. Only cases that pass count. Both are about the policy's
    own rules: not about those that it inherits, and not about `scan` or `require`.

    Exit code 1 if a case is answered otherwise, or a figure is below what was asked for; 2 if
    there are no cases.
    """
    from time import perf_counter

    from govgate.policy.testing.cases import load_cases
    from govgate.policy.testing.examine import examine
    from govgate.steps.open import named_policy, policy_path

    if no_mutants and min_mutation is not None:
        raise click.UsageError("--min-mutation needs the mutants that --no-mutants leaves out")
    began = perf_counter()
    loaded = named_policy(str(policy))
    file = cases or policy_path(str(policy)).parent / "cases.yaml"
    if not file.exists():
        raise UsageError(
            f"{file}: there are no cases, and a policy without cases is not tested",
            remedy="write a case for each rule there, or name another file with --cases "
            "(`govgate policy schema --cases` describes it)",
        )
    examined = examine(loaded, load_cases(file, loaded), mutants=not no_mutants)
    bounds = examined.bounds(coverage=min_coverage, mutation=min_mutation)
    if junit_file is not None:
        _write_junit(junit_file, examined, bounds, perf_counter() - began)
    if as_json:
        import json

        click.echo(json.dumps(_as_data(examined, bounds), indent=2))
    else:
        _show(examined, bounds)
    good = not examined.failed and all(bound.met for bound in bounds)
    return ExitCode.TRAIN if good else ExitCode.RETRIEVAL_ONLY


def _write_junit(file: Path, examined: Examined, bounds: Sequence[Bound], took: float) -> None:
    from govgate.cli.policy.junit import junit
    from govgate.durable import write_durably

    notes = [*_figures(examined), *_gaps(examined, most=None)]
    write_durably(file, junit(examined, bounds, notes, took))


def _show(examined: Examined, bounds: Sequence[Bound]) -> None:
    for result in examined.failed:
        _echo(f"FAIL  {result.name}")
        for difference in result.differences:
            _echo(f"      {difference}")
    for bound in bounds:
        if not bound.met:
            _echo(f"FAIL  {bound.what} is {_floored(bound.share)}, below {bound.least:g}")
    for text in (*_figures(examined), *_gaps(examined, most=SHOWN)):
        _echo(text)


def _figures(examined: Examined) -> Iterator[str]:
    passed = len(examined.results) - len(examined.failed)
    yield f"{passed} of {len(examined.results)} cases pass"
    found = examined.coverage
    yield (
        f"rules decided {found.rules - len(found.uncovered_rules)} of {found.rules}, "
        f"conditions {found.tests - len(found.uncovered_tests)} of {found.tests}"
    )
    if examined.inherited:
        yield f"{examined.inherited} inherited rules are left to the cases of where they come from"
    if examined.mutation is not None:
        score = examined.mutation
        counted = f"{score.noticed} of {score.total} mutants noticed"
        yield f"mutation score {_floored(score.share)} ({counted})"


def _gaps(examined: Examined, *, most: int | None) -> Iterator[str]:
    """What no case covers or notices, in words; ``most`` of each kind."""
    found = examined.coverage
    yield from _some([f"{rule}: decided in no case" for rule in found.uncovered_rules], most)
    yield from _some([one.words for one in found.uncovered_tests], most)
    survivors = examined.mutation.survivors if examined.mutation else ()
    yield from _some([_unnoticed(one) for one in _spread(survivors)], most)


def _spread(survivors: Sequence[Survivor]) -> list[Survivor]:
    """The first of each rule, then the second of each: one long list must not hide the others."""
    met: dict[str, int] = {}
    turns = []
    for one in survivors:
        met[one.mutant.rule] = met.get(one.mutant.rule, 0) + 1
        turns.append((met[one.mutant.rule], one))
    return [one for _, one in sorted(turns, key=lambda turn: turn[0])]


def _unnoticed(one: Survivor) -> str:
    return f"{one.mutant.rule}: if {one.mutant.change}, no case would notice; {one.hint}"


def _some(lines: list[str], most: int | None) -> list[str]:
    if most is None or len(lines) <= most + 1:
        return lines
    return [*lines[:most], f"and {len(lines) - most} more like these (--json has all)"]


def _floored(share: float) -> str:
    """Two decimals, never more than the share is: 0.99 for 0.998."""
    return f"{int(share * 100 + 1e-9) / 100:.2f}"


def _echo(text: str) -> None:
    click.echo("".join(one if one.isprintable() else " " for one in text))


def _as_data(examined: Examined, bounds: Sequence[Bound]) -> dict[str, Any]:
    found, score = examined.coverage, examined.mutation
    return {
        "policy": examined.policy,
        "cases": [
            {
                "case": one.name,
                "rule": one.rule,
                "passed": one.passed,
                "differences": list(one.differences),
            }
            for one in examined.results
        ],
        "failed": len(examined.failed),
        "unmet": [bound.words for bound in bounds if not bound.met],
        "coverage": found.rule_share,
        "coverage_detail": {
            "rules": found.rules,
            "inherited_rules": examined.inherited,
            "conditions": found.tests,
            "condition_share": found.test_share,
            "uncovered_rules": list(found.uncovered_rules),
            "uncovered_conditions": [
                {
                    "rule": one.rule,
                    "never": [str(v).lower() for v in one.missing],
                    "said": one.words,
                }
                for one in found.uncovered_tests
            ],
        },
        "mutation_score": None if score is None else score.share,
        "mutants": None
        if score is None
        else {
            "total": score.total,
            "killed": score.noticed,
            "survived": [
                {
                    "rule": one.mutant.rule,
                    "change": f"if {one.mutant.change}",
                    "hidden": one.hidden,
                    "hint": one.hint,
                }
                for one in score.survivors
            ],
        },
    }
