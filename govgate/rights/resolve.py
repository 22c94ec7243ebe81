"""Rows to rights facts: licence, lineage, consent and source of every row, by joins.

What rows share is worked out once (``answers.py``); nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from govgate.rights.answers import Answers
from govgate.rights.lineage.solve import Doubt, Lineage
from govgate.rights.origins import FileRights, origin, own_agreement
from govgate.rights.terms import Terms

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

_OWN = pl.Schema(
    {
        "license.id": pl.String(),
        "license.conflict": pl.String(),
        "license.from": pl.List(pl.String()),
        "own.covers": pl.String(),
        "own.why": pl.String(),
        "own": pl.UInt32(),
    }
)
_ORIGIN = pl.Schema(
    {
        "above": pl.UInt32(),
        "above.why": pl.String(),
        "lineage.status": pl.String(),
        "lineage.status.why": pl.String(),
        "lineage.models": pl.List(pl.String()),
        "lineage.models.why": pl.String(),
        "above.covers": pl.String(),
        "source.name": pl.String(),
    }
)
_MEET = pl.Schema({"license.class": pl.String(), "license.terms": pl.List(pl.String())})


class Rights:
    """What is known before any row is read, and what was worked out for rows like the next.

    ``files[n]`` belongs to the rows whose ``file`` is n; ``consent`` is a ``Registry.status``.
    """

    def __init__(
        self,
        files: Sequence[FileRights],
        lineage: Lineage,
        consent: pl.DataFrame | None = None,
    ) -> None:
        self._files, self._lineage, self._consent = files, lineage, consent
        self._terms: list[Terms] = []  # those that occur; rows hold their places
        self._places: dict[Terms, int] = {}
        file, text = {"file": pl.UInt32()}, pl.String()
        self._own = Answers(pl.Schema({**file, "license_raw": text}), _OWN, self._owned)
        self._origin = Answers(pl.Schema({**file, "source_raw": text}), _ORIGIN, self._traced)
        places = pl.Schema({"own": pl.UInt32(), "above": pl.UInt32()})
        self._meet = Answers(places, _MEET, self._met)

    def facts(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``rows`` (``file``, ``license_raw``, ``source_raw``, ``subject`` as keyed hash; more if
        you like) in their order, with the columns of ``LICENSED`` and ``DECLARED``,
        ``consent.status`` and ``consent.why`` added.

        Null is unknown, and its ``why`` says the reason (of a licence that is known, ``why`` is a
        remark or null). ``license_raw`` and ``source_raw`` are text of the row: do not publish
        them.
        """
        known = self._meet.join(self._origin.join(self._own.join(rows)))
        doubtful = pl.col("own").is_not_null() & pl.col("above").is_null()
        covers = pl.coalesce("above.covers", "own.covers")
        licensed = known.with_columns(
            pl.when(doubtful)
            .then(pl.lit("lineage: ") + pl.col("above.why"))
            .otherwise("own.why")
            .alias("license.why"),
            pl.when(pl.col("own.covers").is_not_null()).then(covers).alias("license.covers"),
        )
        return _with_consent(_with_files(licensed, self._files), self._consent).select(
            *rows.columns, *LICENSED, *DECLARED, "consent.status", "consent.why"
        )

    def _owned(self, file: int, license_text: str | None) -> tuple[object, ...]:
        """One row of ``_OWN``."""
        held = own_agreement(self._files[file], self._lineage, license_text)
        conflict = None if held.conflict is None else ("yes" if held.conflict else "no")
        place = None if held.terms is None else self._place(held.terms)
        return held.id, conflict, list(held.places), held.covers, held.why, place

    def _traced(self, file: int, named: str | None) -> tuple[object, ...]:
        """One row of ``_ORIGIN``."""
        found = origin(self._files[file], self._lineage, named)
        above = found.above if isinstance(found.above, Doubt) else self._place(found.above)
        models = found.models if isinstance(found.models, Doubt) else sorted(found.models)
        facts = (above, found.status, models)
        return (*(part for fact in facts for part in _or_why(fact)), found.covers, found.source)

    def _met(self, own: int | None, above: int | None) -> tuple[object, ...]:
        """One row of ``_MEET``."""
        if own is None or above is None:
            return None, None
        terms = self._terms[own].meet(self._terms[above])
        return terms.cls, sorted(terms.words)

    def _place(self, terms: Terms) -> int:
        if terms not in self._places:
            self._places[terms] = len(self._terms)
            self._terms.append(terms)
        return self._places[terms]


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
