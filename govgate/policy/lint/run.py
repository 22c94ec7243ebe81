"""All checks over the bytes of one policy file."""

import re
from collections.abc import Iterator
from datetime import date

from govgate.errors import UsageError
from govgate.policy.lint.finding import Finding, Report, Severity
from govgate.policy.lint.produced import Produced
from govgate.policy.lint.registry import CHECKS, UNREADABLE, Check
from govgate.policy.lint.subject import Subject
from govgate.policy.load import Policy, parse_policy
from govgate.policy.search.satisfy import Budget
from govgate.yamltext import places_of

_PLACED = re.compile(r"(.+?):([0-9]+):([0-9]+): (.*)")


def lint(source: bytes, name: str, *, today: date, produced: Produced | None = None) -> Report:
    """What is wrong with the policy in ``source``; ``name``: what the report calls the file.

    A policy that cannot be read is reported as such, each complaint of the reader a finding.
    """
    try:
        policy = parse_policy(source, name)
    except UsageError as error:
        return Report(name, tuple(_complaints(error, name)), readable=False)
    return check(policy, source, name, today=today, produced=produced)


def check(
    policy: Policy, source: bytes, name: str, *, today: date, produced: Produced | None = None
) -> Report:
    """The same of a policy that was read from ``source``."""
    subject = Subject(policy, places_of(source, name), today, produced)
    found: list[Finding] = []
    gave_up: list[str] = []
    for one in CHECKS:
        subject.stopped, subject.budget = False, Budget()  # each check has its own
        found += _findings(one, subject, name)
        if subject.stopped:
            gave_up.append(one.id)
    found.sort(key=lambda f: (f.line, f.column, -f.severity, f.check))
    return Report(name, tuple(dict.fromkeys(found)), tuple(gave_up))


def _findings(one: Check, subject: Subject, name: str) -> Iterator[Finding]:
    for hit in one.run(subject):
        place = subject.places.key(hit.path) if hit.at_key else subject.places.value(hit.path)
        severity = one.severity if hit.severity is None else hit.severity
        yield Finding(one.id, severity, name, place.line, place.column, hit.message, hit.remedy)


def _complaints(error: UsageError, name: str) -> Iterator[Finding]:
    remedy = error.remedy or "mend it, then lint again"
    for line in error.what.splitlines():
        found = _PLACED.fullmatch(line)
        if found is not None and found[1] == name:
            row, column, text = int(found[2]), int(found[3]), found[4]
        else:
            row, column, text = 1, 1, line.removeprefix(f"{name}: ")
        yield Finding(UNREADABLE, Severity.ERROR, name, row, column, text, remedy)
