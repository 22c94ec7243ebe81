"""Building a retrieval store from the rows that may be looked up."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from govgate.durable import sync_dir, translated
from govgate.errors import IncompleteError, UsageError
from govgate.locking import claimed
from govgate.retrieve.store import SCHEMA


@dataclass(frozen=True, slots=True)
class Document:
    """A row to be found again.

    ``row``: its id as tables print it. ``file``: the name of its file. ``pointer_text``: its
    searchable text (``row_text``). ``source``, ``license``: as resolved, None when unknown.
    ``obligations``: what whoever uses the answer owes (``attribute``…). ``citation``: one line that
    names the source, its licence and what it was made from.
    """

    row: str
    file: str
    pointer_text: str
    source: str | None
    license: str | None
    obligations: tuple[str, ...]
    citation: str = ""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How many documents the store holds, and its size on disk."""

    documents: int
    bytes: int


def build(store: Path, documents: Iterable[Document], *, record: str) -> BuildResult:
    """Write ``documents`` to ``store`` in their order, which also settles ties between hits.

    ``record``: digest of the verified record that let the rows through; every answer carries it.
    The file is written as ``.NAME.building`` beside it and renamed when it is whole and on disk:
    a crash leaves the old store or the new one (and a leftover that the next build starts over).
    The same documents and record give the same bytes. Raises UsageError when another build of the
    same store is under way, IncompleteError when the disk does not take it.
    """
    if not record:
        raise UsageError("a retrieval store needs the digest of its record")
    if store.is_dir():
        raise UsageError(f"{store}: a folder, not a file", remedy="name a file for the store")
    with _translated(store), _draft(store) as draft:
        count = _write(draft, documents, record)
        size = _sync(draft)
        os.replace(draft, store)
        sync_dir(store.parent)
    return BuildResult(documents=count, bytes=size)


def _write(draft: Path, documents: Iterable[Document], record: str) -> int:
    connection = apsw.Connection(str(draft.absolute()))
    try:
        # Nobody reads the draft and a broken one is thrown away, so no journal and no syncs;
        # the draft is synced once, before its rename.
        connection.execute(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON;"
            "PRAGMA locking_mode = EXCLUSIVE"
        )
        connection.execute("BEGIN")
        connection.execute(SCHEMA)
        connection.execute("INSERT INTO store VALUES (?)", (record,))
        count = _insert(connection, documents)
        connection.execute("INSERT INTO terms(terms) VALUES ('optimize')")
        connection.execute("COMMIT")
        return count
    finally:
        connection.close()


def _insert(connection: apsw.Connection, documents: Iterable[Document]) -> int:
    number = 0
    for number, document in enumerate(documents, start=1):
        connection.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                _storable(document.row),
                _storable(document.file),
                _storable(document.source),
                _storable(document.license),
                json.dumps(document.obligations),
                _storable(document.citation),
            ),
        )
        connection.execute(
            "INSERT INTO terms(rowid, text) VALUES (?, ?)",
            (number, _storable(document.pointer_text)),
        )
    return number


def _storable(text: str | None) -> str | None:
    """Text that SQLite gives back whole: it ends strings at NUL here and there, and takes UTF-8
    alone, so a NUL becomes a space and a lone surrogate a question mark."""
    if text is None:
        return None
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


@contextmanager
def _draft(store: Path) -> Iterator[Path]:
    """An empty file beside ``store`` for this process alone, gone afterwards unless renamed."""
    lock = store.with_name(f".{store.name}.lock")
    draft = store.with_name(f".{store.name}.building")
    with claimed(lock, f"another build of {store} is under way"):
        draft.unlink(missing_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        os.close(os.open(draft, flags, 0o644))
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)


def _sync(path: Path) -> int:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size


@contextmanager
def _translated(store: Path) -> Iterator[None]:
    with translated(store):
        try:
            yield
        except apsw.Error as error:
            raise IncompleteError(
                f"cannot write {store}: SQLite stopped with {type(error).__name__}",
                remedy="free some space or choose another place, then build again",
            ) from error
