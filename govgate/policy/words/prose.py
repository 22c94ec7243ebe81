"""Conditions, effects and rules in words: what an auditor reads instead of YAML.

The words are exact: two conditions that ask different things never read alike. Lists inside a
clause have no comma before their last word; clauses are joined by a comma and ``and`` or ``or``.
"""

import json
from collections.abc import Iterable, Sized
from datetime import date
from itertools import combinations
from typing import assert_never

from govgate.entitygroups import entity_groups
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
    Leaf,
    Not,
    OneOf,
    Operator,
    SetTest,
    entities_named,
    facts_of,
    leaves,
)
from govgate.policy.model import Rule
from govgate.policy.vocabulary import FACTS
from govgate.policy.words.phrases import phrase

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
USES = {Use.TRAIN: "training", Use.RETRIEVE: "retrieval"}
_DUTIES = {
    "attribute": "name the source wherever the row is used",
    "share-alike": "pass on under the same licence what is made of the row",
}
_MANY_FACTS = 8  # beyond which all that a rule tests count as able to leave it unanswered


def condition_words(condition: Condition, *, most: int | None = None) -> str:
    """What ``condition`` asks, as a clause: ``the class of the licence is academic``.

    ``most``: longer lists of words are cut there, and say how many more there are.
    """
    return _words(condition, most)


def effect_words(rule: Rule) -> str:
    """What the rule does: ``training is denied; retrieval is allowed``."""
    said = effects(rule)
    if len(said) > 1 and len(set(said.values())) == 1:
        return f"{' and '.join(USES[use] for use in said)} are {said[Use.TRAIN]}"
    return "; ".join(f"{USES[use]} is {word}" for use, word in said.items())


def effects(rule: Rule) -> dict[Use, str]:
    """The rule's effect on each use that it speaks of, in words."""
    replaced = _replaced(rule.when)
    said = {
        Effect.ALLOW: "allowed",
        Effect.REDACT: f"allowed once {replaced} is replaced",
        Effect.DENY: "denied",
    }
    given = {use: rule.then.on(use) for use in Use}
    return {use: said[effect] for use, effect in given.items() if effect is not None}


def _replaced(condition: Condition) -> str:
    """What a rule that redacts replaces."""
    replaced = entities_named(condition)
    if not replaced:
        return "all personal data that was found"
    upright = all(
        positive and leaf.test is not SetTest.NONE
        for leaf, positive in leaves(condition)
        if isinstance(leaf, Has) and leaf.fact.startswith("pii.")
    )
    if upright:
        return "the personal data that the rule names"
    return listed((one.replace("@", " of role ") for one in sorted(replaced)), "and")


def unknown_words(rule: Rule) -> str:
    """What the rule does where it asks for an unknown fact; empty for one that never does."""
    if not unanswerable(rule.when):
        return ""
    denied = [USES[use] for use in Use if rule.unanswered(use) is not None]
    if not denied:
        return "the rule says nothing"
    return f"{' and '.join(denied)} {'is' if len(denied) == 1 else 'are'} denied"


def unanswerable(condition: Condition) -> tuple[str, ...]:
    """The facts that, where unknown, can leave ``condition`` unanswered; sorted.

    ``all: [{F: known}, {F: …}]`` is false where F is unknown, so F is not among them.
    """
    tested = sorted({leaf.fact for leaf, _ in leaves(condition) if not isinstance(leaf, IsKnown)})
    asked = sorted(facts_of(condition))
    if len(asked) > _MANY_FACTS:
        return tuple(tested)
    sets = [frozenset(some) for n in range(len(asked) + 1) for some in combinations(asked, n)]
    open_ = {unknown for unknown in sets if None in _possible(condition, unknown)}
    return tuple(
        fact for fact in tested if any(fact in one and one - {fact} not in open_ for one in open_)
    )


def duty_words(duty: str) -> str:
    """What an obligation asks of those who use the row."""
    return _DUTIES.get(duty, duty)


def listed(words: Iterable[object], joint: str = "or", most: int | None = None) -> str:
    """``a, b or c``; cut at ``most`` words, as ``a, b or 7 more``."""
    shown = _cut([str(word) for word in words], most)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {joint} {shown[-1]}"


def _cut(words: list[str], most: int | None) -> list[str]:
    return [*words[:most], f"{len(words) - (most or 0)} more"] if _too_many(words, most) else words


def _too_many(words: Sized, most: int | None) -> bool:
    return most is not None and len(words) > most + 1


def _group(words: Iterable[object]) -> str | None:
    """The group of entities that ``words`` are, no more and no fewer."""
    named = set(words)
    return next((id_ for id_, one in entity_groups().items() if set(one.entities) == named), None)


def _possible(condition: Condition, unknown: frozenset[str]) -> frozenset[bool | None]:
    """Answers that the condition may have where just these facts are unknown (at most these)."""
    match condition:
        case Always():
            return frozenset({True})
        case IsKnown(fact):
            return frozenset({fact not in unknown})
        case Not(part):
            return frozenset(None if a is None else not a for a in _possible(part, unknown))
        case AllOf(parts) | AnyOf(parts):
            settles = isinstance(condition, AnyOf)  # true settles `any`, false settles `all`
            found: frozenset[bool | None] = frozenset({not settles})
            for part in parts:
                more = _possible(part, unknown)
                found = frozenset(_joined(a, b, settles) for a in found for b in more)
            return found
        case OneOf() | Has() | IsEmpty() | Compare():
            return frozenset({None} if condition.fact in unknown else {True, False})
        case other:
            assert_never(other)


def _joined(one: bool | None, other: bool | None, settles: bool) -> bool | None:
    if settles in (one, other):
        return settles
    return None if None in (one, other) else not settles


def clauses(condition: Condition, most: int | None = None) -> list[str]:
    """What must all hold for ``condition``; several where it joins them by ``all``."""
    if not isinstance(condition, AllOf):
        return [_words(condition, most)]
    parts, said = list(condition.parts), []
    while parts:
        match parts:
            case [IsKnown(fact), OneOf(same) | Compare(same) as test, *rest] if fact == same:
                # The two together are never unknown, which the second alone would be.
                said.append(_words(test, most).replace(" is ", " is known to be ", 1))
                parts = rest
            case [part, *rest]:
                said.append(_part(part, most))
                parts = rest
    return said


def _words(condition: Condition, most: int | None) -> str:
    match condition:
        case Always():
            return "always"
        case AnyOf((OneOf(fact, words), Not(IsKnown(same)))) if fact == same:
            return phrase(fact).holds(_list(fact, words, "or", most, "unknown"))
        case AllOf():
            return ", and ".join(clauses(condition, most))
        case AnyOf(parts):
            return ", or ".join(_part(part, most) for part in parts)
        case Not(IsKnown(fact)):
            return f"{phrase(fact).subject} is unknown"
        case Not(IsEmpty(fact)):
            return phrase(fact).something
        case Not(OneOf(fact, words)):
            none = "none of" if len(words) > 1 else "not"
            return phrase(fact).holds(f"{none} {_list(fact, words, 'and', most)}")
        case Not(part):
            return f"it is not so that ({_words(part, most)})"
        case IsKnown() | OneOf() | Has() | IsEmpty() | Compare():
            return _test(condition, most)
        case other:
            assert_never(other)


def _test(leaf: Leaf, most: int | None) -> str:
    match leaf:
        case IsKnown(fact):
            return f"{phrase(fact).subject} is known"
        case OneOf(fact, words):
            return phrase(fact).holds(_list(fact, words, "or", most))
        case IsEmpty(fact):
            return phrase(fact).nothing
        case Has(fact, SetTest.NONE, words):
            any_of = "any of " if len(words) > 1 else ""
            return phrase(fact).lacks(any_of + _list(fact, words, "or", most))
        case Has(fact, test, words):
            joint = "and" if test is SetTest.ALL else "or"
            if joint == "or" and _too_many(words, most) and (group := _group(words)):
                return phrase(fact).holds(f"any of the {len(words)} entities of the group {group}")
            return phrase(fact).holds(_list(fact, words, joint, most))
        case Compare(fact, operator, number):
            compared = _COMPARED_DAYS if isinstance(number, date) else _COMPARED
            return phrase(fact).holds(f"{compared[operator]} {number}")
        case other:
            assert_never(other)


def _list(
    fact: str, words: Iterable[str], joint: str, most: int | None, also: str | None = None
) -> str:
    """The words as one list; free text in quotes, as it may hold a comma or an ``or``."""
    free = not FACTS[fact].words
    shown = [json.dumps(word, ensure_ascii=False) if free else word for word in words]
    return listed([*_cut(shown, most), *([also] if also else [])], joint)


def _part(part: Condition, most: int | None) -> str:
    """A part of a longer condition; in brackets where it joins clauses itself."""
    text = _words(part, most)
    joins = isinstance(part, AllOf | AnyOf) and len(part.parts) > 1
    return f"({text})" if joins and (", and " in text or ", or " in text) else text
