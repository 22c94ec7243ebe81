"""Facts for which conditions have wanted answers: found by search, exactly, or not at all.

Values are tried one variable at a time, and a branch is left as soon as some condition can no
longer have an answer that is wanted. Whoever asks sets a budget of steps; beyond it the answer is
`GAVE_UP`, so that nothing is ever claimed that was not searched to the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, Literal

from govgate.policy.conditions import Condition
from govgate.policy.search.abstract import OPEN, Answer, Node, Space, State
from govgate.policy.search.variables import (
    ALL_OF,
    SOME_OF,
    Group,
    Known,
    Other,
    Range,
    Rest,
    Single,
    Variable,
)
from govgate.policy.vocabulary import FACTS, KNOWN, UNKNOWN

__all__ = [
    "EVERY",
    "GAVE_UP",
    "NOT_FALSE",
    "NOT_TRUE",
    "Answer",
    "Budget",
    "Found",
    "GaveUp",
    "Goal",
    "example",
    "find",
]

NOT_TRUE: Final = Answer.FALSE | Answer.UNKNOWN
NOT_FALSE: Final = Answer.TRUE | Answer.UNKNOWN
EVERY: Final = Answer.TRUE | Answer.FALSE | Answer.UNKNOWN
FactValue = str | int | date | tuple[str, ...] | None
_DEEPEST: Final = 300
_PER_SEARCH: Final = 200_000


class GaveUp(Enum):
    """The budget ran out before the search did."""

    GAVE_UP = "gave up"


GAVE_UP: Final = GaveUp.GAVE_UP


class _Exhausted(Exception):
    """Unwinds a search whose budget is spent."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A condition and the answers that it may have."""

    condition: Condition
    answers: Answer


@dataclass(slots=True)
class Budget:
    """Steps that are left; a step is one condition asked once. Shared by all that use it."""

    left: int = 500_000


@dataclass(frozen=True, slots=True)
class Found:
    """Variables and their values; whatever the others are, every goal is met."""

    settled: tuple[tuple[Variable, int], ...]  # the position of the value in `values`

    @property
    def facts(self) -> dict[str, FactValue]:
        """An example: a value for every fact that matters; None is unknown."""
        return example(self.settled)


def find(
    goals: Sequence[Goal], *, budget: Budget | None = None, space: Space | None = None
) -> Found | Literal[GaveUp.GAVE_UP] | None:
    """Facts for which every goal is met; None where there are none.

    ``space`` spares making one where several searches are about the same conditions.
    """
    purse = budget or Budget()
    if space is None:
        space = Space([goal.condition for goal in goals])
        purse.left -= space.cost
    nodes = [(space.node(goal.condition), int(goal.answers)) for goal in goals]
    state: State = [OPEN] * len(space.variables)
    search = _Search(space, nodes, state, min(purse.left, _PER_SEARCH))
    try:
        met = search.run(0)
    except _Exhausted:
        return GAVE_UP
    finally:
        purse.left -= search.given - search.left
    return Found(_settled(space, state)) if met else None


def _settled(space: Space, state: State) -> tuple[tuple[Variable, int], ...]:
    return tuple(
        (variable, at) for variable, at in zip(space.variables, state, strict=True) if at != OPEN
    )


class _Search:
    """Depth first; leaves ``state`` as it was, or settled so far that every goal is met."""

    def __init__(
        self, space: Space, goals: list[tuple[Node, int]], state: State, budget: int
    ) -> None:
        self.space, self.goals, self.state = space, goals, state
        self.given = self.left = budget

    def run(self, depth: int) -> bool:
        undecided: Node | None = None
        for node, wanted in self.goals:
            self.left -= 1
            answers = node.answers(self.state)
            if not answers & wanted:
                return False
            if undecided is None and answers & ~wanted:
                undecided = node
        if undecided is None:
            return True
        if self.left <= 0 or depth > _DEEPEST:
            raise _Exhausted
        number = undecided.open(self.state)
        for value in range(len(self.space.variables[number].values)):
            self.state[number] = value
            if self.run(depth + 1):
                return True
        self.state[number] = OPEN
        return False


def example(settled: Sequence[tuple[Variable, int]]) -> dict[str, FactValue]:
    """Facts as rows have them; sets that are known hold no more than needed."""
    facts: dict[str, FactValue] = {}
    held: dict[str, list[str]] = {}
    for variable, at in settled:
        value = variable.values[at]
        match variable:
            case Single(fact):
                facts[fact] = _one_value(fact, value)
            case Known(fact):
                if value == 0:
                    facts[fact] = None
                held.setdefault(fact, [])
            case Group(fact, words):
                there = {SOME_OF: words[:1], ALL_OF: words}.get(_number(value), ())
                held.setdefault(fact, []).extend(there)
            case Rest(fact, named):
                held.setdefault(fact, []).extend([_another(fact, named)] if value else [])
    return facts | {fact: tuple(some) for fact, some in held.items() if fact not in facts}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _one_value(fact: str, value: object) -> FactValue:
    match value:
        case Other(named):
            return _another(fact, named)
        case Range(low):
            return low
        case str():
            return value
        case _:
            return None


def _another(fact: str, named: Sequence[str]) -> str:
    """A word that is not named: one of the vocabulary where that is a closed list."""
    taken: Mapping[str, None] = dict.fromkeys((*named, KNOWN, UNKNOWN))
    made_up = ("SOMETHING_ELSE" if FACTS[fact].entities else "something-else",)
    fallback = (made_up[0] + "X" * n for n in range(1, len(taken) + 2))
    return next(w for w in (*FACTS[fact].words, *made_up, *fallback) if w not in taken)
