"""What `govgate gate` leaves behind: as an auditor gets it, and as the tests of exports read it."""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import (
    ROWS,
    Cli,
    cli,
    gated,
    home,
    retrieval_only,
    run_govgate,
    write_data,
)

__all__ = ["cli", "gated", "home", "retrieval_only"]

NONCOMMERCIAL = [{**row, "license": "CC-BY-NC-4.0"} for row in ROWS[4:8]]
UNKNOWN = [{**row, "license": "no licence at all"} for row in ROWS[4:8]]
AWKWARD = (
    "two words.jsonl",
    "日本語/übung naïve.jsonl",
    'it\'s "quoted" & <b>.jsonl',
    "100% #1 [a*b?] `tick`.jsonl",
    "inputs/two words.jsonl",
)


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


@dataclass(frozen=True)
class Signed:
    """What a run's record says, read from its bytes by nothing of govgate."""

    digest: str
    says: dict[str, Any]

    @property
    def train(self) -> dict[str, dict[str, Any]]:
        return {part["name"]: part for part in self.says["train"]}

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        return {part["name"]: part for part in self.says["inputs"]}


Export = Callable[[Path, str], str]


def signed(run: Path) -> Signed:
    line = (run / "record.intoto.jsonl").read_bytes().splitlines()[0]
    payload = base64.b64decode(json.loads(line)["payload"])
    return Signed(hashlib.sha256(payload).hexdigest(), json.loads(payload)["predicate"])


@pytest.fixture(scope="session")
def export(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Export:
    """The text of a run in a format, as the command writes it; once for each."""

    @cache
    def write(run: Path, format_: str) -> str:
        out = tmp_path_factory.mktemp("export") / "document"
        done = cli("export", run, "--as", format_, "--out", out)
        assert done.returncode == 0, done.stderr
        return out.read_text(encoding="utf-8")

    return write


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever asks for the network in this process fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a validator asked for the network")

    for name in ("socket.socket.connect", "socket.getaddrinfo"):
        monkeypatch.setattr(name, refuse)


@pytest.fixture(scope="session")
def awkward(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over files whose names have spaces, quotes, patterns and letters from elsewhere."""
    top = tmp_path_factory.mktemp("awkward")
    data = write_data(top / "data")
    lines = (data / "rows.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    for number, name in enumerate(AWKWARD):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text("".join(lines[number + 4 :: len(AWKWARD)]), encoding="utf-8")
    done = cli("gate", data, "--out", top / "run")
    assert done.returncode == 0, done.stderr + done.stdout
    assert {f"train/{name}" for name in AWKWARD} < set(signed(top / "run").train)
    return top / "run"


@pytest.fixture(scope="session")
def blocked(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with the outcome `blocked`: no row has a licence that lets it be used."""
    top = tmp_path_factory.mktemp("blocked")
    rows = [{**row, "license": "LicenseRef-All-Rights-Reserved"} for row in ROWS]
    done = cli("gate", write_data(top / "data", rows), "--out", top / "run")
    assert done.returncode == 3, done.stderr
    return top / "run"


@pytest.fixture(params=["gated", "awkward"])
def passed(request: pytest.FixtureRequest) -> Path:
    """A run that let rows through."""
    run: Path = request.getfixturevalue(request.param)
    return run


@pytest.fixture(params=["retrieval_only", "blocked"])
def stopped(request: pytest.FixtureRequest) -> Path:
    """A run whose train partition is empty."""
    run: Path = request.getfixturevalue(request.param)
    return run


def _govgate(code: int, *arguments: object) -> "subprocess.CompletedProcess[str]":
    done = run_govgate(*arguments)
    assert done.returncode == code, done.stderr + done.stdout
    return done
