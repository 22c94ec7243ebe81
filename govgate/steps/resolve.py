"""Step 4: rows and sightings → the published tables of findings and of facts."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.config import Config
from govgate.data.dataset import DataFile, Format
from govgate.data.tables import TableWriter
from govgate.model import Purpose
from govgate.policy.vocabulary import PII_IN, ROLES
from govgate.rights.consent.join import Standing
from govgate.rights.manifest import source_for
from govgate.rights.resolve import FileRights, rights_facts
from govgate.scan.facts import pii_facts
from govgate.steps.counted import counted
from govgate.steps.findings import FINDINGS_SCHEMA, batches, masked, published
from govgate.steps.names import RowNames
from govgate.steps.open import Opened

TABULAR = (Format.CSV, Format.TSV, Format.PARQUET, Format.ARROW)
UNDECLARED = {
    "consent.basis": "the configuration names no consent_basis for this file",
    "source.name": "the configuration names no source for this file",
    "source.jurisdictions": "the configuration names no jurisdictions for this file",
    "source.languages": "the configuration names no languages for this file",
    "source.collected": "the configuration names no day of collection for this file",
}
FACTS_SCHEMA = pl.Schema(
    {
        "index": pl.UInt64(),
        "row": pl.String(),
        "file": pl.String(),
        "pii.entities": pl.List(pl.String()),
        "pii.count": pl.UInt32(),
        "pii.roles": pl.List(pl.String()),
        **{f"{PII_IN}{role}": pl.List(pl.String()) for role in ROLES},
        "pii.fields": pl.List(pl.String()),
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
        "source.jurisdictions": pl.List(pl.String()),
        "source.jurisdictions.why": pl.String(),
        "source.languages": pl.List(pl.String()),
        "source.languages.why": pl.String(),
        "source.collected": pl.Date(),
        "source.collected.why": pl.String(),
        "run.purpose": pl.String(),
        "row.characters": pl.UInt64(),
        "failure": pl.String(),
    }
)


def resolve(opened: Opened, run: Path, *, as_of: date, purpose: Purpose) -> None:
    """Write `findings.parquet` and `facts.parquet` from the working tables, a batch at a time."""
    inputs = opened.dataset.files
    files = [_file_rights(file.name, opened.config) for file in inputs]
    names = RowNames(opened.dataset, run)
    counts = counted(opened.policy)
    consent = opened.registry.standing(as_of, purpose) if opened.registry else None
    with (
        TableWriter(run / rundir.FINDINGS, FINDINGS_SCHEMA) as findings_out,
        TableWriter(run / rundir.FACTS, FACTS_SCHEMA) as facts_out,
    ):
        for rows, sightings in batches(run):
            named = names.name(rows)
            findings_out.append(published(sightings, named))
            shown = masked(sightings)["pointer"].alias("shown")
            found = sightings.with_columns(shown).filter(counts)
            fixed = _fixed(found, named, inputs)
            facts = _facts(named, found, fixed, files, consent)
            facts_out.append(_typed(facts.with_columns(pl.lit(purpose.value).alias("run.purpose"))))


def _file_rights(name: str, config: Config) -> FileRights:
    return FileRights.of(source_for(name, config.sources))


def _facts(
    named: pl.DataFrame,
    found: pl.DataFrame,
    fixed: pl.DataFrame,
    files: Sequence[FileRights],
    consent: Standing | None,
) -> pl.DataFrame:
    pii = pii_facts(found, named.select("index", "failure", "why"), ROLES)
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
    return joined


def _typed(facts: pl.DataFrame) -> pl.DataFrame:
    return facts.select(FACTS_SCHEMA.names()).cast(FACTS_SCHEMA)


def _fixed(found: pl.DataFrame, named: pl.DataFrame, inputs: Sequence[DataFile]) -> pl.DataFrame:
    """Entities found in the column names of tables, by row: a row cannot redact those."""
    tables = [number for number, file in enumerate(inputs) if file.format in TABULAR]
    rows = named.filter(pl.col("file").is_in(tables)).select("index")
    keys = found.filter(pl.col("role") == "key").join(rows, on="index", how="semi")
    return keys.group_by("index").agg(pl.col("entity").unique().sort().alias("pii.fixed"))
