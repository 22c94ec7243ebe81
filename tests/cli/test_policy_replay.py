"""`govgate policy replay`: the rows that another policy would move, without a scan."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from govgate.policy.load import default_policy
from tests.cli.conftest import Cli, Gated, assert_silent, write_data

DEFAULT = default_policy().source.decode()


def write(folder: Path, text: str) -> Path:
    assert text != DEFAULT
    path = folder / "other.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def answer(cli: Cli, run: Path, policy: object, *more: object) -> dict[str, object]:
    done = cli("policy", "replay", run, "--policy", policy, "--json", *more)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("which", ["gated", "retrieval_only"])
def test_with_the_same_policy_it_is_the_record(
    cli: Cli, which: str, request: pytest.FixtureRequest
) -> None:
    run = request.getfixturevalue(which)
    found = answer(cli, run, run / "policy.yaml")
    assert (found["moved"], found["unknown"], found["moves"]) == (0, 0, [])
    assert found["before"] == found["after"]
    verdicts = pl.read_parquet(run / "verdicts.parquet")
    for partition in ("train", "retrieve", "withheld"):
        rows = verdicts.filter(pl.col("partition") == partition).height
        assert found["after"]["counts"][partition] == rows


@pytest.mark.parametrize("threshold", ["0.9", "0.01"])
def test_another_threshold_counts_as_a_gate_would_count(
    cli: Cli, secretive: Gated, tmp_path: Path, threshold: str
) -> None:
    policy = write(tmp_path, DEFAULT.replace("threshold: 0.4", f"threshold: {threshold}"))
    found = answer(cli, secretive.run, policy)
    data = write_data(tmp_path / "data", _rows(secretive))
    done = cli("gate", data, "--out", tmp_path / "run", "--policy", policy, "--json")
    gate = json.loads(done.stdout)
    assert found["unknown"] == 0
    assert found["after"]["outcome"] == gate["outcome"]
    counts = found["after"]["counts"]
    assert {name: counts[name] for name in gate["partitions"]} == gate["partitions"]
    assert counts["redacted"] == gate["redacted"]


def test_a_stricter_rule_moves_its_rows_and_says_why(
    cli: Cli, secretive: Gated, tmp_path: Path
) -> None:
    when = "{pii.entities: {any: [EMAIL_ADDRESS]}}"
    rule = f"rules:\n  - {{id: no-mail, when: {when}, then: {{train: deny}}}}\n"
    policy = write(tmp_path, DEFAULT.replace("rules:\n", rule, 1))
    found = answer(cli, secretive.run, policy, "--samples", "1")
    (move,) = found["moves"]
    assert (move["direction"], move["rows"]) == ("stricter", 2)
    assert {"rule": "no-mail", "use": "train", "effect": "deny", "now": True, "rows": 2} in move[
        "because"
    ]
    assert move["samples"] == ["rows.jsonl:1"]
    text = cli("policy", "replay", secretive.run, "--policy", policy).stdout
    assert "no-mail  (train: deny now)" in text
    assert "such as  rows.jsonl:1, rows.jsonl:23" in text
    assert_silent(text, "replay")


def test_what_was_not_looked_for_is_unknown_and_never_guessed(
    cli: Cli, secretive: Gated, tmp_path: Path
) -> None:
    policy = write(tmp_path, DEFAULT.replace("scan:\n", "scan:\n  countries: [de]\n", 1))
    found = answer(cli, secretive.run, policy)
    total = found["rows"]
    # Rows without a licence are withheld whatever is found in them.
    withheld = found["before"]["counts"]["withheld"]
    assert (found["unknown"], found["moved"]) == (total - withheld, 0)
    assert found["unknownBecause"] == ["scan.countries differs"]
    assert found["after"]["outcome"] == "unknown"
    assert found["bounds"] == {
        "train": [0, total - withheld],
        "retrieve": [0, total - withheld],
        "withheld": [withheld, total],
    }
    text = cli("policy", "replay", secretive.run, "--policy", policy).stdout
    before = found["before"]["counts"]["train"]
    assert f"train      {before} → 0 to {total - withheld}\n" in text
    assert f"moved      0 of {total} rows, and up to {total - withheld} that are unknown" in text


def test_rows_that_may_be_looser_fail_the_command_that_allows_none(
    cli: Cli, secretive: Gated, tmp_path: Path
) -> None:
    unknown = write(tmp_path, DEFAULT.replace("scan:\n", "scan:\n  countries: [de]\n", 1))
    done = cli("policy", "replay", secretive.run, "--policy", unknown, "--fail-on-looser")
    assert done.returncode == 1, done.stderr


def test_a_redaction_less_fails_the_command_though_no_row_moves(cli: Cli, tmp_path: Path) -> None:
    data = tmp_path / "d.jsonl"
    data.write_text(json.dumps({"text": "from anna@acme.org at 10.20.30.40"}) + "\n")
    rule = "- {{id: {0}, when: {{pii.entities: {{any: [{1}]}}}}, then: {{train: redact}}}}\n"
    rules = [rule.format("mail", "EMAIL_ADDRESS"), rule.format("host", "IP_ADDRESS")]
    head = "policy: p\nversion: 1\nexpires: 2099-01-01\npurposes: [fine-tuning]\nrules:\n"
    policies = {"both": rules, "mail": rules[:1]}
    for name, some in policies.items():
        (tmp_path / name).write_text(head + "".join(some))
    run = tmp_path / "run"
    assert cli("gate", data, "--policy", tmp_path / "both", "--out", run).returncode == 0
    found = answer(cli, run, tmp_path / "mail")
    assert (found["moved"], found["droppedObligations"]) == (0, 1)
    for name, code in (("both", 0), ("mail", 1)):
        done = cli("policy", "replay", run, "--policy", tmp_path / name, "--fail-on-looser")
        assert done.returncode == code, done.stdout
    assert "1 row with a redaction or duty less than before" in done.stdout


def test_a_finding_that_no_longer_counts_fails_the_command(cli: Cli, tmp_path: Path) -> None:
    text = (
        "My phone number is 415-555-0132, as said before. In the meantime the people of the port "
        "went on with what they did, and wrote 212-555-0187 upon the wall."
    )
    (tmp_path / "d.jsonl").write_text(json.dumps({"text": text}) + "\n")
    rule = "rules: [{id: a, when: {pii.entities: {any: [PHONE_NUMBER]}}, then: {train: redact}}]\n"
    head = "policy: p\nversion: 1\nexpires: 2099-01-01\npurposes: [fine-tuning]\n"
    (tmp_path / "old").write_text(head + rule)
    (tmp_path / "new").write_text(f"{head}scan: {{thresholds: {{PHONE_NUMBER: 0.6}}}}\n{rule}")
    run = tmp_path / "run"
    done = cli("gate", tmp_path / "d.jsonl", "--policy", tmp_path / "old", "--out", run)
    assert done.returncode == 0, done.stderr
    scores = pl.read_parquet(run / "findings.parquet").filter(entity="PHONE_NUMBER")["score"]
    assert sorted(score > 0.6 for score in scores) == [False, True]
    found = answer(cli, run, tmp_path / "new")
    assert (found["moved"], found["unknown"], found["droppedObligations"]) == (0, 0, 1)


def test_what_failed_may_not_fail_under_a_policy_that_looks_for_less(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "d.jsonl").write_text('{"text": "a mile"}\n{"text": \n')
    head = "policy: p\nversion: 1\nexpires: 2099-01-01\npurposes: [fine-tuning]\n"
    rule = "rules: [{id: a, when: always, then: {train: allow}}]\n"
    pattern = "scan: {patterns: [{id: x, entity: ACME, pattern: 'EMP[0-9]+'}]}\n"
    (tmp_path / "old").write_text(head + pattern + rule)
    (tmp_path / "new").write_text(head + rule)
    run = tmp_path / "run"
    done = cli("gate", tmp_path / "d.jsonl", "--policy", tmp_path / "old", "--out", run)
    assert done.returncode == 4, done.stderr
    for name, code in (("old", 0), ("new", 1)):
        done = cli("policy", "replay", run, "--policy", tmp_path / name, "--fail-on-looser")
        assert done.returncode == code, done.stdout
    assert "what failed in the scan may not fail under the other: scan.patterns" in done.stdout


def test_an_exclusion_leaves_rows_without_findings_known(
    cli: Cli, secretive: Gated, tmp_path: Path
) -> None:
    allow = "scan:\n  allow: [{id: ours, values: [x@y.example], why: our own}]\n"
    policy = write(tmp_path, DEFAULT.replace("scan:\n", allow, 1))
    found = answer(cli, secretive.run, policy)
    verdicts = pl.read_parquet(secretive.run / "verdicts.parquet")
    usable = verdicts.filter(pl.col("partition") != "withheld")["index"]
    findings = pl.read_parquet(secretive.run / "findings.parquet")["index"].unique()
    assert found["unknown"] == usable.is_in(findings.implode()).sum() > 0


def test_moved_rows_are_written_and_a_looser_one_fails_the_command(
    cli: Cli, retrieval_only: Path, tmp_path: Path
) -> None:
    text = DEFAULT.replace("license.class: non-commercial}", "license.class: academic}", 1)
    text = text.replace(
        "[permissive, public-domain]", "[permissive, public-domain, non-commercial]"
    )
    policy = write(tmp_path, text)
    out = tmp_path / "moved.csv"
    done = cli(
        *("policy", "replay", retrieval_only, "--policy", policy),
        *("--out", out, "--fail-on-looser"),
    )
    assert done.returncode == 1, done.stderr
    moved = pl.read_csv(out)
    assert moved["after.partition"].unique().to_list() == ["train"]
    assert f"moved      {moved.height} of 22 rows" in done.stdout
    again = cli("policy", "replay", retrieval_only, "--policy", policy, "--out", out)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    table = tmp_path / "moved.parquet"
    assert not cli(
        "policy", "replay", retrieval_only, "--policy", policy, "--out", table
    ).returncode
    assert pl.read_parquet(table)["row"].equals(moved["row"])


def test_a_stricter_policy_does_not_fail_the_command(cli: Cli, gated: Path, tmp_path: Path) -> None:
    rule = "rules:\n  - {id: nothing, when: always, then: {train: deny, retrieve: deny}}\n"
    policy = write(tmp_path, DEFAULT.replace("rules:\n", rule, 1))
    done = cli("policy", "replay", gated, "--policy", policy, "--fail-on-looser")
    assert done.returncode == 0, done.stderr
    assert "train → blocked" in done.stdout


@pytest.mark.parametrize("what", ["nowhere", "scan"])
def test_what_is_no_run_is_refused(cli: Cli, data: Path, tmp_path: Path, what: str) -> None:
    if what == "scan":
        assert cli("scan", data, "--out", tmp_path / what).returncode == 0
    done = cli("policy", "replay", tmp_path / what, "--policy", "default")
    assert done.returncode == 2
    assert ("is a scan" if what == "scan" else "is not a run directory") in done.stderr


@pytest.mark.parametrize("table", ["facts", "verdicts", "findings"])
@pytest.mark.parametrize("how", ["text", "middle", "other columns"])
def test_a_damaged_run_is_told_as_explain_tells_it(
    cli: Cli, secretive: Gated, tmp_path: Path, table: str, how: str
) -> None:
    run = tmp_path / "run"
    shutil.copytree(secretive.run, run)
    path = run / f"{table}.parquet"
    if how == "text":
        path.write_text("x\n", encoding="utf-8")
    elif how == "middle":
        whole = path.read_bytes()
        path.write_bytes(whole[:4] + b"\xff" * (len(whole) // 4) + whole[4 + len(whole) // 4 :])
    else:
        pl.DataFrame({"other": [1]}).write_parquet(path)
    policy = write(tmp_path, DEFAULT.replace("threshold: 0.4", "threshold: 0.9"))
    done = cli("policy", "replay", run, "--policy", policy)
    assert done.returncode == 4, done.stderr
    assert f"{path}: cannot be read as a table; gate the data again" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("expires: ", "expires: 2020-01-01 # ", "expired on 2020-01-01"),
        ("purposes: ", "purposes: [pretraining] # ", "does not cover fine-tuning"),
        ("version: 1", "version: 2", None),
    ],
)
def test_a_policy_that_a_gate_would_refuse_is_noted(
    cli: Cli, gated: Path, tmp_path: Path, old: str, new: str, why: str | None
) -> None:
    found = answer(cli, gated, write(tmp_path, DEFAULT.replace(old, new, 1)))
    notes = [note for note in found["notes"] if "would refuse it today" in note]
    assert len(notes) == (why is not None)
    assert why is None or why in notes[0]


def test_waivers_that_go_with_the_policy_are_noted_and_left_out(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    policy = write(tmp_path, DEFAULT.replace("policy: default", "policy: acme", 1))
    assert not any("waiver" in note for note in answer(cli, gated, policy)["notes"])
    home = tmp_path / "home"
    assert cli("key", "new", "--home", home).returncode == 0
    made = cli("key", "add", "ann", "--role", "approver", "--home", home)
    assert made.returncode == 0, made.stderr
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    done = cli(
        *("waiver", "grant", "--policy", policy, "--rule", "license-noncommercial"),
        *("--rows", "all", "--ticket", "T-1", "--reason", "agreed", "--until", until),
        *("--max-rows", 5, "--key", "ann", "--home", home),
    )
    assert done.returncode == 0, done.stderr
    notes = answer(cli, gated, policy)["notes"]
    assert any(note.startswith("left out: 1 waiver goes with the policy") for note in notes)


def _rows(gated: Gated) -> list[dict[str, object]]:
    from tests.cli.conftest import SECRETIVE, asking

    return [*SECRETIVE, *asking()]
