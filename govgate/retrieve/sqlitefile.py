"""A store as one SQLite file, replaced as a whole and never changed in place::

    application_id 0x67766731, user_version 3
    store(record, policy, expires, model, dims, whole)   one row
    groups(id, file, source, license, …)                 a column for each field of a group; lists
                                                         are JSON, days ISO text
    rows(place, name, text, sum)                         sum: the CRC-32 of name, NUL and text
    blocks(id, groups, lengths, keys)                    arrays of up to 65,536 places
    postings(term, block, places, counts)                arrays
    vectors(part, data)                                  arrays of up to 256 vectors

Numbers in arrays are little-endian. Each array ends with its CRC-32, so that a flipped bit is
noticed instead of ranked. There is no journal and no WAL: a reader sees the file it opened, whoever
replaces it meanwhile.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from govgate.durable import sync_dir, translated
from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.retrieve.sqlite import GROUPS, REBUILD, SqliteTables
from govgate.retrieve.tables import Damaged, EarlierFormat

APPLICATION_ID = 0x67766731
VERSION = 3
DRAFTS = ("building", "whole", "building-journal", "whole-journal")  # .NAME.… beside a store
_DRAFTING = {
    "journal_mode": "OFF",
    "synchronous": "OFF",
    "secure_delete": "ON",
    "locking_mode": "EXCLUSIVE",
    "temp_store": "MEMORY",
    "cache_size": -200_000,  # KiB
}
_READING = {
    "query_only": "ON",
    "cell_size_check": "ON",
    "mmap_size": 2**36,  # bytes that are read without copying them first
}
_SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
CREATE TABLE store(
  record TEXT NOT NULL, policy TEXT NOT NULL, expires TEXT NOT NULL,
  model TEXT NOT NULL, dims INTEGER NOT NULL,
  whole INTEGER NOT NULL
) STRICT;
{GROUPS}
CREATE TABLE rows(
  place INTEGER PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL, sum INTEGER NOT NULL
) STRICT;
CREATE TABLE blocks(
  id INTEGER PRIMARY KEY, groups BLOB NOT NULL, lengths BLOB NOT NULL, keys BLOB NOT NULL
) STRICT;
CREATE TABLE postings(
  term TEXT NOT NULL, block INTEGER NOT NULL, places BLOB NOT NULL, counts BLOB NOT NULL,
  PRIMARY KEY (term, block)
) STRICT, WITHOUT ROWID;
CREATE TABLE vectors(part INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
"""


@contextmanager
def reading(path: Path) -> Iterator[SqliteTables]:
    """A store opened to read, nothing else; closed on the way out. :func:`read_errors` says what
    this raises, and what reading does."""
    # An absolute path: SQLite would take ':memory:' for a database in memory.
    connection = apsw.Connection(str(path.absolute()), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        _harden(connection)
        _check_kind(connection, path)
        yield SqliteTables(connection)
    finally:
        connection.close()


@contextmanager
def changing(path: Path, *, fresh: bool) -> Iterator[SqliteTables]:
    """A draft of the store at ``path``, a copy of it or empty if ``fresh``; on a clean exit it
    takes the store's place. If rows left it, it is written once more without the pages that they
    freed.

    The caller holds the store's lock. IncompleteError when the disk does not take it: the store
    stays what it was.
    """
    draft, whole = (path.with_name(f".{path.name}.{end}") for end in DRAFTS[:2])
    with _write_errors(path):
        discard_drafts(path)
        try:
            _begin(draft, None if fresh else path)
            connection = apsw.Connection(str(draft.absolute()))
            try:
                tables = _drafted(connection, fresh=fresh)
                yield tables
                connection.execute("COMMIT")
                made = draft
                if tables.dropped:
                    made = whole
                    _create(whole)
                    connection.execute("VACUUM INTO ?", (str(whole.absolute()),))
            finally:
                connection.close()
            _sync(made)
            os.replace(made, path)
            sync_dir(path.parent)
        finally:
            discard_drafts(path)


def discard_drafts(path: Path) -> None:
    """Remove what a killed writer left beside the store; it holds text of rows."""
    for end in DRAFTS:
        path.with_name(f".{path.name}.{end}").unlink(missing_ok=True)


def _begin(draft: Path, copied: Path | None) -> None:
    _create(draft)
    if copied is not None:
        shutil.copyfile(copied, draft)


def _create(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _drafted(connection: apsw.Connection, *, fresh: bool) -> SqliteTables:
    # Nobody reads the draft and a broken one is thrown away, so no journal and no syncs;
    # what is published is synced once, before its rename.
    for name, value in _DRAFTING.items():
        connection.pragma(name, value)
    connection.execute("BEGIN")
    if fresh:
        connection.execute(_SCHEMA)
        connection.execute("INSERT INTO store VALUES ('', '', '0001-01-01', '', 0, 1)")
    return SqliteTables(connection)


def _harden(connection: apsw.Connection) -> None:
    """A store may come from elsewhere: its schema must not be able to run anything."""
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    for name, value in _READING.items():
        connection.pragma(name, value)


def _check_kind(connection: apsw.Connection, path: Path) -> None:
    if connection.pragma("application_id") != APPLICATION_ID:
        raise UsageError(f"{path}: not a retrieval store", remedy="name the file that build wrote")
    version = connection.pragma("user_version")
    if version != VERSION:
        made_by, error = (
            ("a newer", UsageError) if version > VERSION else ("an earlier", EarlierFormat)
        )
        raise error(
            f"{path}: store format {version} was made by {made_by} version of govgate",
            remedy=f"use that version, or {REBUILD} (this one reads format {VERSION})",
        )


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """SQLite's errors in our words; what SQLite says itself may quote the store's text.

    UsageError when there is no store of ours that this version reads, EvidenceError when there is
    one and it is damaged.
    """
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
    except (apsw.Error, ValueError, LookupError, TypeError) as error:  # of what it holds
        raise EvidenceError(f"{path}: the retrieval store is damaged", remedy=REBUILD) from error


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    with translated(path):
        try:
            yield
        except apsw.FullError as error:
            raise IncompleteError(
                f"cannot write {path}: no space is left on the device",
                remedy="free some space (twice the store's size), then try again; the store is"
                " what it was",
            ) from error
        except (apsw.CorruptError, apsw.NotADBError, Damaged) as error:
            raise EvidenceError(
                f"{path}: the retrieval store is damaged", remedy=REBUILD
            ) from error
        except apsw.Error as error:
            raise IncompleteError(
                f"cannot write {path}: SQLite stopped with {type(error).__name__}",
                remedy="free some space or choose another place, then try again",
            ) from error
