"""Coverage: which rules, and which of their tests, the cases of a policy put to use.

A rule is covered when a case that passes expects it among the reasons, with or without the mark of
an unanswered one. A test of a rule's condition is covered when it was true in one such case and
false in another. Rules that a policy inherits are left to the cases of the one it extends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from govgate.policy.compile import expression
from govgate.policy.conditions import Leaf, leaves
from govgate.policy.load import Policy
from govgate.policy.testing.cases import CaseResult, facts_frame
from govgate.policy.verdict import UNKNOWN_MARK
from govgate.policy.words.prose import condition_words


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A test of a rule that was not ``seen`` true, or not false."""

    rule: str
    test: Leaf
    missing: tuple[bool, ...]

    @property
    def words(self) -> str:
        """What was never seen: ``open: "the class of the licence is MIT" was never false``."""
        said = "neither true nor false"
        if len(self.missing) == 1:
            said = f"never {str(self.missing[0]).lower()}"
        return f'{self.rule}: "{condition_words(self.test, most=3)}" was {said}'


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many rules and tests there are, and those that no case covers."""

    rules: int
    tests: int
    uncovered_rules: tuple[str, ...]
    uncovered_tests: tuple[Uncovered, ...]

    @property
    def rule_share(self) -> float:
        """The share of rules that are covered, 0 to 1."""
        return _share(self.rules, len(self.uncovered_rules))

    @property
    def test_share(self) -> float:
        """The share of tests that are covered, 0 to 1; 1 where no rule tests anything."""
        return _share(self.tests, len(self.uncovered_tests))


def coverage(policy: Policy, results: Iterable[CaseResult]) -> Coverage:
    """What the cases that pass cover."""
    trials = [result.trial for result in results if result.passed]
    decided = {
        reason.removesuffix(UNKNOWN_MARK) for trial in trials for reason in trial.expect.reasons
    }
    tests = [
        (rule.id, leaf)
        for rule in policy.own_rules
        for leaf in dict.fromkeys(leaf for leaf, _ in leaves(rule.when))
    ]
    seen = _seen([leaf for _, leaf in tests], facts_frame([trial.facts for trial in trials]))
    uncovered = [
        Uncovered(rule, leaf, tuple(one for one in (True, False) if one not in seen[leaf]))
        for rule, leaf in tests
        if len(seen[leaf]) < 2
    ]
    missing = tuple(rule.id for rule in policy.own_rules if rule.id not in decided)
    return Coverage(len(policy.own_rules), len(tests), missing, tuple(uncovered))


def _seen(tests: Sequence[Leaf], facts: pl.DataFrame) -> dict[Leaf, set[bool]]:
    """For each test the answers that it gave, unknown aside."""
    names = {test: str(at) for at, test in enumerate(dict.fromkeys(tests))}
    answers = facts.select(expression(test).alias(name) for test, name in names.items())
    return {test: set(answers[name].drop_nulls().to_list()) for test, name in names.items()}


def _share(all_: int, uncovered: int) -> float:
    return (all_ - uncovered) / all_ if all_ else 1.0
