"""The quicker tokenizer gives spaCy's own tokens, and its work grows with the text alone."""

import re

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.lang.en import English
from spacy.tokenizer import Tokenizer

from govgate.scan.fast.tokens import _longest, quicken

SPACY = spacy.blank("en").tokenizer
QUICK = spacy.blank("en").tokenizer
quicken(QUICK)

PIECES = [
    *"()[]{}<>.,:;!?'\"-–—…*#$€%&/\\=+~^_|@°",
    *(
        "'s",
        "’S",
        "''",
        "``",
        "..",
        "...",
        "....",
        "<3",
        ":-)",
        "km",
        "km²",
        "°C",
        "°F.",
        "$5",
        "5$",
    ),
    *("a", "A", "AB.", "U.S.", "a.m.", "don't", "e.g.", "12", "3.5", "中", "ü", "😀", "\u200b"),
    *(
        "http://",
        "www.",
        "a.com",
        "user:pw@host.org",
        "@@",
        ":80",
        "/p?q=1#f",
        "\n",
        "\t",
        " ",
        "  ",
    ),
]
texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def tokens(tokenizer: Tokenizer, text: str) -> list[tuple[str, str, int]]:
    return [(token.text, token.norm_, token.idx) for token in tokenizer(text)]


@given(texts | st.text(max_size=60))
def test_its_tokens_are_those_of_an_untouched_tokenizer(text: str) -> None:
    assert tokens(QUICK, text) == tokens(SPACY, text)


@pytest.mark.parametrize("piece", PIECES)
def test_long_chunks_of_one_piece_get_the_same_tokens(piece: str) -> None:
    for text in (piece * 60, "a" + piece * 60, piece * 60 + "a"):
        assert tokens(QUICK, text) == tokens(SPACY, text)


def test_what_it_takes_over_is_what_a_search_of_the_whole_chunk_would_find() -> None:
    """Were spaCy to change its patterns so that they are not known here, this would say so."""
    for name in ("prefix_search", "suffix_search", "url_match"):
        assert getattr(QUICK, name) != getattr(SPACY, name), name


@pytest.mark.parametrize(
    ("suffixes", "longest"),
    [
        (r"a$|bc$|\.\.+$", 2),
        (r"(?<=[0-9])\+$|\.\.+$|(?<=[a-z])(?:km|km²|m)$", 3),
        (r"[)\]}]$|(?:US|\$)$", 2),
        (r"ab+$", 0),
        (r"a{3}$", 0),
        (r"(?:ab*c|d)$", 0),
        (r"a$|b", 0),
    ],
)
def test_the_longest_suffix_is_known_or_nothing_is_changed(suffixes: str, longest: int) -> None:
    assert _longest(suffixes) == longest


def test_patterns_of_another_build_stay_as_they_are() -> None:
    tokenizer = English().tokenizer
    prefix, suffix = re.compile("a|b").search, re.compile("x+$").search
    tokenizer.prefix_search, tokenizer.suffix_search = prefix, suffix
    quicken(tokenizer)
    assert tokenizer.prefix_search == prefix
    assert tokenizer.suffix_search == suffix


@pytest.mark.parametrize("chunk", ["(" * 4000, "a" + "(" * 4000, "a" + ")" * 4000, "." * 4000])
def test_each_affix_is_looked_for_near_its_end_alone(chunk: str) -> None:
    seen = 0

    tokenizer = English().tokenizer
    quicken(tokenizer)
    suffix = tokenizer.suffix_search

    def counted(text: str) -> re.Match[str] | None:
        nonlocal seen
        match = suffix(text)
        if match:
            seen += len(text) - match.pos
        return match

    tokenizer.suffix_search = counted
    tokenizer(chunk)
    assert seen < 10 * len(chunk)
