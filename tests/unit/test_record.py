"""A decision reads back from its own spelling, and from no other."""

import json

import pytest

from govgate.attest.statement import DECISION_TYPE, parse_statement
from govgate.errors import EvidenceError
from govgate.record import parse_decision
from tests.fuzz.parsers import PARSERS

(SEED,) = next(parser.seeds for parser in PARSERS if parser.name == "decision")


def predicate_with(**changed: object) -> dict[str, object]:
    return json.loads(SEED)["predicate"] | changed


def refused(match: str, **changed: object) -> None:
    statement = parse_statement(SEED, DECISION_TYPE)
    other = type(statement)(statement.subjects, DECISION_TYPE, predicate_with(**changed))
    with pytest.raises(EvidenceError, match=match):
        parse_decision(other)


def test_a_decision_reads_back() -> None:
    decision = parse_decision(parse_statement(SEED, DECISION_TYPE))
    assert decision.as_predicate() == predicate_with()


def test_a_value_in_another_spelling_is_refused() -> None:
    refused("not written as it must be", asOf=1796169600)
    refused("not written as it must be", finishedOn="2026-11-29T12:00:00+00:00")
    refused(r"version knows \(at finishedOn\)", finishedOn="2026-11-29T13:00:00+01:00")
    refused(r"version knows \(at finishedOn\)", finishedOn="2026-11-29T12:00:00.5Z")
    refused("not written as it must be", unmet=["a"], waivers=[])


def test_an_unknown_field_or_value_is_refused_and_the_field_named() -> None:
    refused(r"version knows \(at outcome\)", outcome="perhaps")
    refused(r"version knows \(at new\)", new=1)
