"""Files that are either wholly there or not there at all, also after the power fails.

Every write goes to a temporary file beside its target, is synced, renamed over the target, and
the folder is synced, in this order. After a sync that failed nothing of that file is used again:
the next try writes a new one. An operating-system error becomes an
:class:`~govgate.errors.IncompleteError` that says what happened and what to do.

All that changes a disk goes through functions of :mod:`os`, one operation each, so that the tests
can stop at every one of them.
"""

import errno
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from govgate.errors import IncompleteError

T = TypeVar("T")
_TEMPORARY = re.compile(r"\.govgate-[0-9a-f]{16}\.tmp")
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}

_REASONS = {
    errno.ENOSPC: ("no space is left on the device", "free some space and run again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run again"),
    errno.EROFS: ("the file system is read-only", "choose a folder that can be written"),
    errno.EACCES: ("permission is denied", "check who owns it, or choose another folder"),
    errno.EPERM: ("the operation is not permitted", "check who owns it, or choose another folder"),
    errno.EIO: ("the device reported an input/output error", "check the disk before anything else"),
    errno.ENOENT: ("it does not exist", "check the path"),
}


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put ``data`` at ``path``, replacing what was there; ``mode`` is narrowed by the umask.

    The folder must exist. Until this returns, ``path`` holds its old content or the new one,
    never a part. A process killed in between can leave a temporary file (:func:`is_temporary`).
    """
    write_in_order([{path: data}], mode)


def write_in_order(
    groups: Sequence[Mapping[Path, bytes]], mode: int = 0o644, *, after: Sequence[Path] = ()
) -> None:
    """The same for many files: those of a group get their names once all before it are durable.

    The bytes of all are synced first, at once: the disk has one wait for them, not one for each.
    So are the folders ``after``, whose names must be durable before any of these.
    """
    temporaries = {path: _beside(path) for group in groups for path in group}
    try:
        files = {temporaries[p]: (p, data) for g in groups for p, data in g.items()}
        _write_synced(files, mode, after)
        for group in groups:
            for path in group:
                with translated(path):
                    os.replace(temporaries[path], path)
                del temporaries[path]
            _at_once(sync_dir, list(dict.fromkeys(path.parent for path in group)))
    except BaseException:
        for temporary in temporaries.values():
            _discard(temporary)
        raise


def is_temporary(name: str) -> bool:
    """Whether a file of this name is what a killed :func:`write_durably` left behind."""
    return _TEMPORARY.fullmatch(name) is not None


def make_dirs(path: Path) -> None:
    """Create the folder ``path`` and its missing parents, each recorded durably in its parent.

    A folder that is there but empty is recorded again: whoever made it may have been killed, or
    met an error, before that. So nothing is ever in a folder whose own name could still be lost.
    """
    unsure = []
    while not path.is_dir() or _is_empty(path):
        unsure.append(path)
        if path.parent == path:
            break
        path = path.parent
    for folder in reversed(unsure):
        with translated(folder, "create"):
            folder.mkdir(exist_ok=True)
        if os.access(folder.parent, os.R_OK):  # else it was made, and recorded, by someone else
            sync_dir(folder.parent)


def sync_dir(path: Path) -> None:
    """Make the names in the folder ``path`` durable: files added, replaced and removed."""
    if os.name == "nt":  # Windows has no handle on a folder that could be synced
        return
    try:
        _sync(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise explain(error, path, "sync") from error


def sync_tree(path: Path) -> None:
    """Make everything below the folder ``path`` durable, files first. Links are not followed."""
    for folder, _, names in os.walk(path, topdown=False, onerror=_fail):
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_symlink() or not file.is_file():
                continue
            with translated(file, "sync"):
                _sync(file, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
        sync_dir(Path(folder))


def walk(top: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Like :func:`os.walk`, but a folder that cannot be listed is an IncompleteError: it would hide
    what is in it. One that is not there, or no longer, holds nothing."""
    for folder, folders, files in os.walk(top, onerror=_unlisted):
        yield Path(folder), folders, files


def _unlisted(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        _fail(error)


@contextmanager
def translated(path: Path, doing: str = "write") -> Iterator[None]:
    """Turn any operating-system error of the block into :func:`explain`'s words for ``path``."""
    try:
        yield
    except OSError as error:
        raise explain(error, path, doing) from error


def explain(error: OSError, path: Path, doing: str) -> IncompleteError:
    """``error`` in plain words: "cannot DOING PATH: REASON; REMEDY"."""
    fallback = (error.strerror or type(error).__name__).lower()
    reason, remedy = _REASONS.get(error.errno or 0, (fallback, ""))
    return IncompleteError(f"cannot {doing} {path}: {reason}", remedy=remedy)


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except PermissionError:
        return False
    except OSError as error:
        raise explain(error, folder, "read") from error


def _beside(path: Path) -> Path:
    return path.with_name(f".govgate-{secrets.token_hex(8)}.tmp")


def _write_synced(
    files: Mapping[Path, tuple[Path, bytes]], mode: int, folders: Sequence[Path]
) -> None:
    """Write new files, each with the path that errors name, and sync them and ``folders``."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    written: dict[int, Path] = {}
    try:
        for file, (path, data) in files.items():
            with translated(path):
                descriptor = os.open(file, flags, mode)
                written[descriptor] = path
                rest = memoryview(data)
                while rest:  # one call may write less than it was given
                    rest = rest[os.write(descriptor, rest) :]
        syncs = [partial(_sync_written, *one) for one in written.items()]
        _at_once(_call, [*syncs, *(partial(sync_dir, folder) for folder in folders)])
    finally:
        for descriptor in written:
            os.close(descriptor)


def _at_once(act: Callable[[T], None], things: Sequence[T]) -> None:
    """``act`` on each, the first here and the others in threads; the first error of any."""
    if len(things) < 2:
        for thing in things:
            act(thing)
        return
    with ThreadPoolExecutor(len(things) - 1) as threads:
        others = threads.map(act, things[1:])
        act(things[0])
        list(others)


def _call(act: Callable[[], None]) -> None:
    act()


def _sync_written(descriptor: int, path: Path) -> None:
    with translated(path):
        os.fsync(descriptor)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the error that brought us here is the one to report


def _fail(error: OSError) -> None:
    raise explain(error, Path(error.filename or "."), "read") from error
