"""Names and seals: what a stored entry gives away (nothing), and what it is taken for (itself)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.scan.cacheentry import SEAL, Entries, framed
from govgate.scan.question import Question, Sighting

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
ENTRIES = Entries(KEY, "ab" * 32)
TEXT = st.text(st.characters(), max_size=20)  # half surrogate pairs among them
QUESTIONS = st.builds(Question, TEXT, st.booleans(), st.lists(TEXT, max_size=3).map(tuple))
SIGHTINGS = st.builds(
    Sighting,
    start=st.integers(0, 2**32 - 1),
    end=st.integers(0, 2**32 - 1),
    entity=TEXT,
    score=st.floats(allow_nan=False),
    recognizer=TEXT,
    view=TEXT,
    fingerprint=st.binary(min_size=32, max_size=32).map(bytes.hex),
    excluded=TEXT,
)
ONE = Sighting(
    start=5,
    end=8,
    entity="PERSON",
    score=0.85,
    recognizer="SpacyRecognizer",
    view="original",
    fingerprint="9f" * 32,
)


@given(QUESTIONS, QUESTIONS)
def test_different_questions_are_different_bytes(one, other):
    assert (framed(one) == framed(other)) == (one == other)


@pytest.mark.parametrize(
    "other",
    [
        Question("Ann", opens=False),
        Question("Ann", context=("name",)),
        Question("Ann", context=("",)),
        Question("Ann "),
        Question("An", context=("n",)),
    ],
)
def test_text_kind_and_context_all_count_towards_the_name(other):
    assert ENTRIES.name(other) != ENTRIES.name(Question("Ann"))


def test_words_of_the_context_are_not_run_together():
    one, other = Question("x", context=("ab", "c")), Question("x", context=("a", "bc"))
    assert ENTRIES.name(one) != ENTRIES.name(other)


@given(QUESTIONS, st.lists(SIGHTINGS, max_size=5))
def test_what_was_sealed_is_opened_again_to_the_last_bit(question, answer):
    name = ENTRIES.name(question)
    assert ENTRIES.open(name, ENTRIES.seal(name, answer)) == tuple(answer)


@pytest.mark.parametrize("answer", [(), (ONE,), (ONE, ONE._replace(entity="DATE_TIME"))])
def test_one_changed_bit_anywhere_or_a_missing_byte_breaks_the_seal(answer):
    name = ENTRIES.name(Question("Ann"))
    value = ENTRIES.seal(name, answer)
    for place in range(len(value)):
        damaged = bytearray(value)
        damaged[place] ^= 1
        assert ENTRIES.open(name, bytes(damaged)) is None
        assert ENTRIES.open(name, value[:place]) is None
    assert ENTRIES.open(name, value + b"\0") is None


def test_an_answer_moved_under_another_name_is_not_opened():
    ann, bob = ENTRIES.name(Question("Ann")), ENTRIES.name(Question("Bob"))
    assert ENTRIES.open(bob, ENTRIES.seal(ann, ())) is None


@pytest.mark.parametrize("other", [Entries(KEY, "ac" * 32), Entries(OTHER_KEY, "ab" * 32)])
def test_another_scanner_or_key_has_other_names_labels_and_seals(other):
    question = Question("Ann")
    name = ENTRIES.name(question)
    assert other.name(question) != name
    assert other.label != ENTRIES.label
    assert other.open(name, ENTRIES.seal(name, (ONE,))) is None


def test_a_name_is_no_digest_that_can_be_made_without_the_key():
    text = b"Ann"
    named = ENTRIES.name(Question("Ann"))
    guesses = {
        digest(data).digest()
        for data in (text, framed(Question("Ann")))
        for digest in (hashlib.sha256, lambda d: hashlib.blake2b(d, digest_size=32))
    }
    assert named not in guesses


def test_no_answer_takes_sixteen_bytes():
    assert len(ENTRIES.seal(ENTRIES.name(Question("x")), ())) == SEAL == 16


def test_a_short_key_is_refused():
    with pytest.raises(UsageError, match="5 bytes"):
        Entries(b"short", "ab")
