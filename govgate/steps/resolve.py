"""Step 4: rows and sightings → the published tables of findings and of facts."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.config import Config
from govgate.data.dataset import DataFile, Format
from govgate.data.tables import TableWriter, read_batches, scan_table
from govgate.model import Purpose
from govgate.rights.manifest import source_for
from govgate.rights.resolve import FileRights, rights_facts
from govgate.scan.facts import pii_facts
from govgate.steps.open import Opened
from govgate.steps.scan import ROWS, SIGHTINGS, SIGHTINGS_SCHEMA

TABULAR = (Format.CSV, Format.TSV, Format.PARQUET, Format.ARROW)
UNDECLARED = {
    "consent.basis": "the configuration names no consent_basis for this file",
    "source.name": "the configuration names no source for this file",
}
FINDINGS_SCHEMA = pl.Schema(
    {"index": pl.UInt64(), "row": pl.String(), "file": pl.String()}
    | {name: kind for name, kind in SIGHTINGS_SCHEMA.items() if name != "index"}
)
FACTS_SCHEMA = pl.Schema(
    {
        "index": pl.UInt64(),
        "row": pl.String(),
        "file": pl.String(),
        "pii.entities": pl.List(pl.String()),
        "pii.count": pl.UInt32(),
        "pii.roles": pl.List(pl.String()),
        "pii.fixed": pl.List(pl.String()),
        "pii.why": pl.String(),
        "license.id": pl.String(),
        "license.class": pl.String(),
        "license.why": pl.String(),
        "consent.status": pl.String(),
        "consent.why": pl.String(),
        "consent.basis": pl.String(),
        "consent.basis.why": pl.String(),
        "source.name": pl.String(),
        "source.name.why": pl.String(),
        "row.characters": pl.UInt64(),
        "failure": pl.String(),
    }
)


def resolve(opened: Opened, run: Path, *, as_of: date, purpose: Purpose) -> None:
    """Write `findings.parquet` and `facts.parquet` from the working tables, a batch at a time."""
    inputs = opened.dataset.files
    files = [_file_rights(file.name, opened.config) for file in inputs]
    names = pl.DataFrame(
        {"file": range(len(inputs)), "name": [file.name for file in inputs]},
        schema={"file": pl.UInt32(), "name": pl.String()},
    )
    consent = opened.registry.status(as_of, purpose) if opened.registry else None
    taken = _taken_ids(run / rundir.WORK / ROWS)
    with (
        TableWriter(run / rundir.FINDINGS, FINDINGS_SCHEMA) as findings_out,
        TableWriter(run / rundir.FACTS, FACTS_SCHEMA) as facts_out,
    ):
        for rows, sightings in _batches(run):
            named = _named(rows, names, taken)
            findings_out.append(
                _masked(sightings)
                .join(
                    named.select("index", "row", file="name"),
                    on="index",
                    how="left",
                    maintain_order="left",
                )
                .select(FINDINGS_SCHEMA.names())
            )
            counted = sightings.filter(pl.col("score") >= opened.policy.threshold)
            fixed = _fixed(counted, named, inputs)
            facts_out.append(_facts(named, counted, fixed, files, consent))


def findings_between(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """The entries of the table at ``path`` that belong to ``rows``, a run of ascending indexes."""
    first, last = rows["index"][0], rows["index"][-1]
    return scan_table(path).filter(pl.col("index").is_between(first, last)).collect()


def _masked(sightings: pl.DataFrame) -> pl.DataFrame:
    """``sightings`` with member names that hold a finding replaced in every pointer.

    A pointer spells the names on its way. One in which something was found, at whatever score,
    becomes `<ENTITY>`; the writer of partitions reads the true pointers from the working table.
    """
    keys = sightings.filter(pl.col("role") == "key")
    if keys.is_empty():
        return sightings
    personal = {
        (index, pointer): entity
        for index, pointer, entity in keys.select("index", "pointer", "entity").iter_rows()
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


def _batches(run: Path) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    sightings = run / rundir.WORK / SIGHTINGS
    for rows in read_batches(run / rundir.WORK / ROWS):
        yield rows, findings_between(sightings, rows)


def _file_rights(name: str, config: Config) -> FileRights:
    return FileRights.of(source_for(name, config.sources))


def _taken_ids(rows: Path) -> pl.DataFrame:
    """Ids that more than one row claims: none of those rows is called by it."""
    ids = scan_table(rows).select("id").filter(pl.col("id").is_not_null())
    return ids.group_by("id").len().filter(pl.col("len") > 1).select("id").collect()


def _named(rows: pl.DataFrame, names: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with columns `name` (of the file) and `row` (the id, or FILE:LINE)."""
    place = pl.concat_str("name", pl.lit(":"), "line")
    repeated = pl.col("id").is_in(taken["id"].implode())
    own = pl.when(repeated).then(None).otherwise("id")
    joined = rows.join(names, on="file", how="left", maintain_order="left")
    return joined.with_columns(row=pl.coalesce(own, place))


def _facts(
    named: pl.DataFrame,
    counted: pl.DataFrame,
    fixed: pl.DataFrame,
    files: Sequence[FileRights],
    consent: pl.DataFrame | None,
) -> pl.DataFrame:
    pii = pii_facts(counted, named.select("index", "failure", "why"), threshold=0)
    rights = rights_facts(
        named.select("index", "file", "license_raw", "subject"), files=files, consent=consent
    )
    known = named.select("index", "row", "failure", file="name", **{"row.characters": "characters"})
    rights = rights.with_columns(
        pl.when(pl.col(fact).is_null()).then(pl.lit(why)).alias(f"{fact}.why")
        for fact, why in UNDECLARED.items()
    )
    joined = known
    for part in (pii, fixed, rights.drop("file", "license_raw", "subject")):
        joined = joined.join(part, on="index", how="left", maintain_order="left")
    return joined.select(FACTS_SCHEMA.names()).cast(FACTS_SCHEMA)


def _fixed(counted: pl.DataFrame, named: pl.DataFrame, inputs: Sequence[DataFile]) -> pl.DataFrame:
    """Entities found in the column names of tables, by row: a row cannot redact those."""
    tables = [number for number, file in enumerate(inputs) if file.format in TABULAR]
    rows = named.filter(pl.col("file").is_in(tables)).select("index")
    found = counted.filter(pl.col("role") == "key").join(rows, on="index", how="semi")
    return found.group_by("index").agg(pl.col("entity").unique().sort().alias("pii.fixed"))
