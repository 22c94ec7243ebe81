"""Conditions over facts that may be half settled: which answers are still possible.

The facts are those of `variables.py`; a state settles some of their variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntFlag

from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    Has,
    IsKnown,
    Leaf,
    Not,
    OneOf,
    SetTest,
    compare,
    leaves,
)
from govgate.policy.fact import Kind
from govgate.policy.search.variables import (
    ALL_OF,
    Group,
    Range,
    Rest,
    Variable,
    variables_of,
)
from govgate.policy.vocabulary import FACTS

State = list[int]
"""The value number of each variable; `OPEN` for one that is not settled."""
OPEN = -1


class Answer(IntFlag):
    """The answers that a condition may still have; one of them once all is settled."""

    TRUE = 1
    FALSE = 2
    UNKNOWN = 4


_ALL = 7


@dataclass(frozen=True, slots=True)
class Node:
    """A condition over a state: the answers it may have, and a variable that would tell more."""

    answers: Callable[[State], int]
    open: Callable[[State], int]  # number of a variable; only asked while several answers are left


@dataclass(slots=True)
class Space:
    """The variables that ``conditions`` can tell apart; ``cost`` grows with their size."""

    conditions: Sequence[Condition]
    variables: list[Variable] = field(default_factory=list)
    cost: int = 0
    _at: dict[str, list[int]] = field(default_factory=dict)
    _nodes: dict[int, tuple[Condition, Node]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asked: dict[str, list[Leaf]] = {}
        for condition in self.conditions:
            for leaf, _ in leaves(condition):
                asked.setdefault(leaf.fact, []).append(leaf)
                self.cost += 1 + len(getattr(leaf, "words", ()))
        for fact, some in asked.items():
            first = len(self.variables)
            self.variables += variables_of(fact, some)
            self._at[fact] = list(range(first, len(self.variables)))

    def node(self, condition: Condition) -> Node:
        """One of ``conditions``, or a part of one, ready to be asked."""
        found = self._nodes.get(id(condition))
        if found is None:
            # Kept beside its node, so that no other condition is ever given its id.
            found = self._nodes[id(condition)] = (condition, self._node(condition))
        return found[1]

    def _node(self, condition: Condition) -> Node:
        match condition:
            case Always():
                return Node(lambda _: _TRUE, lambda _: OPEN)
            case AllOf(parts):
                return _joined([self.node(part) for part in parts], _AND, _TRUE)
            case AnyOf(parts):
                return _joined([self.node(part) for part in parts], _OR, _FALSE)
            case Not(part):
                inner = self.node(part)
                ask = inner.answers
                return Node(lambda state: _NOT[ask(state)], inner.open)
            case _:
                numbers = self._at[condition.fact]
                if FACTS[condition.fact].kind is Kind.SET:
                    return self._of_set(condition, numbers)
                return self._of_single(condition, numbers[0])

    def _of_single(self, leaf: Leaf, number: int) -> Node:
        table = [int(_answer(leaf, value)) for value in self.variables[number].values]
        whole = 0
        for answer in table:
            whole |= answer
        table.append(whole)  # the entry of `OPEN`
        return Node(lambda state: table[state[number]], lambda _: number)

    def _of_set(self, leaf: Leaf, numbers: list[int]) -> Node:
        known, *members = numbers
        if isinstance(leaf, IsKnown):
            table = (_TRUE, _FALSE, _EITHER)
            return Node(lambda state: table[state[known]], lambda _: known)
        words = getattr(leaf, "words", None)  # None: it asks whether the set is empty
        test = leaf.test if isinstance(leaf, Has) else SetTest.NONE
        sizes = {
            number: variable.values
            for number in members
            if isinstance(variable := self.variables[number], Group | Rest)
            and (words is None or set(words).intersection(getattr(variable, "words", ())))
        }
        asked = list(sizes)

        read = _READ[test]
        held = list(sizes.items())

        def answers(state: State) -> int:
            if state[known] == 1:
                return _UNKNOWN
            found = read(state, held)
            return found | _UNKNOWN if state[known] == OPEN else found

        def open_(state: State) -> int:
            return next(n for n in (known, *asked) if state[n] == OPEN)

        return Node(answers, open_)


# Plain numbers from here on: a search asks these millions of times, and enums are slow.
_TRUE, _FALSE, _UNKNOWN = (answer.value for answer in Answer)
_EITHER = _TRUE | _FALSE
_Held = list[tuple[int, tuple[int, ...]]]  # variables, and what their positions stand for


def _any(state: State, held: _Held) -> int:
    least = _FALSE
    for number, sizes in held:
        at = state[number]
        if at == OPEN:
            least = _EITHER
        elif sizes[at]:
            return _TRUE
    return least


def _every(state: State, held: _Held) -> int:
    most = _TRUE
    for number, sizes in held:
        at = state[number]
        if at == OPEN:
            most = _EITHER
        elif sizes[at] != ALL_OF:
            return _FALSE
    return most


def _no(state: State, held: _Held) -> int:
    return _NOT[_any(state, held)]


_READ = {SetTest.ANY: _any, SetTest.ALL: _every, SetTest.NONE: _no}


# -- three-valued logic over sets of answers ---------------------------------------------------


def _both(left: int, right: int) -> int:
    answers = 0
    for a in Answer:
        for b in Answer:
            if left & a and right & b:
                pair = (a, b)
                answers |= (
                    Answer.FALSE
                    if Answer.FALSE in pair
                    else Answer.UNKNOWN
                    if Answer.UNKNOWN in pair
                    else Answer.TRUE
                )
    return answers


def _opposite(answers: int) -> int:
    swapped = Answer.FALSE if answers & Answer.TRUE else 0
    return swapped | (Answer.TRUE if answers & Answer.FALSE else 0) | (answers & Answer.UNKNOWN)


_NOT = [int(_opposite(one)) for one in range(_ALL + 1)]
_AND = [[int(_both(a, b)) for b in range(_ALL + 1)] for a in range(_ALL + 1)]
_OR = [[_NOT[_AND[_NOT[a]][_NOT[b]]] for b in range(_ALL + 1)] for a in range(_ALL + 1)]


def _joined(parts: list[Node], table: list[list[int]], start: int) -> Node:
    asks = [part.answers for part in parts]

    def answers(state: State) -> int:
        found = start
        for ask in asks:
            found = table[found][ask(state)]
        return found

    def open_(state: State) -> int:
        undecided = (part for part in parts if part.answers(state) not in (1, 2, 4))
        return next(undecided).open(state)

    return Node(answers, open_)


def _answer(leaf: Leaf, value: object) -> int:
    if isinstance(leaf, IsKnown):
        return Answer.FALSE if value is None else Answer.TRUE
    if value is None:
        return Answer.UNKNOWN
    if isinstance(leaf, OneOf):
        return Answer.TRUE if value in leaf.words else Answer.FALSE
    if isinstance(leaf, Compare) and isinstance(value, Range):
        return Answer.TRUE if compare(leaf.operator, value.low, leaf.number) else Answer.FALSE
    raise TypeError(f"{leaf} asks nothing of a single value")
