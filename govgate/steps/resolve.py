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
from govgate.rights.manifest import source_for
from govgate.rights.origins import FileRights
from govgate.rights.resolve import DECLARED, LICENSED, OPTOUT, PEOPLE, OptOuts, Rights
from govgate.scan.facts import pii_facts
from govgate.steps.counted import counted
from govgate.steps.findings import FINDINGS_SCHEMA, batches, masked, published
from govgate.steps.names import RowNames
from govgate.steps.open import Opened
from govgate.steps.papers import Papers, declared, made_from

TABULAR = (Format.CSV, Format.TSV, Format.PARQUET, Format.ARROW)
UNDECLARED = {
    "source.name": "the configuration names no source for this file",
    "source.jurisdictions": "the configuration names no jurisdictions for this file",
    "source.languages": "the configuration names no languages for this file",
    "source.collected": "the configuration names no day of collection for this file",
    "source.categories": "the configuration names no special_categories for this file",
    "source.retention": "the configuration does not name retain_until and the checkpoint's life",
    "source.audience": "the configuration names no audience for this file",
}
_PII = pl.Schema(
    {
        "pii.entities": pl.List(pl.String()),
        "pii.count": pl.UInt32(),
        "pii.roles": pl.List(pl.String()),
        **{f"{PII_IN}{role}": pl.List(pl.String()) for role in ROLES},
        "pii.fields": pl.List(pl.String()),
        "pii.fixed": pl.List(pl.String()),
        "pii.why": pl.String(),
    }
)
FACTS_SCHEMA = pl.Schema(
    {
        "index": pl.UInt64(),
        "row": pl.String(),
        "file": pl.String(),
        **_PII,
        **LICENSED,
        **PEOPLE,
        **OPTOUT,
        **DECLARED,
        **{f"{fact}.why": pl.String() for fact in UNDECLARED},
        "run.purpose": pl.String(),
        "row.characters": pl.UInt64(),
        "failure": pl.String(),
        "erased": pl.Boolean(),
    }
)
NOT_EMPTIED = (
    "index",
    "row",
    "file",
    "run.purpose",
    "failure",
    "erased",
)  # of a row that was erased
_RAW = (
    "file",
    "license_raw",
    "source_raw",
    "url_raw",
    "subject",
)  # text of the row: never published


def resolve(opened: Opened, run: Path, *, as_of: date, purpose: Purpose) -> None:
    """Write `findings.parquet` and `facts.parquet` from the working tables, a batch at a time."""
    inputs = opened.dataset.files
    consent = opened.registries.consent
    rights = Rights(
        [file_rights(file, opened.config, opened.papers) for file in inputs],
        opened.registries.lineage,
        consent.standing(as_of, purpose) if consent else None,
        _optouts(opened, as_of),
    )
    names = RowNames(opened.dataset, run)
    counts = counted(opened.policy)
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
            facts = _facts(named, found, fixed, rights)
            facts_out.append(_typed(facts.with_columns(pl.lit(purpose.value).alias("run.purpose"))))


def _optouts(opened: Opened, as_of: date) -> OptOuts | None:
    if opened.registries.signals is None:
        return None
    from govgate.rights.signals.evaluate import Heard

    return Heard(opened.registries.signals, as_of).for_urls


def file_rights(file: DataFile, config: Config, papers: Papers) -> FileRights:
    """What the configuration and the papers say of the rows of ``file``."""
    said = papers.of(file)
    sources, models = made_from(said)
    source = source_for(file.name, config.sources)
    return FileRights(source, config.kept_until, declared(said), sources, models)


def _facts(
    named: pl.DataFrame, found: pl.DataFrame, fixed: pl.DataFrame, rights: Rights
) -> pl.DataFrame:
    pii = pii_facts(found, named.select("index", "failure", "why"), ROLES)
    facts = rights.facts(named.select("index", *_RAW)).drop(_RAW)
    known = named.select(
        "index", "row", "failure", "erased", file="name", **{"row.characters": "characters"}
    )
    facts = facts.with_columns(
        pl.when(pl.col(fact).is_null()).then(pl.lit(why)).alias(f"{fact}.why")
        for fact, why in UNDECLARED.items()
    )
    joined = known
    for part in (pii, fixed, facts):
        joined = joined.join(part, on="index", how="left", maintain_order="left")
    return joined


def _typed(facts: pl.DataFrame) -> pl.DataFrame:
    told = facts.select(FACTS_SCHEMA.names()).cast(FACTS_SCHEMA)
    if not told["erased"].any():
        return told
    nothing = (pl.when(~pl.col("erased")).then(pl.exclude(NOT_EMPTIED)).name.keep(),)
    return told.with_columns(nothing)


def _fixed(found: pl.DataFrame, named: pl.DataFrame, inputs: Sequence[DataFile]) -> pl.DataFrame:
    """Entities found in the column names of tables, by row: a row cannot redact those."""
    tables = [number for number, file in enumerate(inputs) if file.format in TABULAR]
    rows = named.filter(pl.col("file").is_in(tables)).select("index")
    keys = found.filter(pl.col("role") == "key").join(rows, on="index", how="semi")
    return keys.group_by("index").agg(pl.col("entity").unique().sort().alias("pii.fixed"))
