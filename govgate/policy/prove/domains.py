"""For each fact, the few values that stand for all that two policies can tell apart.

Rules see of a word only whether it is one that they name, so one word that none of them names
stands for every other; of a number or a day they see on which side of their bounds it lies.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from govgate.model import Effect, Purpose, Use
from govgate.policy.conditions import Compare, Has, OneOf, leaves
from govgate.policy.fact import Fact, Kind
from govgate.policy.model import Rule
from govgate.policy.possible import ROLES
from govgate.policy.vocabulary import FACTS, PII_ENTITIES, PII_IN

PURPOSE = "run.purpose"


@dataclass(frozen=True, slots=True)
class Domain:
    """What a fact may be where it is known.

    ``words``: of a word or text one of them, of a set any number of them. ``points``: numbers or
    days, one at least on every side of every bound. The other one is empty.
    """

    fact: Fact
    words: tuple[str, ...] = ()
    points: tuple[int, ...] | tuple[date, ...] = ()


def domains(rules: Iterable[Rule], purposes: Collection[Purpose]) -> dict[str, Domain]:
    """The domain of every fact that one of the rules reads; ``run.purpose`` is of ``purposes``."""
    rules = tuple(rules)
    asked = [leaf for rule in rules for leaf, _ in leaves(rule.when)]
    named: dict[str, dict[str, None]] = {leaf.fact: {} for leaf in asked}
    if any(rule.then.on(use) is Effect.REDACT for rule in rules for use in Use):
        named.setdefault(PII_ENTITIES, {})
    bounds: dict[str, set[int | date]] = {}
    roles = [fact.removeprefix(PII_IN) for fact in named if fact.startswith(PII_IN)]
    if ROLES in named:
        named[ROLES].update(dict.fromkeys(roles))
    for leaf in asked:
        if isinstance(leaf, OneOf | Has):
            named[leaf.fact].update(dict.fromkeys(leaf.words))
        elif isinstance(leaf, Compare):
            bounds.setdefault(leaf.fact, set()).add(leaf.number)
    # What is found in a role is found in the row, so one list of entities serves both.
    entities = [name for name in sorted(named) if FACTS[name].entities]
    every = {word: None for name in entities for word in named[name]}
    named |= dict.fromkeys(entities, every)
    found = {}
    for name in sorted(named):
        fact = FACTS[name]
        if fact.kind in (Kind.NUMBER, Kind.DATE):
            found[name] = Domain(fact, points=_points(fact, bounds.get(name, set())))
        else:
            allowed = tuple(purposes) if name == PURPOSE else fact.words
            found[name] = Domain(fact, words=_words(fact, tuple(named[name]), allowed))
    return found


def _words(fact: Fact, named: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The named words, and one more where the vocabulary has one."""
    if fact.name == PURPOSE:
        named = tuple(word for word in named if word in allowed)
    free = (f"other-{number}" for number in range(1, len(named) + 2))
    first = () if fact.entities else (fact.example,)  # entities of one list have one other
    others = [word for word in (*first, *(allowed or free)) if word not in named]
    return (*named, *[word for word in others if not allowed or word in allowed][:1])


def _points(fact: Fact, bounds: set[int | date]) -> tuple[int, ...] | tuple[date, ...]:
    days = {bound for bound in bounds if isinstance(bound, date)}
    if fact.kind is Kind.DATE:
        around = {day.toordinal() + step for day in days for step in (-1, 0, 1)}
        inside = range(date.min.toordinal(), date.max.toordinal() + 1)
        default = {date.fromisoformat(fact.example)} if not days else set()
        return tuple(sorted(default | {date.fromordinal(n) for n in around if n in inside}))
    numbers = {bound for bound in bounds if isinstance(bound, int)}
    near = {number + step for number in numbers for step in (-1, 0, 1)}
    return tuple(sorted({0} | {number for number in near if number >= 0}))
