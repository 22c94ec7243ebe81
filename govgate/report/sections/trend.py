"""The trend: how this run compares with the ones before it."""

from collections.abc import Sequence

from govgate.attest.statement import time_text
from govgate.report.counting import findings_by, table
from govgate.report.document import Column, Kind, Lines, Notice, Paragraph, Section, Shown, Table
from govgate.report.evidence import RunEvidence
from govgate.rundir import FINDINGS, RECORD


def section(runs: Sequence[RunEvidence]) -> Section:
    """Outcome, rows and findings of every run, oldest first."""
    over = _table(runs)
    first, last = runs[0].decision, runs[-1].decision
    blocks: list[Paragraph | Notice | Lines | Shown] = [
        Paragraph(
            (
                f"{len(runs)} runs, from {time_text(first.finished_on)} to"
                f" {time_text(last.finished_on)}. All of this report but this section is about the"
                " last one.",
            ),
            lead=True,
        )
    ]
    if said := _unlike(runs):
        blocks.append(Notice((said,)))
    columns = ("train", "retrieve", "withheld")
    blocks += [
        Lines(over, columns, "Rows by partition, run by run"),
        Lines(over, ("findings",), "Findings, run by run"),
        Shown(over),
    ]
    return Section("trend", "The trend over runs", tuple(blocks))


def _table(runs: Sequence[RunEvidence]) -> Table:
    return table(
        "trend-table",
        "Runs, oldest first",
        (
            Column("record", Kind.CODE),
            Column("finished"),
            Column("outcome"),
            Column("purpose"),
            Column("policy", Kind.CODE),
            Column("rows", Kind.COUNT),
            Column("train", Kind.COUNT),
            Column("retrieve", Kind.COUNT),
            Column("withheld", Kind.COUNT),
            Column("redacted", Kind.COUNT),
            Column("findings", Kind.COUNT),
        ),
        (_row(one) for one in runs),
        f"{RECORD} and {FINDINGS} of each run",
    )


def _row(one: RunEvidence) -> tuple[str | int, ...]:
    decision, counts = one.decision, one.decision.counts
    return (
        one.digest[:16],
        time_text(decision.finished_on),
        decision.outcome.value,
        decision.purpose.value,
        f"{decision.policy.name}@{decision.policy.version}",
        counts.rows,
        counts.train,
        counts.retrieve,
        counts.withheld,
        counts.redacted,
        sum(int(str(count)) for _, count in findings_by(one, "entity")),
    )


def _unlike(runs: Sequence[RunEvidence]) -> str:
    """What makes the runs hard to compare, in a sentence."""
    asked: dict[str, set[str]] = {
        "purposes": {one.decision.purpose.value for one in runs},
        "policies": {one.decision.policy.sha256 for one in runs},
        "detectors": {str(one.decision.detector.get("settings")) for one in runs},
    }
    unlike = [name for name, values in asked.items() if len(values) > 1]
    names = [{file.name for file in one.decision.inputs} for one in runs]
    if not set.intersection(*names):
        unlike.append("input files, of which none is in all")
    if not unlike:
        return ""
    return f"Read it with care: the runs have different {', '.join(unlike)}."
