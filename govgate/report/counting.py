"""Counts over the tables of a run, as tables of a report.

Rows are counted in one pass by Polars' streaming engine, findings a batch of whole rows at a time,
so that memory grows with the number of different answers and not with the data.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import polars as pl

from govgate import rundir
from govgate.data.tables import read_batches, whole_rows
from govgate.model import Partition
from govgate.report.document import Column, Kind, Table, Value
from govgate.report.evidence import RunEvidence
from govgate.scan.facts import PLACE, field_name
from govgate.steps.counted import counted

MOST = 200  # rows of a table that is as long as the data is various
PARTITIONS = tuple(partition.value for partition in Partition)
BY_PARTITION = tuple(Column(name, Kind.COUNT) for name in ("rows", *PARTITIONS))
_FINDING = ("index", *PLACE, "score", "excluded")
_OF_FACTS = {"source": "source.name", "license": "license.id"}


def table(
    id: str,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[tuple[Value, ...]],
    source: str,
    note: str = "",
    most: int = MOST,
) -> Table:
    """A table of the first ``most`` of ``rows``, which says how many more there are."""
    listed = tuple(rows)
    left_out = max(0, len(listed) - most)
    return Table(id, title, tuple(columns), listed[:most], source, note, left_out)


def rows_by(evidence: RunEvidence, *facts: str) -> list[tuple[Value, ...]]:
    """For each combination of values of ``facts``: the values, rows, and rows by partition.

    Most rows first. A value of several words is one text; unknown is None.
    """
    keys = [_word(evidence.facts().collect_schema(), fact) for fact in facts]
    partitions = [
        (pl.col("partition") == name).sum().cast(pl.Int64).alias(name) for name in PARTITIONS
    ]
    counted_rows = (
        evidence.facts()
        .select("index", *keys)
        .join(evidence.verdicts().select("index", "partition"), on="index", how="inner")
        .group_by(*facts)
        .agg(pl.len().cast(pl.Int64).alias("rows"), *partitions)
        .sort("rows", *facts, descending=[True, *(False for _ in facts)], nulls_last=True)
        .collect(engine="streaming")
    )
    return list(counted_rows.iter_rows())


def _word(schema: pl.Schema, fact: str) -> pl.Expr:
    """The column ``fact`` as text; unknown where an earlier version's run does not have it."""
    if fact not in schema:
        return pl.lit(None, dtype=pl.String).alias(fact)
    if isinstance(schema[fact], pl.List):
        joined = pl.col(fact).list.join(", ")
        none = pl.col(fact).list.len() == 0
        return pl.when(none).then(pl.lit("none")).otherwise(joined).alias(fact)
    return pl.col(fact).cast(pl.String)


@lru_cache(maxsize=4)
def findings_cube(evidence: RunEvidence) -> pl.DataFrame:
    """Findings that count, by `entity`, `role`, `field`, `file`, `source`, `license`: how many
    `findings`. One that was seen in two readings counts once."""
    parts = [_empty_cube()]
    for batch in whole_rows(read_batches(evidence.run / rundir.FINDINGS, (*_FINDING, "file"))):
        places = batch.filter(counted(evidence.policy)).unique(subset=["index", *PLACE])
        if not places.height:
            continue
        between = pl.col("index").is_between(batch["index"][0], batch["index"][-1])
        known = evidence.facts().filter(between)
        told = known.select("index", **{k: pl.col(v) for k, v in _OF_FACTS.items()}).collect()
        parts.append(_grouped(places.join(told, on="index", how="left")))
        if len(parts) > 16:
            parts = [_summed(parts)]
    return _summed(parts)


_CUBE = ("entity", "role", "field", "file", "source", "license")


def _empty_cube() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(_CUBE, pl.String), "findings": pl.Int64})


def _grouped(places: pl.DataFrame) -> pl.DataFrame:
    by = places.with_columns(field=field_name(pl.col("pointer"))).group_by(_CUBE)
    return by.agg(pl.len().cast(pl.Int64).alias("findings")).select(*_CUBE, "findings")


def _summed(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    whole = pl.concat(parts).group_by(_CUBE).agg(pl.col("findings").sum())
    return whole.sort(_CUBE, nulls_last=True)


def findings_by(evidence: RunEvidence, *by: str) -> list[tuple[Value, ...]]:
    """Findings that count for each combination of ``by``, most first."""
    summed = (
        findings_cube(evidence)
        .group_by(by)
        .agg(pl.col("findings").sum())
        .sort("findings", *by, descending=[True, *(False for _ in by)], nulls_last=True)
    )
    return list(summed.iter_rows())
