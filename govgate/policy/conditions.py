"""Conditions: what a rule's ``when`` says, as values that several readers share.

The logic is Kleene's: a test of an unknown fact is unknown, and unknown spreads unless the rest
settles the answer (false and unknown is false, true or unknown is true). Only the words
``unknown`` and ``known`` always have an answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class SetTest(StrEnum):
    """How a set is compared with a list of words."""

    ANY = "any"
    ALL = "all"
    NONE = "none"


class Operator(StrEnum):
    """Comparisons of numbers."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "=="
    UNEQUAL = "!="
    ABOVE = ">"
    BELOW = "<"


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
    """The number compares so."""

    fact: str
    operator: Operator
    number: int


Condition = Always | AllOf | AnyOf | Not | IsKnown | OneOf | Has | IsEmpty | Compare


def facts_of(condition: Condition) -> frozenset[str]:
    """Names of the facts that the condition asks for."""
    return frozenset(leaf.fact for leaf, _ in _leaves(condition, positive=True))


def entities_named(condition: Condition) -> frozenset[str]:
    """Entities whose presence the condition asks for, so those that a redaction is about."""
    wanted = {True: (SetTest.ANY, SetTest.ALL), False: (SetTest.NONE,)}
    return frozenset(
        word
        for leaf, positive in _leaves(condition, positive=True)
        if isinstance(leaf, Has) and leaf.fact == "pii.entities" and leaf.test in wanted[positive]
        for word in leaf.words
    )


_Leaf = IsKnown | OneOf | Has | IsEmpty | Compare


def _leaves(condition: Condition, *, positive: bool) -> Iterator[tuple[_Leaf, bool]]:
    match condition:
        case Always():
            return
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _leaves(part, positive=positive)
        case Not(part):
            yield from _leaves(part, positive=not positive)
        case _:
            yield condition, positive
