"""Rows to rights facts: licence, lineage, consent and source of every row, by joins.

What rows share is worked out once (``answers.py``); nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from govgate.rights.answers import Answers
from govgate.rights.consent.join import NO_REGISTRY, NO_SUBJECT, Standing, with_consent
from govgate.rights.lineage.solve import Doubt, Lineage
from govgate.rights.origins import FileRights, origin, own_agreement
from govgate.rights.terms import Terms

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
        "source.jurisdictions": pl.List(pl.String()),
        "source.languages": pl.List(pl.String()),
        "source.collected": pl.Date(),
        "source.categories": pl.List(pl.String()),
        "source.retention": pl.String(),
        "source.audience": pl.List(pl.String()),
    }
)
"""Facts that the manifest alone says, of a file."""

PEOPLE = pl.Schema(
    {
        "consent.status": pl.String(),
        "consent.why": pl.String(),
        "consent.basis": pl.String(),
        "consent.basis.why": pl.String(),
        "consent.by": pl.String(),
        "consent.by.why": pl.String(),
        "subject.age": pl.String(),
        "subject.age.why": pl.String(),
        "subject.requests": pl.List(pl.String()),
        "subject.requests.why": pl.String(),
    }
)
"""Facts of the person, and of what the data's use rests on."""

OPTOUT = pl.Schema(
    {
        "optout.train": pl.String(),
        "optout.retrieve": pl.String(),
        "optout.tdm": pl.String(),
        "optout.signals": pl.List(pl.String()),
        "optout.why": pl.String(),
    }
)
"""What the places that rows were taken from say."""

LISTED, OBJECTION = "subject-list", "objection"
NO_SIGNALS = "the configuration names no captured signals"
NO_ADDRESS = "the row has no address"
NOT_SAID = "the registry does not say"
NO_BASIS = "neither the configuration nor an event names a lawful basis"
BASES_DIFFER = "the configuration and the event name different lawful bases"

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


OptOuts = Callable[[pl.Series, pl.Series], pl.DataFrame]


class Rights:
    """What is known before any row is read, and what was worked out for rows like the next.

    ``files[n]`` belongs to the rows whose ``file`` is n; ``consent`` is a ``Registry.standing``;
    ``optouts`` gives ``signals.judging.RESULT`` for addresses and the rows' subjects.
    """

    def __init__(
        self,
        files: Sequence[FileRights],
        lineage: Lineage,
        consent: Standing | None = None,
        optouts: OptOuts | None = None,
    ) -> None:
        self._files, self._lineage, self._consent = files, lineage, consent
        self._optouts = optouts
        self._terms: list[Terms] = []  # those that occur; rows hold their places
        self._places: dict[Terms, int] = {}
        file, text = {"file": pl.UInt32()}, pl.String()
        self._own = Answers(pl.Schema({**file, "license_raw": text}), _OWN, self._owned)
        self._origin = Answers(pl.Schema({**file, "source_raw": text}), _ORIGIN, self._traced)
        places = pl.Schema({"own": pl.UInt32(), "above": pl.UInt32()})
        self._meet = Answers(places, _MEET, self._met)

    def facts(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``rows`` (``file``, ``license_raw``, ``source_raw``, ``url_raw``, ``subject`` as keyed
        hash; more if you like) in their order, with the columns of ``LICENSED``, ``PEOPLE``,
        ``OPTOUT`` and ``DECLARED`` added.

        Null is unknown, and its ``why`` says the reason (of a licence that is known, ``why`` is a
        remark or null). ``…_raw`` is text of the row: do not publish it.
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
        declared = _with_files(_with_optouts(licensed, self._optouts), self._files)
        return _with_people(declared, self._consent).select(
            *rows.columns, *LICENSED, *PEOPLE, *OPTOUT, *DECLARED
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
    schema = pl.Schema({"file.source": pl.String(), "consent.basis": pl.String(), **DECLARED})
    declared = [_declared(file) for file in files]
    table = pl.DataFrame(declared, schema=schema, orient="row").with_row_index("file")
    return rows.join(
        table.cast({"file": rows.schema["file"]}), on="file", how="left", maintain_order="left"
    )


def _declared(file: FileRights) -> tuple[object, ...]:
    """The name of the file's source, its lawful basis, and one row of ``DECLARED``."""
    source = file.source
    if source is None:
        return (None,) * (2 + len(DECLARED))
    categories = source.special_categories
    return (
        source.name,
        source.consent_basis,
        sorted(set(source.jurisdictions)) or None,
        sorted(set(source.languages)) or None,
        source.collected,
        None if categories is None else sorted(set(categories)),
        file.retention,
        sorted(set(source.audience)) if source.audience else None,
    )


def _with_optouts(rows: pl.DataFrame, optouts: OptOuts | None) -> pl.DataFrame:
    if optouts is None:
        nothing = [pl.lit(None, kind).alias(name) for name, kind in OPTOUT.items()]
        return rows.with_columns(nothing).with_columns(pl.lit(NO_SIGNALS).alias("optout.why"))
    said = optouts(rows["url_raw"], rows["subject"])
    unsaid = rows["url_raw"].is_null() & said["optout.train"].is_null()
    why = pl.when(unsaid).then(pl.lit(NO_ADDRESS)).otherwise("why").alias("optout.why")
    return rows.hstack(said.select(*OPTOUT.names()[:-1], why))


def _with_people(rows: pl.DataFrame, consent: Standing | None) -> pl.DataFrame:
    """``rows`` with the facts of ``PEOPLE``; ``consent.basis`` as manifest and event have it.

    An event of the file's source speaks of its rows, whatever source of their own they name. Who
    stands on a list of people who object has objected.
    """
    joined = with_consent(rows, consent, ("source.name", "file.source")).with_columns(
        pl.when(pl.col("optout.signals").list.contains(LISTED))
        .then(pl.col("subject.requests").fill_null([]).list.set_union([OBJECTION]).list.sort())
        .otherwise("subject.requests")
        .alias("subject.requests")
    )
    declared, said = pl.col("consent.basis"), pl.col("event_basis")
    differ = (declared != said).fill_null(False)
    nobody = pl.when(pl.col("subject").is_null()).then(pl.lit(NO_SUBJECT))
    absent = pl.lit(NO_REGISTRY) if consent is None else nobody.otherwise(pl.lit(NOT_SAID))
    return joined.with_columns(
        pl.when(~differ).then(pl.coalesce(declared, said)).alias("consent.basis"),
        pl.when(differ)
        .then(pl.lit(BASES_DIFFER))
        .when(declared.is_null() & said.is_null())
        .then(pl.lit(NO_BASIS))
        .alias("consent.basis.why"),
        pl.when(pl.col("consent.by").is_null())
        .then(pl.coalesce("consent.why", absent))
        .alias("consent.by.why"),
        *(
            pl.when(pl.col(fact).is_null()).then(absent).alias(f"{fact}.why")
            for fact in ("subject.age", "subject.requests")
        ),
    )
