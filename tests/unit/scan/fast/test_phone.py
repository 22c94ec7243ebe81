import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from govgate.scan import remembered
from govgate.scan.fast.phone import PhoneStage

PIECES = st.sampled_from(
    (
        "0|1|2|3|4|5|6|7|8|9|+|-|.|/|(|)| |\n|x|a|é|:|$|٤|１|中|212-555-0123|+44 20 7946 0958|"
        "(415) 555-0134|030/901820|+49 30 901820|ext. 12|2012-01-02 08:00|12/31/1999|"
        "+33 1 23 45 67 89|0800 123456|+972 3 1234567| / |+91 98765 43210|1-800-FLOWERS|"
        "5551234|021 1234567|110|+1|+55 11 91234-5678"
    ).split("|")
)


@pytest.fixture(scope="module")
def recognizer(recognizers):
    return recognizers["PhoneRecognizer"]


@pytest.fixture(scope="module")
def stage(recognizer):
    return PhoneStage(recognizer)


def told(results):
    return sorted(
        (r.start, r.end, r.entity_type, r.score, r.recognition_metadata["recognizer_name"])
        for r in results
    )


@given(st.lists(PIECES, max_size=16).map("".join))
@example("call 212-555-0123 or +44 20 7946 0958 x7 now")
@example("415-555-0134/212-555-0123; 3/4/2012 08:30")
@settings(max_examples=300, deadline=None)
def test_numbers_are_those_that_the_recognizer_finds(stage, recognizer, text):
    theirs = recognizer.analyze(text, recognizer.supported_entities)
    assert told(stage.find(text)) == told(theirs)


def test_what_was_decided_is_remembered_within_bounds(recognizer, monkeypatch):
    monkeypatch.setattr(remembered, "ENTRIES", 3)
    stage = PhoneStage(recognizer)
    for number in range(20):
        text = f"call 212-555-01{number:02}"
        assert [(r.start, r.end) for r in stage.find(text)] == [(5, 17)]
        assert len(stage._known) <= 3


def test_a_number_behind_more_candidates_than_phonenumbers_would_try_is_found(stage):
    text = "1 / " * 12_000 + "call 212-555-0123"
    assert [text[r.start : r.end] for r in stage.find(text)] == ["212-555-0123"]
