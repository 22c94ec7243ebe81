"""Conditions: what a rule's ``when`` says, as values that several readers share.

The logic is Kleene's: a test of an unknown fact is unknown, and unknown spreads unless the rest
settles the answer (false and unknown is false, true or unknown is true). Only the words
``unknown`` and ``known`` always have an answer.
"""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from govgate.policy.vocabulary import PII_IN


class SetTest(StrEnum):
    """How a set is compared with a list of words."""

    ANY = "any"
    ALL = "all"
    NONE = "none"


class Operator(StrEnum):
    """Comparisons of numbers and of days."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "=="
    UNEQUAL = "!="
    ABOVE = ">"
    BELOW = "<"


_COMPARE: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.EQUAL: operator.eq,
    Operator.UNEQUAL: operator.ne,
    Operator.ABOVE: operator.gt,
    Operator.BELOW: operator.lt,
}


def compare(comparison: Operator, left: Any, right: Any) -> Any:
    """``left`` compared with ``right``: numbers or days, or a column and one."""
    return _COMPARE[comparison](left, right)


@dataclass(frozen=True, slots=True)
class Always:
    """True of every row."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one part is."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class IsKnown:
    """Whether the fact has a value; never unknown itself."""

    fact: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of the words."""

    fact: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """The set holds any, all or none of the words."""

    fact: str
    test: SetTest
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsEmpty:
    """The set holds nothing."""

    fact: str


@dataclass(frozen=True, slots=True)
class Compare:
    """The number, or the day, compares so."""

    fact: str
    operator: Operator
    number: int | date


Leaf = IsKnown | OneOf | Has | IsEmpty | Compare
Condition = Always | AllOf | AnyOf | Not | Leaf


def facts_of(condition: Condition) -> frozenset[str]:
    """Names of the facts that the condition asks for."""
    return frozenset(leaf.fact for leaf, _ in leaves(condition))


def entities_named(condition: Condition) -> frozenset[str]:
    """Entities whose presence the condition asks for, so those that a redaction is about.

    ``ENTITY`` for those of ``pii.entities``, ``ENTITY@ROLE`` for those of ``pii.in.ROLE``.
    """
    wanted = {True: (SetTest.ANY, SetTest.ALL), False: (SetTest.NONE,)}
    return frozenset(
        f"{word}@{leaf.fact.removeprefix(PII_IN)}" if leaf.fact.startswith(PII_IN) else word
        for leaf, positive in leaves(condition)
        if isinstance(leaf, Has)
        and (leaf.fact == "pii.entities" or leaf.fact.startswith(PII_IN))
        and leaf.test in wanted[positive]
        for word in leaf.words
    )


def leaves(condition: Condition, *, positive: bool = True) -> Iterator[tuple[Leaf, bool]]:
    """The tests in ``condition``, in order; False with those under an odd number of ``not``."""
    match condition:
        case Always():
            return
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part, positive=positive)
        case Not(part):
            yield from leaves(part, positive=not positive)
        case _:
            yield condition, positive
