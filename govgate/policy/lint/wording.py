"""What readers need and rules lack: a day that has not passed, titles, citations, remedies."""

import re
from collections.abc import Iterator
from datetime import timedelta

from govgate.model import Effect, Use
from govgate.policy.lint.finding import Hit
from govgate.policy.lint.subject import Subject
from govgate.spelling import shown

SOON = timedelta(days=60)
READ_WITHIN = timedelta(days=366)  # a text of law is to be read again after a year
_DATED = re.compile(r"(?<![0-9])(?:1[6-9]|20)[0-9]{2}(?![0-9])|\b[vV]?[0-9]{1,2}\.[0-9]{1,2}\b")


def expired(subject: Subject) -> Iterator[Hit]:
    """A policy that a gate refuses."""
    if subject.today >= subject.policy.expires:
        yield Hit(
            ("expires",),
            f"the policy expired on {subject.policy.expires}, and a gate refuses it",
            "have it reviewed, then raise its version and set a new expires day",
        )


def expires_soon(subject: Subject) -> Iterator[Hit]:
    """A policy that a gate will refuse within 60 days."""
    left = subject.policy.expires - subject.today
    if timedelta(0) < left < SOON:
        days = f"{left.days} day" if left.days == 1 else f"{left.days} days"
        yield Hit(
            ("expires",),
            f"the policy expires in {days}, on {subject.policy.expires}",
            "have it reviewed, then raise its version and set a new expires day",
        )


def undated_citation(subject: Subject) -> Iterator[Hit]:
    """A citation without a year or a version, so that nobody knows which text was meant."""
    for rule in subject.rules:
        for at, text in enumerate(rule.rule.cites):
            if not _DATED.search(text):
                yield Hit(
                    (*rule.path, "cites", at),
                    f"the citation {shown(text)} has no year and no version",
                    "add the year of the text, such as (2016), or the version of the licence",
                )


def law_unread(subject: Subject) -> Iterator[Hit]:
    """A rule's law whose text nobody is said to have read within a year."""
    for rule in subject.rules:
        if (law := rule.rule.law) is None:
            continue
        path, remedy = (*rule.path, "law"), "read the text at its source, then set `verified:`"
        if law.verified is None:
            yield Hit(path, f"rule {rule.id} does not say when its law was last read", remedy, True)
        elif law.verified > subject.today:
            text = f"the law of rule {rule.id} is said to be read on {law.verified}, a day to come"
            yield Hit((*path, "verified"), text, remedy)
        elif law.verified < subject.today - READ_WITHIN:
            text = f"the law of rule {rule.id} was last read on {law.verified}, over a year ago"
            yield Hit((*path, "verified"), text, remedy)


def law_ahead(subject: Subject) -> Iterator[Hit]:
    """A rule's law that does not apply yet."""
    for rule in subject.rules:
        if rule.rule.law is not None and rule.rule.law.effective > subject.today:
            yield Hit(
                (*rule.path, "law", "effective"),
                f"the law of rule {rule.id} applies from {rule.rule.law.effective} on, and the "
                "rule already",
                "if that is meant, there is nothing to do; else leave the rule out until then",
            )


def no_title(subject: Subject) -> Iterator[Hit]:
    """A rule that reports can only call by its id."""
    for rule in subject.rules:
        if not rule.rule.title:
            yield Hit(
                rule.path,
                f"rule {rule.id} has no title",
                "add `title:`, one line that a reader understands",
            )


def no_remedy(subject: Subject) -> Iterator[Hit]:
    """A rule that denies and does not say what can be done."""
    yield from _denying_without(
        subject, "remedy", "add `remedy:`, what to do about a row that it stopped"
    )


def no_citation(subject: Subject) -> Iterator[Hit]:
    """A rule that denies and does not say on what ground."""
    yield from _denying_without(
        subject, "cites", "add `cites:`, the clauses or articles that it rests on"
    )


def _denying_without(subject: Subject, key: str, remedy: str) -> Iterator[Hit]:
    for rule in subject.rules:
        denies = any(rule.rule.then.on(use) is Effect.DENY for use in Use)
        if denies and not getattr(rule.rule, key):
            yield Hit(rule.path, f"rule {rule.id} denies, and has no {key}", remedy)
