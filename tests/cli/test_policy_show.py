"""`govgate policy show`: a policy as prose."""

import json
import re
from pathlib import Path

import pytest

from govgate.policy.load import default_policy
from tests.cli.conftest import ROOT, Cli, write_data


def test_every_rule_of_the_default_policy_is_told(cli: Cli) -> None:
    done = cli("policy", "show", "default")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("default, version 1\n")
    policy = default_policy()
    for rule in policy.rules:
        assert f"\n{rule.id}: {rule.title}\n" in done.stdout
    flat = " ".join(done.stdout.split())
    assert "may not be used from 2027-12-31 on" in flat
    assert "(c) the person's consent is requested or unknown" in flat
    assert "GDPR art. 7(3)" in flat
    assert "the share of rows that may be trained on must be at least 0.5 (train.share)" in flat


def test_one_rule_is_told_whole_and_a_whole_policy_cuts_long_lists(cli: Cli) -> None:
    whole = cli("policy", "show", "default").stdout
    assert re.search(r"or\s+171\s+more", whole)
    assert "VN_MST" not in whole
    one = cli("policy", "show", "default", "--rule", "direct-identifiers").stdout
    assert "VN_MST" in one
    assert "license-open" not in one
    assert "VN_MST" in cli("policy", "show", "default", "--markdown").stdout


def test_it_keeps_to_a_narrow_terminal_and_to_readable_lines(cli: Cli) -> None:
    wide, narrow = (
        cli("policy", "show", "default", env={"COLUMNS": columns}).stdout
        for columns in ("200", "78")
    )
    longest = [
        max(len(line) for line in text.splitlines() if line[:1] == " ") for text in (wide, narrow)
    ]
    assert 78 < longest[0] <= 88
    assert longest[1] <= 78
    assert wide.split() == narrow.split()


def test_json_holds_each_rule_in_words(cli: Cli) -> None:
    answer = json.loads(cli("policy", "show", "default", "--json").stdout)
    assert answer["purposes"][0] == "pretraining"
    rules = {rule["id"]: rule for rule in answer["rules"]}
    assert list(rules) == [rule.id for rule in default_policy().rules]
    academic = rules["license-academic"]
    assert academic["when"] == ["the class of the licence is known to be academic"]
    assert academic["train"] == "denied"
    assert academic["retrieve"] == "allowed"
    assert set(answer["facts"]) >= {"license.class", "pii.entities", "consent.basis"}


def test_an_unknown_rule_is_refused_with_a_suggestion(cli: Cli) -> None:
    done = cli("policy", "show", "default", "--rule", "person-name")
    assert done.returncode == 2
    assert "has no rule 'person-name' (did you mean person-names?)" in done.stderr
    assert done.stdout == ""


def test_a_policy_that_lets_more_through_than_its_base_says_so(cli: Cli, tmp_path: Path) -> None:
    child = tmp_path / "child.yaml"
    child.write_text(
        "policy: child\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
        "extends: default\nwithout: [person-names]\n"
    )
    done = cli("policy", "show", child)
    assert done.returncode == 0, done.stderr
    flat = " ".join(done.stdout.split())
    assert "extends default, version 1; LETS MORE THROUGH: rule person-names is left out" in flat


def test_a_change_that_a_floor_was_proved_to_bear_is_not_called_looser(
    cli: Cli, tmp_path: Path
) -> None:
    pytest.importorskip("z3")
    head = "version: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
    rules = "rules:\n  - {id: few, when: {pii.count: '>= 3'}, then: {train: deny}}\n"
    (tmp_path / "base.yaml").write_text(f"policy: base\n{head}floor: true\n{rules}")
    child = tmp_path / "child.yaml"
    child.write_text(f"policy: child\n{head}extends: base.yaml\n{rules.replace('>= 3', '> 2')}")
    flat = " ".join(cli("policy", "show", child).stdout.split())
    assert "LETS MORE THROUGH" not in flat
    assert "lets nothing more through, which was proved in spite of: rule few when" in flat
    data = write_data(tmp_path / "data")
    gated = cli("gate", data, "--policy", child, "--out", tmp_path / "run").stdout
    assert "LOOSER" not in gated
    assert "proved to let nothing more through, in spite of: rule few when" in gated


def test_the_page_shows_what_the_command_prints(cli: Cli) -> None:
    page = (ROOT / "docs/policy.md").read_text(encoding="utf-8")
    shown = page.partition("$ govgate policy show default --rule license-academic\n")[2]
    shown = shown.partition("```")[0]
    printed = cli("policy", "show", "default", "--rule", "license-academic").stdout
    assert shown
    assert printed.startswith(shown)


def test_a_rules_law_is_told_with_its_days_and_where_it_stands(cli: Cli, tmp_path: Path) -> None:
    told = " ".join(cli("policy", "show", "gdpr", "--rule", "special-categories").stdout.split())
    assert (
        "law GDPR art. 9(1) (EU), from 2018-05-25 on; text last read on 2026-11-29: https" in told
    )
    listed = cli("policy", "show", "gdpr", "--rule", "special-categories", "--markdown").stdout
    assert "- **law**: GDPR art. 9(1) (EU), from 2018-05-25 on" in listed
    assert "  law " not in cli("policy", "show", "default").stdout
    unread = tmp_path / "policy.yaml"
    unread.write_text(
        "policy: acme\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\nrules:\n"
        "  - id: a\n    when: always\n    then: {train: deny}\n"
        "    law: {jurisdiction: DE, article: s. 44b UrhG, effective: 2021-06-07,\n"
        '      source: "https://www.gesetze-im-internet.de/urhg/__44b.html"}\n'
    )
    told = " ".join(cli("policy", "show", unread).stdout.split())
    assert "s. 44b UrhG (DE), from 2021-06-07 on; text not read: https" in told
