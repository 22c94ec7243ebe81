import hashlib
import json

import pytest

from govgate.attest import jcs
from govgate.attest.dsse import open_envelope, sign
from govgate.attest.leaf import Leaf, leaf, parse_leaf
from govgate.errors import EvidenceError
from govgate.model import Outcome


@pytest.fixture
def entry(key) -> bytes:
    verified = open_envelope(sign(b"payload", "t", [key]), {key.keyid: key.public})
    return leaf(verified, subject="ab" * 32, outcome=Outcome.TRAIN)


def test_a_leaf_says_which_bytes_were_signed_and_by_whom(entry, key):
    parsed = parse_leaf(entry)
    assert parsed.signed == hashlib.sha256(b"DSSEv1 1 t 7 payload").hexdigest()
    assert key.public.verify(parsed.signature, b"DSSEv1 1 t 7 payload")
    assert (parsed.keyid, parsed.subject) == (key.keyid, "ab" * 32)
    assert parsed.outcome is Outcome.TRAIN
    assert parsed.encode() == entry


def test_a_leaf_holds_nothing_of_the_payload(entry):
    assert b"payload" not in entry
    members = {"keyid", "outcome", "signature", "signed", "subject", "type"}
    assert set(json.loads(entry)) == members


@pytest.mark.parametrize(
    "change",
    [
        {"type": "x"},
        {"outcome": "maybe"},
        {"outcome": None},
        {"signed": "AB" * 32},
        {"signed": 1},
        {"subject": ""},
        {"keyid": "k"},
        {"signature": "AAAA"},
        {"signature": 5},
        {"more": 1},
    ],
)
def test_a_malformed_leaf_is_refused(entry, change):
    with pytest.raises(EvidenceError):
        parse_leaf(jcs.canonical(json.loads(entry) | change))


def test_a_leaf_in_another_spelling_is_refused(entry):
    with pytest.raises(EvidenceError, match="canonical"):
        parse_leaf(entry + b"\n")


def test_leaves_of_different_records_differ():
    one = Leaf("00" * 32, b"\x00" * 64, "00" * 32, "00" * 32, Outcome.TRAIN)
    two = Leaf("00" * 32, b"\x00" * 64, "00" * 32, "00" * 32, Outcome.BLOCKED)
    assert one.encode() != two.encode()
