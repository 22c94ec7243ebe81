"""What conditions can tell apart of a fact: the values of one or more variables.

A fact that takes one value has the values that the conditions name, one that stands for all others,
and unknown; of numbers and days, the stretches between those named. A set has a flag for being
known, one variable for each group of words that the conditions never tell apart, and one for
everything that they do not name. So a list of 200 entities is one variable, not 200.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar, assert_never

from govgate.policy.conditions import Compare, Has, Leaf, OneOf, SetTest
from govgate.policy.fact import Kind
from govgate.policy.vocabulary import FACTS

NONE_OF, SOME_OF, ALL_OF = range(3)
"""Values of a group of words: how many of them the set holds."""
N = TypeVar("N", int, date)


@dataclass(frozen=True, slots=True)
class Other:
    """Any value but those that the conditions name."""

    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Every number, or day, from ``low`` to ``high``; None: without end."""

    low: int | date
    high: int | date | None


Value = str | Other | Range | None


@dataclass(frozen=True, slots=True)
class Single:
    """The variable of a fact that takes one value; None is unknown."""

    fact: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Whether a set is known: 0 no, 1 yes."""

    fact: str
    values: tuple[int, ...] = (1, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """How many of words that no condition tells apart a set holds."""

    fact: str
    words: tuple[str, ...]
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """Whether a set holds something that no condition names: 0 no, 1 yes."""

    fact: str
    named: tuple[str, ...]
    values: tuple[int, ...] = (0, 1)


Variable = Single | Known | Group | Rest


def variables_of(fact: str, asked: list[Leaf]) -> Iterator[Variable]:
    """The variables of ``fact``, for what ``asked`` can tell apart."""
    match FACTS[fact].kind:
        case Kind.TEXT | Kind.WORD:
            yield Single(fact, tuple(_words(fact, asked)))
        case Kind.NUMBER:
            named = {leaf.number for leaf in asked if isinstance(leaf, Compare)}
            numbers = [one for one in named if not isinstance(one, date)]
            yield Single(fact, (*_ranges(numbers, 0, lambda one, by: one + by), None))
        case Kind.DATE:
            named = {leaf.number for leaf in asked if isinstance(leaf, Compare)}
            days = [one for one in named if isinstance(one, date)]
            yield Single(fact, (*_ranges(days, date.min, _later), None))
        case Kind.SET:
            yield Known(fact)
            yield from _members(fact, [leaf for leaf in asked if isinstance(leaf, Has)])
        case other:
            assert_never(other)


def _words(fact: str, asked: Iterable[Leaf]) -> Iterator[Value]:
    tests = (leaf for leaf in asked if isinstance(leaf, OneOf))
    named = tuple(dict.fromkeys(word for leaf in tests for word in leaf.words))
    yield from named
    closed = FACTS[fact].words
    if not closed or not set(closed) <= set(named):
        yield Other(named)
    yield None


def _ranges(named: list[N], first: N, later: Callable[[N, int], N | None]) -> Iterator[Range]:
    """The stretches of values that comparing with ``named`` can tell apart."""
    low: N | None = first
    for one in sorted(named):
        if low is not None and low < one:
            yield Range(low, later(one, -1))
        yield Range(one, one)
        low = later(one, 1)
    if low is not None:
        yield Range(low, None)


def _later(day: date, by: int) -> date | None:
    try:
        return day + timedelta(days=by)
    except OverflowError:
        return None


def _members(fact: str, tests: list[Has]) -> Iterator[Variable]:
    groups: dict[tuple[int, ...], list[str]] = {}
    asking: dict[str, list[int]] = {}
    for at, leaf in enumerate(tests):
        for word in dict.fromkeys(leaf.words):
            asking.setdefault(word, []).append(at)
    for word, by in asking.items():
        groups.setdefault(tuple(by), []).append(word)
    for tested, words in groups.items():
        whole = len(words) == 1 or any(tests[at].test is SetTest.ALL for at in tested)
        sizes = [NONE_OF, *([SOME_OF] if len(words) > 1 else []), *([ALL_OF] if whole else [])]
        yield Group(fact, tuple(words), tuple(sizes))
    closed = FACTS[fact].words
    # A policy may add entities of its own, so there is always another one.
    if not closed or FACTS[fact].entities or not set(closed) <= set(asking):
        yield Rest(fact, tuple(asking))
