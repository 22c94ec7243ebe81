"""Rows to rights facts: licence, lineage, consent and source of every row, by joins.

Rows that are alike in what their facts rest on are answered once; nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from govgate.rights.lineage.solve import Doubt, Lineage
from govgate.rights.origins import FileRights, RowRights, row_rights

NO_REGISTRY = "no consent registry"
NO_SUBJECT = "no subject in the row"
NO_EVENT = "no event for this subject and purpose"

LICENSED = pl.Schema(
    {
        "license.id": pl.String(),
        "license.class": pl.String(),
        "license.terms": pl.List(pl.String()),
        "license.conflict": pl.String(),
        "license.from": pl.List(pl.String()),
        "license.covers": pl.String(),
        "license.why": pl.String(),
        "lineage.status": pl.String(),
        "lineage.status.why": pl.String(),
        "lineage.models": pl.List(pl.String()),
        "lineage.models.why": pl.String(),
        "source.name": pl.String(),
    }
)
"""Facts of licence and lineage, and the source that they go by."""

DECLARED = pl.Schema(
    {
        "consent.basis": pl.String(),
        "source.jurisdictions": pl.List(pl.String()),
        "source.languages": pl.List(pl.String()),
        "source.collected": pl.Date(),
        "source.categories": pl.List(pl.String()),
        "source.retention": pl.String(),
    }
)
"""Facts that the manifest alone says, of a file."""

_ALIKE = ("file", "source_raw", "license_raw")


@dataclass(frozen=True, slots=True)
class Rights:
    """What is known before any row is read.

    ``files[n]`` belongs to the rows whose ``file`` is n; ``consent`` is a ``Registry.status``.
    """

    files: Sequence[FileRights]
    lineage: Lineage
    consent: pl.DataFrame | None = None

    def facts(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``rows`` (``file``, ``license_raw``, ``source_raw``, ``subject`` as keyed hash; more if
        you like) in their order, with the columns of ``LICENSED`` and ``DECLARED``,
        ``consent.status`` and ``consent.why`` added.

        Null is unknown, and its ``why`` says the reason (of a licence that is known, ``why`` is a
        remark or null). ``license_raw`` and ``source_raw`` are text of the row: do not publish
        them.
        """
        licensed = _with_licenses(rows, self.files, self.lineage)
        return _with_consent(_with_files(licensed, self.files), self.consent).select(
            *rows.columns, *LICENSED, *DECLARED, "consent.status", "consent.why"
        )


def _with_licenses(
    rows: pl.DataFrame, files: Sequence[FileRights], lineage: Lineage
) -> pl.DataFrame:
    alike = rows.select(_ALIKE).unique()
    answers = [
        _licensed(row_rights(files[file], lineage, source, license_))
        for file, source, license_ in alike.iter_rows()
    ]
    table = alike.hstack(pl.DataFrame(answers, schema=LICENSED, orient="row"))
    return rows.join(table, on=_ALIKE, how="left", maintain_order="left", nulls_equal=True)


def _licensed(rights: RowRights) -> tuple[object, ...]:
    """One row of ``LICENSED``."""
    held, doubtful = rights.agreement, isinstance(rights.terms, Doubt)
    terms = None if isinstance(rights.terms, Doubt) else rights.terms
    return (
        held.id,
        terms and terms.cls.value,
        terms and sorted(terms.words),
        None if held.conflict is None else ("yes" if held.conflict else "no"),
        list(held.places),
        rights.covers,
        f"lineage: {rights.terms}" if doubtful and held.terms else held.why,
        *_or_why(rights.status),
        *_or_why(rights.models if isinstance(rights.models, Doubt) else sorted(rights.models)),
        rights.source,
    )


def _or_why(fact: object) -> tuple[object, str | None]:
    return (None, str(fact)) if isinstance(fact, Doubt) else (fact, None)


def _with_files(rows: pl.DataFrame, files: Sequence[FileRights]) -> pl.DataFrame:
    declared = [_declared(file) for file in files]
    table = pl.DataFrame(declared, schema=DECLARED, orient="row").with_row_index("file")
    return rows.join(
        table.cast({"file": rows.schema["file"]}), on="file", how="left", maintain_order="left"
    )


def _declared(file: FileRights) -> tuple[object, ...]:
    """One row of ``DECLARED``."""
    source = file.source
    if source is None:
        return (None,) * len(DECLARED)
    categories = source.special_categories
    return (
        source.consent_basis and source.consent_basis.value,
        sorted(set(source.jurisdictions)) or None,
        sorted(set(source.languages)) or None,
        source.collected,
        None if categories is None else sorted(set(categories)),
        file.retention,
    )


def _with_consent(rows: pl.DataFrame, consent: pl.DataFrame | None) -> pl.DataFrame:
    if consent is None:
        nothing = pl.lit(None, dtype=pl.String)
        return rows.with_columns(
            nothing.alias("consent.status"), pl.lit(NO_REGISTRY).alias("consent.why")
        )
    found = consent.select(
        "subject_key",
        pl.col("status").alias("consent.status"),
        pl.col("why").alias("consent.why"),
    )
    joined = rows.join(
        found,
        left_on="subject",
        right_on="subject_key",
        how="left",
        maintain_order="left",
        validate="m:1",
    )
    unexplained = pl.col("consent.status").is_null() & pl.col("consent.why").is_null()
    return joined.with_columns(
        pl.when(pl.col("subject").is_null())
        .then(pl.lit(NO_SUBJECT))
        .when(unexplained)
        .then(pl.lit(NO_EVENT))
        .otherwise("consent.why")
        .alias("consent.why")
    )
