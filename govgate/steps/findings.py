"""Sightings → the published table of findings: rows named, member names masked."""

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.data.dataset import Dataset
from govgate.data.tables import TableWriter, read_batches, scan_table
from govgate.steps.names import RowNames
from govgate.steps.worktables import ROWS, SIGHTINGS, SIGHTINGS_SCHEMA

_BATCH_ROWS = 50_000  # a row of chat may have dozens of findings, and all of a batch are held
FINDINGS_SCHEMA = pl.Schema(
    {"index": pl.UInt64(), "row": pl.String(), "file": pl.String()}
    | {name: kind for name, kind in SIGHTINGS_SCHEMA.items() if name != "index"}
)


def write_findings(dataset: Dataset, run: Path) -> None:
    """Write `findings.parquet` from the working tables, a batch at a time."""
    names = RowNames(dataset, run)
    with TableWriter(run / rundir.FINDINGS, FINDINGS_SCHEMA) as out:
        for rows, sightings in batches(run):
            out.append(published(sightings, names.name(rows)))


def batches(run: Path) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The working tables of ``run``, a batch of rows at a time with the rows' sightings."""
    sightings = run / rundir.WORK / SIGHTINGS
    for rows in read_batches(run / rundir.WORK / ROWS, batch_rows=_BATCH_ROWS):
        yield rows, findings_between(sightings, rows)


def findings_between(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """The entries of the table at ``path`` that belong to ``rows``, a run of ascending indexes."""
    first, last = rows["index"][0], rows["index"][-1]
    return scan_table(path).filter(pl.col("index").is_between(first, last)).collect()


def published(sightings: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """``sightings`` of the rows ``named`` as they stand in the published table."""
    names = named.select("index", "row", file="name")
    joined = masked(sightings).join(names, on="index", how="left", maintain_order="left")
    return joined.select(FINDINGS_SCHEMA.names())


def masked(sightings: pl.DataFrame) -> pl.DataFrame:
    """``sightings`` with member names that hold a finding replaced in every pointer.

    A pointer spells the names on its way. One in which something was found, at whatever score,
    becomes `<ENTITY>`, the surest one; the writer of partitions reads the true pointers from the
    working table.
    """
    keys = sightings.filter(pl.col("role") == "key")
    if keys.is_empty():
        return sightings
    personal = {
        (index, pointer): entity
        for index, pointer, entity in keys.sort("score", maintain_order=True)
        .select("index", "pointer", "entity")
        .iter_rows()
    }
    rows = set(keys["index"])
    pointers = [
        _mask(index, pointer, personal) if index in rows else pointer
        for index, pointer in sightings.select("index", "pointer").iter_rows()
    ]
    return sightings.with_columns(pl.Series("pointer", pointers, dtype=pl.String))


def _mask(index: int, pointer: str, personal: dict[tuple[int, str], str]) -> str:
    names = pointer.split("/")
    prefixes = accumulate(names, lambda before, name: f"{before}/{name}")
    found = [personal.get((index, prefix)) for prefix in prefixes]
    return "/".join(
        name if entity is None else f"<{entity}>" for name, entity in zip(names, found, strict=True)
    )
