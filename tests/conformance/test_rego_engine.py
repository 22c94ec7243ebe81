"""The exported policy under regorus, an independent engine of Rego, decides as govgate does."""

import random
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
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
)
from govgate.policy.decide import decide
from govgate.policy.fact import Kind
from govgate.policy.load import default_policy, parse_policy
from govgate.policy.packs import pack_path
from govgate.policy.rego.export import package_of, to_rego
from govgate.policy.testing.cases import facts_frame, load_cases
from govgate.policy.vocabulary import FACTS
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))
import plain_policy
import rego_policy
import test_policy_laws as laws

ROLES = ["pii.in.user", "pii.in.assistant", "pii.in.chosen"]
CHOSEN = [fact for fact in FACTS if not fact.startswith("pii.in.")] + ROLES
DAYS = [date(1999, 12, 31), date(2024, 2, 29), date(2024, 3, 1)]
FREE = {
    "lineage.models": ["gpt-4", "gemma", "our-model"],
    "license.id": ["MIT", 'a "quoted"\nid'],
    "source.audience": ["support", "legal"],
    "source.name": ["wikipedia", "naïve 😀"],
    "pii.fields": ["text", "messages/*/content"],
}


def words(fact):
    listed = FREE.get(fact) or FACTS[fact].words[:4]
    return ["PERSON", "US_SSN", "URL"] if FACTS[fact].entities else [str(word) for word in listed]


def leaf(fact):
    some = st.lists(st.sampled_from(words(fact) or [""]), min_size=1, max_size=3).map(tuple)
    match FACTS[fact].kind:
        case Kind.SET:
            tests = st.builds(Has, st.just(fact), st.sampled_from(SetTest), some)
            return tests | st.just(IsEmpty(fact)) | st.just(IsKnown(fact))
        case Kind.TEXT | Kind.WORD:
            return st.builds(OneOf, st.just(fact), some) | st.just(IsKnown(fact))
        case kind:
            limits = st.sampled_from(DAYS) if kind is Kind.DATE else st.integers(0, 4)
            compared = st.builds(Compare, st.just(fact), st.sampled_from(Operator), limits)
            return compared | st.just(IsKnown(fact))


def value(fact):
    match FACTS[fact].kind:
        case Kind.SET:
            return st.none() | st.lists(st.sampled_from(words(fact)), max_size=3).map(tuple)
        case Kind.TEXT | Kind.WORD:
            return st.none() | st.sampled_from(words(fact))
        case Kind.NUMBER:
            return st.none() | st.integers(0, 4)
        case Kind.DATE:
            return st.none() | st.sampled_from(DAYS)


conditions = st.just(Always()) | st.recursive(
    st.sampled_from(CHOSEN).flatmap(leaf), laws.nested, max_leaves=8
)
bodies = st.lists(
    st.tuples(conditions, laws.thens, laws.duties, laws.unknowns), min_size=1, max_size=5
)
tables = st.lists(st.fixed_dictionaries({fact: value(fact) for fact in CHOSEN}), max_size=5)


def decided(policy, table):
    return decide(facts_frame(table), policy).drop("index").to_dicts()


def assert_all_agree(policy, table):
    exported = rego_policy.verdicts(policy, table)
    assert exported == [plain_policy.verdict(policy, row) for row in table]
    assert exported == decided(policy, table)


@law(250)
@given(laws.bodies_list, laws.tables)
def test_the_export_decides_as_the_other_two_evaluators(bodies, table):
    assert_all_agree(laws.policy_of(bodies), table)


@law(250)
@given(bodies, tables)
def test_the_export_agrees_on_facts_of_the_whole_vocabulary(bodies, table):
    assert_all_agree(laws.policy_of(bodies), table)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 9, 40])
@law(20)
@given(values=st.fixed_dictionaries({fact: value(fact) for fact in CHOSEN}))
def test_conditions_that_nest_deep_agree(depth, values):
    when = OneOf("license.class", ("permissive",))
    for level in range(depth):
        known = IsKnown("consent.basis") if level % 2 else IsEmpty("pii.entities")
        when = Not(AllOf((when, AnyOf((known, Compare("pii.count", Operator.AT_LEAST, level))))))
    assert_all_agree(laws.policy_of([(when, ("allow", "redact"), ["attribute"], None)]), [values])


def test_the_default_policy_agrees_on_its_own_cases():
    policy = default_policy()
    cases = load_cases(pack_path("default") / "cases.yaml", policy)
    table = [dict(trial.facts) for trial in cases.trials]
    assert len(table) >= 30
    assert_all_agree(policy, table)


def test_the_default_policy_agrees_on_random_rows_of_the_whole_vocabulary():
    dice = random.Random(20261125)
    policy = default_policy()
    table = [random_row(dice) for _ in range(600)]
    assert_all_agree(policy, table)
    found = {verdict["partition"] for verdict in decided(policy, table)}
    assert found == {"train", "retrieve", "withheld"}


def random_row(dice):
    """Every fact, unknown in one of five rows, with few findings so that some rows pass."""
    row = {}
    for fact, meaning in FACTS.items():
        listed = FREE.get(fact) or [str(word) for word in meaning.words]
        match meaning.kind:
            case Kind.SET:
                drawn = tuple(dice.sample(listed, dice.choice([0, 0, 0, 1, 2])))
            case Kind.TEXT | Kind.WORD:
                drawn = dice.choice(listed)
            case Kind.NUMBER:
                drawn = dice.choice([0, 1, 19, 20, 500])
            case Kind.DATE:
                drawn = dice.choice(DAYS)
        row[fact] = None if dice.random() < 0.2 else drawn
    return row


OPEN = """
policy: t
version: 1
expires: 2027-06-30
purposes: [fine-tuning]
rules:
  - {id: open, when: always, then: {train: allow, retrieve: allow}}
  - {id: stop, when: {FACT: TEST}, then: {train: deny, retrieve: deny}}
"""
TESTS = {
    "pii.count": '">= 3"',
    "pii.entities": "{any: [PERSON]}",
    "license.id": "MIT",
    "license.class": "academic",
    "source.collected": '"< 2020-01-01"',
}


def asked(policy, text):
    """What the export answers to each query that its header names."""
    engine = rego_policy.engine(policy)
    return {
        name: rego_policy.answer(engine, f"data.{package_of(policy)}.{name}", text)
        for name in ("verdict", "allow_train", "allow_retrieve")
    }


def answered(fact, text):
    policy = parse_policy(
        OPEN.replace("FACT", fact).replace("TEST", TESTS[fact]).encode(), "p.yaml"
    )
    return asked(policy, text)


@pytest.mark.parametrize(
    ("fact", "good"),
    [
        ("pii.count", "2"),
        ("pii.count", "2.0"),
        ("pii.entities", '["URL"]'),
        ("pii.entities", "[]"),
        ("license.id", '"BSD"'),
        ("license.class", '"permissive"'),
        ("source.collected", '"2024-02-29"'),
        ("source.collected", '"2400-02-29"'),
        ("source.collected", '"2020-12-31"'),
    ],
)
def test_a_value_of_the_right_type_is_known(fact, good):
    answer = answered(fact, f'{{"{fact}": {good}, "other": [1]}}')
    assert answer["verdict"]["reasons"] == ["open"]
    assert (answer["allow_train"], answer["allow_retrieve"]) == (True, True)


@pytest.mark.parametrize(
    ("fact", "bad"),
    [
        ("pii.count", '"2"'),
        ("pii.count", "2.5"),
        ("pii.count", "-1"),
        ("pii.count", "true"),
        ("pii.count", "[2]"),
        ("pii.entities", '"URL"'),
        ("pii.entities", '{"a": "URL"}'),
        ("pii.entities", '["URL", 1]'),
        ("pii.entities", '["URL", null]'),
        ("pii.entities", "0"),
        ("license.id", "1"),
        ("license.id", '["BSD"]'),
        ("license.id", "false"),
        ("license.class", '"Academic"'),
        ("license.class", '["permissive"]'),
        ("source.collected", '"2024-02-30"'),
        ("source.collected", '"2023-02-29"'),
        ("source.collected", '"1900-02-29"'),
        ("source.collected", '"2024-04-31"'),
        ("source.collected", '"2024-13-01"'),
        ("source.collected", '"0000-01-01"'),
        ("source.collected", '"2024-1-1"'),
        ("source.collected", '"2024-01-01T00:00:00Z"'),
        ("source.collected", '"2024-01-01\\n"'),
        ("source.collected", "20240101"),
        *((fact, "null") for fact in TESTS),
    ],
)
def test_a_value_of_another_type_is_unknown_and_denies(fact, bad):
    answer = answered(fact, f'{{"{fact}": {bad}}}')
    assert answer["verdict"]["reasons"] == ["stop?"]
    assert (answer["allow_train"], answer["allow_retrieve"]) == (False, False)


@pytest.mark.parametrize("text", ["{}", "null", "[]", '"text"', "5", '[{"pii.count": 0}]'])
@pytest.mark.parametrize("fact", list(TESTS))
def test_an_input_without_the_fact_denies(fact, text):
    assert answered(fact, text)["verdict"]["reasons"] == ["stop?"]


def test_no_input_at_all_denies():
    policy = default_policy()
    engine = rego_policy.engine(policy)
    package = f"data.{package_of(policy)}"
    assert engine.eval_rule(f"{package}.verdict")["partition"] == "withheld"
    assert engine.eval_rule(f"{package}.allow_train") is False


def test_a_use_that_needs_redaction_is_not_plainly_allowed():
    policy = default_policy()
    row = {
        "license.class": "permissive",
        "consent.basis": "contract",
        "pii.entities": ["PERSON"],
        "pii.count": 1,
    }
    answer = asked(policy, rego_policy.document(row))
    assert answer["verdict"]["train"] == "redact"
    assert (answer["allow_train"], answer["allow_retrieve"]) == (False, False)


def test_a_rule_whose_answer_is_missing_counts_as_unanswered():
    policy = default_policy()
    text = to_rego(policy)
    line = 'answers["license-unknown"] := unknown(facts["license.class"])\n'
    assert line in text
    engine = rego_policy.regorus.Engine()
    engine.add_policy("p.rego", text.replace(line, line.replace("class", "klass")))
    query = f"data.{package_of(policy)}.verdict"
    row = '{"license.class": "permissive", "pii.entities": [], "pii.count": 0}'
    assert "license-unknown?" in rego_policy.answer(engine, query, row)["reasons"]


@pytest.mark.skipif(shutil.which("opa") is None, reason="opa is not installed")
def test_opa_accepts_the_export(tmp_path):
    file = tmp_path / "default.rego"
    file.write_text(to_rego(default_policy()), encoding="utf-8")
    opa = shutil.which("opa")
    done = subprocess.run([opa, "check", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
