"""The text of inclusion proofs against the vectors of transparency-dev/formats."""

import base64
import json
from pathlib import Path

import pytest

from govgate.attest.proof import Proof, parse_proof
from govgate.errors import EvidenceError

FILE = (
    Path(__file__).resolve().parents[2].parent / "shared/vectors/tlog-proof/tlog_proof_vectors.json"
)
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="others' vectors are not here")


@pytest.fixture(scope="module")
def vectors() -> dict:
    return json.loads(FILE.read_bytes())


def test_proofs_are_written_and_read_as_theirs(vectors):
    for case in vectors["marshal"]:
        extra = None if case["extra"] is None else case["extra"].encode()
        hashes = tuple(map(base64.b64decode, case["hashes"]))
        proof = Proof(case["index"], hashes, case["checkpoint"].encode(), extra)
        assert proof.encode() == case["want"].encode()
        assert parse_proof(case["want"].encode()) == proof


def test_what_they_refuse_is_refused(vectors):
    assert len(vectors["unmarshal_errors"]) == 7
    for text in vectors["unmarshal_errors"].values():
        with pytest.raises(EvidenceError):
            parse_proof(text.encode())
