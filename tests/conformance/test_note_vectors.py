"""Signed notes against the vectors of Go's sumdb/note and of C2SP."""

import json
from pathlib import Path

import pytest

from govgate.attest.note import Verifier, open_note, parse_skey, sign_note
from govgate.errors import EvidenceError

FILE = (
    Path(__file__).resolve().parents[2].parent
    / "shared/vectors/signed-note/signed_note_vectors.json"
)
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="others' vectors are not here")


@pytest.fixture(scope="module")
def vectors() -> dict:
    return json.loads(FILE.read_bytes())


def test_their_verifier_keys_print_back_as_they_were(vectors):
    assert [Verifier.parse(text).vkey for text in vectors["vkeys_valid"]] == vectors["vkeys_valid"]


def test_their_invalid_verifier_keys_are_refused(vectors):
    invalid = {k: v for k, v in vectors["vkeys_invalid"].items() if k != "rule"}
    assert len(invalid) == 2
    for text in invalid.values():
        with pytest.raises(EvidenceError):
            Verifier.parse(text)


def test_no_part_and_no_mutation_of_a_verifier_key_is_accepted(vectors):
    text = vectors["vkeys_valid"][0]
    parts = {text[i:j] for i in range(len(text)) for j in range(i, len(text) + 1)} - {text}
    mutated = {text[:i] + chr(ord(c) + 1) + text[i + 1 :] for i, c in enumerate(text)}
    for bad in parts | mutated:
        with pytest.raises(EvidenceError):
            Verifier.parse(bad)


def test_signing_gives_their_note(vectors):
    case = vectors["sign"]
    assert sign_note(case["text"].encode(), [parse_skey(case["skey"])]) == case["want"].encode()


def test_their_signer_key_belongs_to_their_verifier_key(vectors):
    assert parse_skey(vectors["skey"]).verifier.vkey == vectors["vkeys_valid"][0]


def test_every_note_opens_or_not_as_its_authors_say(vectors):
    assert len(vectors["open"]) == 14
    for case in vectors["open"]:
        verifiers = [Verifier.parse(text) for text in case["keys"]]
        if not case["ok"]:
            with pytest.raises(EvidenceError):
                open_note(case["note"].encode(), verifiers)
            continue
        note = open_note(case["note"].encode(), verifiers)
        assert [s.name for s in note.verified] == case["verified"], case["desc"]
        assert [s.name for s in note.unverified] == case["unverified"], case["desc"]


def test_a_byte_that_is_not_utf8_makes_a_note_malformed(vectors):
    good = vectors["open"][0]
    with pytest.raises(EvidenceError, match="not UTF-8"):
        open_note(b"\xff" + good["note"].encode(), [Verifier.parse(good["keys"][0])])
