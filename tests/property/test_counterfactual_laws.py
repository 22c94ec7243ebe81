"""Laws of counterfactuals: what is advised works, and nothing smaller would."""

import sys
from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from govgate.model import Use
from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Compare,
    Has,
    IsEmpty,
    IsKnown,
    Not,
    OneOf,
    Operator,
    SetTest,
)
from govgate.policy.load import Policy, parse_policy
from govgate.policy.model import Rule
from govgate.policy.whatif.changes import Subject, possible_changes
from govgate.policy.whatif.counterfactual import MOST_CHANGES, changed, counterfactual
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parent))
import plain_policy

ENTITIES = ["PERSON", "US_SSN", "URL"]
WORDS = {
    "pii.entities": ENTITIES,
    "pii.in.user": ENTITIES,
    "license.class": ["permissive", "academic", "proprietary"],
    "license.id": ["MIT", "CC-BY-4.0"],
    "consent.status": ["given", "withdrawn"],
    "consent.basis": ["consent", "contract", "not-personal"],
    "source.name": ["ours", "theirs"],
}
SETS = ["pii.entities", "pii.in.user"]
NUMBERS = ["pii.count", "row.characters"]
TEMPLATE = parse_policy(
    b"policy: t\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
    b"rules: [{id: a, when: always, then: {train: allow}}]\n",
    "template.yaml",
)


def leaf(fact):
    known = st.just(IsKnown(fact))
    if fact in NUMBERS:
        return (
            st.builds(Compare, st.just(fact), st.sampled_from(Operator), st.integers(0, 6)) | known
        )
    some = st.lists(st.sampled_from(WORDS[fact]), min_size=1, max_size=2).map(tuple)
    if fact in SETS:
        test = st.builds(Has, st.just(fact), st.sampled_from(SetTest), some)
        return test | known | st.just(IsEmpty(fact))
    return st.builds(OneOf, st.just(fact), some) | known


def nested(inner):
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts) | st.builds(Not, inner)


leaves = st.sampled_from([*WORDS, *NUMBERS]).flatmap(leaf)
conditions = st.just(Always()) | st.recursive(leaves, nested, max_leaves=5)
effects = st.sampled_from(["allow", "redact", "deny", None])
bodies = st.tuples(
    conditions,
    st.tuples(effects, effects).filter(any),
    st.sampled_from([None, "deny", "silent"]),
)
roles = st.sampled_from(["user", "assistant"])
spans = st.dictionaries(st.tuples(st.sampled_from(ENTITIES), roles), st.integers(1, 3), max_size=4)
known = st.fixed_dictionaries(
    {fact: st.sampled_from(words) | st.none() for fact, words in WORDS.items() if fact not in SETS}
    | {"row.characters": st.integers(1, 6)}
)


def pii(spans):
    """The facts of personal data that these findings make."""
    return {
        "pii.entities": tuple(sorted({entity for entity, _ in spans})),
        "pii.in.user": tuple(sorted({entity for entity, role in spans if role == "user"})),
        "pii.count": sum(spans.values()),
    }


def kept(spans, out):
    return {place: count for place, count in spans.items() if place[0] not in out}


def subject_of(spans, known):
    return Subject(
        facts=known | pii(spans),
        spans=spans,
        without=lambda sets: [pii(kept(spans, out)) for out in sets],
        terms_of=lambda name: ("permissive", ("notice",)) if name == "MIT" else (None, None),
    )


def policy_of(bodies):
    rules = tuple(
        Rule.model_construct(
            id=f"r{at}",
            when=when,
            then=TEMPLATE.rules[0].then.model_copy(update={"train": train, "retrieve": retrieve}),
            unknown=unknown,
        )
        for at, (when, (train, retrieve), unknown) in enumerate(bodies)
    )
    document = TEMPLATE.document.model_copy(update={"rules": rules})
    return Policy(repr(rules).encode(), document, "random")


def passes(policy, subject, changes, use):
    out = {change.removes for change in changes if change.removes}
    row = changed(subject, changes, pii(kept(subject.spans, out)))
    return plain_policy.verdict(policy, row)[use.value] != "deny"


@law(150)
@given(st.lists(bodies, min_size=1, max_size=4), spans, known, st.sampled_from(Use))
def test_what_is_advised_lets_the_row_through_and_nothing_smaller_does(bodies, spans, known, use):
    policy, subject = policy_of(bodies), subject_of(spans, known)
    found = counterfactual(policy, subject, use)
    assert found.now.allows(use) == passes(policy, subject, (), use)
    for way in found.ways:
        assert passes(policy, subject, way.changes, use)
        assert way.after.allows(use)
    if found.now.allows(use):
        assert not found.ways
        return
    size = len(found.ways[0].changes) if found.smallest and found.ways else MOST_CHANGES
    smaller = range(1, size if found.smallest and found.ways else 3)
    possible = possible_changes(policy, subject, use)
    for some in (s for n in smaller for s in combinations(possible, n)):
        if len({change.slot for change in some}) == len(some):
            assert not passes(policy, subject, some, use), some


@law(150)
@given(st.lists(bodies, min_size=1, max_size=4), spans, known)
def test_every_other_value_that_is_said_to_do_as_well_does(bodies, spans, known):
    policy, subject = policy_of(bodies), subject_of(spans, known)
    for way in counterfactual(policy, subject, Use.TRAIN).ways:
        for change in way.changes:
            for other in possible_changes(policy, subject, Use.TRAIN):
                if other.fact == change.fact and other.after in change.others:
                    rest = [one for one in way.changes if one != change]
                    assert passes(policy, subject, [*rest, other], Use.TRAIN)


@law(150)
@given(st.lists(bodies, min_size=1, max_size=4), spans, known)
def test_no_change_touches_what_is_known_of_the_source_or_adds_a_finding(bodies, spans, known):
    policy, subject = policy_of(bodies), subject_of(spans, known)
    for change in possible_changes(policy, subject, Use.TRAIN):
        assert change.fact != "source.name" or known["source.name"] is None
        assert change.after != "not-personal" or not spans
        out = {change.removes} - {None}
        row = changed(subject, [change], pii(kept(spans, out)))
        assert row["pii.count"] <= subject.facts["pii.count"]
        assert set(row["pii.entities"]) <= set(subject.facts["pii.entities"])
        assert row["row.characters"] <= known["row.characters"]
