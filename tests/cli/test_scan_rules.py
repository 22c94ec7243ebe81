"""The `scan` part of a policy, through the whole gate: what it finds, takes out, skips, fails."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import ROOT, Cli, write_data

ROWS: list[dict[str, object]] = [
    {"prompt": "Write to help@acme.example about badge EMP-123456.", "completion": "Yes."},
    {"prompt": "Write to jane.doe@example.com about Project Larch.", "completion": "Yes."},
    {"prompt": "Is the sample number 536-22-8726 right?", "completion": "No."},
    {"prompt": "What is it called?", "completion": "A lamp.", "author": "xX_wolf_Xx"},
    {"prompt": "Where is it?", "completion": "On the shelf.", "url": "https://acme.example/a/b"},
    *({"prompt": f"How tall is lamp {n}?", "completion": "A foot."} for n in range(9)),
]
RULES = r"""
  patterns:
    - {id: badge, entity: ACME_BADGE, pattern: '\bEMP-[0-9]{6}\b', score: 0.3, context: [badge]}
  deny:
    - {id: codenames, entity: ACME_CODENAME, words: [Project Larch]}
  allow:
    - {id: own-address, entities: [EMAIL_ADDRESS], values: [help@acme.example], why: ours}
  exclusions:
    - {id: samples, entities: [US_SSN], near: {words: [sample number], before: 20}, why: made up}
  fields:
    - {id: own-pages, fields: [url], skip: our own pages}
    - {id: authors, fields: [author], holds: PERSON}
"""


def policy(tmp_path: Path, rules: str = RULES) -> Path:
    text = (ROOT / "policies" / "default" / "policy.yaml").read_text(encoding="utf-8")
    head, tail = text.split("scan:\n  threshold: 0.4", 1)
    tail = tail.split("\n", 1)[1]
    entities = "{pii.entities: {any: [ACME_BADGE, ACME_CODENAME]}}"
    rule = f"  - {{id: acme, when: {entities}, then: {{train: redact, retrieve: redact}}}}\n"
    path = tmp_path / "policy.yaml"
    new = tail.replace("rules:\n", "rules:\n" + rule if "ACME_BADGE" in rules else "rules:\n", 1)
    path.write_text(f"{head}scan:\n  threshold: 0.4\n{rules}{new}", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ruled(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    top = tmp_path_factory.mktemp("ruled")
    data = write_data(top / "data", ROWS)
    done = cli("gate", data, "--policy", policy(top), "--out", top / "run", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    return top / "run", json.loads(done.stdout)


def of(run: Path, row: int) -> list[dict[str, Any]]:
    findings = pl.read_parquet(run / "findings.parquet")
    return findings.filter(pl.col("row") == f"rows.jsonl:{row}").to_dicts()


def test_a_pattern_is_found_and_its_context_word_raises_its_score(ruled: Any) -> None:
    (badge,) = [f for f in of(ruled[0], 1) if f["entity"] == "ACME_BADGE"]
    assert (badge["recognizer"], badge["score"]) == ("badge", 0.65)


def test_what_was_found_by_the_policys_own_pattern_and_list_is_redacted(ruled: Any) -> None:
    trained = (ruled[0] / "train" / "rows.jsonl").read_text()
    assert "EMP-123456" not in trained
    assert "Project Larch" not in trained
    assert "<ACME_CODENAME" in trained


def test_an_allowed_address_stays_and_another_is_redacted(ruled: Any) -> None:
    trained = (ruled[0] / "train" / "rows.jsonl").read_text()
    assert "help@acme.example" in trained
    assert "jane.doe@example.com" not in trained


def test_what_a_rule_takes_out_stays_visible_under_its_name(ruled: Any) -> None:
    run, answer = ruled
    assert [f["excluded"] for f in of(run, 1) if f["entity"] == "EMAIL_ADDRESS"] == ["own-address"]
    assert {"samples"} == {f["excluded"] for f in of(run, 3) if f["entity"] == "US_SSN"}
    assert answer["excluded"]["own-address"] == 1


def test_what_a_field_holds_is_personal_whatever_it_looks_like(ruled: Any) -> None:
    (held,) = [f for f in of(ruled[0], 4) if f["pointer"] == "/author"]
    assert (held["entity"], held["recognizer"], held["end"]) == ("PERSON", "authors", 10)
    assert "xX_wolf_Xx" not in (ruled[0] / "train" / "rows.jsonl").read_text()


def test_a_skipped_field_is_counted_under_the_policys_rule(ruled: Any) -> None:
    run, answer = ruled
    told = answer["coverage"]["skipped"]["policy:own-pages"]
    assert told == {"strings": 1, "characters": len("https://acme.example/a/b")}
    assert [f for f in of(run, 5) if f["pointer"] == "/url"] == []
    text = answer["coverage"]["characters"]
    parts = [tally["characters"] for tally in answer["coverage"]["skipped"].values()]
    assert text["read"] == text["scanned"] + sum(parts)


def test_explain_says_what_took_a_finding_out(cli: Cli, ruled: Any) -> None:
    done = cli("explain", ruled[0], "rows.jsonl:1")
    assert "taken out by the policy's own-address" in done.stdout


def test_the_run_verifies(cli: Cli, ruled: Any) -> None:
    assert cli("verify", ruled[0]).returncode == 0


def test_a_field_name_is_context_for_what_stands_in_it(cli: Cli, tmp_path: Path) -> None:
    rows = [{"ssn": "536228726"}, {"total": "536228726"}]
    data = write_data(tmp_path / "data", rows)
    assert cli("scan", data, "--out", tmp_path / "scan").returncode == 0
    found = pl.read_parquet(tmp_path / "scan" / "findings.parquet")
    scores = found.filter(pl.col("entity") == "US_SSN").select("row", "score").rows()
    by_row = dict(scores)
    assert by_row["rows.jsonl:1"] >= 0.4 > by_row.get("rows.jsonl:2", 0)


def test_a_pattern_that_does_not_compile_is_named_at_its_line(cli: Cli, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", ROWS)
    path = policy(tmp_path, "  patterns:\n    - {id: a, entity: ACME_X, pattern: 'EMP-['}\n")
    line = path.read_text().split("EMP-[")[0].count("\n") + 1
    done = cli("gate", data, "--policy", path, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert f"policy.yaml:{line}:" in done.stderr
    assert "is no regular expression" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pattern_that_runs_out_of_time_fails_its_row_alone(cli: Cli, tmp_path: Path) -> None:
    rows = [{"prompt": "x" * 3 + "a" * 60 + "y", "completion": "fine"}, *ROWS[3:]]
    data = write_data(tmp_path / "data", rows)
    slow = "  patterns:\n    - {id: slow, entity: ACME_X, pattern: '(?:a|aa)+[^a]?(?<=z)'}\n"
    done = cli("gate", data, "--policy", policy(tmp_path, slow), "--out", tmp_path / "run")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "'slow'" in done.stdout
    assert "aaaa" not in done.stdout + done.stderr
    coverage = json.loads((tmp_path / "run" / "coverage.json").read_text())
    assert coverage["failed"] == {"pattern-timed-out": {"rows": 1, "strings": 1, "characters": 64}}


def test_a_language_without_a_pipeline_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", ROWS)
    done = cli(
        "gate",
        data,
        "--policy",
        policy(tmp_path, "  languages: [en, xx]\n"),
        "--out",
        tmp_path / "r",
    )
    assert done.returncode == 2
    assert "xx" in done.stderr
    assert "pipelines" in done.stderr


def test_a_model_for_a_language_that_nobody_looks_at_is_refused(cli: Cli, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", ROWS)
    with (data / "govgate.yaml").open("a") as file:
        file.write(
            "scan: {models: [{kind: gliner, folder: m, labels: {a: PERSON}, language: de}]}\n"
        )
    done = cli("scan", data, "--out", tmp_path / "scan")
    assert done.returncode == 2
    assert "language 'de'" in done.stderr


def test_an_identifier_of_a_country_that_is_not_looked_for_says_which(
    cli: Cli, tmp_path: Path
) -> None:
    data = write_data(tmp_path / "data", ROWS)
    asked = policy(tmp_path, "  entities: [DE_PLZ, PERSON]\n")
    done = cli("scan", data, "--policy", asked, "--out", tmp_path / "scan")
    assert done.returncode == 2
    assert "scan.countries names de" in done.stderr
