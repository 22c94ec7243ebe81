"""Every operation of an append is made to fail in turn; the log verifies after each and goes on."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
from govgate.errors import IncompleteError, UsageError
from tests.faults import Fault, Killed, failing, quick_folder
from tests.powercut import Disk, chances

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the faulty disk needs /proc")
ORIGIN = "example.com/log"
SIZES = [0, 2, 254, 255, 256]  # around the first entry and the first full tile
KEY = PrivateKey.from_seed(b"\x01" * 32)
SAID = {
    Fault.FULL: "cannot (write|create) .*no space is left on the device; free some space",
    Fault.SYNC: "cannot (write|sync) .*input/output error; check the disk",
    Fault.READ_ONLY: "cannot .*the file system is read-only; choose a folder",
    Fault.DENIED: "cannot .*permission is denied; check who owns it",
}


@pytest.fixture(scope="module")
def grown(grow: Callable[[Log, int], None]) -> Iterator[dict[int, Path]]:
    """A log of each size as it was then, with no more than its last few partial tiles."""
    with quick_folder() as folder:
        log = Log.create(folder / "log", ORIGIN, KEY)
        for n in SIZES:
            grow(log, n - log.checkpoint().size)
            shutil.copytree(log.folder, folder / str(n))
            for partial in (folder / str(n)).rglob("000.p/*"):
                if int(partial.name) < n - 2 and partial.parts[-3] != "1":
                    partial.unlink()
        yield {n: folder / str(n) for n in SIZES}


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


def fresh(grown: Path, folder: Path) -> Log:
    """A copy of a grown log in ``folder``, which may hold an older one."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(grown, folder)
    return Log(folder, ORIGIN, KEY)


@contextmanager
def unsynced() -> Iterator[None]:
    """The checks afterwards need not wait for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        yield


def check_goes_on(log: Log, size: int, kept: bytes, *, done: bool = False) -> None:
    """The log verifies, holds ``size`` entries or the new one too, and can be appended to."""
    with unsynced():
        found = log.verify(since=kept).size
        assert found in ((size + 1,) if done else (size, size + 1))
        if found == size + 1:
            assert log.entry(size) == b"new entry"
        assert log.append(b"another entry") == found
        assert log.append(b"and one more") == found + 1
        assert log.verify(since=kept).size == found + 2
        assert log.entry(found) == b"another entry"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fault", Fault)
def test_any_operation_of_an_append_may_fail(grown, folder, size, fault):
    seen, errors = 0, []
    for step in count(1):
        log = fresh(grown[size], folder / "log")
        kept, done = log.signed_checkpoint(), False
        with failing(log.folder, step, fault) as operations:
            try:
                done = log.append(b"new entry") == size
            except (Killed, IncompleteError) as error:
                errors.append(error)
        check_goes_on(log, size, kept, done=done)
        if not operations.reached:
            break
        seen = len(operations.made)
    assert done
    assert seen > 10
    assert len(errors) > (2 if fault is Fault.SYNC else 8)
    assert all(re.search(SAID.get(fault, ""), str(error)) for error in errors)


@pytest.mark.parametrize("size", SIZES)
def test_the_power_may_fail_at_any_operation_of_an_append(grown, folder, size):
    for step in count(1):
        log = fresh(grown[size], folder / "log")
        kept, done = log.signed_checkpoint(), False
        with closing(Disk(log.folder)) as disk:
            with failing(log.folder, step, synced=disk.synced) as operations, suppress(Killed):
                done = log.append(b"new entry") == size
            for chance in chances(step):
                disk.cut_power(folder / "after", chance)
                check_goes_on(Log(folder / "after", ORIGIN, KEY), size, kept, done=done)
        if done:
            break
    assert len(operations.made) > 10


@pytest.mark.parametrize(
    ("size", "stride"),
    [(0, 4), *(pytest.param(size, 1, marks=pytest.mark.slow) for size in (0, 2, 254))],
)
def test_the_power_may_fail_in_an_append_that_follows_a_killed_one(grown, folder, size, stride):
    """What a killed append left unsynced may go with the power, but not from beneath others."""
    for first in count(1, stride):
        if not check_second(grown[size], folder, size, first):
            break
    assert first > 10


def check_second(grown: Path, folder: Path, size: int, first: int) -> bool:
    """Kill one append at ``first``, cut the power at every operation of the next.

    False where ``first`` is beyond the end of the append.
    """
    for second in count(1):
        log = fresh(grown, folder / "log")
        with closing(Disk(log.folder)) as disk:
            with failing(log.folder, first, synced=disk.synced) as operations, suppress(Killed):
                log.append(b"new entry")
            if not operations.reached:
                return False
            kept, at = (grown / "checkpoint").read_bytes(), log.checkpoint().size
            with failing(log.folder, second, synced=disk.synced) as operations, suppress(Killed):
                log.append(b"second entry")
            for chance in chances(second)[::3]:
                disk.cut_power(folder / "after", chance)
                after = Log(folder / "after", ORIGIN, KEY)
                with unsynced():
                    found = after.verify(since=kept).size
                    assert size <= found <= at + 1
                    assert operations.reached or found == at + 1
                    assert after.append(b"another entry") == found
                    after.verify(since=kept)
        if not operations.reached:
            return True
    raise AssertionError


def test_a_proof_outlives_the_power(grown, folder):
    """A killed append's checkpoint is made durable before a proof under it is handed out."""
    for step in count(1):
        log = fresh(grown[2], folder / "log")
        with closing(Disk(log.folder)) as disk:
            with failing(log.folder, step, synced=disk.synced) as operations, suppress(Killed):
                log.append(b"new entry")
            with failing(log.folder, synced=disk.synced):
                proof = log.prove(1)
            for chance in chances(step):
                disk.cut_power(folder / "after", chance)
                after = Log(folder / "after", ORIGIN, KEY)
                assert after.verify(since=proof.checkpoint).size in (2, 3)
        if not operations.reached:
            break


@pytest.mark.parametrize("fault", Fault)
def test_a_log_may_fail_at_any_operation_of_its_creation(folder, fault):
    for step in count(1):
        place = folder / str(step)
        place.mkdir()
        with failing(place, step, fault) as operations, suppress(Killed, IncompleteError):
            Log.create(place / "home" / "log", ORIGIN, KEY)
        with suppress(UsageError):  # it holds a log already
            Log.create(place / "home" / "log", ORIGIN, KEY)
        assert Log(place / "home" / "log", ORIGIN, KEY).verify().size == 0
        if not operations.reached:
            break
    assert step > 5


def test_a_log_that_was_created_outlives_the_power(folder):
    (folder / "now").mkdir()
    with closing(Disk(folder / "now")) as disk:
        with failing(folder / "now", synced=disk.synced):
            Log.create(folder / "now" / "home" / "log", ORIGIN, KEY)
        for chance in chances(1):
            disk.cut_power(folder / "after", chance)
            assert Log(folder / "after" / "home" / "log", ORIGIN, KEY).verify().size == 0


def test_temporary_files_of_a_killed_write_do_no_harm(grown, folder):
    log = fresh(grown[2], folder / "log")
    for folder in ["", "tile/0/000.p", "tile/entries/000.p", "tile/entries"]:
        (log.folder / folder / ".govgate-0123456789abcdef.tmp").write_bytes(b"torn")
    check_goes_on(log, 2, log.signed_checkpoint())
