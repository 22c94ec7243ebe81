"""The file that the content cache lives in: sealed values by name, bounded in size.

```
.govgate/cache/                mode 0700
  findings.sqlite              mode 0600, WAL; application_id 0x67766361
    generations(id, scanner, used, entries, pages)    used: day of last use, days since 0001-01-01
    g1(name, value), g2(name, value), ...             one table for each generation
  detectors.json               which detector some settings make (`detectornotes.py`)
  patterns/                    hyperscan's databases (`fast/databases.py`)
  lock                         held while the file is made, opened or removed
```
Entries are written to the youngest generation of their scanner's. One that has grown to half the
limit is followed by the next, and what is still asked for is copied there from older ones. When
all generations together exceed the limit, whole ones go, those not used for longest first. So
neither a hit nor an eviction costs anything for each entry, and freed pages are used again.

All that is remembered about generations is read anew in every transaction: another process may
have dropped or begun some.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw

from govgate.errors import GovgateError
from govgate.locking import exclusive
from govgate.scan.cacheentry import FORMAT

NAME: Final = "findings.sqlite"
DETECTORS: Final = "detectors.json"
DATABASES: Final = "patterns"
DATABASE: Final = re.compile(r"[0-9a-f]{32}(\.\d+\.part)?")
PARTS: Final = ("", "-wal", "-shm", "-journal")
APPLICATION_ID: Final = 0x67766361
MAGIC: Final = b"SQLite format 3\0"
WAIT_MS: Final = 10_000
COPY_AT: Final = 4096
"""Entries of older generations that are gathered before they are copied."""

SETTINGS: Final = {
    "journal_mode": "wal",
    "synchronous": "normal",
    "cache_size": -32768,  # KiB
    "journal_size_limit": 4 * 2**20,
}
SCHEMA: Final = f"""
BEGIN IMMEDIATE;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT};
CREATE TABLE generations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scanner TEXT NOT NULL,
  used INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  pages INTEGER NOT NULL
) STRICT;
COMMIT;
"""


class UnusableError(Exception):
    """The cache cannot be used, for a reason in plain words: locked, not writable, not ours."""


class DamagedError(UnusableError):
    """The cache is ours, and it is damaged or of another format: it has to be begun anew."""


class Generation(NamedTuple):
    """Entries of one scanner that were added at about the same time."""

    scanner: str
    entries: int
    used: date


class CacheFile:
    """The open file, on behalf of one scanner. Every method may raise `UnusableError`.

    ``scanner``: a label. ``limit``: bytes that all entries together may take. ``today``: the day
    noted as that of last use. ``replaced``: why what was there before had to go, if it had to. For
    one process and one thread: never carry it across a fork.
    """

    def __init__(self, folder: Path, scanner: str, *, limit: int, today: date) -> None:
        self._scanner, self._limit, self._today = scanner, limit, today.toordinal()
        self._older: dict[bytes, bytes] = {}
        self._path = folder / NAME
        self.replaced = ""
        with _translated():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _keep_private(folder, 0o700)
            with exclusive(folder / "lock"):
                self._db = self._connect()
                self._inode = self._path.stat().st_ino

    def look_up(self, names: Sequence[bytes]) -> list[bytes | None]:
        """The value kept under each of ``names``, None where there is none."""
        with self._transaction("BEGIN"):
            generations: list[int | None] = [*self._generations()]
            youngest, *older = generations or [None]
            found = self._values(youngest, names)
            for generation in older:
                missing = [place for place, value in enumerate(found) if value is None]
                values = self._values(generation, [names[place] for place in missing])
                for place, value in zip(missing, values, strict=True):
                    if value is not None:
                        found[place] = self._older[names[place]] = value
        if len(self._older) >= COPY_AT:
            self.add(())
        return found

    def add(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep ``entries``, all or none. A name that is known keeps its value."""
        new = sorted({**self._older, **dict(entries)}.items())
        with self._transaction("BEGIN IMMEDIATE"):
            young = next(iter(self._generations()), None) or self._begin()
            pages, changes = self._pages(), self._db.total_changes()
            self._db.executemany(
                f"INSERT OR IGNORE INTO g{young} VALUES (?, ?)",  # noqa: S608 - a number
                new,
            )
            self._db.execute(
                "UPDATE generations SET entries = entries + ?, pages = pages + ? WHERE id = ?",
                (self._db.total_changes() - changes, self._pages() - pages, young),
            )
            self._mark_used()
            self._bound(young)
        self._older = {}

    def remove(self, names: Sequence[bytes]) -> None:
        """Forget ``names``."""
        for name in names:
            self._older.pop(name, None)
        with self._transaction("BEGIN IMMEDIATE"):
            for generation in self._generations():
                changes = self._db.total_changes()
                self._db.executemany(
                    f"DELETE FROM g{generation} WHERE name = ?",  # noqa: S608 - a number
                    [(name,) for name in names],
                )
                self._db.execute(
                    "UPDATE generations SET entries = entries - ? WHERE id = ?",
                    (self._db.total_changes() - changes, generation),
                )

    def close(self) -> None:
        """Note that the entries were of use today, and let go of the file."""
        try:
            if self._older:
                self.add(())
            elif self._unmarked():
                with self._transaction("BEGIN IMMEDIATE"):
                    self._mark_used()
            with _translated():
                self._db.set_busy_timeout(0)
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self.release()

    def release(self) -> None:
        """Let go of the file, as it is."""
        self._db.close(True)

    def destroy(self) -> None:
        """Let go of the file and remove it, unless another process has replaced it already."""
        with _translated(), exclusive(self._path.parent / "lock"):
            ours = self._path.exists() and self._path.stat().st_ino == self._inode
            self.release()
            if ours:
                remove_files(self._path.parent)

    def _connect(self) -> apsw.Connection:
        try:
            return _opened(self._path)
        except DamagedError as error:
            self.replaced = str(error)
            remove_files(self._path.parent)
            return _opened(self._path)

    def _values(self, generation: int | None, names: Sequence[bytes]) -> list[bytes | None]:
        if generation is None:
            return [None] * len(names)
        query = f"SELECT CAST(value AS BLOB) FROM g{generation} WHERE name = ?"  # noqa: S608 - a number
        run = self._db.cursor().execute
        return [run(query, (name,)).get for name in names]

    def _generations(self) -> list[int]:
        """This scanner's, the youngest first."""
        query = "SELECT id FROM generations WHERE scanner = ? ORDER BY id DESC"
        return [int(number) for (number,) in self._db.execute(query, (self._scanner,))]

    def _begin(self) -> int:
        """A new generation of this scanner's."""
        self._db.execute(
            "INSERT INTO generations(scanner, used, entries, pages) VALUES (?, ?, 0, 0)",
            (self._scanner, self._today),
        )
        number = self._db.last_insert_rowid()
        self._db.execute(
            f"CREATE TABLE g{number}(name BLOB PRIMARY KEY, value BLOB NOT NULL)"
            " STRICT, WITHOUT ROWID"
        )
        return number

    def _bound(self, young: int) -> None:
        limit = self._limit // self._number("PRAGMA page_size")
        if self._number("SELECT pages FROM generations WHERE id = ?", young) > limit // 2:
            young = self._begin()
        oldest = "SELECT id FROM generations WHERE id <> ? ORDER BY used, id LIMIT 1"
        while self._pages() > limit and (victim := self._number(oldest, young)):
            self._db.execute(f"DROP TABLE g{victim}")
            self._db.execute("DELETE FROM generations WHERE id = ?", (victim,))

    def _pages(self) -> int:
        """Pages in use, in this transaction."""
        return self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")

    def _unmarked(self) -> bool:
        """Whether a generation of this scanner's bears the day of an earlier use."""
        query = "SELECT count(*) FROM generations WHERE scanner = ? AND used < ?"
        with _translated():
            return self._number(query, self._scanner, self._today) > 0

    def _mark_used(self) -> None:
        query = "UPDATE generations SET used = ?1 WHERE scanner = ?2 AND used < ?1"
        self._db.execute(query, (self._today, self._scanner))

    def _number(self, query: str, *values: Any) -> int:
        return int(self._db.execute(query, values).get or 0)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with _translated():
            self._db.execute(begin)
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def read_generations(folder: Path) -> list[Generation]:
    """Every generation in ``folder``; raises `UnusableError` when they cannot be read."""
    path = folder / NAME
    with _translated():
        check_ours(path)
        connection = apsw.Connection(str(path.absolute()), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            _harden(connection)
            rows = connection.execute("SELECT scanner, entries, used FROM generations")
            return [Generation(label, many, date.fromordinal(day)) for label, many, day in rows]
        finally:
            connection.close()


def sizes(folder: Path) -> dict[Path, int]:
    """The files that make up the cache in ``folder``, with their bytes on disk."""
    files = [*(folder / (NAME + part) for part in PARTS), folder / DETECTORS]
    files += databases(folder)
    found: dict[Path, int] = {}
    for file in files:
        with suppress(FileNotFoundError):  # another process may remove some
            found[file] = file.lstat().st_size
    return found


def databases(folder: Path) -> list[Path]:
    """The files in its folder of databases that are ours, if that folder is one."""
    place = folder / DATABASES
    if place.is_symlink():
        return []
    try:
        named = [file for file in place.iterdir() if DATABASE.fullmatch(file.name)]
        return [file for file in named if file.is_symlink() or not file.is_dir()]
    except OSError:
        return []


def remove_files(folder: Path) -> None:
    """Remove the cache from ``folder``; to be called by a holder of its lock."""
    for file in sizes(folder):
        file.unlink(missing_ok=True)
    with suppress(OSError):
        (folder / DATABASES).rmdir()


def check_ours(path: Path) -> None:
    """Raise unless ``path`` is a cache of this format, or is not there, or empty.

    What we did not write is left alone; what we wrote and cannot read is `DamagedError`.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UnusableError("something else is in its place")
    head = b""
    if path.exists():
        with path.open("rb") as file:
            head = file.read(100)
    if not head:
        return
    if head[:16] != MAGIC[: len(head)]:
        raise UnusableError("something else is in its place")
    if len(head) < 100:
        raise DamagedError("it was cut short")
    if int.from_bytes(head[68:72]) != APPLICATION_ID:
        raise UnusableError("something else is in its place")
    if int.from_bytes(head[60:64]) != FORMAT:
        raise DamagedError("it is of another format")


def _opened(path: Path) -> apsw.Connection:
    """A connection to the cache at ``path``, made if it is not there."""
    with _translated():
        check_ours(path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        _keep_private(path, 0o600)
        connection = apsw.Connection(str(path.absolute()), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            _prepare(connection)
        except BaseException:
            connection.close(True)
            raise
        return connection


def _prepare(connection: apsw.Connection) -> None:
    _harden(connection)
    if connection.pragma("application_id") != APPLICATION_ID:
        connection.execute(SCHEMA)
    for name, value in SETTINGS.items():
        connection.pragma(name, value)
    if connection.pragma("table_info", "generations") is None:
        raise DamagedError("it is damaged")


def _harden(connection: apsw.Connection) -> None:
    """The file may have been tampered with: its schema must not be able to run anything.

    Nor is anything removed by name on closing: after ``cache clear`` the name can be another's.
    """
    connection.set_busy_timeout(WAIT_MS)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.pragma("cell_size_check", True)


def _keep_private(path: Path, mode: int) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(mode)


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's and the system's errors as one of ours, in words that quote nothing."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as error:
        raise UnusableError("another program has locked it") from error
    except apsw.FullError as error:
        raise UnusableError("no space is left for it") from error
    except (apsw.IOError, apsw.CantOpenError, apsw.PermissionsError, apsw.ReadOnlyError) as error:
        raise UnusableError("it cannot be read or written") from error
    except (
        apsw.Error,
        ValueError,
        TypeError,
        OverflowError,
    ) as error:  # values of kinds that we never wrote
        raise DamagedError("it is damaged") from error
    except (OSError, GovgateError) as error:
        raise UnusableError("its folder cannot be used") from error
