"""`govgate verify`: the numbered steps, as text and as JSON."""

import json
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govgate.attest.trustfile import load_trust
from govgate.checks import STEPS
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.verify import verify
from tests.cli.conftest import Cli, write_data


def test_verify_goes_through_ten_steps(cli: Cli, gated: Path) -> None:
    done = cli("verify", gated)
    assert done.returncode == 0, done.stdout
    *steps, last = done.stdout.splitlines()
    assert [line[:5] for line in steps] == [f"{n:<2} ok" for n in range(1, 11)]
    assert last == f"{gated} verifies."


def test_verify_as_json_says_the_same(cli: Cli, gated: Path, tmp_path: Path) -> None:
    answer = json.loads(cli("verify", gated, "--json").stdout)
    assert (answer["holds"], answer["outcome"]) == (True, "train")
    assert [(step["number"], step["holds"]) for step in answer["steps"]] == [
        (n, True) for n in range(1, 11)
    ]
    run = shutil.copytree(gated, tmp_path / "run")
    (run / "facts.parquet").unlink()
    done = cli("verify", run, "--json")
    assert done.returncode == 5
    answer = json.loads(done.stdout)
    assert (answer["holds"], answer["outcome"]) == (False, None)
    assert [step["holds"] for step in answer["steps"]] == [True] * 7 + [False]
    assert "facts.parquet is missing" in answer["steps"][-1]["detail"]


def test_the_commands_under_next_can_be_pasted_whatever_the_paths_are_called(
    cli: Cli, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "jane's run; echo $HOME"
    done = cli("gate", write_data(tmp_path / "data"), "--out", out)
    assert done.returncode == 0, done.stderr
    (_, arguments) = next(
        line.split("govgate ", 1) for line in done.stdout.splitlines() if "govgate verify" in line
    )
    assert shlex.split(arguments) == ["verify", str(out), "--home", str(home)]
    assert cli(*shlex.split(arguments)).returncode == 0


def test_a_run_that_is_replaced_while_it_is_verified_is_verified_once_more(
    gated: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, whole = tmp_path / "run", tmp_path / "whole"
    shutil.copytree(gated, run)
    shutil.copytree(gated, whole)
    (run / "facts.parquet").unlink()

    def replaced(evidence: object) -> str:
        if whole.exists():
            run.rename(tmp_path / "before")
            whole.rename(run)
            raise EvidenceError("facts.parquet is missing")
        return ""

    monkeypatch.setattr("govgate.verify.STEPS", (*STEPS[:7], ("replaced", replaced), *STEPS[7:]))
    trust = load_trust(Home(home).trust)
    assert verify(run, trust, today=datetime.now(UTC).date()).holds
