"""Laws of deciding, on random policies and rows."""

import sys
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from govgate.model import Effect
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
from govgate.policy.decide import decide
from govgate.policy.load import Policy, parse_policy
from govgate.policy.loosen import loosened
from govgate.policy.model import Rule
from govgate.policy.testing.cases import facts_frame
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parent))
import plain_policy

WORDS = {
    "pii.entities": ["PERSON", "US_SSN", "URL"],
    "pii.in.user": ["PERSON", "US_SSN"],
    "pii.roles": ["user", "assistant"],
    "source.jurisdictions": ["NO", "DE"],
    "license.class": ["permissive", "academic", "proprietary"],
    "consent.basis": ["consent", "contract"],
    "license.id": ["MIT", "CC-BY-4.0"],
}
SETS = ["pii.entities", "pii.in.user", "pii.roles", "source.jurisdictions"]
TEXTS = ["license.class", "consent.basis", "license.id"]
NUMBERS = ["pii.count", "row.characters"]
DAYS = [date(2024, 5, day) for day in (24, 25, 26)]
ORDER = {effect.word: effect for effect in Effect}
TEMPLATE = parse_policy(
    b"policy: t\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
    b"rules: [{id: a, when: always, then: {train: allow}}]\n",
    "template.yaml",
)


def some(words):
    return st.lists(st.sampled_from(words), min_size=1, max_size=3).map(tuple)


def leaf(fact):
    known = st.just(IsKnown(fact))
    if fact in SETS:
        test = st.builds(Has, st.just(fact), st.sampled_from(SetTest), some(WORDS[fact]))
        return test | known | st.just(IsEmpty(fact))
    if fact in TEXTS:
        return st.builds(OneOf, st.just(fact), some(WORDS[fact])) | known
    value = st.sampled_from(DAYS) if fact == "source.collected" else st.integers(0, 4)
    return st.builds(Compare, st.just(fact), st.sampled_from(Operator), value) | known


leaves = st.sampled_from([*SETS, *TEXTS, *NUMBERS, "source.collected"]).flatmap(leaf)


def nested(inner):
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts) | st.builds(Not, inner)


conditions = st.just(Always()) | st.recursive(leaves, nested, max_leaves=6)
effects = st.sampled_from(["allow", "redact", "deny", None])
thens = st.tuples(effects, effects).filter(any)
duties = st.sets(st.sampled_from(["attribute", "share-alike"]))
unknowns = st.sampled_from([None, "deny", "silent"])
bodies = st.tuples(conditions, thens, duties, unknowns)
bodies_list = st.lists(bodies, min_size=1, max_size=6)


def text(fact):
    return st.sampled_from(WORDS[fact]) | st.none()


rows = st.fixed_dictionaries(
    {fact: st.none() | st.lists(st.sampled_from(WORDS[fact])).map(tuple) for fact in SETS}
    | {fact: text(fact) for fact in TEXTS}
    | {fact: st.none() | st.integers(0, 4) for fact in NUMBERS}
    | {"source.collected": st.none() | st.sampled_from(DAYS)}
)
tables = st.lists(rows, min_size=1, max_size=8)


def policy_of(bodies):
    """A policy with rules r0, r1, … of these bodies; its source only tells policies apart."""
    rules = tuple(
        Rule.model_construct(
            id=f"r{at}",
            when=when,
            then=TEMPLATE.rules[0].then.model_copy(update={"train": train, "retrieve": retrieve}),
            obligations=tuple(sorted(duties)),
            unknown=unknown,
        )
        for at, (when, (train, retrieve), duties, unknown) in enumerate(bodies)
    )
    return with_rules(rules)


def with_rules(rules):
    document = TEMPLATE.document.model_copy(update={"rules": rules})
    return Policy(repr(rules).encode(), document, "random")


def verdicts(policy, table):
    return decide(facts_frame(table), policy).drop("index").to_dicts()


@law(300)
@given(bodies_list, tables)
def test_the_compiled_policy_agrees_with_the_plain_evaluator(bodies, table):
    policy = policy_of(bodies)
    assert verdicts(policy, table) == [plain_policy.verdict(policy, row) for row in table]


@law(100)
@given(bodies_list, conditions, thens, tables)
def test_one_more_denial_never_loosens(bodies, when, then, table):
    stricter = tuple(None if word is None else "deny" for word in then)
    before = verdicts(policy_of(bodies), table)
    after = verdicts(policy_of([*bodies, (when, stricter, set(), None)]), table)
    for old, new in zip(before, after, strict=True):
        assert ORDER[new["train"]] >= ORDER[old["train"]]
        assert ORDER[new["retrieve"]] >= ORDER[old["retrieve"]]


@law(100)
@given(bodies_list, tables, st.randoms())
def test_the_order_of_rules_does_not_matter(bodies, table, random):
    policy = policy_of(bodies)
    shuffled = list(policy.rules)
    random.shuffle(shuffled)
    assert verdicts(with_rules(tuple(shuffled)), table) == verdicts(policy, table)


@law(100)
@given(bodies_list, tables, st.randoms())
def test_the_order_of_rows_does_not_matter(bodies, table, random):
    policy = policy_of(bodies)
    facts = facts_frame(table)
    order = list(range(len(table)))
    random.shuffle(order)
    assert decide(facts[order], policy).equals(decide(facts, policy)[order])


@law(100)
@given(bodies_list, tables)
def test_knowing_less_never_loosens_a_denial_only_policy(bodies, table):
    """With everything allowed by default, forgetting a fact can only add denials."""
    plain = [
        (when, tuple(None if word is None else "deny" for word in then), set(), None)
        for when, then, _, _ in bodies
        if not asks_whether_known(when)
    ]
    policy = policy_of([(Always(), ("allow", "allow"), set(), None), *plain])
    forgotten = [row | {"license.class": None, "pii.entities": None} for row in table]
    before, after = verdicts(policy, table), verdicts(policy, forgotten)
    for old, new in zip(before, after, strict=True):
        assert ORDER[new["train"]] >= ORDER[old["train"]]


def asks_whether_known(condition):
    match condition:
        case IsKnown():
            return True
        case AllOf(parts) | AnyOf(parts):
            return any(map(asks_whether_known, parts))
        case Not(part):
            return asks_whether_known(part)
    return False


@law(50)
@given(bodies_list, tables)
def test_a_column_of_nulls_is_as_good_as_none(bodies, table):
    policy = policy_of(bodies)
    facts = facts_frame([row | {"pii.entities": None} for row in table])
    assert decide(facts, policy).equals(decide(facts.drop("pii.entities"), policy))
    untyped = facts.with_columns(pl.lit(None).alias("pii.entities"))
    assert decide(facts, policy).equals(decide(untyped, policy))


@law(400)
@given(bodies_list, st.data(), tables)
def test_what_is_not_called_looser_lets_nothing_more_through(bodies, data, table):
    """A change of one rule, its loss, or one more: what `extends` says aloud and floors refuse."""
    changed = list(bodies)
    at = data.draw(st.integers(0, len(bodies) - 1))
    other = data.draw(bodies_of_one)
    match data.draw(st.sampled_from(["replace", "condition", "then", "unknown", "drop", "add"])):
        case "replace":
            changed[at] = other
        case "condition":
            changed[at] = (other[0], *bodies[at][1:])
        case "then":
            changed[at] = (bodies[at][0], other[1], *bodies[at][2:])
        case "unknown":
            changed[at] = (*bodies[at][:3], other[3])
        case "drop":
            changed[at] = (Always(), ("deny", None), set(), "silent") if at == 0 else None
        case "add":
            changed.append(other)
    kept = [body for body in changed if body is not None]
    base, child = policy_of(bodies), renamed(policy_of(kept), changed)
    if loosened(base.document, child.document):
        return
    for old, new in zip(verdicts(base, table), verdicts(child, table), strict=True):
        for use in ("train", "retrieve"):
            assert ORDER[new[use]] >= ORDER[old[use]]
            if new[use] == "redact" == old[use]:
                assert replaced(old, use) <= replaced(new, use) or "*" in replaced(new, use)
        if new["partition"] != "withheld":
            assert duties_of(old) <= duties_of(new)


bodies_of_one = bodies


def renamed(policy, changed):
    """The policy with the ids that its rules had before some were taken out."""
    ids = [f"r{at}" for at, body in enumerate(changed) if body is not None]
    return with_rules(
        tuple(
            rule.model_copy(update={"id": name})
            for rule, name in zip(policy.rules, ids, strict=True)
        )
    )


def replaced(verdict, use):
    prefix = f"redact:{use}:"
    return {o.removeprefix(prefix) for o in verdict["obligations"] if o.startswith(prefix)}


def duties_of(verdict):
    return {duty for duty in verdict["obligations"] if not duty.startswith("redact:")}
