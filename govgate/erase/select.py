"""Which rows an erasure is about: those asked for, and every copy of one in any registered run.

Rows are known by the register's keyed ids alone. All tables of the register are walked whatever is
asked, twice, so that it takes as long for a person whom nobody knows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

import polars as pl

from govgate.errors import UsageError
from govgate.home import Home
from govgate.model import Purpose
from govgate.register.content import name_key, person_key
from govgate.register.runs import RegisteredRun, registered, row_batches
from govgate.rights.consent.places import database_place
from govgate.rights.consent.registry import load_registry


class Kind(StrEnum):
    """What was asked for; a receipt says no more of a row, a source or a licence."""

    SUBJECT = "subject"
    ROW = "row"
    SOURCE = "source"
    LICENSE = "license"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Request:
    """What to erase, by keyed ids: ``subjects`` (32 bytes each), or the rows that ``rows`` picks.

    ``run``: the path that rows must be of; ``unique``: the rows must be of one run.
    """

    kind: Kind
    rows: pl.Expr
    subjects: frozenset[bytes] = frozenset()
    run: Path | None = None
    unique: bool = False


@dataclass(slots=True)
class Selected:
    """The rows of each run (by the register's id of it), and the keys of what is in them."""

    rows: dict[str, set[int]] = field(default_factory=dict)
    contents: set[bytes] = field(default_factory=set)

    @property
    def count(self) -> int:
        """How many rows."""
        return sum(map(len, self.rows.values()))


def of_subject(subject: str, key: bytes) -> Request:
    """All rows of one person."""
    return _of_people(Kind.SUBJECT, [person_key(subject, key)])


def of_row(name: str, key: bytes, run: Path | None) -> Request:
    """One row by its id or FILE:LINE, as the tables of runs call it."""
    rows = pl.col("name") == pl.lit(name_key(name, key))
    where = None if run is None else run.resolve()
    return Request(Kind.ROW, rows, run=where, unique=where is None)


def of_source(name: str) -> Request:
    """All rows of a source."""
    return Request(Kind.SOURCE, pl.col("source") == pl.lit(name))


def of_license(expression: str) -> Request:
    """All rows under a licence, as the facts spell it."""
    return Request(Kind.LICENSE, pl.col("license") == pl.lit(expression))


def from_consent(home: Home, key: bytes, today: date) -> Request:
    """All rows of people of whom the home's consent registry has a standing erasure request, or
    whose consent is withdrawn for every purpose that there is."""
    if not home.consent.exists():
        raise UsageError(
            f"there is no consent registry at {home.consent}",
            remedy="make one with: govgate consent import, or erase by --subject",
        )
    registry = load_registry(database_place(home.consent.name, home.path), key)
    asked, withdrawn = [], []
    for purpose in Purpose:
        status = registry.status(today, purpose)
        asked.append(status.filter(pl.col("requests").list.contains("erasure"))["subject_key"])
        withdrawn.append(set(status.filter(pl.col("status") == "withdrawn")["subject_key"]))
    people = set().union(*asked) | set.intersection(*withdrawn)
    return _of_people(Kind.CONSENT, [bytes.fromhex(one) for one in people])


def _of_people(kind: Kind, subjects: Iterable[bytes]) -> Request:
    people = frozenset(subjects)
    listed = pl.Series(sorted(people), dtype=pl.Binary).implode()
    return Request(kind, pl.col("subject").is_in(listed), people)


def select(home: Home, request: Request) -> Selected:
    """The rows of ``request`` in all registered runs, and copies of them there.

    UsageError for a row whose name several runs use, with what to say instead, and for a run that
    the register does not know.
    """
    runs = registered(home)
    if request.run is not None and request.run not in {run.path for run in runs}:
        raise UsageError(
            f"the register of {home.path} knows no run at {request.run}",
            remedy="name the folder that gate wrote, as govgate trace calls it",
        )
    selected = Selected()
    for run in runs:
        _take(home, run, _asked(run, request), selected)
    if request.unique and len(selected.rows) > 1:
        places = ", ".join(str(run.path) for run in runs if run.id in selected.rows)
        raise UsageError(
            f"rows of that name are in {len(selected.rows)} runs ({places})",
            remedy="say which with --run",
        )
    copies = pl.Series(sorted(selected.contents), dtype=pl.Binary).implode()
    for run in runs:
        _take(home, run, pl.col("content").is_in(copies), selected)
    return selected


def _asked(run: RegisteredRun, request: Request) -> pl.Expr:
    if request.run is not None and run.path != request.run:
        return request.rows & pl.lit(False)  # walked all the same
    return request.rows


def _take(home: Home, run: RegisteredRun, rows: pl.Expr, selected: Selected) -> None:
    for batch in row_batches(home, run.id):
        found = batch.filter(rows.fill_null(value=False))
        if found.height:
            selected.rows.setdefault(run.id, set()).update(found["index"])
            selected.contents.update(found["content"].drop_nulls())
