"""Rows to rights facts: licence, consent and source of every row, by joins.

Distinct texts are read once each; nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from govgate.rights.consent.join import ADDED, Standing, with_consent
from govgate.rights.licenses import NO_LICENSE, read_license

if TYPE_CHECKING:
    from govgate.rights.manifest import Source

NO_LICENSE_ANYWHERE = "no licence in the row or the manifest"
DIFFER = "the row's licence and the manifest's differ; the stricter counts"

DECLARED = pl.Schema(
    {
        "consent.basis": pl.String(),
        "source.name": pl.String(),
        "source.jurisdictions": pl.List(pl.String()),
        "source.languages": pl.List(pl.String()),
        "source.collected": pl.Date(),
    }
)
"""Facts that the manifest alone says."""

_LICENSE = pl.Schema(
    {"text": pl.String, "id": pl.String, "class": pl.String, "rank": pl.UInt8, "why": pl.String}
)


@dataclass(frozen=True, slots=True)
class FileRights:
    """What the manifest says of one file's rows; None: nothing."""

    source: str | None = None
    license: str | None = None
    basis: str | None = None
    jurisdictions: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    collected: date | None = None

    @classmethod
    def of(cls, source: Source | None) -> FileRights:
        """From the file's source; nothing is known of a file without one."""
        if source is None:
            return cls()
        basis = source.consent_basis
        return cls(
            source.name,
            source.license,
            basis.value if basis else None,
            tuple(sorted(set(source.jurisdictions))) or None,
            tuple(sorted(set(source.languages))) or None,
            source.collected,
        )


def rights_facts(
    rows: pl.DataFrame, *, files: Sequence[FileRights], consent: Standing | None
) -> pl.DataFrame:
    """``rows`` (``index``, ``file``, ``license_raw``, ``subject`` as keyed hash) in their order,
    with the columns ``license.id``, ``license.class``, ``license.why``, those of
    ``consent.join.ADDED`` and those of ``DECLARED`` added.

    ``files[n]`` belongs to the rows whose ``file`` is n; ``consent`` is a ``Registry.standing``.
    Where row and manifest name different licences the stricter counts, and if either cannot be
    classed the licence is unknown. Null is unknown, and its ``why`` says the reason (of a licence
    that is known, ``why`` is a remark or null). ``license_raw`` is text of the row: do not
    publish it.
    """
    licensed = _with_license(_with_files(rows, files))
    placed = licensed.with_columns(source=pl.col("source.name"))
    return with_consent(placed, consent).select(
        *rows.columns, "license.id", "license.class", "license.why", *ADDED, *DECLARED
    )


def _with_files(rows: pl.DataFrame, files: Sequence[FileRights]) -> pl.DataFrame:
    declared = [
        (f.license, f.basis, f.source, f.jurisdictions, f.languages, f.collected) for f in files
    ]
    table = pl.DataFrame(
        declared, schema={"manifest_license": pl.String, **DECLARED}, orient="row"
    ).with_row_index("file")
    return rows.join(
        table.cast({"file": rows.schema["file"]}), on="file", how="left", maintain_order="left"
    )


def _with_license(rows: pl.DataFrame) -> pl.DataFrame:
    texts = pl.concat([rows["license_raw"], rows["manifest_license"].alias("license_raw")])
    read = _read_all(texts.unique())
    for column, prefix in (("license_raw", "row_"), ("manifest_license", "manifest_")):
        rows = rows.join(
            read.rename({name: prefix + name for name in _LICENSE if name != "text"}),
            left_on=column,
            right_on="text",
            how="left",
            maintain_order="left",
        )
    no_row, no_manifest = _absent("row_"), _absent("manifest_")
    same = pl.col("row_id").eq_missing(pl.col("manifest_id")) & pl.col("row_id").is_not_null()
    unclassed = pl.col("row_class").is_null() | pl.col("manifest_class").is_null()
    stricter_row = pl.col("row_rank") >= pl.col("manifest_rank")

    def pick(part: str) -> pl.Expr:
        row, manifest = pl.col(f"row_{part}"), pl.col(f"manifest_{part}")
        return (
            pl.when(no_row & no_manifest)
            .then(None)
            .when(no_row)
            .then(manifest)
            .when(no_manifest | same)
            .then(row)
            .when(unclassed)
            .then(None)
            .when(stricter_row)
            .then(row)
            .otherwise(manifest)
        )

    from_row, from_manifest = _prefixed("row"), _prefixed("manifest")
    why = (
        pl.when(no_row & no_manifest)
        .then(pl.lit(NO_LICENSE_ANYWHERE))
        .when(no_row)
        .then(from_manifest)
        .when(no_manifest | same)
        .then(from_row)
        .when(pl.col("row_class").is_null())
        .then(from_row)
        .when(pl.col("manifest_class").is_null())
        .then(from_manifest)
        .otherwise(pl.lit(DIFFER))
    )
    return rows.with_columns(
        pick("id").alias("license.id"),
        pick("class").alias("license.class"),
        why.alias("license.why"),
    )


def _read_all(texts: pl.Series) -> pl.DataFrame:
    """Every distinct licence text, read; blank ones are left out."""
    read = []
    for text in texts:
        facts = read_license(text)
        if facts.why == NO_LICENSE:
            continue
        rank = None if facts.cls is None else facts.cls.strictness
        word = None if facts.cls is None else facts.cls.value
        read.append((text, facts.id, word, rank, facts.why))
    return pl.DataFrame(read, schema=_LICENSE, orient="row")


def _absent(prefix: str) -> pl.Expr:
    """No licence text there: everything that was read has an id or a reason."""
    return pl.col(f"{prefix}id").is_null() & pl.col(f"{prefix}why").is_null()


def _prefixed(where: str) -> pl.Expr:
    return pl.lit(f"{where}: ") + pl.col(f"{where}_why")
