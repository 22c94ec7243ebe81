"""A consent registry in an SQLite file: one transaction at a time, safe on any one machine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import polars as pl

from govgate.errors import GovgateError, IncompleteError, UsageError
from govgate.rights.consent.stores import schema
from govgate.rights.consent.stores.chain import Batch

WAIT = 30.0  # seconds for another import to end

_LINE = schema.line_sql("char(31)")
_BATCH = "SELECT number, file, imported, events, digest FROM batch"


@contextmanager
def sqlite_session(path: Path, *, writing: bool) -> Iterator[SqliteSession]:
    """A transaction on the file, which is made for writing if it is not there (mode 0600).

    UsageError where it is no SQLite file, IncompleteError where it cannot be opened, read, locked
    or written; then nothing of the transaction is in it.
    """
    with _translated(path):
        database = _connect(path, writing=writing)
        try:
            database.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            yield SqliteSession(database)
            database.execute("COMMIT")
        finally:
            database.close()  # takes back what was not committed


def _connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: not a file", remedy="name the file of a consent registry")
    if writing:
        descriptor = os.open(path, os.O_CREAT | os.O_RDONLY, 0o600)
        os.close(descriptor)
    elif not path.exists():
        raise UsageError(
            f"{path}: there is no consent registry", remedy="make it with: govgate consent import"
        )
    database = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw", uri=True, timeout=WAIT, isolation_level=None
    )
    database.execute(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA foreign_keys = ON")
    return database


class SqliteSession:
    """``store.Session`` over SQLite."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def meta(self) -> Mapping[str, str] | None:
        """See ``store.Session``. Another program's file has a format of its own."""
        (application,) = self._database.execute("PRAGMA application_id").fetchone()
        if not self._database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            return None
        if application != schema.APPLICATION_ID:
            return {"format": "another program's"}
        rows = self._database.execute("SELECT key, value FROM meta LIMIT ?", (schema.MAX_META,))
        return dict(rows.fetchall())

    def create(self, meta: Mapping[str, str]) -> None:
        """See ``store.Session``."""
        for statement in schema.sqlite_tables():
            self._database.execute(statement)
        self._database.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))

    def batches(self) -> list[Batch]:
        """See ``store.Session``."""
        return [Batch(*row) for row in self._database.execute(f"{_BATCH} ORDER BY number")]

    def last(self) -> Batch | None:
        """See ``store.Session``."""
        return self._batch(f"{_BATCH} ORDER BY number DESC LIMIT 1")

    def with_file(self, sha256: str) -> Batch | None:
        """See ``store.Session``."""
        return self._batch(f"{_BATCH} WHERE file = ?", sha256)

    def total(self) -> int:
        """See ``store.Session``."""
        return int(self._database.execute("SELECT COALESCE(MAX(seq), 0) FROM event").fetchone()[0])

    def between(self, first: int, last: int) -> str:
        """See ``store.Session``."""
        return self._lines("WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last))

    def with_ids(self, ids: Sequence[str]) -> str:
        """See ``store.Session``."""
        self._database.execute("CREATE TEMP TABLE IF NOT EXISTS asked (id TEXT PRIMARY KEY)")
        self._database.execute("DELETE FROM asked")
        self._database.executemany("INSERT INTO asked VALUES (?)", [(one,) for one in ids])
        return self._lines("WHERE event_id IN (SELECT id FROM asked) ORDER BY seq", ())

    def append(self, batch: Batch, events: pl.DataFrame, first: int) -> None:
        """See ``store.Session``."""
        values = (batch.number, batch.file, batch.imported, batch.events, batch.digest)
        self._database.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?)", values)
        marks = ", ".join("?" * (len(schema.COLUMNS) + 2))
        rows = numbered(events, batch, first)
        self._database.executemany(f"INSERT INTO event VALUES ({marks})", rows.iter_rows())

    def _lines(self, where: str, values: Sequence[object]) -> str:
        inner = f"SELECT {_LINE} AS line FROM event {where}"
        sql = f"SELECT group_concat(line, char(10)) FROM ({inner})"
        return self._database.execute(sql, values).fetchone()[0] or ""

    def _batch(self, sql: str, *values: str) -> Batch | None:
        row = self._database.execute(sql, values).fetchone()
        return Batch(*row) if row else None


def numbered(events: pl.DataFrame, batch: Batch, first: int) -> pl.DataFrame:
    """``seq``, ``batch`` and the events' columns as both databases keep them."""
    times = [name for name, kind in events.schema.items() if kind.is_temporal()]
    kept = events.with_columns(pl.col(times).cast(pl.Int64), batch=pl.lit(batch.number))
    return kept.with_row_index("seq", offset=first).select("seq", "batch", *schema.COLUMNS)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """SQLite's errors in our words, by their code; their own texts are left out."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(path, getattr(error, "sqlite_errorname", "")) from error
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise IncompleteError(
            f"{path}: {reason}", remedy="check the path and who owns it"
        ) from error


def _explained(path: Path, code: str) -> GovgateError:
    if code.startswith("SQLITE_NOTADB"):
        return UsageError(f"{path}: not an SQLite database", remedy="name another file")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return IncompleteError(
            f"{path}: another import is under way", remedy="wait for it to end and run again"
        )
    if code.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN")):
        return IncompleteError(
            f"{path}: it cannot be written, or not be opened", remedy="check who owns it"
        )
    if code.startswith("SQLITE_FULL"):
        return IncompleteError(f"{path}: no space is left", remedy="free some, and run again")
    if code.startswith("SQLITE_CORRUPT"):
        return IncompleteError(f"{path}: the database is damaged", remedy="put back a copy of it")
    if code.startswith("SQLITE_ERROR"):
        return UsageError(
            f"{path}: not a consent registry of govgate",
            remedy="its tables are not as they should be",
        )
    return IncompleteError(f"{path}: the database cannot be used ({code or 'unknown'})")
