"""Mutants: a policy with one small mistake in one rule, such as its author could have made.

A rule that allows is made to allow more, one that redacts or denies to stop less, and one that does
both is tried both ways. Mutants that cannot answer otherwise are left out where that is plain to
see; one that another rule always hides is not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from govgate.model import Effect, Use
from govgate.policy.conditions import Always
from govgate.policy.load import Policy
from govgate.policy.model import Rule
from govgate.policy.testing.mistakes import Mistake, mistakes
from govgate.policy.words.prose import condition_words, unanswerable

USES: Mapping[Use, str] = MappingProxyType({Use.TRAIN: "training", Use.RETRIEVE: "retrieval"})
_LOOSER = {Effect.DENY: Effect.REDACT, Effect.REDACT: Effect.ALLOW}


@dataclass(frozen=True, slots=True)
class Mutant:
    """Rule number ``at`` of a policy, and what stands in its place; None: nothing.

    ``change``: the mistake, to follow "if"; ``told_by``: what tells it, to follow "add a case".
    """

    rule: str
    at: int
    mutated: Rule | None
    change: str
    told_by: str

    def of(self, policy: Policy) -> Policy:
        """The policy with the mistake in it."""
        rules = list(policy.rules)
        rules[self.at : self.at + 1] = [] if self.mutated is None else [self.mutated]
        document = policy.document.model_copy(update={"rules": tuple(rules)})
        # Policies are told apart by their bytes; these are nobody's file.
        source = policy.source + repr((self.at, self.mutated)).encode("utf-8", "replace")
        return replace(policy, source=source, document=document)


def mutants(policy: Policy) -> list[Mutant]:
    """Every mutant of the policy's own rules, one after the other. There is at least one."""
    own = {rule.id for rule in policy.own_rules}
    return [
        Mutant(rule.id, at, mutated, change, told_by)
        for at, rule in enumerate(policy.rules)
        if rule.id in own
        for mutated, change, told_by in _of_rule(rule)
    ]


_Changed = tuple[Rule | None, str, str]


def _of_rule(rule: Rule) -> Iterator[_Changed]:
    yield None, "it were missing", "that it decides"
    for use in Use:
        yield from _effects(rule, use)
    yield from _unknown(rule)
    for duty in rule.obligations:
        rest = tuple(one for one in rule.obligations if one != duty)
        told_by = "that it decides, with obligations named"
        yield rule.model_copy(update={"obligations": rest}), f"it laid no duty to {duty}", told_by
    for mistake in _conditions(rule):
        mutated = rule.model_copy(update={"when": mistake.condition})
        yield mutated, mistake.change, f"where {mistake.told_by}"


def _effects(rule: Rule, use: Use) -> Iterator[_Changed]:
    effect = rule.then.on(use)
    if effect is None:
        return
    told_by = f"in which it alone decides about {USES[use]}"
    if effect in _LOOSER:
        looser = _LOOSER[effect].word
        change = f"it said {looser} for {USES[use]} instead of {effect.word}"
        yield _saying(rule, use, looser), change, told_by
    if all(rule.then.on(other) is not None for other in Use):
        yield _saying(rule, use, None), f"it did not speak of {USES[use]}", told_by


def _saying(rule: Rule, use: Use, word: str | None) -> Rule:
    then = rule.then.model_copy(update={use.value: word})
    return rule.model_copy(update={"then": then})


def _unknown(rule: Rule) -> Iterator[_Changed]:
    """The rule silent about unknown facts, if it asks for any and is not so already."""
    if facts := unanswerable(rule.when):
        silent = rule.model_copy(update={"unknown": "silent"})
        if any(rule.unanswered(use) is not None for use in Use):
            told_by = f"where {' or '.join(facts)} is unknown"
            yield silent, "it stayed silent where it asks for an unknown fact", told_by


def _conditions(rule: Rule) -> list[Mistake]:
    """Mistakes in what the rule asks, each condition once."""
    effects = {effect for use in Use if (effect := rule.then.on(use)) is not None}
    found: list[Mistake] = []
    if max(effects) > Effect.ALLOW:
        found += mistakes(rule.when, wider=False)
    if min(effects) is Effect.ALLOW:
        found += mistakes(rule.when, wider=True)
        if not isinstance(rule.when, Always):
            told_by = f"this does not hold: {condition_words(rule.when, most=3)}"
            found.append(Mistake(Always(), "it spoke of every row", told_by))
    first = {mistake.condition: mistake for mistake in reversed(found)}
    return list(reversed(first.values()))
