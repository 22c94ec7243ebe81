"""Step 6: verdicts → train and retrieve partitions, and the list of withheld rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.data.partitions import Assignment, PartFile, write_partitions
from govgate.data.redact import Span
from govgate.data.tables import TableWriter, read_batches
from govgate.model import Outcome, Partition
from govgate.steps.counted import counted
from govgate.steps.decide import Decided
from govgate.steps.findings import findings_between
from govgate.steps.open import Opened
from govgate.steps.scan import Scanned
from govgate.steps.worktables import SIGHTINGS

WITHHELD_SCHEMA = pl.Schema(
    {"index": pl.UInt64(), "row": pl.String(), "file": pl.String(), "reasons": pl.List(pl.String())}
)
SPAN_FIELDS = ("pointer", "role", "start", "end", "entity")


def write(opened: Opened, scanned: Scanned, decided: Decided, run: Path) -> list[PartFile]:
    """Write every row to the partition its verdict names, redacted as it obliges.

    Nothing is written for an incomplete outcome; `withheld.parquet` (ids and reasons of the rows
    that may be used for nothing) always is.
    """
    write_withheld(run)
    if decided.outcome is Outcome.INCOMPLETE:
        return []
    rows = assignments(run, counted(opened.policy))
    return write_partitions(opened.dataset, rows, run, scanned.inputs)


def write_withheld(run: Path) -> None:
    """Write `withheld.parquet` from the verdicts."""
    with TableWriter(run / rundir.WITHHELD, WITHHELD_SCHEMA) as out:
        for verdicts in read_batches(run / rundir.VERDICTS):
            out.append(
                verdicts.filter(pl.col("partition") == Partition.WITHHELD.value).select(
                    WITHHELD_SCHEMA.names()
                )
            )


def assignments(run: Path, counts: pl.Expr) -> Iterator[Assignment]:
    """One assignment a row, in order, from the tables in ``run``; ``counts``: which findings do."""
    for verdicts in read_batches(run / rundir.VERDICTS):
        spans = _spans_by_row(run, verdicts, counts)
        columns = verdicts.select("index", "partition", "obligations")
        for index, partition, obligations in columns.iter_rows():
            yield Assignment(
                index, Partition(partition), _chosen(spans.get(index, []), partition, obligations)
            )


def _spans_by_row(run: Path, verdicts: pl.DataFrame, counts: pl.Expr) -> dict[int, list[Any]]:
    redacting = verdicts.filter(pl.col("obligations").list.len() > 0)
    if redacting.is_empty():
        return {}
    findings = findings_between(run / rundir.WORK / SIGHTINGS, redacting).filter(
        counts & pl.col("index").is_in(redacting["index"].implode())
    )
    spans: dict[int, list[Any]] = {}
    for index, *fields in findings.select("index", *SPAN_FIELDS).iter_rows():
        spans.setdefault(index, []).append(Span(*fields))
    return spans


def _chosen(spans: list[Span], partition: str, obligations: list[str]) -> tuple[Span, ...]:
    """The spans that ``obligations`` say to redact in ``partition``.

    They are spelt ``redact:USE:ENTITY``, or ``redact:USE:ENTITY@ROLE`` for one role's alone.
    """
    prefix = f"redact:{partition}:"
    named = {o.removeprefix(prefix) for o in obligations if o.startswith(prefix)}
    return tuple(
        span
        for span in spans
        if not named.isdisjoint(("*", span.entity, f"{span.entity}@{span.role}"))
    )
