"""Whether a changed condition holds in more cases or in fewer, where its form tells."""

from collections.abc import Iterator
from datetime import date
from enum import Enum

from govgate.policy.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Has,
    Not,
    OneOf,
    Operator,
    SetTest,
)

RISING = (Operator.AT_LEAST, Operator.ABOVE)
FALLING = (Operator.AT_MOST, Operator.BELOW)


class Widening(Enum):
    """How the cases in which a condition holds have changed."""

    SAME = 0
    WIDER = 1
    NARROWER = -1
    UNCLEAR = None

    @property
    def reversed(self) -> "Widening":
        """The same of the condition's opposite."""
        return Widening(None if self.value is None else -self.value)


def widening(old: Condition, new: Condition) -> Widening:
    """How ``new`` differs from ``old``: a case in which it was unknown counts as between."""
    if old == new:
        return Widening.SAME
    match old, new:
        case (Not(before), Not(after)):
            return widening(before, after).reversed
        case (OneOf(fact, before), OneOf(same, after)) if fact == same:
            return _of_sets(set(before), set(after))
        case (Has(fact, test, before), Has(same, alike, after)) if (fact, test) == (same, alike):
            found = _of_sets(set(before), set(after))
            return found if test is SetTest.ANY else found.reversed
        case (Compare(fact, operator, before), Compare(same, alike, after)) if (
            fact,
            operator,
        ) == (same, alike):
            return _of_bounds(operator, before, after)
        case (AnyOf(), AnyOf()):
            return _of_parts(old.parts, new.parts)
        case (AllOf(), _) | (_, AllOf()):
            olds, news = _all(old), _all(new)
            found = _of_parts(olds, news)
            return found if len(olds) == len(news) else found.reversed
    return Widening.UNCLEAR


def words_changed(old: Condition, new: Condition) -> list[tuple[str, list[str], list[str]]] | None:
    """For each list of words that differs: its fact, the words added, the words removed.

    None where the conditions differ in anything else.
    """
    found = list(_words_changed(old, new))
    return None if None in found else [one for one in found if one is not None]


def _words_changed(
    old: Condition, new: Condition
) -> Iterator[tuple[str, list[str], list[str]] | None]:
    match old, new:
        case _ if old == new:
            return
        case (Not(before), Not(after)):
            yield from _words_changed(before, after)
        case (AllOf(olds), AllOf(news)) | (AnyOf(olds), AnyOf(news)) if len(olds) == len(news):
            for one, other in zip(olds, news, strict=True):
                yield from _words_changed(one, other)
        case (OneOf(fact, before), OneOf(same, after)) if fact == same:
            yield fact, _lacking(after, before), _lacking(before, after)
        case (Has(fact, test, before), Has(same, alike, after)) if (fact, test) == (same, alike):
            yield fact, _lacking(after, before), _lacking(before, after)
        case _:
            yield None


def _lacking(words: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    return [word for word in words if word not in others]


def _all(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, AllOf) else (condition,)


def _of_sets(before: set[str], after: set[str]) -> Widening:
    if before == after:
        return Widening.SAME
    if before <= after:
        return Widening.WIDER
    return Widening.NARROWER if after <= before else Widening.UNCLEAR


def _of_bounds(operator: Operator, before: int | date, after: int | date) -> Widening:
    rose = str(after) > str(before) if isinstance(after, date) else after > int(str(before))
    if operator in RISING:
        return Widening.NARROWER if rose else Widening.WIDER
    if operator in FALLING:
        return Widening.WIDER if rose else Widening.NARROWER
    return Widening.UNCLEAR


def _of_parts(before: tuple[Condition, ...], after: tuple[Condition, ...]) -> Widening:
    """Of alternatives; parts more or fewer, or some of them changed in one direction."""
    if len(before) == len(after):
        return _joint([widening(one, other) for one, other in zip(before, after, strict=True)])
    if all(part in after for part in before):
        return Widening.WIDER
    return Widening.NARROWER if all(part in before for part in after) else Widening.UNCLEAR


def _joint(found: list[Widening]) -> Widening:
    changed = set(found) - {Widening.SAME}
    return changed.pop() if len(changed) == 1 else Widening.UNCLEAR
