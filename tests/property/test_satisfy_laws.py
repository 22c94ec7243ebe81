"""The search for facts, against trying every row of a small world."""

import sys
from datetime import date, timedelta
from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from govgate.policy.compile import expression
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
from govgate.policy.possible import laws
from govgate.policy.search.satisfy import GAVE_UP, Answer, Budget, Goal, find
from govgate.policy.testing.cases import facts_frame
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parent))
import plain_policy


def possible(asked, purposes):
    return [Goal(law, Answer.TRUE | Answer.UNKNOWN) for law in laws(asked, purposes)]


DAY = date(2024, 5, 25)
CLASSES = ["permissive", "academic", "proprietary"]
PURPOSES = ["pretraining", "fine-tuning", "instruction-tuning", "preference-alignment"]
ENTITIES = ["PERSON", "US_SSN", "URL", "UUID"]
VALUES = {
    "license.class": [*CLASSES, "attribution"],
    "run.purpose": PURPOSES,
    "pii.entities": [
        tuple(e for e, there in zip(ENTITIES, flags, strict=True) if there)
        for flags in product([False, True], repeat=4)
    ],
    "pii.count": range(5),
    "source.collected": [DAY + timedelta(days=by) for by in range(-2, 3)],
}
"""Of each fact, one value of every kind that the conditions below can tell apart."""
ANSWERS = {True: Answer.TRUE, False: Answer.FALSE, None: Answer.UNKNOWN}


def some(words):
    return st.lists(st.sampled_from(words), min_size=1, max_size=3).map(tuple)


days = st.sampled_from([DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)])
signs = st.sampled_from(Operator)
leaves = st.one_of(
    st.sampled_from(list(VALUES)).map(IsKnown),
    st.just(IsEmpty("pii.entities")),
    st.builds(OneOf, st.just("license.class"), some(CLASSES)),
    st.builds(OneOf, st.just("run.purpose"), some(PURPOSES)),
    st.builds(Has, st.just("pii.entities"), st.sampled_from(SetTest), some(ENTITIES[:3])),
    st.builds(Compare, st.just("pii.count"), signs, st.integers(0, 3)),
    st.builds(Compare, st.just("source.collected"), signs, days),
)


def nested(inner):
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts) | st.builds(Not, inner)


conditions = st.just(Always()) | st.recursive(leaves, nested, max_leaves=6)
answers = st.integers(1, 6).map(Answer)
goals = st.lists(st.builds(Goal, conditions, answers), min_size=1, max_size=3)


def rows_over(facts):
    names = sorted(facts)
    for values in product(*([None, *VALUES[name]] for name in names)):
        yield dict(zip(names, values, strict=True))


def facts_in(goals):
    return frozenset().union(*(facts_of(goal.condition) for goal in goals))


def met(goal, row):
    return ANSWERS[plain_policy.answer(goal.condition, row)] in goal.answers


@law(500)
@given(goals)
def test_facts_are_found_just_when_some_row_has_the_answers(goals):
    found = find(goals)
    assert found is not GAVE_UP
    if found is not None:
        assert all(met(goal, found.facts) for goal in goals)
    else:
        rows = rows_over(facts_in(goals))
        assert not any(all(met(goal, row) for goal in goals) for row in rows)


@law(200)
@given(goals)
def test_the_facts_found_have_the_answers_under_the_compiled_policy_too(goals):
    found = find(goals)
    if found is None or found is GAVE_UP:
        return
    facts = facts_frame([found.facts])
    for goal in goals:
        answer = facts.with_columns(expression(goal.condition).alias("answer"))["answer"].item()
        assert ANSWERS[answer] in goal.answers


@law(200)
@given(goals)
def test_what_was_not_settled_does_not_matter(goals):
    found = find(goals)
    if found is None or found is GAVE_UP:
        return
    settled = {variable.fact for variable, _ in found.settled}
    free = sorted(facts_in(goals) - settled)[:2]
    for row in rows_over(free):
        assert all(met(goal, found.facts | row) for goal in goals)


@law(100)
@given(goals, st.integers(0, 5))
def test_a_search_without_budget_never_denies_that_there_are_facts(goals, steps):
    hurried = find(goals, budget=Budget(steps))
    if hurried is None:
        assert find(goals) is None


ROLES = ["user", "assistant"]
findings = st.lists(st.tuples(st.sampled_from(ENTITIES), st.sampled_from(ROLES)), max_size=4)
pii_leaves = st.one_of(
    st.sampled_from(["pii.entities", "pii.in.user", "pii.roles", "pii.count"]).map(IsKnown),
    st.builds(
        Has,
        st.sampled_from(["pii.entities", "pii.in.user", "pii.in.assistant"]),
        st.sampled_from(SetTest),
        some(ENTITIES[:3]),
    ),
    st.builds(Has, st.just("pii.roles"), st.sampled_from(SetTest), some(ROLES)),
    st.sampled_from(["pii.entities", "pii.roles", "pii.fields"]).map(IsEmpty),
    st.builds(Compare, st.just("pii.count"), signs, st.integers(0, 3)),
)


@law(300)
@given(st.lists(pii_leaves, min_size=1, max_size=5), st.none() | findings)
def test_every_row_that_a_scan_can_write_obeys_the_laws(asked, found):
    """Facts as `scan/facts.py` makes them of findings; None is a row that failed."""
    row = {}
    if found is not None:
        row = {
            "pii.entities": tuple({entity for entity, _ in found}),
            "pii.roles": tuple({role for _, role in found}),
            "pii.count": len(found),
            "pii.fields": ("text",) if found else (),
            **{f"pii.in.{r}": tuple({e for e, role in found if role == r}) for r in ROLES},
        }
    assert all(met(law, row) for law in possible(asked, PURPOSES))


def test_the_laws_are_no_empty_words():
    asked = [IsKnown("pii.count"), IsKnown("pii.entities"), IsKnown("run.purpose")]
    goals = possible(asked, ["fine-tuning"])
    bad = {"pii.count": 0, "pii.entities": ("URL",), "run.purpose": "fine-tuning"}
    assert not all(met(law, bad) for law in goals)
    assert not all(met(law, bad | {"pii.entities": None}) for law in goals)
    assert not all(met(law, bad | {"pii.entities": (), "run.purpose": None}) for law in goals)
    assert not all(met(law, {"run.purpose": "pretraining"}) for law in goals)
    assert all(met(law, bad | {"pii.entities": ()}) for law in goals)
