"""Content-Usage and Content-Signal, against the examples of their own drafts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.rights.signals.contentsignal import content_signal
from govgate.rights.signals.model import SILENT, UNREADABLE, Stance, Stances
from govgate.rights.signals.usage import BROKEN, MAX_BYTES, usage

YES, NO, NOTHING = Stance.ALLOWED, Stance.REFUSED, Stance.UNSTATED


@pytest.mark.parametrize(
    ("value", "train", "retrieve"),
    [
        (b"train-ai=n", NO, NOTHING),  # attach-05, section 1.2
        (b"train-ai=y, search=n", YES, NO),  # vocab-08, section 6
        (b'train-ai=y, train-ai, search=n, search="n"', NOTHING, NOTHING),  # section 6.5.1
        (b"train-ai;allow=n, train-ai=y", YES, NOTHING),  # section 6.5.2
        (b'train-ai;has;parameters="?";', NOTHING, NOTHING),  # section 6.5.2, with its stray ';'
        (b"ai-use=n", NOTHING, NO),
        (b"ai-use=y, train-ai=n", NO, YES),
        (b"train-ai=n;x=1", NO, NOTHING),
        (b"train-ai=N", NOTHING, NOTHING),  # another token is no error
        (b"train-ai=no", NOTHING, NOTHING),
        (b"train-ai=?0", NOTHING, NOTHING),
        (b'train-ai="n"', NOTHING, NOTHING),
        (b"train-ai=(n)", NOTHING, NOTHING),
        (b"unheard-of=n", NOTHING, NOTHING),
        (b"ai-train=n", NOTHING, NOTHING),
        (b"bots=n", NO, NO),  # vocab-04: a retired no is kept
        (b"bots=y", NOTHING, NOTHING),  # and a retired yes is not
        (b"", NOTHING, NOTHING),
        (b" \t", NOTHING, NOTHING),
    ],
)
def test_statements_of_the_vocabulary_draft(value: bytes, train: Stance, retrieve: Stance) -> None:
    found = usage([value])
    if value.endswith(b";"):  # RFC 9651 knows no empty parameter: the draft's example is a slip
        assert found.stances == UNREADABLE
        found = usage([value[:-1]])
    assert (found.stances.train, found.stances.retrieve) == (train, retrieve)
    assert found.why == ""


@pytest.mark.parametrize(
    "value",
    [
        b"Train-AI=n",
        b"train-ai=n,",
        b"train-ai=n search=n",
        b"train-ai=",
        b"\xfftrain-ai=n",
        b"train-ai=n\0",
        b"train-ai:n",
        b"a=@99999999999999999999",
        b"a=((((",
        b"train-ai=n, " + b"a" * MAX_BYTES,
    ],
)
def test_what_does_not_parse_is_unknown(value: bytes) -> None:
    assert usage([value]).stances == UNREADABLE
    assert usage([value]).why == BROKEN


def test_field_lines_are_one_dictionary() -> None:
    """RFC 9651, section 4.2."""
    assert usage([b"train-ai=n", b"ai-use=y"]).stances[:2] == (NO, YES)
    assert usage([b"train-ai=n", b"train-ai=y"]).stances.train is YES  # the last counts
    assert usage([b"train-ai=n", b"="]).stances == UNREADABLE


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_no_bytes_break_either_reader(lines: list[bytes]) -> None:
    for read in (usage, content_signal):
        assert isinstance(read(lines).stances, Stances)


@pytest.mark.parametrize(
    ("value", "train", "retrieve"),
    [
        (b"search=yes, ai-train=no", NO, NOTHING),  # blog.cloudflare.com/content-signals-policy
        (b"ai-train=no, ai-input=yes", NO, YES),
        (b"ai-train=yes, search=yes, ai-input=yes", YES, YES),
        (b"search=no, ai-input=no, ai-train=no, use=immediate", NO, NO),
        (b"use=immediate", NO, NO),
        (b"use=reference", NOTHING, NOTHING),
        (b"AI-Train = NO", NO, NOTHING),
        (b'search=yes; ai-train="no"', NO, NOTHING),
        (b"search=yes ai-train=no", NO, NOTHING),
        (b"not-ai-train=no", NOTHING, NOTHING),
        (b"ai-train=no, ai-train=yes", NO, NOTHING),
        (b"ai-train", NOTHING, NOTHING),
        (b"ai-train=", NOTHING, NOTHING),
        (b"train-ai=n", NOTHING, NOTHING),
        (b"", NOTHING, NOTHING),
    ],
)
def test_content_signals(value: bytes, train: Stance, retrieve: Stance) -> None:
    assert content_signal([value]).stances[:2] == (train, retrieve)


def test_every_restriction_of_a_content_signal_is_a_reservation() -> None:
    """The policy's text: restrictions are reservations under article 4 of the Directive."""
    for value in (b"ai-train=no", b"ai-input=no", b"search=no"):
        assert content_signal([value]).stances.tdm is NO
    assert content_signal([b"ai-train=yes"]).stances.tdm is NOTHING
    assert content_signal([]).stances == SILENT
    assert content_signal([b"a=b," * 9000]).stances == UNREADABLE
