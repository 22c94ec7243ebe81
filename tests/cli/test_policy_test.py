"""`govgate policy test`: cases, coverage, mutation score, and what makes it fail."""

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Cli

POLICY = """policy: acme
version: 1
expires: 2099-06-30
purposes: [fine-tuning]
rules:
  - id: open
    when: {license.class: permissive}
    then: {train: allow, retrieve: allow}
  - id: many
    when: {pii.count: ">= 3"}
    then: {train: deny}
"""
CASES = """policy: acme
given: {license.class: permissive, pii.count: 0}
cases:
  - name: an open row is used
    rule: open
    expect: {train: allow, retrieve: allow, reasons: [open]}
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    (tmp_path / "policy.yaml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "cases.yaml").write_text(CASES, encoding="utf-8")
    return tmp_path


def test_the_shipped_policy_passes_its_own_cases(cli: Cli) -> None:
    asked = ("--min-coverage", "1", "--min-mutation", "0.9")
    done = cli("policy", "test", "default", *asked, "--json")
    assert done.returncode == 0, done.stdout
    answer = json.loads(done.stdout)
    assert answer["policy"] == "default"
    assert answer["failed"] == 0
    assert answer["unmet"] == []
    assert len(answer["cases"]) >= 10
    assert answer["coverage"] == 1.0
    assert answer["coverage_detail"]["condition_share"] == 1.0
    assert answer["mutation_score"] >= 0.95
    mutants = answer["mutants"]
    assert mutants["total"] == mutants["killed"] + len(mutants["survived"])
    assert answer["mutation_score"] == mutants["killed"] / mutants["total"]


def test_a_policy_that_says_something_else_fails_its_cases_by_name(
    cli: Cli, tmp_path: Path
) -> None:
    from govgate.policy.packs import pack_path

    folder = shutil.copytree(pack_path("default"), tmp_path / "mine")
    policy = folder / "policy.yaml"
    old = "when: {license.class: [permissive, public-domain]}\n    then: {train: allow,"
    text = policy.read_text(encoding="utf-8")
    assert old in text
    policy.write_text(text.replace(old, old.replace("allow", "deny")), encoding="utf-8")
    done = cli("policy", "test", folder)
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL  ")
    assert "license-open" in done.stdout


def test_an_identifier_that_gets_lost_is_a_case_that_fails(cli: Cli, tmp_path: Path) -> None:
    from govgate.policy.packs import pack_path

    folder = shutil.copytree(pack_path("default"), tmp_path / "mine")
    policy = folder / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace(" US_SSN,", "").replace(" IBAN_CODE,", ""), encoding="utf-8")
    done = cli("policy", "test", folder, "--no-mutants")
    assert done.returncode == 1
    assert "without a declared basis: US_SSN" in done.stdout
    assert "without a declared basis: IBAN_CODE" in done.stdout


def test_what_no_case_covers_or_notices_is_said(cli: Cli, acme: Path) -> None:
    done = cli("policy", "test", acme)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 cases pass" in done.stdout
    assert "rules decided 1 of 2, conditions 0 of 2" in done.stdout
    assert "many: decided in no case" in done.stdout
    assert "was never true" in done.stdout
    assert "mutation score 0." in done.stdout
    assert "many: if it were missing, no case would notice; add a case that" in done.stdout


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--min-coverage", "0.5"), 0, "1 of 1 cases pass"),
        (("--min-coverage", "0.51"), 1, "FAIL  rule coverage is 0.50, below 0.51"),
        (("--min-mutation", "0.1"), 0, "1 of 1 cases pass"),
        (("--min-mutation", "1"), 1, "FAIL  mutation score is 0."),
    ],
)
def test_a_figure_below_what_was_asked_for_fails(
    cli: Cli, acme: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    done = cli("policy", "test", acme, *options)
    assert done.returncode == code, done.stdout
    assert said in done.stdout
    unmet = json.loads(cli("policy", "test", acme, *options, "--json").stdout)["unmet"]
    assert len(unmet) == code


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--min-coverage", "nan"), "not a number from 0 to 1"),
        (("--min-mutation", "95"), "not a number from 0 to 1"),
        (("--min-mutation", "0.9", "--no-mutants"), "--min-mutation needs the mutants"),
        (("--cases", "nowhere.yaml"), "nowhere.yaml: there are no cases"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    cli: Cli, acme: Path, options: tuple[str, ...], said: str
) -> None:
    done = cli("policy", "test", acme, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "a policy without cases is not tested"),
        ("", "the file is empty"),
        ("policy: acme\n", "key 'cases' is missing"),
        ("policy: acme\ncases: []\n", "must not be empty"),
    ],
)
def test_a_policy_without_cases_is_a_failure(
    cli: Cli, acme: Path, content: str | None, said: str
) -> None:
    (acme / "cases.yaml").unlink()
    if content is not None:
        (acme / "cases.yaml").write_text(content, encoding="utf-8")
    done = cli("policy", "test", acme)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_without_mutants_there_is_no_score(cli: Cli, acme: Path) -> None:
    answer = json.loads(cli("policy", "test", acme, "--no-mutants", "--json").stdout)
    assert answer["mutation_score"] is answer["mutants"] is None
    assert "mutation" not in cli("policy", "test", acme, "--no-mutants").stdout


def _junit(cli: Cli, folder: Path, *options: str) -> tuple[int, ElementTree.Element]:
    file = folder / "junit.xml"
    done = cli("policy", "test", folder, "--junit", file, *options)
    return done.returncode, ElementTree.parse(file).getroot()


def test_junit_has_a_case_for_each_case_and_the_figures(cli: Cli, acme: Path) -> None:
    code, root = _junit(cli, acme)
    assert code == 0
    (suite,) = root
    assert root.tag == "testsuites"
    assert _counts(root) == _counts(suite) == ("acme", "1", "0", "0")
    assert float(suite.attrib["time"]) >= 0
    values = {one.attrib["name"]: one.attrib["value"] for one in suite.iter("property")}
    assert (values["coverage"], values["condition_coverage"]) == ("0.5000", "0.0000")
    assert 0 < float(values["mutation_score"]) < 1
    (case,) = suite.iter("testcase")
    assert case.attrib == {"classname": "acme.open", "name": "an open row is used", "time": "0"}
    assert "many: if it were missing, no case would notice" in (suite.findtext("system-out") or "")


def test_junit_has_a_failure_for_all_that_ends_in_exit_code_1(cli: Cli, acme: Path) -> None:
    cases = (
        CASES.replace("train: allow", "train: deny")
        .replace("an open", '"a <b>&')
        .replace("row is used", 'row is used"')
    )
    (acme / "cases.yaml").write_text(cases, encoding="utf-8")
    code, root = _junit(cli, acme, "--min-coverage", "1")
    assert code == 1
    assert _counts(root[0]) == ("acme", "2", "2", "0")
    case, coverage = root.iter("testcase")
    assert case.attrib["name"] == "a <b>& row is used"
    assert case.findtext("failure") == "train is allow, expected deny"
    assert coverage.attrib["name"] == "rule coverage is at least 1"
    assert coverage.findtext("failure") == "rule coverage is 0.0000, below 1"


def _counts(element: ElementTree.Element) -> tuple[Any, ...]:
    return tuple(element.attrib[name] for name in ("name", "tests", "failures", "errors"))


def test_a_case_cannot_steer_the_terminal(cli: Cli, acme: Path) -> None:
    cases = CASES.replace("an open row is used", r'"a\e[31m"')
    (acme / "cases.yaml").write_text(cases, encoding="utf-8")
    done = cli("policy", "test", acme)
    assert done.returncode == 2
    assert "U+001B, which steers a terminal" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
