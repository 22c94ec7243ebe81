"""`govgate explain --counterfactual`: what would have to change, never the text."""

import json
import shutil
from pathlib import Path

from tests.cli.conftest import Cli, Gated, assert_silent


def test_a_noncommercial_row_is_told_to_obtain_a_licence(cli: Cli, secretive: Gated) -> None:
    done = cli("explain", secretive.run, "rows.jsonl:24", "--counterfactual")
    assert done.returncode == 0, done.stderr
    told = done.stdout.partition("what would have to change (train):\n")[2]
    assert told.startswith("  obtain a licence that is ")
    assert "then train: redact, retrieve: redact" in told
    assert "govgate itself replaces 2 findings for train" in told
    assert_silent(done.stdout, "text")


def test_the_answer_as_json_holds_changes_and_the_verdict_after(cli: Cli, secretive: Gated) -> None:
    done = cli("explain", secretive.run, "rows.jsonl:25", "--counterfactual", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["row"] == "rows.jsonl:25"
    found = answer["counterfactual"]
    assert found["found"]
    assert [change["fact"] for change in found["changes"]] == ["license.class"]
    assert found["changes"][0]["from"] is None
    assert found["after"]["train"] == "redact"
    assert found["smallest"]
    assert found["exhausted"]
    assert_silent(done.stdout, "json")


def test_a_row_that_may_be_trained_on_needs_no_change(cli: Cli, secretive: Gated) -> None:
    done = cli("explain", secretive.run, "rows.jsonl:1", "--counterfactual")
    assert "nothing has to change: the row may be trained on already" in done.stdout
    asked = ("explain", secretive.run, "rows.jsonl:24", "--counterfactual", "--use", "retrieve")
    assert "nothing has to change: the row may be looked up already" in cli(*asked).stdout


def test_a_row_that_only_the_data_set_keeps_from_training_says_so(cli: Cli, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    rows = [{"text": f"Lamp number {n}."} for n in range(4)]
    rows[0]["license"] = "MIT"
    (data / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert cli("gate", data, "--out", tmp_path / "run").returncode in (1, 3)
    kept = cli("explain", tmp_path / "run", "rows.jsonl:1", "--counterfactual", "--json")
    found = json.loads(kept.stdout)["counterfactual"]
    assert not found["found"]
    assert found["changes"] == []
    assert found["notes"][0] == "by its own facts the row may be trained on"
    assert "the data set as a whole" in found["notes"][1]


def test_a_row_that_could_not_be_read_says_so(cli: Cli, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "rows.jsonl").write_text('{"text": "fine"}\n{"text": \n')
    assert cli("gate", data, "--out", tmp_path / "run").returncode == 4
    done = cli("explain", tmp_path / "run", "rows.jsonl:2", "--counterfactual")
    assert done.returncode == 0, done.stderr
    assert "could not be read or scanned in full" in done.stdout.partition("what would")[2]


def test_use_without_counterfactual_is_refused(cli: Cli, gated: Path) -> None:
    done = cli("explain", gated, "rows.jsonl:1", "--use", "train")
    assert done.returncode == 2
    assert "--use goes with --counterfactual" in done.stderr


def test_the_run_stays_as_it_is(cli: Cli, gated: Path, tmp_path: Path) -> None:
    run = shutil.copytree(gated, tmp_path / "run")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    cli("explain", run, "rows.jsonl:3", "--counterfactual")
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
