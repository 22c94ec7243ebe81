"""A store as a folder of LanceDB's, replaced as a whole and never changed in place::

    NAME.lance/
      CURRENT            {"application": "govgate retrieval store", "version": 1,
                          "generation": "gen-0123456789abcdef"}
      gen-…/
        store.lance      record, policy, expires, model, dims, whole: one row
        groups.lance     a column for each field of a group; lists are JSON, days ISO text
        rows.lance       place, name, text, sum; index on place
        blocks.lance     id, groups, lengths, keys
        postings.lance   term, block, places, counts; index on term
        vectors.lance    part, data; index on part

Arrays are those of :mod:`govgate.retrieve.sqlitefile`. A change makes a generation: tables that
it touches are written anew, the others are linked. ``CURRENT`` is renamed onto the old one, then
the old generation is removed. A reader that had it open finds that it is gone, and opens the new.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from govgate.durable import is_temporary, sync_dir, sync_tree, translated, write_durably
from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.retrieve.lance import SPECS, LanceDraft, LanceTables
from govgate.retrieve.lancetable import opened
from govgate.retrieve.sqlite import REBUILD
from govgate.retrieve.tables import Damaged, EarlierFormat

APPLICATION: Final = "govgate retrieval store"
VERSION: Final = 1
CURRENT: Final = "CURRENT"
_GENERATION: Final = re.compile(r"gen-[0-9a-f]{16}")
_TRIES: Final = 5
_FULL: Final = re.compile(r"os error (27|28|122)\b")  # EFBIG, ENOSPC, EDQUOT


@contextmanager
def reading(path: Path) -> Iterator[LanceTables]:
    """A store opened to read, nothing else. :func:`read_errors` says what this raises, and what
    reading does."""
    check_package()
    yield _opened(path)


def _opened(path: Path) -> LanceTables:
    for _ in range(_TRIES):
        generation = current(path)
        try:
            return _tables(path / generation)
        except Exception:
            if current(path) == generation:
                raise
    return _tables(path / current(path))


def _tables(folder: Path) -> LanceTables:
    found = {name: opened(folder / f"{name}.lance") for name in SPECS}
    return LanceTables(found.__getitem__)


@contextmanager
def changing(path: Path, *, fresh: bool) -> Iterator[LanceDraft]:
    """A draft of the store at ``path``, a copy of it or empty if ``fresh``; on a clean exit it
    takes the store's place, and nothing is left of what it replaced.

    The caller holds the store's lock. IncompleteError when the disk does not take it: the store
    stays what it was.
    """
    import lancedb

    with _write_errors(path):
        discard_drafts(path)
        before = None if fresh else path / current(path)
        path.mkdir(mode=0o700, exist_ok=True)
        folder = path / f"gen-{secrets.token_hex(8)}"
        try:
            work = folder / "work"
            work.mkdir(parents=True)
            draft = LanceDraft(lancedb.connect(work), before)
            yield draft
            draft.finish(folder)
            shutil.rmtree(work)
            sync_tree(folder)
            sync_dir(path)
            sync_dir(path.parent)
            write_durably(path / CURRENT, _said(folder.name), 0o600)
        finally:
            discard_drafts(path)


def discard_drafts(path: Path) -> None:
    """Remove every generation but the current one; they hold text of rows."""
    if path.is_symlink() or not path.is_dir():
        return
    kept = current(path) if (path / CURRENT).exists() else None
    for place in path.iterdir():
        if place.name != kept and (_GENERATION.fullmatch(place.name) or is_temporary(place.name)):
            _remove(place)
    if kept is None and not any(path.iterdir()):
        path.rmdir()
    else:
        sync_dir(path)


def current(path: Path) -> str:
    """The name of the folder with the store's tables."""
    told = _told(path)
    if not isinstance(told, dict) or told.get("application") != APPLICATION:
        raise UsageError(
            f"{path}: not a retrieval store",
            remedy=f"name the folder that build wrote, or delete it if its {CURRENT} was broken",
        )
    version = told.get("version")
    if not isinstance(version, int) or version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        made_by, error = ("a newer", UsageError) if newer else ("an earlier", EarlierFormat)
        raise error(
            f"{path}: store format {version} was made by {made_by} version of govgate",
            remedy=f"use that version, or {REBUILD} (this one reads format {VERSION})",
        )
    generation = str(told.get("generation"))
    if not _GENERATION.fullmatch(generation):
        raise Damaged("a generation that is none")
    return generation


def stamp(path: Path) -> tuple[int, int, int]:
    """Another whenever another store is published at ``path``."""
    found = (path / CURRENT).stat()
    return found.st_ino, found.st_mtime_ns, int(current(path)[4:], 16)


def size_of(path: Path) -> int:
    """Bytes of the files of the store."""
    files = [path / CURRENT, *(path / current(path)).rglob("*")]
    return sum(file.stat().st_size for file in files if file.is_file())


def check_kind(path: Path) -> None:
    """UsageError where such a store cannot lie at ``path``, or without LanceDB."""
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path}: a file, not a folder", remedy="name a folder for the store")
    if path.is_dir() and not (path / CURRENT).exists():
        others = [p.name for p in path.iterdir() if not _GENERATION.fullmatch(p.name)]
        if any(not is_temporary(name) for name in others):
            raise UsageError(
                f"{path}: a folder of other files, not a retrieval store",
                remedy="name a new folder for the store",
            )
    check_package()


@cache
def check_package() -> None:
    """UsageError without LanceDB."""
    try:
        metadata.version("lancedb")
    except metadata.PackageNotFoundError as missing:
        raise UsageError(
            "retrieval stores named .lance need the package lancedb, which is not installed",
            remedy='pip install "govgate[lance]"',
        ) from missing


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """LanceDB's errors in our words; what it says itself may quote the store's text."""
    try:
        yield
    except PermissionError as error:
        raise UsageError(
            f"{path}: the retrieval store cannot be opened",
            remedy="check that its files may be read",
        ) from error
    except (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise EvidenceError(f"{path}: the retrieval store is damaged", remedy=REBUILD) from error
    except BaseException as error:
        if not _is_panic(error):
            raise
        raise EvidenceError(f"{path}: the retrieval store is damaged", remedy=REBUILD) from error


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    with translated(path):
        try:
            yield
        except Damaged as error:
            raise EvidenceError(
                f"{path}: the retrieval store is damaged", remedy=REBUILD
            ) from error
        except (RuntimeError, ValueError) as error:  # LanceDB's, which may quote text
            raise _stopped(path, error) from error
        except BaseException as error:
            if not _is_panic(error):
                raise
            raise _stopped(path, error) from error


def _stopped(path: Path, error: BaseException) -> IncompleteError:
    if _FULL.search(str(error)):
        return IncompleteError(
            f"cannot write {path}: no space is left on the device",
            remedy="free some space (twice the store's size), then try again; the store is"
            " what it was",
        )
    return IncompleteError(
        f"cannot write {path}: LanceDB stopped with {type(error).__name__}",
        remedy="free some space or choose another place, then try again; where the store is"
        " damaged, delete it first",
    )


def _is_panic(error: BaseException) -> bool:
    return type(error).__name__ in ("PanicException", "RustPanic")  # the first is no Exception


def _told(path: Path) -> Any:
    try:
        return json.loads((path / CURRENT).read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(
            f"{path}: no retrieval store here", remedy="build one from a run first"
        ) from error
    except ValueError:
        return None


def _said(generation: str) -> bytes:
    told = {"application": APPLICATION, "version": VERSION, "generation": generation}
    return json.dumps(told).encode() + b"\n"


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        os.unlink(place)
