"""One writer at a time, across threads, processes and crashes.

The operating system frees a lock when its holder dies, so a crash never leaves one behind.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from govgate import durable
from govgate.errors import UsageError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` (made if missing, and kept), waiting for whoever holds it."""
    with durable.translated(path, "lock"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        with durable.translated(path, "lock"):
            _lock(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def claimed(path: Path, busy: str) -> Iterator[None]:
    """Hold the lock file ``path`` and remove it afterwards; UsageError ``busy`` if it is held."""
    descriptor = _claim(path, busy)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _claim(path: Path, busy: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    while True:
        with durable.translated(path, "lock"):
            descriptor = os.open(path, flags, 0o644)
        try:
            _lock(descriptor, wait=False)
        except OSError as error:
            os.close(descriptor)
            raise UsageError(busy, remedy="wait for it to end") from error
        # Its last holder may have removed this file between our open and our lock.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False)):
                return descriptor
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, *, wait: bool) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int, *, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
