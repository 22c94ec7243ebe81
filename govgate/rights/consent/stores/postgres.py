"""A consent registry in PostgreSQL, in the schema ``govgate_consent``; needs govgate[postgres].

docs/consent.md has the grants that keep it append-only for those who use it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl

from govgate.errors import GovgateError, IncompleteError, UsageError
from govgate.rights.consent.places import Place
from govgate.rights.consent.stores import schema
from govgate.rights.consent.stores.chain import Batch
from govgate.rights.consent.stores.sqlite import numbered

if TYPE_CHECKING:
    import psycopg

WAIT = "30s"  # for another import to end
DEFAULTS: dict[str, Any] = {
    "connect_timeout": 10,  # seconds
    "application_name": "govgate",
    "client_encoding": "utf8",
    "keepalives_idle": 30,  # seconds; a server that fell silent is noticed within a minute or so
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
"""Of a connection, where its URL says nothing (libpq's names)."""

_LOCK = 0x676F7667_636E7374  # our advisory lock: "govgcnst"
_SLICE = 50_000
_S = schema.PG_SCHEMA
_LINE = schema.line_sql("chr(31)")
_BATCH = f"SELECT number, file, imported, events, digest FROM {_S}.batch"


@contextmanager
def postgres_session(place: Place, *, writing: bool) -> Iterator[PostgresSession]:
    """A transaction on the server: a snapshot, or the one that writes; others wait for it.

    IncompleteError where the server cannot be reached, goes away, or does not allow it; then
    nothing of the transaction is in it.
    """
    with translated(place), postgres_connection(place) as connection:
        if writing:
            connection.execute("BEGIN")
            connection.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
            connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        else:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield PostgresSession(connection)
        connection.execute("COMMIT")


def postgres_connection(place: Place) -> psycopg.Connection[Any]:
    """A connection that commits nothing by itself; the driver's own errors."""
    import psycopg

    given = (place.url or "").partition("?")[2]
    defaults = {name: value for name, value in DEFAULTS.items() if f"{name}=" not in given}
    return psycopg.connect(place.url or "", autocommit=True, **defaults)


class PostgresSession:
    """``store.Session`` over PostgreSQL."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def meta(self) -> Mapping[str, str] | None:
        """See ``store.Session``."""
        if self._one(f"SELECT to_regclass('{_S}.meta')")[0] is None:
            return None
        rows = self._connection.execute(f"SELECT key, value FROM {_S}.meta LIMIT {schema.MAX_META}")
        return {str(key): str(value) for key, value in rows}

    def create(self, meta: Mapping[str, str]) -> None:
        """See ``store.Session``."""
        # IF NOT EXISTS would ask for the right to create schemas where one was made already.
        if self._one(f"SELECT to_regnamespace('{_S}')")[0] is None:
            self._connection.execute(f"CREATE SCHEMA {_S}")
        for statement in schema.postgres_tables():
            self._connection.execute(statement)
        for pair in sorted(meta.items()):
            self._connection.execute(f"INSERT INTO {_S}.meta VALUES (%s, %s)", pair)

    def batches(self) -> list[Batch]:
        """See ``store.Session``."""
        rows = self._connection.execute(f"{_BATCH} ORDER BY number")
        return [_batch(row) for row in rows]

    def last(self) -> Batch | None:
        """See ``store.Session``."""
        row = self._connection.execute(f"{_BATCH} ORDER BY number DESC LIMIT 1").fetchone()
        return _batch(row) if row else None

    def with_file(self, sha256: str) -> Batch | None:
        """See ``store.Session``."""
        row = self._connection.execute(f"{_BATCH} WHERE file = %s", (sha256,)).fetchone()
        return _batch(row) if row else None

    def total(self) -> int:
        """See ``store.Session``."""
        return int(str(self._one(f"SELECT COALESCE(MAX(seq), 0) FROM {_S}.event")[0]))

    def between(self, first: int, last: int) -> str:
        """See ``store.Session``."""
        return self._lines("WHERE seq BETWEEN %s AND %s", (first, last))

    def with_ids(self, ids: Sequence[str]) -> str:
        """See ``store.Session``."""
        return self._lines("WHERE event_id = ANY(%s)", (list(ids),))

    def append(self, batch: Batch, events: pl.DataFrame, first: int) -> None:
        """See ``store.Session``."""
        values = (batch.number, batch.file, batch.imported, batch.events, batch.digest)
        self._connection.execute(f"INSERT INTO {_S}.batch VALUES (%s, %s, %s, %s, %s)", values)
        columns = ", ".join(("seq", "batch", *schema.COLUMNS))
        copied = f"COPY {_S}.event ({columns}) FROM STDIN (FORMAT csv)"
        with self._connection.cursor() as cursor, cursor.copy(copied) as copy:
            for part in numbered(events, batch, first).iter_slices(_SLICE):
                copy.write(part.write_csv(include_header=False))

    def _lines(self, where: str, values: Sequence[object]) -> str:
        sql = f"SELECT string_agg({_LINE}, chr(10) ORDER BY seq) FROM {_S}.event {where}"
        return str(self._one(sql, values)[0] or "")

    def _one(self, sql: str, values: Sequence[object] = ()) -> tuple[object, ...]:
        """The one row that an aggregate or a function gives."""
        return self._connection.execute(sql, values or None).fetchone() or (None,)


def _batch(row: tuple[object, ...]) -> Batch:
    number, file, imported, events, digest = (str(value) for value in row)
    return Batch(int(number), file, imported, int(events), digest)


@contextmanager
def translated(place: Place) -> Iterator[None]:
    """The driver's errors in our words, by SQLSTATE; its own texts can hold rows and users."""
    try:
        import psycopg
    except ImportError as error:
        raise UsageError(
            "a PostgreSQL registry needs psycopg", remedy='pip install "govgate[postgres]"'
        ) from error

    try:
        yield
    except psycopg.Error as error:
        raise _explained(
            place.name, error.sqlstate, isinstance(error, psycopg.OperationalError)
        ) from error


def _explained(name: str, state: str | None, operational: bool) -> GovgateError:
    match state:
        case "55P03":
            return IncompleteError(
                f"{name}: another import is under way", remedy="wait for it to end and run again"
            )
        case "42501":
            return IncompleteError(
                f"{name}: the user may not do that", remedy="docs/consent.md lists the grants"
            )
        case "25006":
            return IncompleteError(
                f"{name}: the server only reads", remedy="import at the server that writes"
            )
        case "42P01" | "42703" | "42P07" | "42710" | "42723":
            return UsageError(
                f"{name}: not a consent registry of govgate",
                remedy=f"its schema {_S} holds other tables than it should",
            )
    if operational and (state is None or state.startswith(("08", "57", "28", "3D"))):
        return IncompleteError(
            f"{name}: the consent database cannot be reached, refuses the login, or went away"
            + (f" (SQLSTATE {state})" if state else ""),
            remedy="check server and login, and run again: a file is taken over whole or not at"
            " all, and never twice",
        )
    return IncompleteError(
        f"{name}: the database cannot be used (SQLSTATE {state})",
        remedy="ask who runs it; a file is taken over whole or not at all",
    )
