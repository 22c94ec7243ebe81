"""`govgate verify`: the numbered steps, as text and as JSON."""

import json
import shlex
import shutil
from pathlib import Path

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
