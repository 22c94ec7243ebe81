"""Asking a store in plain words."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.retrieve.search import MAX_WORDS
from tests.unit.retrieve.stores import KINDS, ask, build, contents, document, left_beside

TEXTS = [
    ("tides.jsonl", "encyclopedia", "CC-BY-4.0", ("attribute",), "The moon's pull raises tides."),
    ("shop.jsonl", "support", None, (), "A refund was issued; refunds take five days."),
    ("shop.jsonl", "support", "CC0-1.0", (), "Café opening hours: the café opens at nine."),
    ("shop.jsonl", None, "CC0-1.0", (), "Der Leuchtturm steht am Hafen. AND NOT OR NEAR."),
    ("shop.jsonl", "support", "CC0-1.0", (), "The parcel is at the depot."),
    ("shop.jsonl", "support", "CC0-1.0", (), "The parcel is at the depot."),
]


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("retrieve") / f"store.{request.param}"
    rows = (
        document(f"{file}:{n}", text, file, source=source, license=license_, obligations=duties)
        for n, (file, source, license_, duties, text) in enumerate(TEXTS, start=1)
    )
    build(path, rows, record="sha256:feed")
    return path


def rows(store: Path, question: str, **options: object) -> list[str]:
    return [hit.row for hit in ask(store, question, **options).hits]  # type: ignore[arg-type]


def test_a_hit_says_what_it_is_and_what_its_user_owes(store: Path) -> None:
    result = ask(store, "What raises the tides?")
    assert result.record == "sha256:feed"
    hit = result.hits[0]
    assert (hit.rank, hit.row, hit.file) == (1, "tides.jsonl:1", "tides.jsonl")
    assert (hit.source, hit.license) == ("encyclopedia", "CC-BY-4.0")
    assert hit.obligations == ("attribute",)
    assert hit.text == "The moon's pull raises tides."
    assert hit.snippet == "[The] moon's pull [raises] [tides]."
    assert hit.score > 0


def test_an_unknown_source_and_license_stay_unknown(store: Path) -> None:
    assert ask(store, "Leuchtturm").hits[0].source is None
    assert ask(store, "refund").hits[0].license is None


def test_a_row_need_not_hold_every_word_of_the_question(store: Path) -> None:
    assert rows(store, "how many days until refunded money arrives") == ["shop.jsonl:2"]


def test_word_forms_accents_and_case_do_not_matter(store: Path) -> None:
    assert rows(store, "REFUNDING") == ["shop.jsonl:2"]
    assert rows(store, "cafe") == rows(store, "CAFE\u0301") == ["shop.jsonl:3"]


def test_equal_rows_come_in_row_order(store: Path) -> None:
    hits = ask(store, "parcel depot").hits
    assert [hit.row for hit in hits] == ["shop.jsonl:5", "shop.jsonl:6"]
    assert [hit.rank for hit in hits] == [1, 2]
    assert hits[0].score == hits[1].score


def test_repeating_a_word_changes_nothing(store: Path) -> None:
    once = ask(store, "refund moon")
    assert ask(store, "refund refunds moon Refunded moon") == once


def test_a_source_keeps_its_own_rows_alone(store: Path) -> None:
    assert rows(store, "the parcel tides", sources=frozenset({"encyclopedia"})) == ["tides.jsonl:1"]
    assert rows(store, "the parcel tides", sources=frozenset({"nobody"})) == []


def test_a_limit_cuts_the_list(store: Path) -> None:
    assert len(rows(store, "the", limit=2)) == 2
    assert rows(store, "parcel", limit=1) == ["shop.jsonl:5"]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_senseless_limit_is_refused(store: Path, limit: int) -> None:
    with pytest.raises(UsageError, match="limit"):
        ask(store, "parcel", limit=limit)


def test_words_that_nobody_wrote_find_nothing(store: Path) -> None:
    assert ask(store, "xylophone").hits == ()


@pytest.mark.parametrize("question", ["", "  \n", "\0", "😀", '"', "* ^ : ( ) { } + -", "…"])
def test_a_question_without_words_is_refused(store: Path, question: str) -> None:
    with pytest.raises(UsageError, match="no word"):
        ask(store, question)


@pytest.mark.parametrize(
    "question",
    [
        "AND OR NOT",
        'NEAR("parcel" "moon", 2) AND',
        "text:parcel",
        '"parcel',
        "parcel* ^moon -tides",
        "parcel'; DROP TABLE rows; --",
        "-terms : parcel",
        "parcel\0moon",
        "pa\ud800rcel 😀 parcel",
    ],
)
def test_query_syntax_is_read_as_words(store: Path, question: str) -> None:
    assert rows(store, question)


def test_operators_are_words_to_look_for(store: Path) -> None:
    assert rows(store, "NEAR") == ["shop.jsonl:4"]
    assert "shop.jsonl:5" in rows(store, "moon NOT parcel")


@settings(deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_any_text_is_answered_or_refused_clearly(store: Path, question: str) -> None:
    refusal = ""
    try:
        ask(store, question)
    except UsageError as error:
        refusal = str(error)
    assert not refusal or ("no word" in refusal and not re.search("[A-Za-z0-9]", question))


def test_a_megabyte_of_question_counts_its_first_words(store: Path) -> None:
    filler = [f"w{number}" for number in range(200_000)]
    assert rows(store, " ".join(["parcel", *filler])) == ["shop.jsonl:5", "shop.jsonl:6"]
    assert rows(store, " ".join([*filler[:MAX_WORDS], "parcel"])) == []
    assert rows(store, " ".join([*filler[: MAX_WORDS - 1], "parcel"])) != []


def test_one_word_of_a_megabyte_is_none(store: Path) -> None:
    with pytest.raises(UsageError, match="no word"):
        ask(store, "x" * 1_000_000)
    assert rows(store, "parcel " + "x" * 1_000_000) == ["shop.jsonl:5", "shop.jsonl:6"]


def test_a_store_in_a_read_only_folder_answers(store: Path) -> None:
    mode = store.parent.stat().st_mode
    store.parent.chmod(0o555)
    try:
        assert rows(store, "moon") == ["tides.jsonl:1"]
    finally:
        store.parent.chmod(mode)


def test_searching_changes_no_byte_and_leaves_no_file(store: Path) -> None:
    before = contents(store)
    ask(store, "moon")
    assert contents(store) == before
    assert left_beside(store) == []
