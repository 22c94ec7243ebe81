"""The table of exit codes, one test a code, through the real command line."""

import json
import shutil
from pathlib import Path

from tests.cli.conftest import ROWS, Cli, write_data


def test_0_the_requested_training_is_allowed(cli: Cli, data: Path, tmp_path: Path) -> None:
    done = cli("gate", data, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("TRAIN:")


def test_1_not_for_training_but_retrieval_is_allowed(cli: Cli, tmp_path: Path) -> None:
    rows = [{**ROWS[4], "license": "CC-BY-NC-4.0"}]
    done = cli("gate", write_data(tmp_path / "nc", rows), "--out", tmp_path / "run")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("RETRIEVAL ONLY:")


def test_2_a_policy_that_cannot_be_used(cli: Cli, data: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("policy: mine\nversion: 1\nrulez: []\n", encoding="utf-8")
    done = cli("gate", data, "--policy", policy, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert f"{policy}:3:1: " in done.stderr
    assert "did you mean rules?" in done.stderr
    assert not (tmp_path / "run").exists()


def test_3_not_for_any_use(cli: Cli, tmp_path: Path) -> None:
    rows = [{**ROWS[4], "license": "who knows"}]
    done = cli("gate", write_data(tmp_path / "unknown", rows), "--out", tmp_path / "run")
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("BLOCKED:")
    assert not (tmp_path / "run" / "train").exists()
    assert not (tmp_path / "run" / "retrieve").exists()


def test_4_incomplete_names_what_could_not_be_read(cli: Cli, data: Path, tmp_path: Path) -> None:
    with (data / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"prompt": "cut o\n')
    done = cli("gate", data, "--out", tmp_path / "run")
    assert done.returncode == 4, done.stderr
    assert "rows.jsonl:23" in done.stdout
    coverage = json.loads((tmp_path / "run" / "coverage.json").read_text(encoding="utf-8"))
    assert coverage["rows"] == {"read": 23, "scanned": 22, "skipped": 0, "failed": 1}
    assert not (tmp_path / "run" / "record.intoto.jsonl").exists()
    assert not (tmp_path / "run" / "train").exists()


def test_5_evidence_that_does_not_verify(cli: Cli, gated: Path, tmp_path: Path) -> None:
    run = shutil.copytree(gated, tmp_path / "run")
    part = run / "train" / "rows.jsonl"
    part.write_bytes(part.read_bytes().replace(b"password", b"passw0rd"))
    done = cli("verify", run)
    assert done.returncode == 5
    assert "7  FAIL  the train partition is unchanged: train/rows.jsonl" in done.stdout


def test_70_an_internal_error_names_its_place_and_quotes_nothing(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    fault = tmp_path / "fault"
    fault.mkdir()
    (fault / "sitecustomize.py").write_text(
        "import govgate.data.dataset as d\n"
        "def broken(*a, **k):\n    raise RuntimeError('jane.doe@example.com')\n"
        "d.open_dataset = broken\n",
        encoding="utf-8",
    )
    root = Path(__file__).resolve().parents[2]
    done = cli("gate", data, "--out", tmp_path / "run", env={"PYTHONPATH": f"{fault}:{root}"})
    assert done.returncode == 70
    assert "internal error: RuntimeError at sitecustomize.py:3" in done.stderr
    assert "jane.doe" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_125_run_refuses_to_start_the_command(
    cli: Cli, retrieval_only: Path, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    done = cli("run", retrieval_only, "--", "touch", started)
    assert done.returncode == 125
    assert "refused: the outcome is retrieval-only" in done.stderr
    assert not started.exists()


def test_run_hands_back_the_code_of_its_command(cli: Cli, gated: Path) -> None:
    assert cli("run", gated, "--", "sh", "-c", "exit 37").returncode == 37


def test_soft_fail_changes_the_exit_code_alone(cli: Cli, tmp_path: Path) -> None:
    rows = [{**ROWS[4], "license": "CC-BY-NC-4.0"}]
    folder = write_data(tmp_path / "nc", rows)
    done = cli("gate", folder, "--out", tmp_path / "run", "--soft-fail", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "retrieval-only"
    assert cli("run", tmp_path / "run", "--", "true").returncode == 125


def test_soft_fail_does_not_soften_an_incomplete_run(cli: Cli, tmp_path: Path) -> None:
    folder = write_data(tmp_path / "data", [])
    (folder / "rows.jsonl").write_text("{", encoding="utf-8")
    assert cli("gate", folder, "--out", tmp_path / "run", "--soft-fail").returncode == 4


def test_help_is_no_error_and_an_unknown_command_is(cli: Cli) -> None:
    assert cli("--help").returncode == 0
    unknown = cli("gte")
    assert unknown.returncode == 2
    assert "Did you mean gate?" in unknown.stderr
