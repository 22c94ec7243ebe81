"""Erasures: what was taken out of the run after somebody asked, and what keeps it out."""

import polars as pl

from govgate.attest.statement import time_text
from govgate.report.counting import table
from govgate.report.document import (
    Block,
    Code,
    Column,
    Kind,
    Notice,
    Paragraph,
    Section,
    Shown,
    Table,
)
from govgate.report.evidence import RunEvidence
from govgate.rundir import FACTS


def section(evidence: RunEvidence) -> Section:
    """Rows kept out as erased, and the signed receipts of the erasures behind this record."""
    out = table(
        "erased",
        "Rows kept out because they were erased before",
        (Column("what"), Column("rows", Kind.COUNT)),
        (("withheld as erased", _kept_out(evidence)),),
        f"{FACTS}: erased",
    )
    blocks: list[Block] = [
        Paragraph(
            (
                out.figure("withheld as erased", "rows"),
                " rows of the data are out because they, or their person, were erased before.",
            ),
            lead=True,
        ),
        Shown(out),
    ]
    if superseded := evidence.decision.supersedes:
        blocks.append(
            Paragraph(
                (
                    "Rows were erased from this run itself: its record took the place of ",
                    Code(superseded),
                    ", which is refused since.",
                )
            )
        )
    if evidence.erasures:
        blocks.append(Shown(_receipts(evidence)))
    elif superseded:
        said = "The receipt of that erasure is not in this home; ask the organisation for it."
        blocks.append(Notice((said,)))
    return Section("erasures", "Erasures", tuple(blocks))


def _kept_out(evidence: RunEvidence) -> int:
    facts = evidence.facts()
    if "erased" not in facts.collect_schema():
        return 0
    return int(facts.select(pl.col("erased").sum()).collect(engine="streaming").item() or 0)


def _receipts(evidence: RunEvidence) -> Table:
    return table(
        "receipts",
        "Receipts of the erasures behind this record",
        (
            Column("receipt", Kind.CODE),
            Column("asked for"),
            Column("finished"),
            Column("result"),
            Column("rows", Kind.COUNT),
            Column("files searched", Kind.COUNT),
            Column("models trained on them", Kind.COUNT),
        ),
        (
            (
                one.id,
                one.asked.value,
                time_text(one.finished_on),
                one.result,
                one.rows,
                one.absence.files,
                len(one.models),
            )
            for one in evidence.erasures
        ),
        "erasures/ID.intoto.jsonl of the home, each verified",
    )
