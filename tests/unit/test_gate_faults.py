"""Every operation of a whole gate is made to fail in turn: a run is whole or absent, the log holds.

The command line runs in this process, over strings that the content cache knows: so a gate takes
half a second and loads no detector. The cache is SQLite's to keep whole; all else is counted.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from govgate.attest.proof import parse_proof
from govgate.cli import run as govgate
from govgate.steps import attest as steps_attest
from tests.cli.conftest import write_data
from tests.faults import Fault, Killed, failing, quick_folder
from tests.powercut import Disk, chances

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the faulty disk needs /proc")
slow = pytest.mark.slow


@dataclass(frozen=True)
class Place:
    """A home that has gated the data once, and what to gate."""

    data: Path
    home: Path
    work: Path

    def fresh(self) -> None:
        """The home as it was, and no run."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.home, self.work / "home")

    def gate(self, *more: str, at: Path | None = None) -> int:
        where = at or self.work
        asked = ["gate", str(self.data), "--out", str(where / "run"), "--workers", "1", "--quiet"]
        return govgate([*asked, "--home", str(where / "home"), *more])

    def check(self, *, at: Path | None = None, there: bool = False) -> None:
        """The run is whole, or absent unless it must be ``there``; the log continues the old."""
        where = at or self.work
        home = ["--home", str(where / "home")]
        kept = str(self.home / "log" / "checkpoint")
        assert govgate(["log", "verify", "--since", kept, *home]) == 0
        assert (where / "run").exists() or not there
        if (where / "run").exists():
            assert govgate(["verify", str(where / "run"), *home]) == 0


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with quick_folder() as folder:
        place = Place(write_data(folder / "data"), folder / "first" / "home", folder / "work")
        assert govgate(["key", "new", "--home", str(place.home)]) == 0
        assert place.gate(at=folder / "first") == 0
        yield place


def steps(place: Place, stride: int) -> range:
    """The numbers of a gate's operations, the last before the others; every ``stride``-th."""
    with failing(place.work) as operations:
        assert place.gate() == 0
    assert len(operations.made) > 90
    return range(len(operations.made), 0, -stride)


@pytest.mark.parametrize(
    ("fault", "stride"),
    [
        (Fault.KILL, 11),
        (Fault.FULL, 13),
        *(pytest.param(fault, 1, marks=slow) for fault in Fault),
    ],
)
def test_any_operation_of_a_gate_may_fail(place, fault, stride, capsys):
    place.fresh()
    for step in steps(place, stride):
        place.fresh()
        capsys.readouterr()
        code = None
        with failing(place.work, step, fault), suppress(Killed):
            code = place.gate()
        said = capsys.readouterr().err
        assert code in (None, 0, 4), said
        assert ("govgate: cannot" in said) == (code == 4), said
        assert "Traceback" not in said
        place.check(there=code == 0)
        if not (place.work / "run").exists():
            assert place.gate() == 0
            place.check(there=True)
        left = sorted(path.name for path in place.work.iterdir())
        assert left in (["home", "run"], [".run.lock", "home", "run"])


@pytest.mark.parametrize("stride", [17, pytest.param(1, marks=slow)])
def test_the_power_may_fail_at_any_operation_of_a_gate(place, stride):
    place.fresh()
    for step in [0, *steps(place, stride)]:
        place.fresh()
        code = None
        with closing(Disk(place.work)) as disk:
            with failing(place.work, step, synced=disk.synced), suppress(Killed):
                code = place.gate()
            for number, chance in enumerate(chances(step)[:4]):
                after = place.work.with_name(f"after{number}")
                disk.cut_power(after, chance)
                place.check(at=after, there=code == 0)


def test_a_replaced_run_is_there_until_the_new_one_is(place, capsys):
    """Wherever a gate is killed, the old run or the new one is there once the next has begun."""
    place.fresh()
    assert place.gate() == 0
    before = (place.work / "run" / "record.intoto.jsonl").read_bytes()
    kept = place.work.with_name("kept")
    shutil.copytree(place.work, kept, dirs_exist_ok=True)
    with failing(place.work) as operations:
        assert place.gate("--replace") == 0
    aside = [name for name, _ in operations.made].index("rename") + 1
    for step in (aside, aside + 1, aside + 2, aside + 3, aside + 8, len(operations.made)):
        shutil.rmtree(place.work)
        shutil.copytree(kept, place.work)
        with closing(Disk(place.work)) as disk:
            with failing(place.work, step, synced=disk.synced), suppress(Killed):
                place.gate("--replace")
            for number, chance in enumerate(chances(step)[::2]):
                disk.cut_power(place.work.with_name(f"after{number}"), chance)
        moved = step > aside + 1
        for at in (place.work, *(place.work.with_name(f"after{n}") for n in range(3))):
            place.check(at=at)
            capsys.readouterr()
            assert place.gate(at=at) == 2
            assert "exists already" in capsys.readouterr().err  # or again
            place.check(at=at, there=True)
            assert moved or (at / "run" / "record.intoto.jsonl").read_bytes() == before
        assert place.gate("--replace") == 0
        assert sorted(path.name for path in place.work.iterdir()) == ["home", "run"]


def test_a_clock_that_ran_back_between_two_gates_does_no_harm(place, monkeypatch):
    """The records say what the clock said; their order is that of the log."""
    place.fresh()
    assert place.gate() == 0
    (place.work / "run").rename(place.work / "first")
    monkeypatch.setattr(steps_attest, "datetime", Earlier)
    assert place.gate() == 0
    place.check(there=True)
    assert govgate(["verify", str(place.work / "first"), "--home", str(place.work / "home")]) == 0
    first, second = (
        parse_proof((place.work / name / "proof.tlog-proof").read_bytes()).index
        for name in ("first", "run")
    )
    assert first < second


class Earlier(datetime):
    """A clock that is two hours slow."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Earlier":
        return super().now(tz) - timedelta(hours=2)
