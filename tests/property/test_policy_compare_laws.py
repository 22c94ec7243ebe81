"""Laws of comparing policies: z3's answer is what deciding every row of a small world gives.

The oracle shares nothing with the formulas: it decides all rows of the world, and says for
itself what of two verdicts is milder.
"""

import sys
from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

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
    facts_of,
)
from govgate.policy.decide import decide
from govgate.policy.load import Policy, parse_policy
from govgate.policy.model import Rule
from govgate.policy.prove.compare import Relation, compare
from govgate.policy.testing.cases import facts_frame
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parent))
import plain_policy

ENTITIES = ["PERSON", "US_SSN", "URL"]
TEMPLATE = parse_policy(
    b"policy: t\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
    b"rules: [{id: a, when: always, then: {train: allow}}]\n",
    "template.yaml",
)
MIRRORED = {
    Relation.STRICTER: Relation.LOOSER,
    Relation.LOOSER: Relation.STRICTER,
    Relation.EQUAL: Relation.EQUAL,
    Relation.NEITHER: Relation.NEITHER,
}

# Conditions name all but the last word of each list, which so stands for the rest.
sets = [(), *((e,) for e in ENTITIES), ("PERSON", "US_SSN"), ("PERSON", "URL"), ("US_SSN", "URL")]
WORLD = {
    "pii.entities": [None, *sets, tuple(ENTITIES)],
    "pii.in.user": [None, (), ("PERSON",), ("URL",), ("PERSON", "URL")],
    "license.class": [None, "permissive", "academic", "proprietary"],
    "pii.count": [None, 0, 1, 2, 3, 4],
}


def met(row):
    """Whether a gate can write the row: one scan says all of its findings, or nothing."""
    found = [row["pii.entities"], row["pii.in.user"], row["pii.count"]]
    if None in found:
        return found == [None] * 3
    entities, said, count = found
    return set(said) <= set(entities) and (count == 0) == (entities == ())


EVERY = [dict(zip(WORLD, values, strict=True)) for values in product(*WORLD.values())]
ROWS = [row for row in EVERY if met(row)]
FRAME = facts_frame(ROWS)


def some(words):
    return st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True).map(tuple)


def set_leaf(fact, words):
    return (
        st.builds(Has, st.just(fact), st.sampled_from(SetTest), some(words))
        | st.just(IsEmpty(fact))
        | st.just(IsKnown(fact))
    )


leaves = (
    set_leaf("pii.entities", ENTITIES[:2])
    | set_leaf("pii.in.user", ["PERSON"])
    | st.builds(OneOf, st.just("license.class"), some(["permissive", "academic"]))
    | st.just(IsKnown("license.class"))
    | st.builds(Compare, st.just("pii.count"), st.sampled_from(Operator), st.integers(0, 3))
)


def nested(inner):
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts) | st.builds(Not, inner)


conditions = st.just(Always()) | st.recursive(leaves, nested, max_leaves=4)
effects = st.sampled_from(["allow", "redact", "redact", "deny", None])
bodies = st.tuples(
    conditions,
    st.tuples(effects, effects).filter(any),
    st.sets(st.sampled_from(["attribute", "share-alike"])),
    st.sampled_from([None, "deny", "silent"]),
)
bodies_list = st.lists(bodies, min_size=1, max_size=4)
anyone = (Always(), ("allow", "allow"), set(), None)


def policy_of(bodies):
    then = TEMPLATE.rules[0].then
    rules = tuple(
        Rule.model_construct(
            id=f"r{at}",
            when=when,
            then=then.model_copy(update={"train": train, "retrieve": retrieve}),
            obligations=tuple(sorted(duties)),
            unknown=unknown,
            waivable=True,
            approvals=None,
        )
        for at, (when, (train, retrieve), duties, unknown) in enumerate(bodies)
    )
    document = TEMPLATE.document.model_copy(update={"rules": rules})
    return Policy(repr(rules).encode(), document, "random")


@st.composite
def pairs(draw):
    """Two policies: an edit of one, as a rule, for two random ones are almost never ordered."""
    first = [anyone, *draw(bodies_list)]
    second = list(first)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(second)))
        match draw(st.sampled_from(["add", "drop", "change", "other"])):
            case "add":
                second.insert(at, draw(bodies))
            case "drop" if len(second) > 1:
                del second[at % len(second)]
            case "change":
                when, _, _, _ = second[at % len(second)]
                second[at % len(second)] = (when, *draw(bodies)[1:])
            case _:
                second = draw(bodies_list)
    return first, second


def milder(first, second, row):
    """Whether the second verdict lets anything through that the first stops, asked plainly."""
    for use in ("train", "retrieve"):
        order = plain_policy.STRICTNESS
        before, after = order.index(first[use]), order.index(second[use])
        if after < before:
            return True
        if first[use] == second[use] == "redact":
            gone, still = (
                {o.split(":")[2] for o in v["obligations"] if o.startswith(f"redact:{use}:")}
                for v in (first, second)
            )
            if "*" in gone:
                gone = set(row["pii.entities"] or ())
            if "*" not in still and any(
                one not in still and one.split("@")[0] not in still for one in gone
            ):
                return True
    duties = [{o for o in v["obligations"] if ":" not in o} for v in (first, second)]
    return second["partition"] != "withheld" and not duties[0] <= duties[1]


def waived(bodies):
    """The rules once all of them are waived, asked plainly: what permits, without duties."""
    left = []
    for when, (train, retrieve), _, unknown in bodies:
        lifts = "deny" in (train, retrieve) or "redact" in (train, retrieve) or unknown == "deny"
        permits = tuple(None if one in ("deny", None) else "allow" for one in (train, retrieve))
        left.append((when, permits, set(), "silent" if lifts else unknown))
    return left


def by_brute_force(first, second):
    looser = stricter = False
    for sides in ((first, second), (waived(first), waived(second))):
        one, two = (decide(FRAME, policy_of(side)).to_dicts() for side in sides)
        looser |= any(milder(a, b, row) for a, b, row in zip(one, two, ROWS, strict=True))
        stricter |= any(milder(b, a, row) for a, b, row in zip(one, two, ROWS, strict=True))
    return {
        (False, False): Relation.EQUAL,
        (True, False): Relation.LOOSER,
        (False, True): Relation.STRICTER,
        (True, True): Relation.NEITHER,
    }[looser, stricter]


@law(250)
@given(pairs())
def test_the_proof_agrees_with_deciding_every_row(pair):
    first, second = map(policy_of, pair)
    assert compare(first, second).relation is by_brute_force(*pair)


@law(100)
@given(pairs())
def test_counter_examples_differ_by_the_plain_evaluator_and_cannot_shrink(pair):
    first, second = map(policy_of, pair)
    found = compare(first, second)
    for example, (one, two) in (
        (found.looser, (first, second)),
        (found.stricter, (second, first)),
    ):
        if example is None:
            continue

        def differs(row, one=one, two=two):
            full = {"pii.entities": None} | row
            return milder(plain_policy.verdict(one, row), plain_policy.verdict(two, row), full)

        facts = dict(example.facts)
        assert differs(facts)
        assert None not in facts.values()
        whole = dict.fromkeys(WORLD) | facts
        seen = {fact for rule in (*one.rules, *two.rules) for fact in facts_of(rule.when)}
        if all(fact in seen for fact in ("pii.entities", "pii.in.user", "pii.count")):
            assert met(whole)
        if "license.class" in facts:
            assert not differs({k: v for k, v in facts.items() if k != "license.class"})
        if any(fact.startswith("pii.") for fact in facts):
            assert not differs({k: v for k, v in facts.items() if not k.startswith("pii.")})


@law(100)
@given(pairs())
def test_swapping_the_policies_mirrors_the_relation(pair):
    first, second = map(policy_of, pair)
    assert compare(second, first).relation is MIRRORED[compare(first, second).relation]


@law(60)
@given(bodies_list, st.randoms())
def test_a_policy_equals_itself_in_any_order_of_rules(bodies, random):
    shuffled = list(bodies)
    random.shuffle(shuffled)
    found = compare(policy_of(bodies), policy_of(shuffled))
    assert found.relation is Relation.EQUAL
    assert found.looser is found.stricter is None
    assert found.notes == ()


@law(100)
@given(bodies_list, conditions)
def test_one_more_denial_is_stricter_or_equal(bodies, when):
    more = [*bodies, (when, ("deny", "deny"), set(), None)]
    found = compare(policy_of(bodies), policy_of(more)).relation
    assert found in (Relation.STRICTER, Relation.EQUAL)


@law(60)
@given(bodies_list, conditions, st.sampled_from([("deny", None), ("deny", "redact")]))
def test_dropping_a_rule_that_only_forbids_is_never_stricter(bodies, when, then):
    bodies = [anyone, *bodies]
    more = [*bodies, (when, then, set(), "deny")]
    found = compare(policy_of(more), policy_of(bodies)).relation
    assert found in (Relation.LOOSER, Relation.EQUAL)
