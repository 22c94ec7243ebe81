"""Clocks that run backwards, and checkpoints from the future."""

import time

import pytest

from govgate.attest.checkpoint import Checkpoint, sign_checkpoint
from govgate.attest.note import Signer
from govgate.errors import EvidenceError
from tests.unit.attest.conftest import ORIGIN


def files(log):
    return {p.relative_to(log.folder): p.read_bytes() for p in log.folder.rglob("*") if p.is_file()}


@pytest.fixture
def clock(monkeypatch):
    """Set the clock of this process, as far as Python code can see it."""

    def put(now: float) -> None:
        monkeypatch.setattr(time, "time", lambda: now)
        monkeypatch.setattr(time, "time_ns", lambda: int(now * 1e9))

    return put


def test_a_clock_that_runs_backwards_changes_nothing(log, clock):
    """Neither leaves nor checkpoints hold a time: entries are in the order of their appending."""
    for n, now in enumerate([2e9, 1e9, 0.0, 1.5e9]):
        kept = log.signed_checkpoint()
        clock(now)
        assert log.append(b"entry %d" % n) == n
        assert log.verify(since=kept).size == n + 1
    assert [log.entry(n) for n in range(4)] == [b"entry %d" % n for n in range(4)]


def test_a_log_that_is_older_than_a_checkpoint_kept_elsewhere_is_found(log, grow):
    grow(log, 5)
    older = files(log)
    grow(log, 3)
    kept = log.signed_checkpoint()
    for path in sorted(log.folder.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(log.folder) not in older:
            path.unlink()
    for path, data in older.items():
        (log.folder / path).write_bytes(data)
    assert log.verify().size == 5
    rolled_back = "has 5 entries but had 8: it was rolled back, and entry 5 is the first"
    for act in (lambda: log.verify(since=kept), lambda: log.prove(1, kept)):
        with pytest.raises(EvidenceError, match=rolled_back):
            act()


@pytest.mark.parametrize(("size", "more"), [(5, 1), (5, 3), (256, 1), (300, 300)])
def test_a_checkpoint_of_entries_that_are_not_there_is_refused_and_nothing_is_signed(
    log, key, grow, size, more
):
    grow(log, size)
    future = Checkpoint(ORIGIN, size + more, b"\x07" * 32)
    (log.folder / "checkpoint").write_bytes(sign_checkpoint(future, Signer(ORIGIN, key)))
    before = files(log)
    with pytest.raises(EvidenceError, match=rf"entry {size} is the first that is in no file"):
        log.verify()
    for act in (lambda: log.append(b"x"), lambda: log.resign(key), lambda: log.prove(0)):
        with pytest.raises(EvidenceError, match=r"is missing|do not give the root"):
            act()
    assert files(log) == before
