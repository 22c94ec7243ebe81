"""Rows to look at on site: a few for each reason, chosen so that nobody can choose others."""

import hashlib
from collections.abc import Iterator

import polars as pl

from govgate.data.tables import read_batches
from govgate.report.counting import table
from govgate.report.document import Code, Column, Kind, Listing, Paragraph, Section, Shown
from govgate.report.evidence import RunEvidence
from govgate.rundir import VERDICTS

EACH = 5
_READ = ("index", "row", "file", "partition", "reasons")


def section(evidence: RunEvidence) -> Section:
    """At most :data:`EACH` rows for each partition and reason, by the smallest digests."""
    rows = table(
        "sample",
        "Rows to inspect on site",
        (
            Column("row", Kind.CODE),
            Column("file", Kind.CODE),
            Column("partition"),
            Column("because of", Kind.CODE),
        ),
        _sampled(evidence),
        f"{VERDICTS}: per partition and reason the {EACH} rows whose SHA-256 over the record's"
        " digest, a colon and the row's index is smallest",
    )
    said = (
        "Have these rows shown to you where the data lie. They are picked by the record's digest,"
        " so they could not be arranged, and anyone picks the same ones."
    )
    explain = "govgate explain RUN ROW"
    return Section(
        "sample-section",
        "Rows to inspect on site",
        (
            Paragraph((said,), lead=True),
            Shown(rows),
            Paragraph(("What decided a row, with the facts, is printed by ", Code(explain), ":")),
            Listing(explain),
        ),
    )


def _sampled(evidence: RunEvidence) -> Iterator[tuple[str, ...]]:
    best: dict[tuple[str, str], pl.DataFrame] = {}
    for batch in read_batches(evidence.run / VERDICTS, _READ):
        told = batch.explode("reasons").filter(pl.col("reasons").is_not_null())
        for (partition, reason), rows in told.group_by("partition", "reasons"):
            key = (str(partition), str(reason))
            chosen = _smallest(rows, evidence.digest)
            best[key] = (
                _smallest(pl.concat([best[key], chosen]), evidence.digest)
                if key in best
                else chosen
            )
    for partition, reason in sorted(best):
        for row in best[partition, reason].iter_rows(named=True):
            yield row["row"], row["file"], partition, reason


def _smallest(rows: pl.DataFrame, digest: str) -> pl.DataFrame:
    hashes = [hashlib.sha256(f"{digest}:{index}".encode()).hexdigest() for index in rows["index"]]
    return rows.with_columns(pl.Series("_hash", hashes)).sort("_hash").head(EACH).drop("_hash")
