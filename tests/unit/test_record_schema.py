"""`docs/decision.schema.json`: what the code writes holds against it, and it is of this code."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from govgate.model import Outcome, Purpose
from govgate.record import Counts, Decision, Members, MemberTree, PolicyUsed, schema_text

FILE = Path(__file__).resolve().parents[2] / "docs" / "decision.schema.json"
HEX = "0a" * 32


def predicate(**more: Any) -> dict[str, Any]:
    return Decision(
        outcome=Outcome.TRAIN,
        purpose=Purpose.FINE_TUNING,
        as_of="2026-11-29",
        finished_on="2026-11-29T10:00:00Z",
        policy=PolicyUsed(name="p", version=1, expires="2027-01-01", sha256=HEX),
        unmet=(),
        counts=Counts(rows=1, train=1, retrieve=0, withheld=0, redacted=0, rules={}),
        coverage={"complete": True},
        inputs=(),
        train=(),
        byproducts=(),
        detector={},
        registries={},
        versions={},
        **more,
    ).as_predicate()


def test_the_schema_in_docs_is_that_of_the_code() -> None:
    assert FILE.read_text("utf-8") == schema_text(), "run: make docs"


@pytest.mark.parametrize("members", [None, "with"])
def test_predicates_hold_against_it(members: str | None) -> None:
    tree = MemberTree(size=1, root=HEX)
    said = Members(key=HEX, rows=tree, subjects=None, nameless_rows=None) if members else None
    schema = json.loads(FILE.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(predicate(members=said))) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outcome", "maybe"),
        ("unknown", 1),
        ("policy", {"name": "p"}),
        ("registries", {"consent": "not hex"}),
        ("inputs", [{"name": "a", "sha256": HEX, "size": -1, "rows": 0}]),
        ("asOf", None),
    ],
)
def test_others_do_not(field: str, value: Any) -> None:
    schema = json.loads(FILE.read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors({**predicate(), field: value}))
