"""Policies in which ¦ marks where a check must find something; without a mark, nothing."""

from collections.abc import Callable
from datetime import date

import pytest

from govgate.policy.lint.finding import Report
from govgate.policy.lint.run import lint

MARK = "¦"
TODAY = date(2026, 11, 25)
HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
Agrees = Callable[..., Report]


def linted(text, today=TODAY, produced=None):
    return lint(text.encode(), "acme.yaml", today=today, produced=produced)


def marks(text):
    """Places of the marks, as they are once the marks are gone."""
    places = []
    for line, row in enumerate(text.split("\n"), 1):
        parts = row.split(MARK)
        ends = (sum(map(len, parts[:count])) + 1 for count in range(1, len(parts)))
        places += [(line, end) for end in ends]
    return places


@pytest.fixture
def agrees() -> Agrees:
    """``agrees(CHECK, RULES, head=…, rest=…)``: CHECK speaks just at the marks; the report."""

    def check(name, rules, head=HEAD, rest="", **named):
        text = f"{head}rules:\n{rules.strip(chr(10))}\n{rest}"
        report = linted(text.replace(MARK, ""), **named)
        assert report.gave_up == ()
        found = [(f.line, f.column) for f in report.findings if f.check == name]
        assert found == marks(text), [f for f in report.findings if f.check == name]
        return report

    return check
