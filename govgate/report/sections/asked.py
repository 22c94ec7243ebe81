"""What was asked: of which data, for what, under which policy, on which day."""

from govgate.attest.statement import time_text
from govgate.report.counting import table
from govgate.report.document import Code, Column, Facts, Kind, Paragraph, Section, Shown
from govgate.report.evidence import RunEvidence
from govgate.rundir import RECORD


def section(evidence: RunEvidence) -> Section:
    """The question, and every input file with its digest."""
    decision, policy = evidence.decision, evidence.decision.policy
    inputs = table(
        "inputs",
        "Input files",
        (
            Column("file", Kind.CODE),
            Column("rows", Kind.COUNT),
            Column("bytes", Kind.COUNT),
            Column("SHA-256", Kind.CODE),
        ),
        ((one.name, one.rows, one.size, one.sha256) for one in decision.inputs),
        f"{RECORD}: inputs",
    )
    totals = table(
        "input-totals",
        "The data set in numbers",
        (Column("what"), Column("number", Kind.COUNT)),
        (
            ("files", len(decision.inputs)),
            ("rows", decision.counts.rows),
            ("bytes", sum(one.size for one in decision.inputs)),
        ),
        f"{RECORD}: inputs, counts",
    )
    files, rows = (totals.figure(key, "number") for key in ("files", "rows"))
    return Section(
        "asked",
        "What was asked",
        (
            Paragraph(
                (
                    "May ",
                    rows,
                    " rows in ",
                    files,
                    f" files be used for {decision.purpose}, and which of them?",
                ),
                lead=True,
            ),
            Facts(
                (
                    ("purpose", (decision.purpose.value,)),
                    (
                        "policy",
                        (
                            Code(policy.name),
                            f", version {policy.version}, in force until {policy.expires}",
                        ),
                    ),
                    (
                        "as of",
                        (f"{decision.as_of}: consent and requests count as they stood then",),
                    ),
                    ("answered", (time_text(decision.finished_on),)),
                    ("by", (f"govgate {decision.versions.get('govgate', 'of unknown version')}",)),
                    ("record", (Code(evidence.digest),)),
                )
            ),
            Shown(totals),
            Shown(inputs),
        ),
    )
