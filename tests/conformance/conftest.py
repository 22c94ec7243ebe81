"""What `govgate gate` leaves behind, as an auditor gets it: a run, the trust file, a log."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import ROWS, run_govgate, write_data

NONCOMMERCIAL = [{**row, "license": "CC-BY-NC-4.0"} for row in ROWS[4:8]]
UNKNOWN = [{**row, "license": "no licence at all"} for row in ROWS[4:8]]


@dataclass(frozen=True)
class Audit:
    """A home, the runs that it gated in order of their entries, and a checkpoint kept early."""

    home: Path
    runs: dict[str, Path]
    kept: Path

    def folder(self, path: Path, run: str = "mixed") -> Path:
        """A folder laid out as the page asks for, to work in and to damage."""
        path.mkdir()
        shutil.copytree(self.runs[run], path / "run")
        shutil.copy(self.home / "trust.json", path)
        shutil.copytree(self.home / "log", path / "log")
        shutil.copy(self.kept, path / "kept")
        return path


@pytest.fixture(scope="session")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """Four runs: one before the checkpoint was kept, and one of each outcome after it."""
    top = tmp_path_factory.mktemp("audit")
    home = top / "home"
    _govgate(0, "key", "new", "--home", home)
    made = Audit(home, {}, top / "kept")

    def gate(name: str, data: Path, code: int) -> None:
        made.runs[name] = top / name
        _govgate(code, "gate", data, "--out", top / name, "--home", home)

    gate("first", write_data(top / "data"), 0)
    shutil.copy(home / "log" / "checkpoint", made.kept)
    mixed = write_data(top / "many")
    for name in ("z é.jsonl", "part/rows a.jsonl", "part/b.jsonl", "Zebra.jsonl"):
        (mixed / name).parent.mkdir(exist_ok=True)
        shutil.copy(mixed / "rows.jsonl", mixed / name)
    gate("mixed", mixed, 0)
    gate("retrieval-only", write_data(top / "noncommercial", NONCOMMERCIAL), 1)
    gate("blocked", write_data(top / "unknown", UNKNOWN), 3)
    return made


@pytest.fixture
def folder(audit: Audit, tmp_path: Path) -> Path:
    """The auditor's folder, over a run with rows in every partition."""
    return audit.folder(tmp_path / "audit")


def _govgate(code: int, *arguments: object) -> "subprocess.CompletedProcess[str]":
    done = run_govgate(*arguments)
    assert done.returncode == code, done.stderr + done.stdout
    return done
