"""Small mistakes in a condition: those after which it holds for fewer rows, or for more.

Each is one that an author can make: a word left out of a list, a comparison that is off by one or
turned round, `any` for `all`, a test forgotten. What reads the same afterwards is left out, such as
`> 19` for `>= 20`, as whole numbers do not tell them apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    Has,
    IsEmpty,
    IsKnown,
    Not,
    OneOf,
    Operator,
    SetTest,
)
from govgate.policy.vocabulary import FACTS
from govgate.policy.words.prose import condition_words

_ADDABLE = 20  # closed lists up to this long have each missing word added
_MOST = 3  # words of a list that a sentence names
_OPPOSITE = {Operator.EQUAL: Operator.UNEQUAL, Operator.UNEQUAL: Operator.EQUAL}
_TURNED = {
    Operator.AT_LEAST: Operator.AT_MOST,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.ABOVE: Operator.BELOW,
    Operator.BELOW: Operator.ABOVE,
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A condition with one small mistake in it.

    ``change``: what is wrong, to follow "if"; ``told_by``: a row that tells the difference, to
    follow "a case where".
    """

    condition: Condition
    change: str
    told_by: str


def mistakes(condition: Condition, *, wider: bool) -> Iterator[Mistake]:
    """The condition with each small mistake that makes it hold less often; more often if ``wider``.

    Turning a test round, which does some of both, is among either.
    """
    match condition:
        case Always():
            return
        case IsKnown() | IsEmpty():
            yield _opposite(condition, Not(condition))
        case Not(IsKnown() | IsEmpty() as part):
            yield _opposite(condition, part)
        case Not(part):
            for one in mistakes(part, wider=not wider):
                yield replace(one, condition=Not(one.condition))
        case AllOf(parts) | AnyOf(parts):
            if wider == isinstance(condition, AllOf):
                yield from _one_part_less(condition)
            for at, part in enumerate(parts):
                for one in mistakes(part, wider=wider):
                    whole = (*parts[:at], one.condition, *parts[at + 1 :])
                    yield replace(one, condition=type(condition)(whole))
        case OneOf(fact, words):
            yield from _more_words(condition) if wider else _fewer_words(condition)
            if wider and len(FACTS[fact].words) != len(words) + 1:
                yield Mistake(
                    IsKnown(fact), f"any {fact} were enough", f"{fact} is none that it names"
                )
        case Has():
            yield from _of_set(condition, wider=wider)
        case Compare():
            yield from _of_comparison(condition, wider=wider)


def _said(condition: Condition) -> str:
    return condition_words(condition, most=_MOST)


def _opposite(condition: Condition, other: Condition) -> Mistake:
    return Mistake(other, f"it asked that {_said(other)}", _said(condition))


def _one_part_less(condition: AllOf | AnyOf) -> Iterator[Mistake]:
    for at, part in enumerate(condition.parts):
        rest = (*condition.parts[:at], *condition.parts[at + 1 :])
        if not rest:
            continue
        left = rest[0] if len(rest) == 1 else type(condition)(rest)
        said = _said(part)
        if isinstance(condition, AllOf):
            yield Mistake(left, f"it did not ask that {said}", f"all but this holds: {said}")
        else:
            yield Mistake(left, f"it were not enough that {said}", f"only this holds: {said}")


def _fewer_words(test: OneOf | Has) -> Iterator[Mistake]:
    words = dict.fromkeys(test.words)
    for word in words if len(words) > 1 else ():
        rest = tuple(other for other in words if other != word)
        row = _said(replace(test, words=(word,)))
        yield Mistake(replace(test, words=rest), f"it did not name {word}", row)


def _more_words(test: OneOf | Has) -> Iterator[Mistake]:
    known = FACTS[test.fact].words
    for word in known if len(known) <= _ADDABLE else ():
        if word not in test.words:
            row = _said(replace(test, words=(word,)))
            yield Mistake(replace(test, words=(*test.words, word)), f"it named {word} too", row)


def _of_set(test: Has, *, wider: bool) -> Iterator[Mistake]:
    several = len(test.words) > 1
    match test.test:
        case SetTest.ANY if wider:
            yield from _more_words(test)
            anything = Not(IsEmpty(test.fact))
            row = f"{test.fact} holds nothing that it names"
            yield Mistake(anything, f"anything in {test.fact} were enough", row)
        case SetTest.ANY:
            yield from _fewer_words(test)
            if several:
                every = replace(test, test=SetTest.ALL)
                row = f"{test.fact} holds only one of the words"
                yield Mistake(every, f"{test.fact} had to hold all of the words", row)
        case SetTest.ALL if wider and several:
            yield from _fewer_words(test)
            one = replace(test, test=SetTest.ANY)
            row = f"{test.fact} holds only one of the words"
            yield Mistake(one, f"{test.fact} had to hold one of the words", row)
        case SetTest.ALL:
            yield from () if wider else _more_words(test)
        case SetTest.NONE:
            yield from _fewer_words(test) if wider else _more_words(test)


def _of_comparison(test: Compare, *, wider: bool) -> Iterator[Mistake]:
    for other, boundary in (*_moved(test, wider=wider), *_turned(test)):
        row = _said(test) if boundary is None else _said(_at(test, Operator.EQUAL, boundary))
        yield Mistake(other, f"it asked that {_said(other)}", row)


def _turned(test: Compare) -> list[tuple[Compare, int | date | None]]:
    """The comparison the other way round, and the value that tells; None: every one it holds of."""
    if test.operator in _OPPOSITE:
        return [(_at(test, _OPPOSITE[test.operator], test.number), test.number)]
    return [(_at(test, _TURNED[test.operator], test.number), None)]


def _moved(test: Compare, *, wider: bool) -> list[tuple[Compare, int | date]]:
    """The comparison one step on, and the one value that tells; none where there is no such value.

    The step of `>=` to fewer rows is `>`, and that of `>` to more is `>=`; else the bound moves.
    """
    upward = test.operator in (Operator.AT_LEAST, Operator.ABOVE)
    inclusive = test.operator in (Operator.AT_LEAST, Operator.AT_MOST)
    if test.operator in _OPPOSITE:
        return []
    if inclusive != wider:  # the other operator is the step, and the bound itself tells
        swapped = {
            Operator.AT_LEAST: Operator.ABOVE,
            Operator.ABOVE: Operator.AT_LEAST,
            Operator.AT_MOST: Operator.BELOW,
            Operator.BELOW: Operator.AT_MOST,
        }
        return [(_at(test, swapped[test.operator], test.number), test.number)]
    bound = _step(test.number, 1 if upward != wider else -1)
    return [] if bound is None else [(_at(test, test.operator, bound), bound)]


def _at(test: Compare, operator: Operator, number: int | date) -> Compare:
    return Compare(test.fact, operator, number)


def _step(number: int | date, by: int) -> int | date | None:
    """The next number or day; None before the first and after the last."""
    if isinstance(number, int):
        return number + by if number + by >= 0 else None
    try:
        return number + timedelta(days=by)
    except OverflowError:
        return None
