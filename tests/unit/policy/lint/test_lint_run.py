"""All checks together: places, complaints of the reader, and a budget that runs out."""

from datetime import date

import pytest

from govgate.policy.lint import run
from govgate.policy.lint.finding import Severity
from govgate.policy.lint.registry import CHECKS
from govgate.policy.lint.run import lint
from govgate.policy.search.satisfy import Budget

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
TODAY = date(2026, 11, 25)
FAULTY = (
    HEAD
    + """rules:
  - {id: a, when: {all: [{license.class: academic}, {license.class: permissive}]},
     then: {train: deny}}
  - {id: b, when: {license.class: permissive}, then: {train: allow}}
  - {id: c, when: {license.class: known}, then: {train: deny}}
  - {id: d, when: always, then: {retrieve: deny}}
"""
)


def test_findings_come_in_the_files_order_and_each_once():
    report = lint(FAULTY.encode(), "acme.yaml", today=TODAY)
    places = [(finding.line, finding.column) for finding in report.findings]
    assert places == sorted(places)
    assert len(set(report.findings)) == len(report.findings)
    assert report.worst is Severity.ERROR


def test_complaints_of_the_reader_are_findings():
    source = FAULTY.replace("academic", "acadmic").replace("known", "knwon")
    report = lint(source.encode(), "acme.yaml", today=TODAY)
    assert not report.readable
    assert [(f.line, f.column, f.check) for f in report.findings] == [
        (6, 42, "unreadable"),
        (9, 35, "unreadable"),
    ]
    assert "did you mean academic?" in report.findings[0].message


@pytest.mark.parametrize("source", [b"", b"\xff\xfe", b"a: [", b"x" * 6_000_000])
def test_what_is_no_policy_at_all_is_a_finding(source):
    report = lint(source, "acme.yaml", today=TODAY)
    assert not report.readable
    assert report.findings


def test_a_check_without_budget_says_that_it_gave_up_and_claims_nothing(monkeypatch):
    searching = {"never-matches", "contradicts", "shadowed", "nothing-decides"}
    whole = lint(FAULTY.encode(), "acme.yaml", today=TODAY)
    assert whole.gave_up == ()
    assert {"never-matches", "contradicts"} <= {finding.check for finding in whole.findings}
    monkeypatch.setattr(run, "Budget", lambda: Budget(1))
    hurried = lint(FAULTY.encode(), "acme.yaml", today=TODAY)
    assert searching <= set(hurried.gave_up)
    assert searching.isdisjoint(finding.check for finding in hurried.findings)


def test_every_check_has_an_id_of_its_own_and_says_what_it_looks_for():
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert all(len(check.help) > 40 for check in CHECKS)
