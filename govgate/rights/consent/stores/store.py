"""A consent database: its events read in one snapshot, a batch appended in one transaction.

What SQLite and PostgreSQL do each in its own way stands in `sqlite.py` and `postgres.py`, behind
``Session``; what is the same, here.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import polars as pl

from govgate.errors import EvidenceError, UsageError
from govgate.rights.consent.events import SCHEMA
from govgate.rights.consent.places import Place
from govgate.rights.consent.stores.chain import (
    GENESIS,
    SEPARATOR,
    Batch,
    Verifier,
    blocks,
    digest_of,
    lines_of,
)
from govgate.rights.consent.stores.schema import FORMAT, VERSION
from govgate.rights.subjects import key_mark
from govgate.yamlnodes import MAX_REPORTED

STEP = 20_000  # events that are read at once
_TYPES: Any = dict(SCHEMA)
_IDS = 10_000  # ids that are asked for at once


class Session(Protocol):
    """An open transaction on a database; it ends, and is taken back if anything was raised."""

    def meta(self) -> Mapping[str, str] | None:
        """What the database says it is; None where it holds nothing at all yet."""

    def create(self, meta: Mapping[str, str]) -> None:
        """Make the tables."""

    def batches(self) -> list[Batch]:
        """All of them, by number."""

    def last(self) -> Batch | None:
        """The newest."""

    def with_file(self, sha256: str) -> Batch | None:
        """The one that a file came as."""

    def total(self) -> int:
        """How many events there are."""

    def between(self, first: int, last: int) -> str:
        """The lines (``schema.line_sql``) of some numbers, in order, joined by line ends."""

    def with_ids(self, ids: Sequence[str]) -> str:
        """The lines of events that have one of these ids."""

    def append(self, batch: Batch, events: pl.DataFrame, first: int) -> None:
        """Add a batch with its events, numbered from ``first``."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the ``batch`` (the earlier one, if ``already`` taken over), how many
    events were ``added``, how many left out because their id was there with the same content."""

    batch: Batch
    added: int
    repeated: int
    already: bool = False


def read_store(place: Place, key: bytes) -> tuple[str, pl.DataFrame]:
    """The head of the chain and all events (``events.SCHEMA``), of one instant.

    EvidenceError where an event was changed or taken out behind the database's back.
    """
    with session(place, writing=False) as open_:
        _check(open_.meta(), place, key)
        verifier = Verifier(open_.batches())
        frames = [SCHEMA.to_frame()]
        for part in _parts(open_, place):
            verifier.read(part)
            frames.append(part.select(SCHEMA.names()))
    if not verifier.holds():
        raise _changed(place)
    return verifier.head, pl.concat(frames)


def _changed(place: Place) -> EvidenceError:
    return EvidenceError(
        f"{place.name}: the consent events are not those that were imported",
        remedy="somebody changed the database; put back a copy, and ask who could write to it",
    )


def import_events(
    place: Place, key: bytes, events: pl.DataFrame, *, file: str, name: str, now: datetime
) -> Imported:
    """Append ``events`` (``line`` and ``events.SCHEMA``) as one batch, all or none.

    ``file``: SHA-256 of what they came from, or empty; a file that is in the database adds nothing.
    An event whose id is there with the same content is left out; with another it is a UsageError
    that names the line, and nothing is added. The database is made if it is not there.
    """
    with session(place, writing=True) as open_:
        meta = open_.meta()
        if meta is None:
            open_.create({"format": FORMAT, "version": VERSION, "subjects": key_mark(key)})
        else:
            _check(meta, place, key)
        if file and (before := open_.with_file(file)):
            return Imported(before, 0, 0, already=True)
        fresh = _fresh(open_, events, name, place)
        last = open_.last() or Batch(0, "", "", 0, GENESIS)
        stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        batch = Batch(last.number + 1, file, stamp, fresh.height)
        digest = digest_of(last.digest, batch, blocks(fresh))
        batch = Batch(batch.number, file, stamp, fresh.height, digest)
        open_.append(batch, fresh, open_.total() + 1)
    return Imported(batch, fresh.height, events.height - fresh.height)


def session(place: Place, *, writing: bool) -> AbstractContextManager[Session]:
    """A transaction on the database at ``place``: a snapshot, or the only one that writes."""
    if place.path is not None:
        from govgate.rights.consent.stores.sqlite import sqlite_session

        return sqlite_session(place.path, writing=writing)
    from govgate.rights.consent.stores.postgres import postgres_session

    return postgres_session(place, writing=writing)


def _check(meta: Mapping[str, str] | None, place: Place, key: bytes) -> None:
    if meta is None:
        raise UsageError(
            f"{place.name}: holds no consent registry yet",
            remedy="import into it with: govgate consent import, or take it away",
        )
    if meta.get("format") != FORMAT:
        raise UsageError(
            f"{place.name}: not a consent registry of govgate",
            remedy="name its database, or make one with: govgate consent import",
        )
    if meta.get("version") != VERSION:
        raise UsageError(
            f"{place.name}: a consent registry of another version than {VERSION}",
            remedy="use the govgate that made it, or a newer one",
        )
    if meta.get("subjects") != key_mark(key):
        raise UsageError(
            f"{place.name}: its subjects were hashed with another key than this home's, so they"
            " would match nobody",
            remedy="use the home (--home) whose keys/fingerprint.key made it",
        )


def _parts(open_: Session, place: Place) -> Iterator[pl.DataFrame]:
    for first in range(1, open_.total() + 1, STEP):
        yield _frame(open_.between(first, first + STEP - 1), place)


def _frame(lines: str, place: Place) -> pl.DataFrame:
    """``seq``, ``batch`` and ``SCHEMA``'s columns from lines; EvidenceError if they are none."""
    raw = pl.Schema({"seq": pl.Int64(), "batch": pl.Int64()}) | {
        name: pl.Int64() if kind.is_temporal() else pl.String() for name, kind in SCHEMA.items()
    }
    if not lines:
        return pl.DataFrame(schema=raw).cast(_TYPES)
    try:
        return pl.read_csv(
            io.BytesIO(lines.encode()),
            has_header=False,
            new_columns=list(raw),
            schema=pl.Schema(raw),
            separator=SEPARATOR,
            quote_char=None,
            null_values=[""],
        ).cast(_TYPES)
    except pl.exceptions.PolarsError:  # its text shows what stands there: not as the cause either
        raise _changed(place) from None


def _fresh(open_: Session, events: pl.DataFrame, name: str, place: Place) -> pl.DataFrame:
    """``events`` without those that the database has already, by id; UsageError if one differs."""
    ids = events["event_id"].drop_nulls()
    frames = [_frame(open_.with_ids(part.to_list()), place) for part in _slices(ids)]
    if not frames:
        return events.select(SCHEMA.names())
    there = pl.concat(frames).select(SCHEMA.names())
    there = there.select("event_id", before=lines_of(there))
    joined = events.with_columns(now=lines_of(events.select(SCHEMA.names()))).join(
        there, on="event_id", how="left", maintain_order="left"
    )
    differ = joined.filter(pl.col("before") != pl.col("now"))["line"].sort()
    if len(differ):
        told = [f"{name}:{n}: its event_id is in the registry and says something else there"
                for n in differ.head(MAX_REPORTED)]  # fmt: skip
        raise UsageError("\n".join(told), remedy="nothing was taken over")
    return joined.filter(pl.col("before").is_null()).select(SCHEMA.names())


def _slices(ids: pl.Series) -> Iterator[pl.Series]:
    for first in range(0, len(ids), _IDS):
        yield ids.slice(first, _IDS)
