"""A report from verified runs: its sections in order, the summary over them, and its annexes."""

from collections.abc import Sequence

from govgate.attest.statement import time_text
from govgate.report.document import Report, Section, Table, tables_of
from govgate.report.evidence import RunEvidence
from govgate.report.sections import (
    asked,
    consent,
    coverage,
    erasures,
    found,
    limits,
    outcome,
    policy,
    rights,
    rules,
    sample,
    signed,
    trend,
    waivers,
)
from govgate.report.sections.summary import summary

FORMAT = "tag:govgate,2026:report/v1"
_IN_ORDER = (
    asked,
    outcome,
    found,
    coverage,
    rules,
    policy,
    waivers,
    rights,
    consent,
    erasures,
    sample,
    signed,
    limits,
)


def build(runs: Sequence[RunEvidence]) -> Report:
    """The report of the last of ``runs``, which are in order of time; the others are its trend.

    EvidenceError where a file of a run changed while it was read.
    """
    last = runs[-1]
    sections = [module.section(last) for module in _IN_ORDER]
    if len(runs) > 1:
        sections.insert(2, trend.section(runs))
    tables = _tables(sections)
    for run in runs:
        run.recheck()
    return Report(
        f"Training data of record {last.digest[:12]}",
        summary(last, tables),
        tuple(sections),
        about=_about(runs),
    )


def _tables(sections: Sequence[Section]) -> dict[str, Table]:
    return {one.id: one for section in sections for one in tables_of(section)}


def _about(runs: Sequence[RunEvidence]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "records": [
            {
                "sha256": run.digest,
                "outcome": run.decision.outcome.value,
                "finishedOn": time_text(run.decision.finished_on),
                "log": run.origin,
                "index": run.proof.index,
            }
            for run in runs
        ],
    }
