from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from govgate.attest.statement import (
    DECISION_TYPE,
    VSA_TYPE,
    Statement,
    Subject,
    Summary,
    parse_statement,
    parse_summary,
    summary_of,
)
from govgate.errors import EvidenceError
from govgate.model import Use

DECISION = Statement((Subject("train", "ab" * 32),), DECISION_TYPE, {"outcome": "train"})
POLICY = Subject("acme@4", "cd" * 32)
MADE = datetime(2026, 5, 4, 12, 0, 1, tzinfo=UTC)
VSA = summary_of(Summary.VSA, DECISION, [Use.TRAIN], policy=POLICY, created=MADE)


def test_a_vsa_states_the_allowed_uses_and_the_decision_that_they_rest_on():
    read = parse_summary(parse_statement(VSA.encode(), VSA_TYPE))
    assert read.uses == {Use.TRAIN}
    assert (read.policies, read.created) == ((POLICY,), MADE)
    assert read.decision == sha256(DECISION.encode()).hexdigest()
    assert VSA.predicate["verifiedLevels"] == ["GOVGATE_TRAINABLE"]


def test_no_level_of_slsa_is_claimed_and_no_field_that_it_requires_is_missing():
    required = {"verifier", "timeVerified", "resourceUri", "policy", "verificationResult"}
    assert required | {"verifiedLevels"} <= set(VSA.predicate)
    assert not any(level.startswith("SLSA_") for level in VSA.predicate["verifiedLevels"])


@pytest.mark.parametrize(
    "change",
    [
        {"verificationResult": "FAILED"},
        {"verifiedLevels": ["SLSA_BUILD_LEVEL_3"]},
        {"verifiedLevels": "GOVGATE_TRAINABLE"},
        {"verifier": {"id": "tag:other,2026:gate/v1"}},
        {"resourceUri": "tag:govgate,2026:train/sha256:" + "00" * 32},
        {"inputAttestations": []},
        {"policy": {"uri": "acme@4", "digest": {"sha256": "cd" * 32}}},
        {"slsaVersion": "1.0"},
    ],
)
def test_a_vsa_that_says_anything_else_is_refused(change):
    with pytest.raises(EvidenceError):
        parse_summary(replace(VSA, predicate={**VSA.predicate, **change}))


def test_a_summary_of_nothing_is_never_made():
    with pytest.raises(ValueError, match="says nothing"):
        summary_of(Summary.VSA, DECISION, [], policy=POLICY, created=MADE)
