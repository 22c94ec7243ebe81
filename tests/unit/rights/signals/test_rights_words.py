"""The tables of words and crawlers, and how stances combine."""

import re
from importlib.resources import files
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.rights.signals.model import (
    REFUSED,
    SILENT,
    UNREADABLE,
    Kind,
    Stance,
    Stances,
    rank,
    strictest,
    together,
)
from govgate.rights.signals.words import crawlers, known_words, meaning

STANCES = st.sampled_from([*Stance, None])
EVERY = st.builds(Stances, STANCES, STANCES, STANCES)


@pytest.mark.parametrize("name", ["words.tsv", "agents.tsv"])
def test_every_row_has_its_source_and_its_day(name: str) -> None:
    text = files("govgate.rights.signals").joinpath(name).read_text(encoding="utf-8")
    head, *rows = [line.split("\t") for line in text.splitlines()]
    for row in rows:
        assert len(row) == len(head), row
        told = dict(zip(head, row, strict=True))
        assert told["source"], row
        assert re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", told["dated"]), row
        for use in ("train", "retrieve", "tdm"):
            assert told[use] in ("", "allowed", "refused"), row


def test_no_word_of_a_crawler_is_a_permission() -> None:
    assert len(crawlers()) > 30
    assert crawlers()["*"] == REFUSED
    assert crawlers()["gptbot"] == Stances(Stance.REFUSED, Stance.UNSTATED, Stance.REFUSED)
    assert crawlers()["oai-searchbot"].train is Stance.UNSTATED
    for token, stances in crawlers().items():
        assert stances == stances.only_no() != SILENT, token


def test_retrieval_only_is_what_cloudflare_calls_it() -> None:
    """`ai-train=no, ai-input=yes` (contentsignals.org)."""
    said = together(
        [meaning("content-signal", "ai-train", "no"), meaning("content-signal", "ai-input", "yes")]
    )
    assert (said.train, said.retrieve) == (Stance.REFUSED, Stance.ALLOWED)
    assert meaning("content-signal", "ai-train", "maybe") == SILENT
    assert meaning("content-usage", "ai-train", "n") == SILENT  # Cloudflare's word, not the IETF's


def test_families_are_those_that_the_modules_ask_for() -> None:
    for family in ("content-usage", "content-signal", "tdmrep", "robots-tag", "c2pa", "ai-txt"):
        assert known_words(family), family
    assert known_words("content-usages") == frozenset()


@given(st.lists(EVERY, max_size=5))
def test_combining_does_not_ask_for_an_order(said: list[Stances]) -> None:
    assert len({together(order) for order in permutations(said)}) == 1


@given(EVERY, EVERY, EVERY)
def test_combining_is_associative_and_idempotent(a: Stances, b: Stances, c: Stances) -> None:
    assert together([together([a, b]), c]) == together([a, together([b, c])])
    assert together([a, a]) == a
    assert together([a, SILENT]) == a


@given(st.lists(EVERY, max_size=4), EVERY)
def test_one_more_statement_never_takes_a_no_back(said: list[Stances], more: Stances) -> None:
    before, after = together(said), together([*said, more])
    for old, new in zip(before, after, strict=True):
        assert rank(new) >= rank(old)
        assert not (old is Stance.REFUSED and new is not Stance.REFUSED)


def test_what_cannot_be_read_outweighs_a_yes_and_not_a_no() -> None:
    assert strictest([None, Stance.ALLOWED]) is None
    assert strictest([None, Stance.REFUSED]) is Stance.REFUSED
    assert strictest([Stance.ALLOWED, Stance.UNSTATED]) is Stance.ALLOWED
    assert strictest([]) is Stance.UNSTATED
    assert UNREADABLE.only_no() == UNREADABLE
    assert UNREADABLE.refusals() == SILENT


def test_kinds_have_a_bit_each() -> None:
    assert sum(kind.bit for kind in Kind) == (1 << len(Kind)) - 1
    assert len(Kind) <= 16  # the column of masks
