"""What is checked: a policy, where its parts stand in the file, and a search with a budget."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from govgate.policy.conditions import Condition, IsKnown
from govgate.policy.lint.parts import Part, placed_when
from govgate.policy.lint.produced import Produced
from govgate.policy.load import Policy
from govgate.policy.model import Rule
from govgate.policy.possible import laws
from govgate.policy.search.abstract import Space, State
from govgate.policy.search.satisfy import GAVE_UP, NOT_FALSE, Answer, Budget, Found, Goal, find
from govgate.policy.vocabulary import PII_ENTITIES
from govgate.yamlnodes import Path_
from govgate.yamltext import Places


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule of the file itself; an inherited one has no place here."""

    rule: Rule
    path: Path_
    when: Part

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id


@dataclass
class Subject:
    """A readable policy with all that checks ask about it.

    ``stopped`` is set when a search gave up; whoever runs the checks resets it.
    """

    policy: Policy
    places: Places
    today: date
    produced: Produced | None = None
    budget: Budget = field(default_factory=Budget)
    stopped: bool = False

    @cached_property
    def rules(self) -> tuple[PlacedRule, ...]:
        """The file's own rules, in its order."""
        scan = self.policy.document.scan
        entities = (*scan.declared, *scan.extra_entities)
        by_id = {rule.id: rule for rule in self.policy.rules}
        return tuple(
            PlacedRule(
                by_id[raw["id"]],
                ("rules", at),
                placed_when(raw["when"], ("rules", at, "when"), entities),
            )
            for at, raw in enumerate(self.places.plain.get("rules", ()))
        )

    @cached_property
    def matchable(self) -> tuple[PlacedRule, ...]:
        """Those of `rules` that are not known to match nothing."""
        return tuple(
            rule for rule in self.rules if not self.never(Goal(rule.rule.when, Answer.TRUE))
        )

    def never(self, *goals: Goal) -> bool:
        """Whether no row can meet the goals; False too where the search gave up."""
        return self._find(goals) is None

    def find(self, goals: Sequence[Goal]) -> Found | None:
        """Facts of a row that meet the goals; None too where the search gave up."""
        found = self._find(goals)
        return found if isinstance(found, Found) else None

    def laws(self, conditions: Iterable[Condition]) -> list[Goal]:
        """What every row meets, of the facts that the conditions ask for."""
        return [Goal(law, NOT_FALSE) for law in laws(conditions, self.policy.purposes)]

    @cached_property
    def whole(self) -> "Whole":
        """One search for questions about all rules at once."""
        return Whole(self)

    def _find(self, goals: Sequence[Goal]) -> object:
        laws = self.laws(goal.condition for goal in goals)
        found = GAVE_UP if self.budget.left <= 0 else find([*goals, *laws], budget=self.budget)
        self.stopped = self.stopped or found is GAVE_UP
        return found


class Whole:
    """All rules in one space, made once; each rule has an example of a row that it matches."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        conditions = [rule.when for rule in subject.policy.rules]
        conditions += [IsKnown(PII_ENTITIES)]
        self._laws = subject.laws(conditions)
        self._space = Space([*conditions, *(law.condition for law in self._laws)])
        self._examples: dict[int, State | None] = {}

    def never(self, goals: Sequence[Goal]) -> bool:
        """Whether no row can meet the goals; False too where the search gave up."""
        return self._find(goals) is None

    def meets(self, rule: Rule, goals: Sequence[Goal]) -> bool:
        """Whether the rule's example meets the goals; False where there is none."""
        state = self._example(rule)
        self._subject.budget.left -= len(goals)
        return state is not None and all(
            self._space.node(goal.condition).answers(state) & goal.answers for goal in goals
        )

    def _example(self, rule: Rule) -> State | None:
        if id(rule) not in self._examples:
            known = Goal(IsKnown(PII_ENTITIES), Answer.TRUE)
            found = self._find([Goal(rule.when, Answer.TRUE), known])
            state = self._settled(found) if isinstance(found, Found) else None
            self._examples[id(rule)] = state
        return self._examples[id(rule)]

    def _settled(self, found: Found) -> State:
        """What was found, with the last value (mostly unknown, or something else) for the rest."""
        chosen = dict(found.settled)
        return [chosen.get(v, len(v.values) - 1) for v in self._space.variables]

    def _find(self, goals: Sequence[Goal]) -> object:
        budget = self._subject.budget
        found: object = GAVE_UP
        if budget.left > 0:
            found = find([*goals, *self._laws], budget=budget, space=self._space)
        self._subject.stopped = self._subject.stopped or found is GAVE_UP
        return found
