import pytest

from govgate.attest import merkle
from govgate.attest.checkpoint import (
    Checkpoint,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from govgate.attest.keys import PrivateKey
from govgate.attest.note import Signer, sign_note
from govgate.errors import EvidenceError

SIGNER = Signer("example.com/log", PrivateKey.from_seed(b"\x01" * 32))
POINT = Checkpoint("example.com/log", 3, b"\x07" * 32)


def test_a_checkpoint_reads_back_under_its_own_key():
    assert open_checkpoint(sign_checkpoint(POINT, SIGNER), SIGNER.verifier) == POINT


def test_extension_lines_are_kept():
    point = Checkpoint("example.com/log", 3, b"\x07" * 32, ("one", "two"))
    assert parse_checkpoint(point.text()) == point


def test_a_checkpoint_of_another_log_is_refused_even_if_the_key_signed_it():
    other = Checkpoint("example.com/other", 3, b"\x07" * 32)
    with pytest.raises(EvidenceError, match="another log"):
        open_checkpoint(sign_note(other.text(), [SIGNER]), SIGNER.verifier)


def test_an_unsigned_checkpoint_is_refused():
    with pytest.raises(EvidenceError):
        open_checkpoint(POINT.text(), SIGNER.verifier)


ROOT = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "a\n1\n",
        f"a\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"a\n01\n{ROOT}\n",
        f"a\n-1\n{ROOT}\n",
        f"a\n1 \n{ROOT}\n",
        f"a\n{2**64}\n{ROOT}\n",
        "a\n1\nBwc=\n",
        f"a\n1\n{ROOT[:-1]}\n",
        f"a\n1\n{ROOT[:-2]}d=\n",
        f"a\n1\n{ROOT}\n\nx\n",
        f"a\n0\n{ROOT}\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(EvidenceError):
        parse_checkpoint(text.encode())


def test_bytes_that_are_not_utf8_are_refused():
    with pytest.raises(EvidenceError):
        parse_checkpoint(b"\xff\n1\n" + ROOT.encode() + b"\n")


def test_an_empty_log_has_the_root_of_the_empty_tree():
    empty = Checkpoint("a", 0, merkle.EMPTY_ROOT)
    assert parse_checkpoint(empty.text()) == empty
