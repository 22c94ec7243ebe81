import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.attest.keys import PrivateKey
from govgate.attest.note import (
    MAX_NOTE,
    NoteSignature,
    Signer,
    Verifier,
    open_note,
    parse_note,
    parse_skey,
    sign_note,
)
from govgate.errors import EvidenceError

ALICE = Signer("example.com/alice", PrivateKey.from_seed(b"\x01" * 32))
BOB = Signer("example.com/bob", PrivateKey.from_seed(b"\x02" * 32))
TEXT = b"one\n\ntwo\n"
NOTE = sign_note(TEXT, [ALICE])


def test_a_signed_note_opens_to_its_exact_text():
    note = open_note(NOTE, [ALICE.verifier])
    assert note.text == TEXT
    assert [s.name for s in note.verified] == [ALICE.name]
    assert note.unverified == ()


def test_signatures_of_unknown_keys_are_kept_apart():
    note = open_note(sign_note(TEXT, [BOB, ALICE]), [ALICE.verifier])
    assert [s.name for s in note.verified] == [ALICE.name]
    assert [s.name for s in note.unverified] == [BOB.name]


def test_a_note_without_a_trusted_signature_is_refused():
    with pytest.raises(EvidenceError, match="no signature of a trusted key"):
        open_note(NOTE, [BOB.verifier])
    with pytest.raises(EvidenceError):
        open_note(NOTE, [])


def test_a_wrong_signature_of_a_known_key_spoils_the_note():
    line = NoteSignature(BOB.name, BOB.verifier.key_hash, b"\x00" * 64).line().encode()
    open_note(NOTE + line, [ALICE.verifier])
    with pytest.raises(EvidenceError, match="bob on the note is wrong"):
        open_note(NOTE + line, [ALICE.verifier, BOB.verifier])


def test_the_same_key_under_another_name_is_another_key():
    with pytest.raises(EvidenceError):
        open_note(NOTE, [Verifier("example.com/other", ALICE.key.public)])


def test_a_key_listed_twice_is_ambiguous():
    with pytest.raises(EvidenceError, match="share"):
        open_note(NOTE, [ALICE.verifier, ALICE.verifier])


def test_a_hundred_signatures_are_read_and_one_more_is_refused():
    line = NOTE[len(TEXT) + 1 :]
    assert len(open_note(TEXT + b"\n" + line * 100, [ALICE.verifier]).verified) == 1
    with pytest.raises(EvidenceError, match="more than 100"):
        open_note(TEXT + b"\n" + line * 101, [ALICE.verifier])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        TEXT,
        TEXT + b"\n",
        NOTE[:-1],
        NOTE + b"x\n",
        NOTE + b"\n",
        b"\x00" + NOTE,
        b"\r\n" + NOTE,
        b"\xff" + NOTE,
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b" example", b" exa mple"),
        NOTE.replace(b" example", b" exa+mple"),
        NOTE.replace(b" example.com/alice", b" "),
        NOTE[:-1] + b" \n",
        TEXT + "\n— a AAAAAA==\n".encode(),
        TEXT + "\n— a AAAAAAA=\n".encode(),
        TEXT + "\n— a\n".encode(),
        b"x" * MAX_NOTE + NOTE,
    ],
)
def test_a_malformed_note_is_refused(data):
    with pytest.raises(EvidenceError):
        open_note(data, [ALICE.verifier])


@settings(deadline=None)
@given(st.integers(0, len(NOTE) * 8 - 1))
def test_one_flipped_bit_breaks_the_note(bit):
    data = bytearray(NOTE)
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(EvidenceError):
        open_note(bytes(data), [ALICE.verifier])


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_parse_or_raise_an_evidence_error(data):
    try:
        parse_note(data)
    except EvidenceError:
        return


def test_a_verifier_key_reads_back():
    assert Verifier.parse(ALICE.verifier.vkey) == ALICE.verifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "++",
        "name",
        ALICE.verifier.vkey + "\n",
        ALICE.verifier.vkey.replace("alice", "alicf"),
        ALICE.verifier.vkey.upper(),
        "PRIVATE+KEY+" + ALICE.verifier.vkey,
        # A low-order key with the right hash.
        "a+3b39c6f4+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    ],
)
def test_a_malformed_verifier_key_is_refused(text):
    with pytest.raises(EvidenceError):
        Verifier.parse(text)


def test_a_low_order_verifier_key_is_refused_whatever_its_hash():
    with pytest.raises(EvidenceError, match="low-order"):
        Verifier.parse("a+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+", "PRIVATE+KEY+a+00000000+AAAA", "a+b+c"])
def test_a_malformed_signer_key_is_refused(text):
    with pytest.raises(EvidenceError):
        parse_skey(text)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\n", "a\u00a0b", "a\u2003b", "\ud800", "\x7f "]
)
def test_a_name_that_would_break_the_line_is_refused(name):
    with pytest.raises(EvidenceError):
        Verifier(name, ALICE.key.public)


@pytest.mark.parametrize("text", [b"", b"no newline", b"tab\t\n", b"\xff\n"])
def test_text_that_no_reader_would_accept_is_not_signed(text):
    with pytest.raises(EvidenceError):
        sign_note(text, [ALICE])
