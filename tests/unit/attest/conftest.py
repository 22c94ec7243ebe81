"""Keys and logs for the tests of the evidence layer: real, small, temporary."""

from collections.abc import Callable
from pathlib import Path

import pytest

from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log

ORIGIN = "example.com/log"


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey.from_seed(b"\x01" * 32)


@pytest.fixture
def other_key() -> PrivateKey:
    return PrivateKey.from_seed(b"\x02" * 32)


@pytest.fixture
def log(tmp_path: Path, key: PrivateKey) -> Log:
    return Log.create(tmp_path / "log", ORIGIN, key)


def grow(log: Log, count: int) -> None:
    """Append ``count`` entries, ``entry N`` at index N, without waiting for the disk."""
    first = log.checkpoint().size
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        for n in range(first, first + count):
            assert log.append(b"entry %d" % n) == n


@pytest.fixture(scope="session", name="grow")
def _grow() -> Callable[[Log, int], None]:
    return grow
