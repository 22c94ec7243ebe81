"""What must be so for a rule to give a use nothing, or nothing stricter than an effect."""

from collections.abc import Iterable
from functools import lru_cache

from govgate.model import Effect, Use
from govgate.policy.conditions import AllOf, Condition, IsKnown, Not
from govgate.policy.model import Rule
from govgate.policy.search.satisfy import EVERY, NOT_FALSE, Answer, Goal
from govgate.policy.vocabulary import PII_ENTITIES


def silent(rule: Rule, use: Use) -> list[Goal]:
    """What makes ``rule`` give nothing to ``use``; empty where it never does."""
    if rule.then.on(use) is None:
        return []
    unanswered = rule.unanswered(use) is not None
    return [Goal(rule.when, Answer.FALSE if unanswered else Answer.FALSE | Answer.UNKNOWN)]


def not_above(rule: Rule, use: Use, effect: Effect) -> list[Goal]:
    """What keeps ``rule`` from giving anything stricter than ``effect`` to ``use``."""
    said = rule.then.on(use)
    if said is None or effect is Effect.DENY:
        return []
    answers = EVERY
    if said > effect:
        answers &= ~Answer.TRUE
    if rule.unanswered(use) is not None:
        answers &= ~Answer.UNKNOWN
    goals = [Goal(rule.when, answers)] if answers != EVERY else []
    if said is Effect.REDACT and effect is Effect.REDACT:
        # Without knowing what was found there is nothing to replace, and redact becomes deny.
        goals.append(Goal(_blind(rule.when), Answer.FALSE | Answer.UNKNOWN))
    return goals


@lru_cache(maxsize=4096)  # one object for each, so that a search knows it again
def _blind(when: Condition) -> Condition:
    return AllOf((when, Not(IsKnown(PII_ENTITIES))))


def none_above(rules: Iterable[Rule], use: Use, effect: Effect) -> list[Goal]:
    """What keeps all of ``rules`` from it."""
    return [goal for rule in rules for goal in not_above(rule, use, effect)]


def speaks(rule: Rule, *, unanswered: bool = False) -> Goal:
    """The rule matches, or with ``unanswered``: it is not false."""
    return Goal(rule.when, NOT_FALSE if unanswered else Answer.TRUE)
