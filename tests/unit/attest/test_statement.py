import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from govgate.attest import jcs
from govgate.attest.statement import (
    DECISION_TYPE,
    SVR_TYPE,
    Statement,
    Subject,
    parse_statement,
    parse_svr,
    svr,
)
from govgate.errors import EvidenceError
from govgate.model import Use

FILE = Subject("train/a.jsonl", "ab" * 32)
POLICY = Subject("acme-fine-tuning", "cd" * 32)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def verification(*uses: Use) -> Statement:
    return svr([FILE], uses, policies=[POLICY], created=NOW)


def test_a_statement_reads_back():
    statement = Statement((FILE,), DECISION_TYPE, {"outcome": "train"})
    assert parse_statement(statement.encode(), DECISION_TYPE) == statement


def test_a_statement_has_the_fields_of_in_toto_v1():
    members = json.loads(Statement((FILE,), DECISION_TYPE, {}).encode())
    assert members == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "train/a.jsonl", "digest": {"sha256": "ab" * 32}}],
        "predicateType": "tag:govgate,2026:decision/v1",
        "predicate": {},
    }


def test_a_verification_result_has_the_fields_of_svr_v0_2():
    members = json.loads(verification(Use.RETRIEVE, Use.TRAIN).encode())
    assert members["predicateType"] == "https://in-toto.io/attestation/svr/v0.2"
    assert members["predicate"] == {
        "verifier": {
            "id": "tag:govgate,2026:gate/v1",
            "policies": [{"name": "acme-fine-tuning", "digest": {"sha256": "cd" * 32}}],
        },
        "timeCreated": "2026-01-02T03:04:05Z",
        "properties": ["GOVGATE_TRAINABLE", "GOVGATE_RETRIEVABLE"],
    }


@pytest.mark.parametrize("uses", [{Use.TRAIN}, {Use.RETRIEVE}, {Use.TRAIN, Use.RETRIEVE}])
def test_a_verification_result_names_the_allowed_uses_and_no_others(uses):
    result = parse_svr(parse_statement(verification(*uses).encode(), SVR_TYPE))
    assert result.uses == uses
    assert result.policies == (POLICY,)
    assert result.created == NOW


def test_a_time_in_another_zone_is_written_in_utc():
    local = NOW.astimezone(timezone(timedelta(hours=5)))
    assert svr([FILE], [Use.TRAIN], policies=[], created=local).predicate["timeCreated"] == (
        "2026-01-02T03:04:05Z"
    )


def test_a_result_without_zone_or_use_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="zone"):
        svr([FILE], [Use.TRAIN], policies=[], created=datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="property"):
        svr([FILE], [], policies=[], created=NOW)


def test_a_statement_about_nothing_or_about_two_things_of_one_name_is_refused():
    with pytest.raises(EvidenceError, match="no subject"):
        Statement((), DECISION_TYPE, {})
    with pytest.raises(EvidenceError, match="share a name"):
        Statement((FILE, Subject(FILE.name, "00" * 32)), DECISION_TYPE, {})


@pytest.mark.parametrize(
    ("name", "digest"),
    [("", "ab" * 32), ("a\nb", "ab" * 32), ("a", "AB" * 32), ("a", "ab"), ("a", "xy" * 32)],
)
def test_a_malformed_subject_is_refused(name, digest):
    with pytest.raises(EvidenceError):
        Subject(name, digest)


def with_members(change: dict) -> bytes:
    return jcs.canonical(json.loads(verification(Use.TRAIN).encode()) | change)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        with_members({"_type": "https://in-toto.io/Statement/v2"}),
        with_members({"_type": "https://in-toto.io/Statement/v0.1"}),
        with_members({"predicateType": ""}),
        with_members({"predicateType": 1}),
        with_members({"predicate": []}),
        with_members({"subject": []}),
        with_members({"subject": {}}),
        with_members({"subject": [1]}),
        with_members({"subject": [{"name": "a", "digest": {}}]}),
        with_members({"subject": [{"name": "a", "digest": {"sha256": 1}}]}),
        with_members({"subject": [{"name": 1, "digest": {"sha256": "ab" * 32}}]}),
        with_members({"subject": [{"name": "a", "digest": {"sha256": "ab" * 32}, "uri": "b"}]}),
        with_members({"subject": [{"name": "a", "digest": {"sha256": "ab" * 32, "sha1": "0"}}]}),
        with_members({"extra": 1}),
        verification(Use.TRAIN).encode() + b"\n",
    ],
)
def test_a_malformed_statement_is_refused(payload):
    with pytest.raises(EvidenceError):
        parse_statement(payload)


def test_a_statement_of_another_type_is_refused():
    with pytest.raises(EvidenceError, match="not of type"):
        parse_statement(verification(Use.TRAIN).encode(), DECISION_TYPE)
    with pytest.raises(EvidenceError, match="not of type"):
        parse_svr(Statement((FILE,), DECISION_TYPE, {}))


@pytest.mark.parametrize(
    "change",
    [
        {"properties": "GOVGATE_TRAINABLE"},
        {"properties": ["GOVGATE_TRAINABLE", "GOVGATE_TRAINABLE"]},
        {"properties": ["GOVGATE_RETRIEVABLE", "GOVGATE_TRAINABLE"]},
        {"properties": ["GOVGATE_EVERYTHING"]},
        {"properties": [["GOVGATE_TRAINABLE"]]},
        {"timeCreated": "2026-01-02 03:04:05Z"},
        {"timeCreated": "2026-1-2T03:04:05Z"},
        {"timeCreated": 5},
        {"verifier": {"id": "x"}},
        {"verifier": {"id": "", "policies": []}},
        {"verifier": {"id": "x", "policies": {}}},
        {"verifier": "x"},
        {"extra": 1},
    ],
)
def test_a_malformed_verification_result_is_refused(change):
    good = verification(Use.TRAIN)
    with pytest.raises(EvidenceError):
        parse_svr(Statement(good.subjects, SVR_TYPE, {**good.predicate, **change}))
