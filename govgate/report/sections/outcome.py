"""The outcome: how many rows may be used for what, and what stands against more."""

from govgate.model import Outcome
from govgate.report.counting import table
from govgate.report.document import (
    Bars,
    Block,
    Bullets,
    Column,
    Kind,
    Notice,
    Paragraph,
    Section,
    Shown,
    Table,
    Text,
)
from govgate.report.evidence import RunEvidence
from govgate.rundir import RECORD

MEANS = {
    "train": "may be trained on",
    "retrieve": "may not be trained on, but may be looked up",
    "withheld": "may be used for nothing",
}
ANSWERS = {
    Outcome.TRAIN: "The train partition may be trained on.",
    Outcome.RETRIEVAL_ONLY: "Nothing may be trained on. Some rows may be looked up.",
    Outcome.BLOCKED: "Nothing may be used.",
}


def section(evidence: RunEvidence) -> Section:
    """The answer in a sentence, rows by partition, and the requirements that were not met."""
    decision, counts = evidence.decision, evidence.decision.counts
    shares = partitions(evidence)
    rows = shares.figure("all", "rows")
    train, retrieve, withheld = (shares.figure(name, "rows") for name in MEANS)
    redacted = table(
        "redacted",
        "Rows changed before they may be used",
        (Column("what"), Column("rows", Kind.COUNT)),
        (("in the train partition, with something replaced", counts.redacted),),
        f"{RECORD}: counts.redacted",
    )
    blocks: tuple[Block, ...] = (
        Paragraph((ANSWERS[decision.outcome],), lead=True),
        *against(evidence),
        Paragraph(
            (
                "Of ",
                rows,
                " rows, ",
                train,
                " may be trained on, ",
                retrieve,
                " may only be looked up, and ",
                withheld,
                " are withheld. In ",
                redacted.figure(str(redacted.rows[0][0]), "rows"),
                " rows of the train partition, personal data was replaced by placeholders.",
            )
        ),
        Bars(shares, ("rows",), "Rows by partition"),
        Shown(shares),
        Shown(redacted),
    )
    return Section("outcome", "The outcome", blocks)


def partitions(evidence: RunEvidence) -> Table:
    """Rows by partition, with a last line for all."""
    counts = evidence.decision.counts
    numbers = {name: int(getattr(counts, name)) for name in MEANS}
    lines = [
        (name, MEANS[name], rows, rows / counts.rows if counts.rows else 0.0)
        for name, rows in numbers.items()
    ]
    return table(
        "partitions",
        "Rows by partition",
        (
            Column("partition"),
            Column("meaning"),
            Column("rows", Kind.COUNT),
            Column("share", Kind.SHARE),
        ),
        (*lines, ("all", "", counts.rows, 1.0 if counts.rows else 0.0)),
        f"{RECORD}: counts",
    )


def against(evidence: RunEvidence) -> tuple[Block, ...]:
    """What stands against training, if anything does."""
    unmet = evidence.decision.unmet
    if not unmet:
        return ()
    listed: tuple[Text, ...] = tuple((one,) for one in unmet)
    return (Notice(("What the policy asks of the whole is not met:",), bad=True), Bullets(listed))
