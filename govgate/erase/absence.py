"""Every file under management is searched for what was erased; what is found anywhere is named.

Under management are the home, the folder of each registered run, each registered store, and what a
run or store that is being written leaves beside itself. Links are not followed: what they lead to
is not under management, and the link itself holds nothing.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from govgate.durable import is_temporary, walk
from govgate.erase.contents import UnopenedError, contents
from govgate.erase.sieve import Sieve
from govgate.errors import GovgateError
from govgate.home import Home
from govgate.retrieve.store import reading


@dataclass(slots=True)
class Searched:
    """``hits``: the pieces that each file holds. ``unread``: files that could not be searched to
    their end, each with the reason."""

    files: int = 0
    bytes: int = 0
    hits: dict[Path, frozenset[int]] = field(default_factory=dict)
    unread: dict[Path, str] = field(default_factory=dict)

    @property
    def pieces(self) -> frozenset[int]:
        """All pieces that were found anywhere."""
        return frozenset().union(*self.hits.values())


def search(files: Iterable[Path], sieve: Sieve) -> Searched:
    """Search each of ``files`` as it lies there and with all its wrappings opened."""
    searched = Searched()
    for path in files:
        found: set[int] = set()
        try:
            streams = contents(path)
            searched.bytes += sieve.stream(next(streams), found)
            # What a killed writer left is torn, and wraps nothing but keyed ids.
            for stream in () if is_temporary(path.name) else streams:
                sieve.stream(stream, found)
        except FileNotFoundError:  # a draft that became something else, which is searched too
            continue
        except (OSError, UnopenedError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            searched.unread[path] = (why or "it cannot be read").lower()
        searched.files += 1
        if found:
            searched.hits[path] = frozenset(found)
    return searched


def search_stores(stores: Iterable[Path], sieve: Sieve, searched: Searched) -> None:
    """Add what the rows and vectors of ``stores`` hold, as their own program reads them: it may
    keep them in a wrapping of its own."""
    for store in stores:
        if not store.exists():
            continue
        found: set[int] = set()
        try:
            with reading(store) as tables:
                sieve.stream((f"{name}\0{text}".encode() for _, name, text in tables.rows()), found)
                for _, vectors in tables.vectors() if tables.about.dims else ():
                    sieve.search(vectors.tobytes(), found)
        except (GovgateError, OSError):
            searched.unread.setdefault(store, "it cannot be read as a store")
        if found:
            searched.hits[store] = searched.hits.get(store, frozenset()) | found


def managed_files(home: Home, runs: Iterable[Path], stores: Iterable[Path]) -> Iterator[Path]:
    """All files under management, each once, in order of their paths within each place."""
    seen: set[tuple[int, int]] = set()
    places = [home.path, *(p for run in runs for p in beside(run)), *_stores(stores)]
    for place in places:
        for path in _files(place):
            status = path.lstat()
            identity = (status.st_dev, status.st_ino)
            if identity not in seen:
                seen.add(identity)
                yield path


def beside(run: Path) -> tuple[Path, Path, Path]:
    """A run's folder, and those that a rewriting that was killed leaves beside it."""
    return run, run.parent / f".{run.name}.old", run.parent / f".{run.name}.partial"


def _stores(stores: Iterable[Path]) -> Iterator[Path]:
    """A store, its journals, and drafts of it, which all begin with its name."""
    for store in stores:
        try:
            names = sorted(os.listdir(store.parent))
        except OSError:
            continue
        yield from (
            store.parent / name
            for name in names
            if name == store.name or name.startswith((f"{store.name}-", f".{store.name}."))
        )


def _files(place: Path) -> Iterator[Path]:
    try:
        kind = place.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISREG(kind):
        yield place
    elif stat.S_ISDIR(kind):
        for folder, folders, names in walk(place):
            folders.sort()
            for name in sorted(names):
                path = folder / name
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
