"""Conditions as formulas: in every row the same answer as the plain evaluator's."""

import sys
from datetime import date
from itertools import product
from pathlib import Path

import pytest
import z3

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
from govgate.policy.prove.domains import Domain
from govgate.policy.prove.formulas import Facts, Symbol
from govgate.policy.vocabulary import FACTS

sys.path.insert(0, str(Path(__file__).parents[3] / "property"))
import plain_policy

DAY = date(2024, 2, 29)
DOMAINS = {
    "license.class": Domain(FACTS["license.class"], words=("academic", "permissive")),
    "pii.entities": Domain(FACTS["pii.entities"], words=("PERSON", "URL")),
    "pii.count": Domain(FACTS["pii.count"], points=(0, 2)),
    "source.collected": Domain(FACTS["source.collected"], points=(DAY,)),
}
VALUES = {
    "license.class": [None, "academic", "permissive"],
    "pii.entities": [None, (), ("PERSON",), ("PERSON", "URL")],
    "pii.count": [None, 0, 2],
    "source.collected": [None, DAY, date.min, date.max],
}
ACADEMIC = OneOf("license.class", ("academic",))
MANY = Compare("pii.count", Operator.ABOVE, 1)


def symbols():
    return {name: Symbol.of(domain) for name, domain in DOMAINS.items()}


def pinned(symbol, value):
    """What says that the fact is this value."""
    if value is None:
        return [z3.Not(symbol.known)]
    said = [symbol.known, *symbol.bounds()]
    if isinstance(value, date):
        return [*said, symbol.number == value.toordinal()]
    if isinstance(value, int):
        return [*said, symbol.number == value]
    held = value if isinstance(value, tuple) else (value,)
    return [*said, *(formula == (word in held) for word, formula in symbol.words.items())]


@pytest.mark.parametrize(
    "condition",
    [
        Always(),
        ACADEMIC,
        IsKnown("license.class"),
        Not(IsKnown("pii.count")),
        IsEmpty("pii.entities"),
        Not(IsEmpty("pii.entities")),
        *(Has("pii.entities", test, ("PERSON", "URL")) for test in SetTest),
        *(Compare("pii.count", sign, 2) for sign in Operator),
        *(Compare("source.collected", sign, DAY) for sign in Operator),
        Not(ACADEMIC),
        AllOf((ACADEMIC, MANY)),
        AnyOf((ACADEMIC, MANY)),
        Not(AllOf((ACADEMIC, AnyOf((MANY, IsEmpty("pii.entities")))))),
    ],
    ids=str,
)
def test_a_formula_answers_as_the_plain_evaluator_does(condition):
    facts = Facts(symbols())
    true, false = facts.answer(condition)
    asked = sorted(
        fact for fact in VALUES if fact in str(condition)
    )  # others cannot matter, and would only take time
    for values in product(*(VALUES[fact] for fact in asked)):
        row = dict(zip(asked, values, strict=True))
        solver = z3.Solver()
        for fact, value in row.items():
            solver.add(*pinned(facts.symbols[fact], value))
        assert solver.check() == z3.sat, row
        model = solver.model()
        answer = tuple(
            z3.is_true(model.eval(formula, model_completion=True)) for formula in (true, false)
        )
        expected = plain_policy.answer(condition, row)
        assert answer == (expected is True, expected is False), row


@pytest.mark.parametrize("fact", list(VALUES))
def test_a_found_value_is_read_back_as_it_was_set(fact):
    for value in VALUES[fact]:
        symbol = symbols()[fact]
        solver = z3.Solver()
        solver.add(*pinned(symbol, value))
        assert solver.check() == z3.sat
        assert symbol.value(solver.model()) == value


def test_a_known_word_is_exactly_one_of_the_domain():
    symbol = symbols()["license.class"]
    for wrong in (True, False):
        solver = z3.Solver()
        solver.add(*symbol.bounds(), *(formula == wrong for formula in symbol.words.values()))
        assert solver.check() == z3.unsat


@pytest.mark.parametrize(
    ("fact", "beyond"),
    [
        ("pii.count", -1),
        ("pii.count", 2**63),
        ("source.collected", 0),
        ("source.collected", date.max.toordinal() + 1),
    ],
)
def test_no_number_or_day_lies_beyond_what_a_column_holds(fact, beyond):
    symbol = symbols()[fact]
    solver = z3.Solver()
    solver.add(*symbol.bounds(), symbol.number == beyond)
    assert solver.check() == z3.unsat
