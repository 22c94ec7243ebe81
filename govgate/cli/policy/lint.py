"""`govgate policy lint`: what is legal in a policy and probably not meant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgate.cli.options import json_option, today_option
from govgate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from govgate.policy.lint.finding import Report
    from govgate.policy.lint.fix import Fix

_ROUNDS = 20  # of fixing: each mends all that it sees, and may uncover more

EPILOG = """\b
Examples:
  govgate policy lint acme.yaml
  govgate policy lint acme.yaml --config data/govgate.yaml --strict
  govgate policy lint acme.yaml --fix
  govgate policy lint policies/*.yaml --sarif lint.sarif

\b
Exit codes:
  0 nothing worse than notes   1 warnings or errors (with --strict: notes too)
  2 a policy cannot be read
"""


@dataclass(frozen=True, slots=True)
class _Linted:
    report: "Report"
    fixes: "Sequence[Fix]" = ()
    ignored: int = 0


@click.command("lint", epilog=EPILOG)
@click.argument("policies", metavar="POLICY...", nargs=-1, required=True)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="What is set up. [default: govgate.yaml beside the policy, or here]",
)
@click.option("--fix", "mend", is_flag=True, help="Mend what cannot be meant otherwise.")
@json_option
@click.option("--sarif", "sarif_file", type=click.Path(path_type=Path), help="Write SARIF 2.1.0.")
@today_option("--as-of", "The day to judge expiry by. [default: today]")
@click.option("--strict", is_flag=True, help="Notes count too.")
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="CHECK",
    help="Count findings of this check, and show and heed none of them. Errors are never ignored.",
)
def command(
    policies: tuple[str, ...],
    config: Path | None,
    mend: bool,
    as_json: bool,
    sarif_file: Path | None,
    as_of: date,
    strict: bool,
    ignored: tuple[str, ...],
) -> int:
    """Find what is legal in each POLICY and probably not meant.

    POLICY is a file, a folder or a shipped name. Every check has a heading in docs/lint.md.
    """
    _check_known(ignored)
    linted = [
        _heeding(_linted(policy, config, as_of, mend=mend), frozenset(ignored))
        for policy in policies
    ]
    if sarif_file is not None:
        _write_sarif(sarif_file, [one.report for one in linted])
    if as_json:
        _print_json(linted)
    else:
        for one in linted:
            _print(one)
    return _code([one.report for one in linted], strict=strict)


def _linted(policy: str, config: Path | None, today: date, *, mend: bool) -> _Linted:
    from govgate.durable import write_durably
    from govgate.policy.lint.fix import fixed
    from govgate.steps.open import policy_path
    from govgate.yamlfile import read_limited

    file = policy_path(policy)
    before = source = read_limited(file)
    report = _report(source, file, config, today)
    if not mend:
        return _Linted(report)
    if not Path(policy).exists():
        raise UsageError(
            f"{policy} is a shipped or bundled policy, which is not edited",
            remedy="make one of your own with `govgate policy new`",
        )
    fixes: list[Fix] = []
    for _ in range(_ROUNDS):
        source, made = fixed(source, report)
        if not made:
            break
        fixes += made
        report = _report(source, file, config, today)
    if source != before:
        # Through a link, so that the file it leads to is the one that changes.
        write_durably(file.resolve(), source, mode=file.stat().st_mode & 0o777)
    return _Linted(report, fixes)


def _check_known(ignored: Sequence[str]) -> None:
    from govgate.policy.lint.registry import CHECKS
    from govgate.spelling import did_you_mean

    known = [check.id for check in CHECKS]
    for name in ignored:
        if name not in known:
            raise UsageError(
                f"there is no check {name!r}{did_you_mean(name, known)}",
                remedy="docs/lint.md lists them",
            )


def _heeding(one: _Linted, ignored: frozenset[str]) -> _Linted:
    """Without the findings that were to be ignored; they are counted."""
    from govgate.policy.lint.finding import Severity

    left = tuple(
        finding
        for finding in one.report.findings
        if finding.check not in ignored or finding.severity is Severity.ERROR
    )
    report = replace(one.report, findings=left)
    return _Linted(report, one.fixes, len(one.report.findings) - len(left))


def _report(source: bytes, file: Path, config: Path | None, today: date) -> "Report":
    from govgate.config import find_config, load_config
    from govgate.policy.lint.run import lint
    from govgate.policy.load import parse_policy
    from govgate.steps.produced import produced

    try:
        policy = parse_policy(source, str(file))
    except UsageError:
        return lint(source, str(file), today=today)
    settings = load_config(config or find_config([str(file)]))
    told = produced(settings, policy)
    return lint(source, str(file), today=today, produced=told)


def _code(reports: "Sequence[Report]", *, strict: bool) -> int:
    from govgate.policy.lint.finding import Severity

    if not all(report.readable for report in reports):
        return ExitCode.USAGE
    least = Severity.NOTE if strict else Severity.WARNING
    bad = any(report.worst is not None and report.worst >= least for report in reports)
    return ExitCode.RETRIEVAL_ONLY if bad else ExitCode.TRAIN


def _print(one: _Linted) -> None:
    for fix in one.fixes:
        click.echo(f"fixed   {fix}")
    for finding in one.report.findings:
        click.echo(f"{finding.place}: {finding.severity.word}: {finding.message} [{finding.check}]")
        click.echo(f"    {finding.remedy}")
    for check in one.report.gave_up:
        click.echo(
            f"{one.report.file}: {check} gave up: the policy is too large to search", err=True
        )
    ignored = f", {one.ignored} ignored" if one.ignored else ""
    click.echo(f"{one.report.file}: {_tally(one.report)}{ignored}")


def _tally(report: "Report") -> str:
    from govgate.cli.lines import many
    from govgate.policy.lint.finding import Severity

    counts = [
        many(sum(f.severity is severity for f in report.findings), severity.word)
        for severity in reversed(Severity)
    ]
    return ", ".join(counts)


def _print_json(linted: Sequence[_Linted]) -> None:
    import json
    from dataclasses import asdict

    policies = [
        {
            "file": one.report.file,
            "readable": one.report.readable,
            "findings": [
                asdict(finding) | {"severity": finding.severity.word}
                for finding in one.report.findings
            ],
            "fixes": [asdict(fix) for fix in one.fixes],
            "ignored": one.ignored,
            "gave_up": list(one.report.gave_up),
        }
        for one in linted
    ]
    click.echo(json.dumps({"policies": policies}, indent=2, ensure_ascii=False))


def _write_sarif(file: Path, reports: "Sequence[Report]") -> None:
    import json

    from govgate import __version__
    from govgate.cli.sarif import SarifResult, SarifRule, sarif
    from govgate.durable import write_durably
    from govgate.policy.lint.registry import CHECKS

    rules = [SarifRule(check.id, check.title, check.help, check.severity.sarif) for check in CHECKS]
    results = [
        SarifResult(f.check, f.severity.sarif, f"{f.message}; {f.remedy}", f.file, f.line, f.column)
        for report in reports
        for f in report.findings
    ]
    gave_up = [f"{r.file}: {check} gave up" for r in reports for check in r.gave_up]
    log = sarif(rules, results, version=__version__, incomplete=gave_up)
    write_durably(file, json.dumps(log, indent=2, ensure_ascii=False).encode() + b"\n")
