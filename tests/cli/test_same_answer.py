"""The same data, keys and day give the same answer; another day may give another."""

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import MANIFEST, PROMPTS, ROOT, ROWS, Cli, write_data

SAME_TABLES = (
    "verdicts.parquet",
    "findings.parquet",
    "facts.parquet",
    "withheld.parquet",
    "members.parquet",
)


def test_one_worker_and_two_give_the_same_bytes(cli: Cli, tmp_path: Path) -> None:
    folder = write_data(tmp_path / "data")
    for number in range(6):
        rows = [{**row, "prompt": f"{number}: {row['prompt']}"} for row in ROWS]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"more-{number}.jsonl").write_text(lines, encoding="utf-8")
    runs = {}
    for workers in (1, 2):
        run = tmp_path / f"run-{workers}"
        done = cli("gate", folder, "--workers", workers, "--out", run)
        assert done.returncode == 0, done.stderr
        runs[workers] = {
            p.relative_to(run).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in run.rglob("*")
            if p.is_file() and (p.parent != run or p.name in SAME_TABLES)
        }
    assert runs[1] == runs[2]
    assert set(SAME_TABLES) < set(runs[1])
    assert len([name for name in runs[1] if name.startswith("train/")]) == 7
    assert pl.read_parquet(tmp_path / "run-1" / "findings.parquet").height >= 14


def test_a_day_that_has_not_come_is_refused(cli: Cli, data: Path, tmp_path: Path) -> None:
    done = cli("gate", data, "--as-of", "2999-01-01", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "2999-01-01 lies in the future" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_day_that_is_none_is_refused(cli: Cli, data: Path, tmp_path: Path) -> None:
    done = cli("gate", data, "--as-of", "2026-02-30", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "'2026-02-30' is not a day like" in done.stderr


@pytest.mark.parametrize("as_of", [(), ("--as-of", "2025-06-01")])
def test_an_expired_policy_is_refused_whatever_day_is_asked_for(
    cli: Cli, data: Path, tmp_path: Path, as_of: tuple[str, ...]
) -> None:
    policy = tmp_path / "policy.yaml"
    text = (ROOT / "policies" / "default" / "policy.yaml").read_text(encoding="utf-8")
    assert "expires: 2027-12-31" in text
    policy.write_text(text.replace("expires: 2027-12-31", "expires: 2026-01-01"), encoding="utf-8")
    done = cli("gate", data, "--policy", policy, *as_of, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "expired" in done.stderr
    assert "2026-01-01" in done.stderr
    assert not (tmp_path / "run").exists()


EVENTS = """\
subject,purpose,status,time,expiry
ann,fine-tuning,given,2025-01-01T09:00:00Z,
bob,fine-tuning,given,2025-01-01T09:00:00Z,
bob,any,withdrawn,2026-03-01T18:00:00+01:00,
cyd,fine-tuning,given,2025-01-01T09:00:00Z,2025-12-31
"""


@pytest.fixture(scope="module")
def consented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of eight rows by three people, with the registry of their consent in it."""
    lines = [line for line in PROMPTS.split("\n") if line][:8]
    rows: list[dict[str, object]] = [
        {"text": line.replace("|", " "), "user": user}
        for line, user in zip(lines, ["ann", "bob", "ann", "cyd"] + ["ann"] * 4, strict=True)
    ]
    folder = write_data(tmp_path_factory.mktemp("consent") / "data", rows)
    manifest = MANIFEST.replace("legitimate-interests", "consent\n    subject_field: user")
    manifest += "consent:\n  registry: consent.csv\n"
    (folder / "govgate.yaml").write_text(manifest, encoding="utf-8")
    (folder / "consent.csv").write_text(EVENTS, encoding="utf-8")
    return folder


def test_whoever_withdrew_or_ran_out_is_withheld_and_the_registry_is_not_gated(
    cli: Cli, consented: Path, tmp_path: Path
) -> None:
    answer = _gate(cli, consented, tmp_path / "run")
    assert answer["partitions"] == {"train": 6, "retrieve": 0, "withheld": 2}
    assert {"name": "consent.csv", "reason": "the consent registry"} in answer["coverage"][
        "notGated"
    ]
    assert [file["name"] for file in answer["coverage"]["files"]] == ["rows.jsonl"]
    withheld = pl.read_parquet(tmp_path / "run" / "withheld.parquet")
    assert withheld["row"].to_list() == ["rows.jsonl:2", "rows.jsonl:4"]
    for row, status in (("rows.jsonl:2", "withdrawn"), ("rows.jsonl:4", "expired")):
        explained = cli("explain", tmp_path / "run", row)
        assert "consent-not-given" in explained.stdout
        assert f"because consent.status is {status}" in explained.stdout


def test_as_of_an_earlier_day_everybody_had_agreed(
    cli: Cli, consented: Path, tmp_path: Path
) -> None:
    answer = _gate(cli, consented, tmp_path / "run", "--as-of", "2025-06-01")
    assert answer["partitions"] == {"train": 8, "retrieve": 0, "withheld": 0}


def _gate(cli: Cli, data: Path, out: Path, *more: str) -> Any:
    done = cli("gate", data, "--out", out, "--json", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
