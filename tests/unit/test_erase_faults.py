"""An erasure is killed at each of its operations in turn: running it again finishes it, always.

The command line runs in this process, as in `test_gate_faults.py`. SQLite's own writes are not
counted: the store's tests kill those.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from govgate.cli import run as govgate
from tests.faults import Fault, Killed, failing, quick_folder
from tests.noise import noise

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the faulty disk needs /proc")
slow = pytest.mark.slow
WHO = "customer-4711"
MANIFEST = """\
sources:
  - files: "**/*"
    name: tests
    license: CC0-1.0
    consent_basis: legitimate-interests
    subject_field: who
"""


@dataclass(frozen=True)
class Place:
    """A home with a run and a store, kept aside; work is done on a copy at one place."""

    kept: Path
    work: Path
    secrets: tuple[str, ...]

    def fresh(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.kept, self.work)

    def ask(self, *command: str) -> int:
        return govgate([*command, "--home", str(self.work / "home")])

    def erase(self) -> int:
        return self.ask("erase", "--subject", WHO, "--yes")

    def files(self) -> Iterator[Path]:
        yield from (p for p in self.work.rglob("*") if p.is_file() and "data" not in p.parts)

    def holding(self) -> list[Path]:
        texts = [text.encode() for text in self.secrets]
        return [p for p in self.files() if any(text in p.read_bytes() for text in texts)]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with quick_folder() as folder:
        secrets = noise(1, 90), noise(2, 90)
        place = Place(folder / "kept", folder / "work", secrets)
        data = place.work / "data"
        data.mkdir(parents=True)
        rows = [{"who": f"customer-{n}", "text": f"Plain text number {n}."} for n in range(8)]
        rows[3] = {"who": WHO, "text": f"Here {secrets[0]}"}
        rows[6] = {"who": WHO, "text": f"There {secrets[1]}", "license": "CC-BY-NC-4.0"}
        (data / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (data / "govgate.yaml").write_text(MANIFEST)
        assert place.ask("key", "new") == 0
        out = str(place.work / "run")
        assert place.ask("gate", str(data), "--out", out, "--workers", "1", "--quiet") == 0
        assert place.ask("retrieve", "build", out) == 0
        shutil.copytree(place.work, place.kept)
        assert all(
            text in (place.kept / "run" / part / "rows.jsonl").read_text()
            for text, part in zip(secrets, ("train", "retrieve"), strict=True)
        )
        yield place


@pytest.mark.parametrize(
    ("fault", "stride"),
    [(Fault.KILL, 13), (Fault.FULL, 17), *(pytest.param(fault, 1, marks=slow) for fault in Fault)],
)
def test_an_erasure_that_was_stopped_anywhere_is_finished_by_the_next(place, fault, stride, capsys):
    place.fresh()
    with failing(place.work) as operations:
        assert place.erase() == 0
    assert len(operations.made) > 80
    assert not place.holding()
    for step in range(len(operations.made), 0, -stride):
        place.fresh()
        capsys.readouterr()
        code = None
        with failing(place.work, step, fault), suppress(Killed):
            code = place.erase()
        said = capsys.readouterr().err
        assert code in (None, 0, 4), said
        assert "Traceback" not in said
        assert not any(text in said for text in place.secrets)
        _check_between(place)
        assert place.erase() == 0, (step, operations.made[step - 1], capsys.readouterr().err)
        assert not place.holding(), (step, operations.made[step - 1])
        assert place.ask("verify", str(place.work / "run")) == 0
        assert place.ask("log", "verify") == 0
        assert place.ask("retrieve", "search", str(place.work / "run"), "there") == 0
        left = {p.name for p in (place.work / "home" / "erasures").iterdir()}
        assert all(name.endswith(".intoto.jsonl") for name in left), left


def _check_between(place: Place) -> None:
    """Once anything was erased, nothing that still holds it counts any more."""
    run = place.work / "run"
    if (place.work / "home" / "register" / "superseded.json").exists() and run.is_dir():
        holds = any(place.secrets[0].encode() in p.read_bytes() for p in run.rglob("*.jsonl"))
        assert not (run / "ERASED.txt").exists(), (run / "ERASED.txt").read_text()
        assert place.ask("verify", str(run)) == (5 if holds else 0)
