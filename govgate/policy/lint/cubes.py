"""The smallest sets of facts under which no rule decides, found one after the other, in words.

A set is found by search, then made smaller: facts that do not matter are dropped, and each fact
that is left takes every value for which still nothing decides. What was found is then ruled out,
and the search goes on until nothing is left or there are enough.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from govgate.policy.conditions import (
    AllOf,
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
from govgate.policy.lint.subject import Subject
from govgate.policy.search.abstract import OPEN, Space, State
from govgate.policy.search.satisfy import EVERY, NOT_TRUE, Answer, Goal
from govgate.policy.search.variables import (
    ALL_OF,
    NONE_OF,
    Group,
    Known,
    Other,
    Range,
    Rest,
    Single,
    Variable,
)
from govgate.policy.vocabulary import FACTS

_MOST = 4
_Cube = dict[int, tuple[int, ...]]  # of each variable that matters, positions of its values


@dataclass(frozen=True, slots=True)
class Gap:
    """Facts, as conditions that must all hold, under which nothing decides."""

    parts: tuple[Condition, ...]


def gaps(subject: Subject, goals: Sequence[Goal]) -> tuple[list[Gap], bool]:
    """Up to four sets of facts that meet the goals, smallest first, and whether they are all."""
    found: list[Gap] = []
    blocked: list[Goal] = []
    for _ in range(_MOST):
        step = [*goals, *blocked]
        conditions = [goal.condition for goal in step]
        whole = subject.find(step)
        if whole is None:
            return _sorted(found), True
        space = Space([*conditions, *(law.condition for law in subject.laws(conditions))])
        cube = _cube(space, step, dict(whole.settled), subject)
        gap = None if cube is None else _told(subject, list(_conditions(space, cube)))
        if gap is None or not _holds(subject, gap, step):
            break
        found.append(gap)
        if not gap.parts:
            return found, True
        blocked.append(Goal(AllOf(gap.parts), NOT_TRUE))
    return _sorted(found), subject.never(*goals, *blocked)


def _told(subject: Subject, parts: list[Condition]) -> Gap:
    """The parts without those that follow from the others for every row."""
    for part in list(parts):
        rest = [one for one in parts if one is not part]
        so = [Goal(one, Answer.TRUE) for one in rest]
        if subject.never(*so, Goal(part, NOT_TRUE)):
            parts = rest
    return Gap(tuple(parts))


def _holds(subject: Subject, gap: Gap, goals: Sequence[Goal]) -> bool:
    """Whether the words are right: wherever they hold, every goal is met."""
    so = [Goal(part, Answer.TRUE) for part in gap.parts]
    return all(subject.never(*so, Goal(goal.condition, EVERY & ~goal.answers)) for goal in goals)


def _sorted(found: list[Gap]) -> list[Gap]:
    return sorted(found, key=lambda gap: len(gap.parts))


def _cube(
    space: Space, goals: Sequence[Goal], settled: dict[Variable, int], subject: Subject
) -> _Cube | None:
    """What of ``settled`` the goals need, as wide as they allow; None where the budget is spent."""
    nodes = [(space.node(goal.condition), int(goal.answers)) for goal in goals]
    state: State = [settled.get(variable, OPEN) for variable in space.variables]

    def met() -> bool:
        subject.budget.left -= len(nodes)
        return not any(node.answers(state) & ~wanted for node, wanted in nodes)

    if not met() or sum(len(v.values) for v in space.variables) * len(nodes) > subject.budget.left:
        subject.stopped = True
        return None
    by_fact: dict[str, list[int]] = {}
    for number, variable in enumerate(space.variables):
        by_fact.setdefault(variable.fact, []).append(number)
    for numbers in [*by_fact.values(), *([n] for n in range(len(state)))]:
        kept = {number: state[number] for number in numbers}
        for number in numbers:
            state[number] = OPEN
        if not met():
            for number, at in kept.items():
                state[number] = at
    cube: _Cube = {}
    for number, at in enumerate(state):
        if at == OPEN:
            continue
        wide = tuple(_widened(space, state, number, met))
        if len(wide) < len(space.variables[number].values):
            cube[number] = wide
    return cube


def _widened(space: Space, state: State, number: int, met: Callable[[], bool]) -> Iterator[int]:
    here = state[number]
    if not isinstance(space.variables[number], Single):
        yield here
        return
    for at in range(len(space.variables[number].values)):
        state[number] = at
        if met():
            yield at
    state[number] = here


def _conditions(space: Space, cube: _Cube) -> Iterator[Condition]:
    """The cube as conditions; where sets hold what nothing names, nothing is said."""
    by_fact: dict[str, list[int]] = {}
    for number in cube:
        by_fact.setdefault(space.variables[number].fact, []).append(number)
    for fact, numbers in by_fact.items():
        first = space.variables[numbers[0]]
        if isinstance(first, Single):
            yield _single(first, cube[numbers[0]])
        else:
            yield from _set(fact, space, {number: cube[number][0] for number in numbers})


def _single(variable: Single, at: Sequence[int]) -> Condition:
    fact, values = variable.fact, [variable.values[one] for one in at]
    ways: list[Condition] = []
    words = tuple(value for value in values if isinstance(value, str))
    other = next((value for value in values if isinstance(value, Other)), None)
    closed = FACTS[fact].words
    if other is not None and closed:
        meant = (*words, *(word for word in closed if word not in other.named))
        ways.append(IsKnown(fact) if set(meant) == set(closed) else OneOf(fact, meant))
    elif other is not None:
        left = tuple(word for word in other.named if word not in words)
        ways.append(Not(OneOf(fact, left)) if left else IsKnown(fact))
    elif words:
        ways.append(OneOf(fact, words))
    ways += _stretches(fact, [value for value in values if isinstance(value, Range)])
    if None in values:
        ways.append(Not(IsKnown(fact)))
    return ways[0] if len(ways) == 1 else AnyOf(tuple(ways))


def _stretches(fact: str, ranges: Sequence[Range]) -> Iterator[Condition]:
    """Neighbouring ranges as one comparison, or two."""
    run: list[Range] = []
    for one in [*ranges, None]:
        if one is not None and (not run or _touches(run[-1], one)):
            run.append(one)
            continue
        if run:
            yield _between(fact, run[0], run[-1])
        run = [] if one is None else [one]


def _touches(one: Range, other: Range) -> bool:
    if one.high is None:
        return False
    if isinstance(one.high, int):
        return one.high + 1 == other.low
    return one.high + timedelta(days=1) == other.low


def _between(fact: str, first: Range, last: Range) -> Condition:
    if first.low == last.high:
        return Compare(fact, Operator.EQUAL, first.low)
    bounds: list[Condition] = []
    from_start = first.low in (0, date.min)
    if from_start and last.high is None:
        return IsKnown(fact)
    if not from_start:
        bounds.append(Compare(fact, Operator.AT_LEAST, first.low))
    if last.high is not None:
        bounds.append(Compare(fact, Operator.AT_MOST, last.high))
    return bounds[0] if len(bounds) == 1 else AllOf(tuple(bounds))


def _set(fact: str, space: Space, settled: dict[int, int]) -> Iterator[Condition]:
    none: list[str] = []
    rest: int | None = None
    for number, at in settled.items():
        variable = space.variables[number]
        match variable:
            case Known():
                if variable.values[at] == 0:
                    yield Not(IsKnown(fact))
            case Group(_, words, values):
                if values[at] == NONE_OF:
                    none += words
                else:
                    all_of = values[at] == ALL_OF and len(words) > 1
                    yield Has(fact, SetTest.ALL if all_of else SetTest.ANY, words)
            case Rest(_, _, values):
                rest = values[at]
            case Single():
                continue
    if rest == 0:
        yield IsEmpty(fact)
        return
    if none:
        yield Has(fact, SetTest.NONE, tuple(none))
    if rest == 1:
        yield Not(IsEmpty(fact))
