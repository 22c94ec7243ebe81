"""`govgate scan`: findings and coverage, and no decision."""

import json
from pathlib import Path

import polars as pl

from tests.cli.conftest import CARD, MAIL, ROOT, ROWS, SECRETIVE, Cli, assert_silent, write_data


def test_a_scan_leaves_findings_coverage_and_what_looked(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    done = cli("scan", data, "--out", tmp_path / "scan")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SCANNED\n")
    assert "1 file, 22 rows" in done.stdout
    names = sorted(p.name for p in (tmp_path / "scan").iterdir())
    assert names == ["coverage.json", "detector.json", "findings.parquet"]
    findings = pl.read_parquet(tmp_path / "scan" / "findings.parquet")
    mail = findings.filter(pl.col("entity") == "EMAIL_ADDRESS").to_dicts()[0]
    assert (mail["row"], mail["file"], mail["pointer"]) == ("rows.jsonl:1", "rows.jsonl", "/prompt")
    assert (mail["start"], mail["end"]) == (11, 31)
    detector = json.loads((tmp_path / "scan" / "detector.json").read_text())
    assert "EmailRecognizer" in detector["recognizers"]


def test_a_scan_finds_what_a_gate_finds(cli: Cli, data: Path, gated: Path, tmp_path: Path) -> None:
    assert cli("scan", data, "--out", tmp_path / "scan").returncode == 0
    theirs = pl.read_parquet(gated / "findings.parquet")
    assert pl.read_parquet(tmp_path / "scan" / "findings.parquet").equals(theirs)


def test_no_scan_shows_or_keeps_what_it_found(cli: Cli, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", SECRETIVE)
    done = cli("scan", data, "--out", tmp_path / "scan", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["complete"]
    assert told["entities"]["EMAIL_ADDRESS"] >= 3
    assert_silent(done.stdout + done.stderr, "what it printed")
    for path in (tmp_path / "scan").iterdir():
        for secret in (MAIL, CARD):
            assert secret.encode() not in path.read_bytes(), path.name


def test_a_scan_needs_no_keys_but_the_one_for_fingerprints(
    cli: Cli, data: Path, home: Path, tmp_path: Path
) -> None:
    own = tmp_path / "home"
    done = cli("scan", data, "--out", tmp_path / "scan", "--home", own)
    assert done.returncode == 2
    assert "govgate key new" in done.stderr
    (own / "keys").mkdir(parents=True)
    (own / "keys" / "fingerprint.key").write_text("ab" * 32)
    (own / "keys" / "fingerprint.key").chmod(0o600)
    assert cli("scan", data, "--out", tmp_path / "scan", "--home", own).returncode == 0


def test_a_row_that_cannot_be_read_makes_the_scan_incomplete_and_is_named(
    cli: Cli, tmp_path: Path
) -> None:
    data = write_data(tmp_path / "data", ROWS[:2])
    with (data / "rows.jsonl").open("a") as file:
        file.write('{"prompt": \n')
    done = cli("scan", data, "--out", tmp_path / "scan")
    assert done.returncode == 4
    assert done.stdout.startswith("INCOMPLETE")
    assert "rows.jsonl:3" in done.stdout
    coverage = json.loads((tmp_path / "scan" / "coverage.json").read_text())
    assert coverage["failed"]["malformed-json"]["rows"] == 1
    assert coverage["failures"][0]["row"] == "rows.jsonl:3"


def test_a_scan_is_replaced_only_when_asked_and_only_if_it_is_one(
    cli: Cli, data: Path, gated: Path, tmp_path: Path
) -> None:
    out = tmp_path / "scan"
    assert cli("scan", data, "--out", out).returncode == 0
    again = cli("scan", data, "--out", out)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert cli("scan", data, "--out", out, "--replace").returncode == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.txt").write_text("keep")
    refused = cli("scan", data, "--out", tmp_path / "mine", "--replace")
    assert refused.returncode == 2
    assert (tmp_path / "mine" / "precious.txt").read_text() == "keep"


def test_a_mistyped_path_is_refused(cli: Cli, tmp_path: Path) -> None:
    done = cli("scan", tmp_path / "nothing.jsonl", "--out", tmp_path / "scan")
    assert done.returncode in (2, 4)
    assert "nothing.jsonl" in done.stderr
    assert not (tmp_path / "scan").exists()


def test_a_scan_is_not_taken_for_a_gate(cli: Cli, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "scan"
    assert cli("scan", data, "--out", out).returncode == 0
    for arguments in (("verify", out), ("explain", out, "rows.jsonl:1")):
        done = cli(*arguments)
        assert done.returncode == 2
        assert "is a scan" in done.stderr
    assert cli("run", out, "--", "true").returncode == 125


def test_an_expired_policy_can_be_scanned_with_and_is_noted(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    text = (ROOT / "policies" / "default" / "policy.yaml").read_text(encoding="utf-8")
    policy = tmp_path / "policy.yaml"
    policy.write_text(text.replace("expires: 2027-12-31", "expires: 2026-01-01"), encoding="utf-8")
    done = cli("scan", data, "--out", tmp_path / "scan", "--policy", policy)
    assert done.returncode == 0, done.stderr
    assert "the policy expired on 2026-01-01" in done.stdout


def test_a_folder_with_other_things_or_with_the_input_is_never_replaced(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "scan"
    assert cli("scan", data, "--out", out).returncode == 0
    (out / "notes.txt").write_text("mine")
    refused = cli("scan", data, "--out", out, "--replace")
    assert refused.returncode == 2
    assert "notes.txt" in refused.stderr
    assert (out / "notes.txt").read_text() == "mine"
    assert cli("gate", data, "--out", tmp_path / "run").returncode == 0
    again = cli("gate", tmp_path / "run" / "train", "--out", tmp_path / "run", "--replace")
    assert again.returncode == 2
    assert "an input of this run" in again.stderr
    assert (tmp_path / "run" / "train" / "rows.jsonl").is_file()


def test_the_policy_that_a_scan_reads_is_not_replaced_with_the_folder(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "scan"
    assert cli("scan", data, "--out", out).returncode == 0
    policy = out / "policy.yaml"
    policy.write_bytes((ROOT / "policies" / "default" / "policy.yaml").read_bytes())
    done = cli("scan", data, "--out", out, "--policy", policy, "--replace")
    assert done.returncode == 2
    assert "an input of this run" in done.stderr
    assert policy.is_file()
