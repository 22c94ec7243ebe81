"""Rows of somebody else's database, as the CSV that an import reads."""

import csv
import io
import sqlite3
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from govgate.errors import IncompleteError, UsageError
from govgate.rights.consent.places import MAX_FILE, Place
from govgate.rights.consent.stores.postgres import postgres_connection, translated
from govgate.rights.subjects import subject_text

_MANY = 10_000
_TEXTS = (str, int, Decimal, date, UUID)  # whose text is the value; a datetime is a date


def query_as_csv(place: Place, query: str) -> bytes:
    """The rows of ``query`` with a header of its columns' names, read in one snapshot that cannot
    write. UsageError where the query fails, IncompleteError where the database does."""
    if ";" in query or "\0" in query:
        raise UsageError("--query holds a semicolon", remedy="give one query, without any")
    try:
        query.encode()
    except UnicodeEncodeError as error:
        raise UsageError("--query is not UTF-8") from error
    return _from_sqlite(place, query) if place.path is not None else _from_postgres(place, query)


def _from_postgres(place: Place, query: str) -> bytes:
    with translated(place), postgres_connection(place) as connection:
        import psycopg

        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            with connection.cursor("rows") as cursor:  # it stays with the server, and is read only
                cursor.execute(query.encode())
                return _written(cursor)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            raise _failed(place) from error


def _from_sqlite(place: Place, query: str) -> bytes:
    try:
        with closing(_sqlite(place)) as database:
            return _written(database.execute(query))
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        if code in ("SQLITE_ERROR", "SQLITE_READONLY"):
            raise _failed(place) from error
        raise IncompleteError(f"{place.name}: the database cannot be read ({code})") from error


def _sqlite(place: Place) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(place.path))}?mode=ro", uri=True)


def _written(cursor: Any) -> bytes:
    """A cursor's rows as CSV; what is null, as nothing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(column[0] for column in cursor.description or ())
    while rows := cursor.fetchmany(_MANY):
        writer.writerows([_cell(value) for value in row] for row in rows)
        _bounded(out.tell())
    return out.getvalue().encode()


def _cell(value: object) -> object:
    """A value as text; UsageError for one that has none, such as bytes: it would name nobody.

    A number that came as a float is the whole number that it is, as in ``subjects.subject_text``.
    """
    if value is None or (isinstance(value, _TEXTS) and not isinstance(value, bool)):
        return value
    if isinstance(value, float) and (text := subject_text(value)) is not None:
        return text
    raise UsageError(
        "--query gives a value that is neither text, a whole number nor a time",
        remedy="CAST its columns to TEXT in the query",
    )


def _bounded(size: int) -> None:
    if size > MAX_FILE:
        raise UsageError(f"--query gives more than {MAX_FILE:,} bytes", remedy="ask for fewer rows")


def _failed(place: Place) -> UsageError:
    return UsageError(
        f"{place.name}: --query fails there",
        remedy="it must be one query that only reads; the database's own shell says what is wrong",
    )
