"""RFC 6962 proofs against the vectors of transparency-dev/merkle."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from govgate.attest import merkle
from govgate.errors import EvidenceError

VECTORS = (
    Path(__file__).resolve().parents[2].parent / "shared/vectors/transparency-dev-merkle/testdata"
)
pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="others' vectors are not here")


def vectors(kind: str) -> list[dict]:
    files = sorted((VECTORS / kind).rglob("*.json"))
    return [json.loads(file.read_bytes()) | {"file": str(file)} for file in files]


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def hashes(vector: dict) -> list[bytes]:
    return [raw(h) for h in vector["proof"] or []]


def refused(check: Callable[..., None], *arguments: object) -> bool:
    try:
        check(*arguments)
    except EvidenceError:
        return True
    return False


def test_every_inclusion_vector_is_answered_as_its_authors_say():
    cases = vectors("inclusion")
    assert len(cases) == 98
    wrong = [
        case["file"]
        for case in cases
        if refused(
            merkle.check_inclusion,
            case["leafIdx"],
            case["treeSize"],
            raw(case["leafHash"]),
            hashes(case),
            raw(case["root"]),
        )
        != case["wantErr"]
    ]
    assert wrong == []


def test_every_consistency_vector_is_answered_as_its_authors_say():
    cases = vectors("consistency")
    assert len(cases) == 98
    wrong = [
        case["file"]
        for case in cases
        if refused(
            merkle.check_consistency,
            case["size1"],
            case["size2"],
            raw(case["root1"]),
            raw(case["root2"]),
            hashes(case),
        )
        != case["wantErr"]
    ]
    assert wrong == []
