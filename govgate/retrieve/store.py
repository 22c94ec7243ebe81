"""The retrieval store's file format, and opening one to read it.

One SQLite file, replaced as a whole and never changed in place::

    application_id 0x67766731, user_version 2
    store(record)                                     one row: digest of the verified record
    rows(id, row, file, source, license, obligations, citation)   of a row; obligations: JSON array
    terms(text)                                       FTS5: the row's text, rowid = rows.id

Words are split by ``unicode61 remove_diacritics 2`` and stemmed by ``porter``, so that a question
about a *refund* finds what was *refunded*. Porter knows English alone: words of other languages
pass it almost unchanged, and text without spaces between words (Chinese, Thai) counts as one word.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from govgate.errors import EvidenceError, UsageError

APPLICATION_ID = 0x67766731
VERSION = 2
WORDS = ("unicode61", "remove_diacritics", "2")
REBUILD = "build the store again from its run"

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
CREATE TABLE store(record TEXT NOT NULL) STRICT;
CREATE TABLE rows(
  id INTEGER PRIMARY KEY,
  row TEXT NOT NULL,
  file TEXT NOT NULL,
  source TEXT,
  license TEXT,
  obligations TEXT NOT NULL,
  citation TEXT NOT NULL
) STRICT;
CREATE INDEX rows_by_source ON rows(source);
CREATE VIRTUAL TABLE terms USING fts5(text, tokenize = 'porter {" ".join(WORDS)}');
INSERT INTO terms(terms, rank) VALUES ('secure-delete', 1);
"""  # noqa: S608 - holds constants of ours


def words(connection: apsw.Connection, text: str) -> list[str]:
    """The words of ``text`` as the store splits them: lower case, no diacritics, not stemmed."""
    return _tokens(connection, WORDS, text)


def stem(connection: apsw.Connection, word: str) -> str:
    """The form under which the store files one of ``words``."""
    return " ".join(_tokens(connection, ("porter", *WORDS), word))


@contextmanager
def open_store(path: Path) -> Iterator[apsw.Connection]:
    """A store opened to read, nothing else; closed on the way out.

    Raises UsageError when there is no store of ours that this version reads, EvidenceError when
    there is one and it is damaged, whether that shows on opening or while the caller reads.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no retrieval store here", remedy="build one from a run first")
    with _translated(path):
        # An absolute path: SQLite would take ':memory:' for a database in memory.
        connection = apsw.Connection(str(path.absolute()), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            _harden(connection)
            _check_kind(connection, path)
            yield connection
        finally:
            connection.close()


def _tokens(connection: apsw.Connection, tokenizer: tuple[str, ...], text: str) -> list[str]:
    split = connection.fts5_tokenizer(tokenizer[0], list(tokenizer[1:]))
    data = text.encode("utf-8", "replace")
    found = split(data, apsw.FTS5_TOKENIZE_QUERY, None, include_offsets=False)
    return [str(token) for group in found for token in group]


def _harden(connection: apsw.Connection) -> None:
    """A store may come from elsewhere: its schema must not be able to run anything."""
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.execute("PRAGMA query_only = ON; PRAGMA cell_size_check = ON")


def _check_kind(connection: apsw.Connection, path: Path) -> None:
    if connection.pragma("application_id") != APPLICATION_ID:
        raise UsageError(f"{path}: not a retrieval store", remedy="name the file that build wrote")
    version = connection.pragma("user_version")
    if version != VERSION:
        made_by = "a newer" if version > VERSION else "another"
        raise UsageError(
            f"{path}: store format {version} was made by {made_by} version of govgate",
            remedy=f"use that version, or {REBUILD} (this one reads format {VERSION})",
        )


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """SQLite's errors in our words; what SQLite says itself may quote the store's text."""
    try:
        yield
    except apsw.NotADBError as error:
        raise UsageError(
            f"{path}: not a retrieval store", remedy="name the file that build wrote"
        ) from error
    except (apsw.CantOpenError, apsw.PermissionsError, apsw.BusyError) as error:
        raise UsageError(
            f"{path}: the retrieval store cannot be opened",
            remedy="check that the file may be read",
        ) from error
    except (apsw.Error, ValueError) as error:  # ValueError: text or JSON that cannot be read
        raise EvidenceError(f"{path}: the retrieval store is damaged", remedy=REBUILD) from error
