"""Long chunks are cut into spaCy's own tokens, by searches in short stretches alone."""

import re

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokenizer import Tokenizer

from govgate.scan.fast import chunks
from govgate.scan.fast.chunks import LOOKED_AT, LongChunks
from govgate.scan.fast.tokens import quicken

SPACY = spacy.blank("en").tokenizer
QUICK = spacy.blank("en").tokenizer
quicken(QUICK)
SIGNS = [*"()[]{}<>.,:;!?'\"-–…*#$€%&/\\=+~^_|@°😀中", "''", "..", "...", "((", "😀😀", "####"]
WORDS = ["a", "A", "AB.", "don't", "a.m.", "c.", "o.O", "12", "$5", "'s", ":-)", "(^_^)", "a.com"]
BLANKS = ["\n", "\t", " ", "  "]
texts = st.lists(st.sampled_from([*SIGNS, *WORDS, *BLANKS]), max_size=30).map("".join)
runs = st.tuples(texts, st.sampled_from(SIGNS), st.integers(1, 60), texts).map(
    lambda parts: parts[0] + parts[1] * parts[2] + parts[3]
)


def tokens(tokenizer, text: str) -> list[tuple[str, str, int, str]]:
    return [(t.text, t.norm_, t.idx, t.whitespace_) for t in tokenizer(text)]


@pytest.fixture
def all_long(monkeypatch):
    """Chunks of six characters are long, and one sign is enough."""
    monkeypatch.setattr(chunks, "LONG", re.compile(r"\S{6,}"))
    monkeypatch.setattr(chunks, "FEWEST", 1)


@given(runs)
@settings(max_examples=500, deadline=None)
def test_the_tokens_are_spacys(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "LONG", re.compile(r"\S{6,}"))
        patch.setattr(chunks, "FEWEST", 1)
        assert tokens(LongChunks(QUICK), text) == tokens(SPACY, text)


@pytest.mark.parametrize(
    "text",
    [
        "😀" * 3000,
        "(" * 2000 + "don't" + ")" * 2000 + " can't",
        "…" * 1500 + "  " + "#" * 1500 + "\n",
        " x " + "&" * 1200 + " y",
        "." * 3000,
        "(" * 2000 + ":-)" + "(" * 10,
    ],
)
def test_the_tokens_of_really_long_chunks_are_spacys(text):
    assert tokens(LongChunks(QUICK), text) == tokens(SPACY, text)


def test_a_special_case_where_signs_were_taken_off_is_left_to_spacy(all_long):
    own = LongChunks(QUICK)
    assert list(own._parts("((((((((")) != ["(((((((("]
    for text in ("((((((:-)", ":-)((((((", ": -)((((("):
        assert list(own._parts(text)) == [text]
        assert tokens(own, text) == tokens(SPACY, text)


class Counting(Tokenizer):
    """A tokenizer that counts the characters it is made to search or tokenize."""

    characters = 0

    def __new__(cls, tokenizer):
        return super().__new__(cls, tokenizer.vocab)

    def __init__(self, tokenizer):
        searches = ("prefix_search", "suffix_search", "infix_finditer", "url_match")
        own = {name: getattr(tokenizer, name) for name in searches}
        super().__init__(tokenizer.vocab, rules=tokenizer.rules, **own)
        self.characters = 0

    def find_prefix(self, text):
        self.characters += len(text)
        return super().find_prefix(text)

    def find_suffix(self, text):
        self.characters += len(text)
        return super().find_suffix(text)

    def __call__(self, text):
        self.characters += len(text) ** 2  # as it does for signs
        return super().__call__(text)


@pytest.mark.parametrize("sign", ["(", "😀", "…", "#&", '"('])
def test_work_grows_with_the_length_of_a_chunk(sign):
    for length in (2000, 20_000):
        counting = Counting(QUICK)
        text = sign * (length // len(sign))
        assert len(LongChunks(counting)(text)) > length // 2
        assert counting.characters <= 2 * LOOKED_AT * length


def test_in_all_else_it_is_the_tokenizer():
    own = LongChunks(QUICK)
    assert own.rules == QUICK.rules
    assert own.vocab is QUICK.vocab
