"""`govgate policy lint` as a user runs it."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

HEAD = "policy: acme\nversion: 1\nexpires: 2027-12-31\npurposes: [fine-tuning]\n"
CLEAN = """\
rules:
  - id: open
    title: Permissive rows
    cites: [Apache-2.0 s. 2]
    when: {license.class: permissive, consent.basis: contract}
    then: {train: allow, retrieve: allow}
  - id: rest
    title: No other row
    cites: [2019/790]
    when: {any: [{not: {license.class: permissive}}, {not: {consent.basis: contract}}]}
    then: {train: deny, retrieve: deny}
    remedy: ask
  - id: names
    title: Names are replaced
    when: {pii.entities: {any: [PERSON]}}
    then: {train: redact, retrieve: redact}
"""
NOTED = CLEAN.replace("    title: No other row\n", "")
WARNED = CLEAN.replace("[PERSON]", "[PERSON, PERSON]")
BROKEN = CLEAN.replace("remedy: ask", "remdy: ask").replace("train: redact", "train: reedact")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return tmp_path / "acme.yaml"


def write(policy: Path, rules: str) -> Path:
    policy.write_text(HEAD + rules, encoding="utf-8")
    return policy


def lint(cli: Cli, policy: Path, *options: object) -> "tuple[int, str]":
    done = cli("policy", "lint", policy, "--as-of", "2026-11-25", *options, cwd=policy.parent)
    assert "internal error" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_the_shipped_policy_has_nothing_worse_than_notes(cli: Cli) -> None:
    done = cli("policy", "lint", "default", "--json", "--as-of", "2026-11-25")
    assert done.returncode == 0, done.stdout
    (told,) = json.loads(done.stdout)["policies"]
    assert told["gave_up"] == []
    assert {finding["severity"] for finding in told["findings"]} <= {"note"}


@pytest.mark.parametrize(
    ("rules", "code", "strict"), [(CLEAN, 0, 0), (NOTED, 0, 1), (WARNED, 1, 1), (BROKEN, 2, 2)]
)
def test_the_exit_code_says_how_bad_it_is(
    cli: Cli, policy: Path, rules: str, code: int, strict: int
) -> None:
    write(policy, rules)
    assert lint(cli, policy)[0] == code
    assert lint(cli, policy, "--strict")[0] == strict


def test_a_finding_has_its_place_its_check_and_what_to_do(cli: Cli, policy: Path) -> None:
    _, printed = lint(cli, write(policy, WARNED))
    lines = printed.splitlines()
    place = f"{policy}:19:41: warning: 'PERSON' stands in this list already [repeated-word]"
    assert place in lines
    assert lines[lines.index(place) + 1].strip() == "remove it; `--fix` does so"
    assert lines[-1] == f"{policy}: 0 errors, 1 warning, 0 notes"


def test_what_the_reader_refuses_is_a_finding_too(cli: Cli, policy: Path) -> None:
    code, printed = lint(cli, write(policy, BROKEN), "--json")
    assert code == 2
    (told,) = json.loads(printed)["policies"]
    assert told["readable"] is False
    assert [(f["line"], f["column"], f["check"]) for f in told["findings"]] == [
        (16, 5, "unreadable"),
        (20, 19, "unreadable"),
    ]
    assert "did you mean remedy?" in told["findings"][0]["message"]


def test_fix_says_what_it_changed_and_changes_nothing_else(cli: Cli, policy: Path) -> None:
    broken = BROKEN.replace("[PERSON]", "[PERSON, PERSON]").replace("ask", "ask  # whom?")
    write(policy, broken)
    os.chmod(policy, 0o640)
    code, printed = lint(cli, policy, "--fix")
    assert code == 0, printed
    assert policy.read_text(encoding="utf-8") == HEAD + CLEAN.replace("ask", "ask  # whom?")
    assert f"fixed   {policy}:16:5: remdy -> remedy" in printed
    assert f"fixed   {policy}:20:19: reedact -> redact" in printed
    assert policy.stat().st_mode & 0o777 == 0o640


def test_fix_leaves_a_file_without_faults_alone(cli: Cli, policy: Path) -> None:
    write(policy, CLEAN)
    before = policy.stat()
    assert lint(cli, policy, "--fix")[0] == 0
    assert policy.stat().st_mtime_ns == before.st_mtime_ns


def test_a_shipped_policy_is_never_edited(cli: Cli) -> None:
    done = cli("policy", "lint", "default", "--fix")
    assert done.returncode == 2
    assert "shipped" in done.stderr


def test_the_configuration_beside_the_policy_is_used_and_another_can_be_named(
    cli: Cli, policy: Path, tmp_path: Path
) -> None:
    write(policy, CLEAN)
    assert lint(cli, policy)[0] == 0
    (tmp_path / "govgate.yaml").write_text("sources: []\n", encoding="utf-8")
    code, printed = lint(cli, policy)
    assert code == 1
    assert "[fact-not-produced]" in printed
    other = tmp_path / "other.yaml"
    other.write_text(
        "sources: [{files: '**', name: x, consent_basis: contract}]\n", encoding="utf-8"
    )
    assert lint(cli, policy, "--config", other)[0] == 0


def test_the_day_decides_what_has_expired(cli: Cli, policy: Path) -> None:
    write(policy, CLEAN)
    done = cli("policy", "lint", policy, "--as-of", "2027-12-31")
    assert done.returncode == 1
    assert "[expired]" in done.stdout


def test_a_policy_that_extends_another_is_told_of_its_own_rules_alone(
    cli: Cli, policy: Path
) -> None:
    policy.write_text(
        HEAD + "extends: default\nrules:\n  - id: mine\n"
        "    when: {all: [{license.class: academic}, {license.class: permissive}]}\n"
        "    then: {train: deny}\n",
        encoding="utf-8",
    )
    code, printed = lint(cli, policy)
    assert code == 1
    assert f"{policy}:8:5: error: rule mine can never match" in printed
    assert "person-names" not in printed


def test_several_policies_are_one_answer(cli: Cli, policy: Path, tmp_path: Path) -> None:
    write(policy, CLEAN)
    other = write(tmp_path / "other.yaml", WARNED)
    done = cli("policy", "lint", policy, other, "--as-of", "2026-11-25")
    assert done.returncode == 1
    assert f"{policy}: 0 errors, 0 warnings, 0 notes" in done.stdout
    assert f"{other}: 0 errors, 1 warning, 0 notes" in done.stdout


def test_sarif_has_a_rule_for_each_check_and_a_place_for_each_finding(
    cli: Cli, policy: Path
) -> None:
    write(policy, WARNED)
    code, _ = lint(cli, policy, "--sarif", policy.parent / "lint.sarif")
    assert code == 1
    log = json.loads((policy.parent / "lint.sarif").read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]
    (result,) = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "repeated-word"
    assert result["level"] == "warning"
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "acme.yaml"}
    assert location["region"] == {"startLine": 19, "startColumn": 41}
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)


def test_every_check_has_its_heading_in_the_documentation() -> None:
    from govgate.policy.lint.registry import CHECKS

    page = Path(__file__).resolve().parents[2] / "docs" / "lint.md"
    headings = [
        line.removeprefix("### ").strip("`")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("### ")
    ]
    assert sorted(headings) == sorted(check.id for check in CHECKS)
    assert len(set(headings)) == len(headings)


def test_what_is_meant_is_ignored_by_its_check_and_still_counted(cli: Cli, policy: Path) -> None:
    code, printed = lint(cli, write(policy, WARNED), "--ignore", "repeated-word")
    assert code == 0
    assert "[repeated-word]" not in printed
    assert printed.endswith("0 errors, 0 warnings, 0 notes, 1 ignored\n")


def test_an_error_is_never_ignored(cli: Cli, policy: Path) -> None:
    code, printed = lint(cli, write(policy, BROKEN), "--ignore", "unreadable")
    assert code == 2
    assert "[unreadable]" in printed


def test_a_check_that_does_not_exist_cannot_be_ignored(cli: Cli, policy: Path) -> None:
    done = cli("policy", "lint", write(policy, CLEAN), "--ignore", "repeted-word")
    assert done.returncode == 2
    assert "did you mean repeated-word?" in done.stderr
