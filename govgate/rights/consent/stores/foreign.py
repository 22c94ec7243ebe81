"""Rows of somebody else's database, as the CSV that an import reads."""

import csv
import io
import sqlite3
from urllib.parse import quote

from govgate.errors import IncompleteError, UsageError
from govgate.rights.consent.places import MAX_FILE, Place
from govgate.rights.consent.stores.postgres import postgres_connection, translated

_MANY = 10_000
_SEMICOLON = UsageError(
    "--query is one query", remedy="leave the semicolon out, and what stands behind it"
)


def query_as_csv(place: Place, query: str) -> bytes:
    """The rows of ``query`` with a header of its columns' names, read in one snapshot that cannot
    write. UsageError where the query fails, IncompleteError where the database does."""
    if ";" in query or "\0" in query:
        raise _SEMICOLON
    return _from_sqlite(place, query) if place.path is not None else _from_postgres(place, query)


def _from_postgres(place: Place, query: str) -> bytes:
    import psycopg

    parts: list[bytes] = []
    with translated(place), postgres_connection(place) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            copied = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)".encode()
            with connection.cursor() as cursor, cursor.copy(copied) as copy:
                size = 0
                for part in copy:
                    size = _bounded(size + len(part))
                    parts.append(bytes(part))
        except psycopg.ProgrammingError as error:
            raise _failed(place) from error
    return b"".join(parts)


def _from_sqlite(place: Place, query: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    try:
        database = sqlite3.connect(f"file:{quote(str(place.path))}?mode=ro", uri=True)
        try:
            found = database.execute(query)
            writer.writerow(column[0] for column in found.description or ())
            while rows := found.fetchmany(_MANY):
                writer.writerows(rows)
                _bounded(out.tell())
        finally:
            database.close()
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        if code == "SQLITE_ERROR":
            raise _failed(place) from error
        raise IncompleteError(f"{place.name}: the database cannot be read ({code})") from error
    return out.getvalue().encode()


def _bounded(size: int) -> int:
    if size > MAX_FILE:
        raise UsageError(f"--query gives more than {MAX_FILE:,} bytes", remedy="ask for fewer rows")
    return size


def _failed(place: Place) -> UsageError:
    return UsageError(
        f"{place.name}: --query fails there", remedy="try it with the database's own shell"
    )
