"""Every write of an append is made to fail in turn; the log verifies after each and goes on."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from govgate import durable
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
from govgate.errors import IncompleteError

ORIGIN = "example.com/log"
SIZES = [0, 1, 2, 254, 255, 256]  # around the first entry and the first full tile


class Crashed(BaseException):
    """Stands for the moment at which a process is killed."""


@pytest.fixture(scope="module")
def grown(
    tmp_path_factory: pytest.TempPathFactory, grow: Callable[[Log, int], None]
) -> dict[int, Path]:
    """A log of each size as it was then, with no more than its last few partial tiles."""
    folder = tmp_path_factory.mktemp("grown")
    log = Log.create(folder / "log", ORIGIN, PrivateKey.from_seed(b"\x01" * 32))
    for n in SIZES:
        grow(log, n - log.checkpoint().size)
        shutil.copytree(log.folder, folder / str(n))
        for partial in (folder / str(n)).rglob("000.p/*"):
            if int(partial.name) < n - 2 and partial.parts[-3] != "1":
                partial.unlink()
    return {n: folder / str(n) for n in SIZES}


def check_goes_on(log: Log, size: int, kept: bytes, entry: bytes) -> None:
    """The log verifies, holds ``size`` entries or the new one too, and can be appended to."""
    found = log.verify(since=kept).size
    assert found in (size, size + 1)
    if found == size + 1:
        assert log.entry(size) == entry
    assert log.append(b"another entry") == found
    assert log.append(b"and one more") == found + 1
    assert log.verify(since=kept).size == found + 2
    assert log.entry(found) == b"another entry"


@contextmanager
def broken_write(number: int, *, done: bool, error: Callable[[], BaseException]) -> Iterator[None]:
    """The ``number``-th durable write fails, before anything is on disk or after all of it is."""
    real, count = durable.write_durably, 0

    def write(path: Path, data: bytes, mode: int = 0o644) -> None:
        nonlocal count
        count += 1
        if count == number and not done:
            raise error()
        real(path, data, mode)
        if count == number:
            raise error()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(durable, "write_durably", write)
        yield


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("error", [Crashed, lambda: IncompleteError("the disk is full")])
def test_each_durable_write_may_fail_before_or_after_it_is_done(
    grown, tmp_path, key, size, done, error
):
    expected = {255: 4}.get(size, 3)  # entries, tile, checkpoint; and one tile above a full one
    for number in range(1, expected + 2):
        shutil.copytree(grown[size], tmp_path / str(number))
        log = Log(tmp_path / str(number), ORIGIN, key)
        kept = log.signed_checkpoint()
        with broken_write(number, done=done, error=error):
            if number > expected:
                log.append(b"new entry")  # there is no further write that could fail
                continue
            with pytest.raises((Crashed, IncompleteError)):
                log.append(b"new entry")
        reached = number == expected and done
        assert log.checkpoint().size == size + reached
        check_goes_on(log, size, kept, b"new entry")


CALLS = ("open", "fsync", "replace", "mkdir", "unlink", "rmdir")


@contextmanager
def broken_call(number: int, error: Callable[[], BaseException]) -> Iterator[list[str]]:
    """The ``number``-th system call that changes or syncs something fails, and all after it."""
    made: list[str] = []

    def breaking(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def call(*args: object, **kwargs: object) -> object:
            writes = name != "open" or int(str(args[1])) & (os.O_CREAT | os.O_DIRECTORY)
            if writes:
                made.append(name)
                if len(made) >= number:
                    raise error()
            return real(*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, breaking(name))
        yield made


@pytest.mark.parametrize("size", [0, 2, 255, 256])
@pytest.mark.parametrize(
    "error", [Crashed, lambda: OSError(errno.EIO, "Input/output error")], ids=["kill", "EIO"]
)
def test_each_system_call_may_be_the_last(grown, tmp_path, key, size, error):
    number, finished = 1, False
    while not finished:
        folder = tmp_path / str(number)
        shutil.copytree(grown[size], folder)
        log = Log(folder, ORIGIN, key)
        kept = log.signed_checkpoint()
        with broken_call(number, error) as made:
            try:
                log.append(b"new entry")
                finished = len(made) < number
            except (Crashed, IncompleteError):
                pass
        check_goes_on(log, size, kept, b"new entry")
        shutil.rmtree(folder)
        number += 1
    assert number > 8


def test_temporary_files_of_a_killed_write_do_no_harm(grown, tmp_path, key):
    shutil.copytree(grown[2], tmp_path / "log")
    log = Log(tmp_path / "log", ORIGIN, key)
    for folder in ["", "tile/0/000.p", "tile/entries/000.p", "tile/entries"]:
        (log.folder / folder / ".govgate-0123456789abcdef.tmp").write_bytes(b"torn")
    check_goes_on(log, 2, log.signed_checkpoint(), b"")
