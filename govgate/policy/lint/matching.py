"""Rules and parts of rules that never hold, always hold, or say a thing twice."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from govgate.model import Effect, Use
from govgate.policy.conditions import Always, Condition, IsEmpty, IsKnown, Not
from govgate.policy.lint.finding import Hit
from govgate.policy.lint.parts import Join, Part
from govgate.policy.lint.subject import PlacedRule, Subject
from govgate.policy.search.satisfy import NOT_TRUE, Answer, Goal
from govgate.policy.vocabulary import PII_ENTITIES
from govgate.policy.words.prose import condition_words
from govgate.spelling import shown
from govgate.yamlnodes import Path_

_MOST = 4  # words of a list that a message spells out


def words(condition: Condition, most: int = _MOST) -> str:
    """A condition in words, short enough for a message."""
    return condition_words(condition, most=most)


def never_matches(subject: Subject) -> Iterator[Hit]:
    """A rule whose condition no row can meet."""
    fine = {rule.id for rule in subject.matchable}
    for rule in subject.rules:
        if rule.id not in fine:
            yield Hit(
                (*rule.path, "when"),
                f"rule {rule.id} can never match: {_why(subject, rule)}",
                "change the condition, or remove the rule",
                at_key=True,
            )


def _why(subject: Subject, rule: PlacedRule) -> str:
    tests = list(_needed(rule.when))
    for part in tests:
        if subject.never(_true(part)):
            return f"nothing is ever so that {words(part.condition)}"
    for one, other in combinations(tests, 2):
        if subject.never(_true(one), _true(other)):
            return (
                f"{words(one.condition)}, and at the same time {words(other.condition)}, is "
                "impossible"
            )
    return "its tests contradict each other"


def _needed(part: Part) -> Iterator[Part]:
    """The parts that must all hold for ``part`` to hold."""
    if part.join is Join.ALL:
        for inner in part.parts:
            yield from _needed(inner)
    else:
        yield part


def always_matches(subject: Subject) -> Iterator[Hit]:
    """A rule that every row meets, though it looks as if it asked for something."""
    for rule in subject.rules:
        if _is_always(subject, rule):
            yield Hit(
                (*rule.path, "when"),
                f"rule {rule.id} matches every row, whatever it holds",
                "write `when: always` if that is meant, or change the condition",
                at_key=True,
            )


def _is_always(subject: Subject, rule: PlacedRule) -> bool:
    return not isinstance(rule.rule.when, Always) and subject.never(Goal(rule.rule.when, NOT_TRUE))


def dead_alternative(subject: Subject) -> Iterator[Hit]:
    """One of several alternatives that can never hold where the rest of the rule does."""
    for rule in subject.matchable:
        for part, around in _alternatives(rule.when, ()):
            if subject.never(_true(part), *(_true(other) for other in around)):
                yield Hit(
                    part.path,
                    f"in rule {rule.id}, this alternative can never hold: {words(part.condition)}",
                    "remove it, or change what contradicts it",
                    at_key=part.at_key,
                )


def _alternatives(part: Part, around: tuple[Part, ...]) -> Iterator[tuple[Part, tuple[Part, ...]]]:
    """Alternatives, each with the parts that must hold beside it."""
    if part.join in (Join.ANY, Join.WORDS):
        for inner in part.parts:
            if len(part.parts) > 1:
                yield inner, around
            yield from _alternatives(inner, around)
    elif part.join is Join.ALL:
        for inner in part.parts:
            others = tuple(other for other in part.parts if other is not inner)
            yield from _alternatives(inner, (*around, *others))


def covered_alternative(subject: Subject) -> Iterator[Hit]:
    """An alternative that another one of the same list holds for already."""
    for rule in subject.matchable:
        for part in rule.when.walk():
            if part.join is Join.ANY:
                yield from _covered(subject, rule, part)


def _covered(subject: Subject, rule: PlacedRule, part: Part) -> Iterator[Hit]:
    dropped: set[int] = set()
    for at, one in enumerate(part.parts):
        if subject.never(_true(one)):
            continue  # dead, and said to be
        for other_at, other in enumerate(part.parts):
            if other_at == at or other_at in dropped:
                continue
            if not subject.never(_true(one), Goal(other.condition, NOT_TRUE)):
                continue
            if at < other_at and subject.never(_true(other), Goal(one.condition, NOT_TRUE)):
                continue  # they are the same: the later one is told
            dropped.add(at)
            yield Hit(
                one.path,
                f"in rule {rule.id}, this alternative adds nothing: another one already holds "
                f"where {words(one.condition)}",
                f"remove it; the other one is: {words(other.condition)}",
                at_key=one.at_key,
            )
            break


def idle_test(subject: Subject) -> Iterator[Hit]:
    """A test that every value meets, or one under `not` that none does."""
    for rule in subject.matchable:
        if not _is_always(subject, rule):
            for part, negated in _tests(rule.when, negated=False):
                yield from _idle(subject, rule, part, negated)


def _idle(subject: Subject, rule: PlacedRule, part: Part, negated: bool) -> Iterator[Hit]:
    if subject.never(Goal(part.condition, Answer.FALSE)):
        known = isinstance(part.condition, IsKnown)
        says = "it is never unknown" if known else "it only asks whether the fact is known"
        yield Hit(
            part.path,
            f"in rule {rule.id}, this test holds for every value: {words(part.condition)}",
            f"{says}; " + ("remove it" if known else "write `known`, or change the test"),
            at_key=part.at_key,
        )
    elif negated and subject.never(_true(part)):
        yield Hit(
            part.path,
            f"in rule {rule.id}, this test holds for no value, so `not` says nothing: "
            f"{words(part.condition)}",
            "remove it, or change the test",
            at_key=part.at_key,
        )


def _tests(part: Part, *, negated: bool) -> Iterator[tuple[Part, bool]]:
    if part.join in (Join.TEST, Join.WORDS):
        asks_unknown = isinstance(part.condition, Not) and isinstance(part.condition.part, IsKnown)
        if not asks_unknown and not isinstance(part.condition, Always):
            yield part, negated
        return
    for inner in part.parts:
        yield from _tests(inner, negated=negated != (part.join is Join.NOT))


def redacts_nothing(subject: Subject) -> Iterator[Hit]:
    """A rule that has findings replaced, and matches only where there are none."""
    for rule in subject.matchable:
        if all(rule.rule.then.on(use) is not Effect.REDACT for use in Use):
            continue
        matched, empty = Goal(rule.rule.when, Answer.TRUE), IsEmpty(PII_ENTITIES)
        # Of a row whose findings are unknown a rule that redacts denies, and that may be meant.
        quiet = subject.find([matched, Goal(empty, Answer.TRUE)]) is not None
        if quiet and subject.never(matched, Goal(empty, Answer.FALSE)):
            yield Hit(
                (*rule.path, "then"),
                f"rule {rule.id} redacts, and wherever it matches no personal data is found, so "
                "there is nothing to replace",
                "write `allow` if that is meant, or change the condition",
                at_key=True,
            )


def repeated_word(subject: Subject) -> Iterator[Hit]:
    """A word that a list names twice."""
    for path, word in repeated(subject.places.plain):
        yield Hit(
            path,
            f"{shown(word)} stands in this list already",
            "remove it; `--fix` does so",
        )


def repeated(plain: Any, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Places of texts that stand earlier in the same list, with the text."""
    if isinstance(plain, Mapping):
        for key, value in plain.items():
            yield from repeated(value, (*path, key))
    elif isinstance(plain, list):
        seen: set[str] = set()
        for at, value in enumerate(plain):
            if isinstance(value, str) and value in seen:
                yield (*path, at), value
            elif isinstance(value, str):
                seen.add(value)
            yield from repeated(value, (*path, at))


def _true(part: Part) -> Goal:
    return Goal(part.condition, Answer.TRUE)
