import pytest

from govgate.attest.cosignature import (
    Cosigner,
    check_cosignature,
    cosign,
    find_cosignatures,
    is_early,
    with_cosignatures,
)
from govgate.attest.keys import PrivateKey
from govgate.attest.note import NoteSignature, Signer, open_note, parse_note, sign_note
from govgate.errors import EvidenceError

TEXT = b"example.com/log\n3\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
LOG = Signer("example.com/log", PrivateKey.from_seed(b"\x01" * 32))
KEY = PrivateKey.from_seed(b"\x03" * 32)
NAME = "witness.example/w1"
COSIGNER = Cosigner(NAME, KEY.public)
NOW = 1_790_000_000


def test_a_cosignature_verifies_with_its_time():
    found = check_cosignature(cosign(TEXT, NAME, KEY, NOW), TEXT, COSIGNER)
    assert (found.cosigner, found.time) == (COSIGNER, NOW)
    assert found.said_at == "2026-09-21T14:13:20Z"


def test_the_signed_bytes_are_those_of_the_specification():
    line = cosign(TEXT, NAME, KEY, NOW)
    assert line.signature[:8] == NOW.to_bytes(8, "big")
    assert KEY.public.verify(line.signature[8:], b"cosignature/v1\ntime 1790000000\n" + TEXT)


@pytest.mark.parametrize(
    "text", [TEXT[:-1], TEXT + b"more\n", TEXT.replace(b"3", b"4"), b"x" + TEXT]
)
def test_a_cosignature_of_another_text_is_refused(text: bytes):
    with pytest.raises(EvidenceError, match="is wrong"):
        check_cosignature(cosign(text, NAME, KEY, NOW), TEXT, COSIGNER)


def test_no_bit_of_a_cosignature_can_be_changed():
    good = cosign(TEXT, NAME, KEY, NOW)
    for bit in range(8 * len(good.signature)):
        changed = bytearray(good.signature)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EvidenceError):
            check_cosignature(NoteSignature(NAME, good.key_hash, bytes(changed)), TEXT, COSIGNER)


def test_a_plain_signature_of_the_same_key_is_no_cosignature():
    """Else a note that the witness signed for another reason would count."""
    plain = NoteSignature(NAME, COSIGNER.key_hash, NOW.to_bytes(8, "big") + KEY.sign(TEXT))
    with pytest.raises(EvidenceError, match="is wrong"):
        check_cosignature(plain, TEXT, COSIGNER)
    with pytest.raises(EvidenceError, match="length"):
        check_cosignature(NoteSignature(NAME, COSIGNER.key_hash, KEY.sign(TEXT)), TEXT, COSIGNER)


def test_a_cosignature_is_no_signature_of_a_log():
    note = with_cosignatures(sign_note(TEXT, [LOG]), [])
    line = cosign(TEXT, LOG.name, LOG.key, NOW)
    assert line.key_hash != LOG.verifier.key_hash
    forged = TEXT + b"\n" + line.line().encode()
    open_note(note, [LOG.verifier])
    with pytest.raises(EvidenceError, match="no signature of a trusted key"):
        open_note(forged, [LOG.verifier])


def test_the_first_second_counts_and_no_time_does_not():
    check_cosignature(cosign(TEXT, NAME, KEY, 1), TEXT, COSIGNER)
    for time in (0, 2**63, 2**64 - 1):
        with pytest.raises(EvidenceError, match="has no time"):
            check_cosignature(cosign(TEXT, NAME, KEY, time), TEXT, COSIGNER)


def test_a_time_far_away_is_said_without_a_crash():
    found = check_cosignature(cosign(TEXT, NAME, KEY, 2**63 - 1), TEXT, COSIGNER)
    assert found.said_at == "9223372036854775807 seconds after 1970"
    assert is_early(found, NOW)
    assert not is_early(check_cosignature(cosign(TEXT, NAME, KEY, NOW), TEXT, COSIGNER), NOW)


def test_only_known_keys_are_looked_at_and_each_counts_once():
    mine, stranger = cosign(TEXT, NAME, KEY, NOW), cosign(TEXT, "other", LOG.key, NOW)
    same_name = cosign(TEXT, NAME, LOG.key, NOW)
    lines = [stranger, same_name, mine, cosign(TEXT, NAME, KEY, NOW + 1)]
    (found,) = find_cosignatures(TEXT, lines, [COSIGNER])
    assert found.line == mine


def test_a_wrong_line_of_a_known_key_spoils_the_note():
    wrong = cosign(TEXT + b"more\n", NAME, KEY, NOW)
    with pytest.raises(EvidenceError, match="is wrong"):
        find_cosignatures(TEXT, [wrong, cosign(TEXT, NAME, KEY, NOW)], [COSIGNER])


def test_a_cosigned_note_keeps_its_log_and_has_one_line_for_each_key():
    note = sign_note(TEXT, [LOG])
    for time in (NOW, NOW + 60):
        note = with_cosignatures(
            note, [check_cosignature(cosign(TEXT, NAME, KEY, time), TEXT, COSIGNER)]
        )
    text, lines = parse_note(note)
    assert (text, [line.name for line in lines]) == (TEXT, [LOG.name, NAME])
    assert find_cosignatures(TEXT, lines, [COSIGNER])[0].time == NOW + 60
    opened = open_note(note, [LOG.verifier])
    assert [s.name for s in opened.unverified] == [NAME]


def test_a_vkey_reads_back():
    assert Cosigner.parse(COSIGNER.vkey) == COSIGNER
    assert COSIGNER.vkey != Signer(NAME, KEY).verifier.vkey


def test_a_key_of_a_log_is_no_key_of_a_cosigner():
    with pytest.raises(EvidenceError, match="of type 01, not 04"):
        Cosigner.parse(Signer(NAME, KEY).verifier.vkey)


def test_no_changed_character_of_a_vkey_is_accepted():
    text = COSIGNER.vkey
    for i, c in enumerate(text):
        with pytest.raises(EvidenceError):
            Cosigner.parse(text[:i] + chr(ord(c) + 1) + text[i + 1 :])
