"""What every row's facts have in common, as conditions that are never false of a real row.

The language lets a policy ask for any mix of facts; a gate writes fewer. Whoever asks "can this
ever be so?" adds these, so that `pii.count: "== 0"` beside `pii.entities: any` is seen to be a
contradiction. They speak of the facts that the given conditions ask for, and of no others.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

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
    leaves,
)
from govgate.policy.rightsfacts import LICENSE_CLASSES, LICENSE_SCALE, TERMS_OF
from govgate.policy.vocabulary import PII_ENTITIES, PII_IN

COUNT, ROLES, FIELDS = "pii.count", "pii.roles", "pii.fields"
_NEVER_UNKNOWN = ("license.from", "row.characters", "run.purpose")
# Facts that are known together or not at all.
_TOGETHER = (("license.class", "license.terms"),)
_USES = ("optout.train", "optout.retrieve", "optout.tdm")
# A known fact on the left makes the one on the right known.
_RESTS_ON = (
    ("license.class", "license.id"),
    ("license.terms", "license.id"),
    ("license.id", "license.conflict"),
    ("license.covers", "license.id"),
    *(("optout.signals", use) for use in _USES),
)


def laws(
    conditions: Iterable[Condition],
    purposes: Sequence[str],
    entities: Iterable[tuple[str, ...]] | None = None,
) -> list[Condition]:
    """Conditions that are false of no row of a gate, about the facts that ``conditions`` ask for.

    ``purposes``: those that the policy may be used for; a gate for another one is refused.
    ``entities``: groups of them that need no telling apart; if left out, those that the conditions
    never do.
    """
    asked = list(conditions)
    facts = sorted({leaf.fact for condition in asked for leaf, _ in leaves(condition)})
    groups = list(_told_apart(asked) if entities is None else entities)
    return [
        *(IsKnown(fact) for fact in facts if fact in _NEVER_UNKNOWN),
        *([OneOf("run.purpose", tuple(purposes))] if "run.purpose" in facts else []),
        *_rights(facts),
        *_findings(facts, groups),
    ]


def _rights(facts: Sequence[str]) -> Iterator[Condition]:
    """One licence is known as a whole; what rests on another fact is not known without it."""
    for group in _TOGETHER:
        for one, other in pairwise(fact for fact in group if fact in facts):
            yield _alike(IsKnown(one), IsKnown(other))
    for one, other in _RESTS_ON:
        if one in facts and other in facts:
            yield _follows(IsKnown(one), IsKnown(other))
    if {"optout.signals", *_USES} <= set(facts):
        yield _follows(AllOf(tuple(map(IsKnown, _USES))), IsKnown("optout.signals"))
    yield from _terms(facts)


def _terms(facts: Sequence[str]) -> Iterator[Condition]:
    """A term makes the class at least as strict; a class comes from a term of its own."""
    if not {"license.class", "license.terms"} <= set(facts):
        return
    yield _alike(IsEmpty("license.terms"), OneOf("license.class", LICENSE_CLASSES[:1]))
    for cls, terms in TERMS_OF.items():
        least = LICENSE_SCALE[LICENSE_SCALE.index(cls) :]
        yield _follows(Has("license.terms", SetTest.ANY, terms), OneOf("license.class", least))
        yield _follows(OneOf("license.class", (cls,)), Has("license.terms", SetTest.ANY, terms))


def _findings(facts: Sequence[str], groups: Sequence[tuple[str, ...]]) -> Iterator[Condition]:
    """One scan says all that is known of a row's findings, or none of it."""
    spoken = [fact for fact in facts if fact.startswith("pii.")]
    for one, other in pairwise(spoken):
        yield _alike(IsKnown(one), IsKnown(other))
    whole = [fact for fact in spoken if not fact.startswith(PII_IN)]
    for one, other in pairwise(whole):
        yield _alike(_nothing(one), _nothing(other))
    for role in (fact for fact in spoken if fact.startswith(PII_IN)):
        if whole:
            yield _follows(Not(IsEmpty(role)), Not(_nothing(whole[0])))
        if ROLES in spoken:
            word = Has(ROLES, SetTest.ANY, (role.removeprefix(PII_IN),))
            yield _alike(Not(IsEmpty(role)), word)
        if PII_ENTITIES in spoken:
            for words in groups:
                for test in (SetTest.ANY, SetTest.ALL):
                    yield _follows(Has(role, test, words), Has(PII_ENTITIES, test, words))


def _nothing(fact: str) -> Condition:
    return Compare(fact, Operator.EQUAL, 0) if fact == COUNT else IsEmpty(fact)


def _told_apart(asked: Sequence[Condition]) -> Iterator[tuple[str, ...]]:
    """The entities that the conditions name, in groups that they never tell apart."""
    named: dict[str, list[int]] = {}
    tests = (leaf for condition in asked for leaf, _ in leaves(condition))
    for at, leaf in enumerate(tests):
        if isinstance(leaf, Has) and (leaf.fact == PII_ENTITIES or leaf.fact.startswith(PII_IN)):
            for word in dict.fromkeys(leaf.words):
                named.setdefault(word, []).append(at)
    groups: dict[tuple[int, ...], list[str]] = {}
    for word, by in named.items():
        groups.setdefault(tuple(by), []).append(word)
    yield from map(tuple, groups.values())


def _follows(one: Condition, other: Condition) -> Condition:
    return AnyOf((Not(one), other))


def _alike(one: Condition, other: Condition) -> Condition:
    return AllOf((_follows(one, other), _follows(other, one)))
