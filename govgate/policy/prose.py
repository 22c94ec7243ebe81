"""Conditions, effects and rules in words: what an auditor reads instead of YAML."""

from collections.abc import Iterable
from datetime import date

from govgate.model import Effect, Use
from govgate.policy.conditions import (
    AllOf,
    Always,
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
from govgate.policy.model import Rule

_COMPARED = {
    Operator.AT_LEAST: "at least",
    Operator.AT_MOST: "at most",
    Operator.EQUAL: "exactly",
    Operator.UNEQUAL: "not",
    Operator.ABOVE: "more than",
    Operator.BELOW: "less than",
}
_COMPARED_DAYS = {
    Operator.AT_LEAST: "on or after",
    Operator.AT_MOST: "on or before",
    Operator.EQUAL: "on",
    Operator.UNEQUAL: "not on",
    Operator.ABOVE: "after",
    Operator.BELOW: "before",
}
_USES = {Use.TRAIN: "training", Use.RETRIEVE: "retrieval"}
_EFFECTS = {
    Effect.ALLOW: "allowed",
    Effect.REDACT: "allowed once the personal data is replaced",
    Effect.DENY: "denied",
}


def condition_words(condition: Condition, *, most: int | None = None) -> str:
    """What ``condition`` asks, as a clause: ``license.class is academic or proprietary``.

    ``most``: longer lists of words are cut there, and say how many more there are.
    """
    return _words(condition, most)


def effect_words(rule: Rule) -> str:
    """What the rule does: ``training is denied; retrieval is allowed``."""
    said = [
        f"{_USES[use]} is {_EFFECTS[effect]}"
        for use in Use
        if (effect := rule.then.on(use)) is not None
    ]
    return "; ".join(said)


def unknown_words(rule: Rule) -> str:
    """What happens where the rule asks for an unknown fact; empty for one that never does."""
    if isinstance(rule.when, Always):
        return ""
    denied = [_USES[use] for use in Use if rule.unanswered(use) is not None]
    return f"{' and '.join(denied)} is denied" if denied else "the rule says nothing"


def listed(words: Iterable[object], joint: str = "or", most: int | None = None) -> str:
    """``a, b or c``; cut at ``most`` words, as ``a, b and 7 more``."""
    shown = [str(word) for word in words]
    if most is not None and len(shown) > most + 1:
        shown = [*shown[:most], f"{len(shown) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {joint} {shown[-1]}"


def _words(condition: Condition, most: int | None) -> str:
    match condition:
        case Always():
            return "always"
        case AllOf(parts):
            return " and ".join(_part(part, most, within=AnyOf) for part in parts)
        case AnyOf(parts):
            return " or ".join(_part(part, most, within=AllOf) for part in parts)
        case Not(IsKnown(fact)):
            return f"{fact} is unknown"
        case Not(IsEmpty(fact)):
            return f"{fact} holds something"
        case Not(part):
            return f"it is not so that ({_words(part, most)})"
        case IsKnown(fact):
            return f"{fact} is known"
        case OneOf(fact, words):
            return f"{fact} is {listed(words, most=most)}"
        case IsEmpty(fact):
            return f"{fact} holds nothing"
        case Has(fact, test, words):
            if test is SetTest.ALL:
                return f"{fact} holds {listed(words, 'and', most)}"
            if test is SetTest.ANY:
                return f"{fact} holds {listed(words, most=most)}"
            if len(words) == 1:
                return f"{fact} does not hold {words[0]}"
            return f"{fact} holds none of {listed(words, most=most)}"
        case Compare(fact, operator, number):
            compared = _COMPARED_DAYS if isinstance(number, date) else _COMPARED
            return f"{fact} is {compared[operator]} {number}"


def _part(part: Condition, most: int | None, within: type[AllOf] | type[AnyOf]) -> str:
    text = _words(part, most)
    if not isinstance(part, AllOf | AnyOf):
        return text
    return f"({text})" if isinstance(part, within) and len(part.parts) > 1 else text
