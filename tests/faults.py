"""A disk that fails at the operation of one's choice: a file layer for tests.

:func:`failing` counts every operation by which this process changes or syncs something below a
folder (:data:`CHANGES`, and files opened for writing), and has the operation ``at`` fail:

- ``KILL``: neither it nor any later one happens, as after ``kill -9``. No handler can tidy up.
- ``TORN``: the same, but half of the bytes of a write get through.
- ``FULL``: from it on whatever needs space fails with ENOSPC; removing works.
- ``SYNC``: it fails once with EIO, if it is an fsync. The next fsync says nothing, as on Linux.
- ``READ_ONLY``, ``DENIED``: from it on every change fails, with EROFS or EACCES.

Without ``at`` nothing fails. An fsync that succeeds only says so: tests need not wait for the real
disk. :class:`tests.powercut.Disk` says what a power cut would leave.
"""

import builtins
import errno
import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import pytest

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CHANGES = (
    "write fsync fdatasync replace rename link symlink mkdir unlink remove rmdir truncate ftruncate"
).split()
FREEING = {"unlink", "remove", "rmdir", "fsync", "fdatasync"}
SYNCS = {"fsync", "fdatasync"}


class Killed(BaseException):
    """Stands for the moment at which a process is killed."""


class Fault(Enum):
    """What happens at the chosen operation; see the module's docstring."""

    KILL = "kill -9"
    TORN = "torn write"
    FULL = errno.ENOSPC
    SYNC = errno.EIO
    READ_ONLY = errno.EROFS
    DENIED = errno.EACCES


class Operations:
    """The operations so far, as (name, path); whether the chosen one was reached."""

    def __init__(self, folder: Path, at: int, fault: Fault, synced: Callable[[int], None]) -> None:
        self.made: list[tuple[str, str]] = []
        self._synced, self._one_at_a_time = synced, Lock()
        self._folder, self._at, self._fault = str(folder.resolve()), at, fault

    @property
    def reached(self) -> bool:
        """Whether as many operations were tried as were to be let through before the fault."""
        return 0 < self._at <= len(self.made)

    def concerns(self, path: str) -> bool:
        return path == self._folder or path.startswith(f"{self._folder}/")

    def before(self, name: str, path: str) -> float:
        """Count an operation; the share of it that is to happen, before :meth:`fail` if not 1."""
        with self._one_at_a_time:
            self.made.append((name, path))
            number, fault = len(self.made), self._fault
        if not self._at or number < self._at:
            return 1
        if fault is Fault.TORN and number == self._at and name == "write":
            return 0.5
        if fault is Fault.FULL and name in FREEING:
            return 1
        if fault is Fault.SYNC and (number > self._at or name not in SYNCS):
            return 1
        return 0

    def synced(self, descriptor: int) -> None:
        with self._one_at_a_time:
            self._synced(descriptor)

    def fail(self, path: str) -> None:
        if isinstance(self._fault.value, int):
            raise OSError(self._fault.value, os.strerror(self._fault.value), path)
        raise Killed


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A new folder, in memory where there is such a place: these tests write thousands of files."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@contextmanager
def failing(
    folder: Path,
    at: int = 0,
    fault: Fault = Fault.KILL,
    synced: Callable[[int], None] = lambda _: None,
) -> Iterator[Operations]:
    """Have the ``at``-th operation below ``folder`` (from 1) fail; 0: none.

    ``synced`` is told the descriptor of every fsync that succeeded.
    """
    operations = Operations(folder, at, fault, synced)
    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGES:
            patch.setattr(os, name, _counted(operations, name, getattr(os, name)))
        patch.setattr(os, "open", _counted_open(operations, os.open))
        opened = _opened(operations, io.open)
        patch.setattr(io, "open", opened)
        patch.setattr(builtins, "open", opened)
        try:
            yield operations
        finally:
            _let_go(operations)


def _let_go(operations: Operations) -> None:
    """Give up file locks that are still held, as a process that was killed does."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):
            if operations.concerns(_path(descriptor, {})):
                fcntl.flock(descriptor, fcntl.LOCK_UN)


def _counted(operations: Operations, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def call(target: Any, *args: Any, **kwargs: Any) -> Any:
        path = _path(target, kwargs)
        if not operations.concerns(path):
            return real(target, *args, **kwargs)
        share = operations.before(name, path)
        if share == 1 and name in SYNCS:
            return operations.synced(target)
        if share == 1:
            return real(target, *args, **kwargs)
        if share:
            real(target, bytes(args[0])[: int(len(args[0]) * share)])
        return operations.fail(path)

    return call


def _counted_open(operations: Operations, real: Callable[..., int]) -> Callable[..., int]:
    def call(target: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        path = _path(target, kwargs)
        new = flags & os.O_TRUNC or (flags & os.O_CREAT and not os.path.lexists(path))
        if new and operations.concerns(path) and operations.before("open", path) < 1:
            operations.fail(path)
        return real(target, flags, *args, **kwargs)

    return call


def _opened(operations: Operations, real: Callable[..., Any]) -> Callable[..., Any]:
    """The built-in ``open``, whose writes go through ``os.write`` one by one."""

    def call(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        writes = set(mode) & set("wxa+")
        if not writes or isinstance(file, int) or not operations.concerns(_path(file, {})):
            return real(file, mode, *args, **kwargs)
        assert "+" not in mode, "no code of ours reads and writes one file"
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        flags |= {"w": os.O_TRUNC, "x": os.O_EXCL, "a": os.O_APPEND}[writes.pop()]
        buffered = io.BufferedWriter(_Raw(os.open(file, flags, 0o666)))
        if "b" in mode:
            return buffered
        text = {name: kwargs[name] for name in ("encoding", "errors", "newline") if name in kwargs}
        return io.TextIOWrapper(buffered, **text)

    return call


class _Raw(io.RawIOBase):
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        return os.write(self._descriptor, bytes(data))

    def close(self) -> None:
        if not self.closed:
            try:
                super().close()
            finally:
                os.close(self._descriptor)


def _path(target: Any, kwargs: dict[str, Any]) -> str:
    """The absolute path that an operation is about; a descriptor's through /proc."""
    if isinstance(target, int):
        return os.readlink(f"/proc/self/fd/{target}").removesuffix(" (deleted)")
    at = kwargs.get("dir_fd", kwargs.get("src_dir_fd"))
    base = os.getcwd() if at is None else os.readlink(f"/proc/self/fd/{at}")
    return os.path.normpath(os.path.join(os.path.realpath(base), os.fspath(target)))
