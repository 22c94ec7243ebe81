"""A store, whichever program keeps it: a folder NAME.lance is LanceDB's, a file SQLite's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govgate.errors import UsageError
from govgate.locking import claimed
from govgate.retrieve import lancefolder, sqlitefile
from govgate.retrieve.tables import Draft, Tables

LANCE = ".lance"  # how the name of a store ends that LanceDB keeps


@contextmanager
def reading(path: Path) -> Iterator[Tables]:
    """The store at ``path``, opened to read.

    UsageError when there is none of ours that this version reads, EvidenceError when it is damaged.
    """
    if is_lance(path) and path.is_dir():
        with read_errors(path), lancefolder.reading(path) as folder:
            yield folder
    elif not is_lance(path) and path.is_file():
        with read_errors(path), sqlitefile.reading(path) as file:
            yield file
    else:
        raise _none(path)


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """What goes wrong while a store is read, in our words."""
    with (lancefolder if is_lance(path) else sqlitefile).read_errors(path):
        yield


def is_lance(path: Path) -> bool:
    """Whether LanceDB keeps the store of this name."""
    return path.name.lower().endswith(LANCE)


def exists(path: Path) -> bool:
    """Whether anything was published at ``path``, be it a store or not."""
    return (path / lancefolder.CURRENT if is_lance(path) else path).exists()


def stamp(path: Path) -> tuple[int, int, int]:
    """Another whenever another store is published at ``path``."""
    try:
        if is_lance(path):
            return lancefolder.stamp(path)
        found = path.stat()
    except OSError as error:
        raise _none(path) from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def check_kind(path: Path) -> None:
    """UsageError where a store of this name cannot lie at ``path``."""
    if is_lance(path):
        lancefolder.check_kind(path)
    elif path.is_dir():
        raise UsageError(f"{path}: a folder, not a file", remedy="name a file for the store")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the store's lock: UsageError while another process writes it."""
    with claimed(path.with_name(f".{path.name}.lock"), f"another build of {path} is under way"):
        yield


@contextmanager
def changing(path: Path, *, fresh: bool) -> Iterator[Draft]:
    """A draft that takes the store's place on a clean exit, whole; the caller holds the lock.

    It begins as a copy of the store, or empty if ``fresh``. A crash leaves the old store or the
    new.
    """
    if is_lance(path):
        with lancefolder.changing(path, fresh=fresh) as draft:
            yield draft
    else:
        with sqlitefile.changing(path, fresh=fresh) as made:
            yield made


def size_of(path: Path) -> int:
    """The store's size on disk, in bytes."""
    return lancefolder.size_of(path) if is_lance(path) else path.stat().st_size


def discard_drafts(path: Path) -> None:
    """Remove what a killed writer left beside the store; the caller holds the lock."""
    if is_lance(path):
        lancefolder.discard_drafts(path)
    else:
        sqlitefile.discard_drafts(path)


def _none(path: Path) -> UsageError:
    return UsageError(f"{path}: no retrieval store here", remedy="build one from a run first")
