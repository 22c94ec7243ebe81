"""A number split over two turns is found, and each of its pieces is covered."""

import pytest

from govgate.scan.fast.detector import FastDetector
from govgate.scan.question import Sighting
from govgate.scan.seams import seams
from govgate.scan.strings import StringScanner
from govgate.scan.walk import walk
from govgate.scansettings import ScanSettings

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def scanner():
    return StringScanner(FastDetector(ScanSettings()), fingerprint_key=KEY)


def chat(*turns):
    speakers = ("user", "assistant")
    return {
        "messages": [{"role": speakers[i % 2], "content": turn} for i, turn in enumerate(turns)]
    }


def pieces(scanner, row, least=0.4):
    """(entity, the piece in its turn) of all seams."""
    texts = list(walk(row))
    found = []
    for seam in seams(texts):
        (answer,) = scanner.answer([seam.question])
        for place, seen in seam.findings(answer):
            if seen.score >= least:
                found.append((seen.entity, texts[place].text[seen.start : seen.end]))
                assert seen.view == "turns"
    return found


@pytest.mark.parametrize(
    ("first", "second", "entity"),
    [
        ("4111 1111", "1111 1111", "CREDIT_CARD"),
        ("4111 1111 11", "11 1111", "CREDIT_CARD"),
        ("536-22", "1234", "US_SSN"),
        ("536-2", "2-1234", "US_SSN"),
        ("212-555", "0134", "PHONE_NUMBER"),
        ("+49 30 123", "4567", "PHONE_NUMBER"),
        ("DE89 3704 0044", "0532 0130 00", "IBAN_CODE"),
        ("４１１１ １１１１", "１１１１ １１１１", "CREDIT_CARD"),
    ],
)
def test_a_number_over_two_turns_is_found_in_both(scanner, first, second, entity):
    row = chat(f"é😀 my number is {first}", f" {second} \U0001f600")
    assert [p for p in pieces(scanner, row) if p[0] == entity][:2] == [
        (entity, first),
        (entity, second),
    ]


def test_punctuation_at_the_edges_is_passed_over(scanner):
    row = chat("the first half is 4111 1111...", "… 1111 1111. Noted")
    assert pieces(scanner, row) == [("CREDIT_CARD", "4111 1111"), ("CREDIT_CARD", "1111 1111")]


def test_a_speaker_who_goes_on_after_the_other_is_followed(scanner):
    row = chat("card: 4111 1111", "go on", "1111 1111")
    assert pieces(scanner, row) == [("CREDIT_CARD", "4111 1111"), ("CREDIT_CARD", "1111 1111")]


@pytest.mark.parametrize(
    "row",
    [
        {
            "conversations": [
                {"from": "human", "value": "4111 1111"},
                {"from": "gpt", "value": "1111 1111"},
            ]
        },
        {
            "chosen": [
                {"role": "user", "content": "4111 1111"},
                {"role": "user", "content": "1111 1111"},
            ]
        },
        {"history": [["4111 1111", "1111 1111"]]},
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "4111 1111"}]},
                {"role": "user", "content": "1111 1111"},
            ]
        },
        {"dialog": ["4111 1111", "1111 1111"]},
    ],
)
def test_turns_of_all_shapes_are_known(scanner, row):
    assert len(pieces(scanner, row)) == 2


@pytest.mark.parametrize(
    "turns",
    [
        ("it was 1999", "2000 was better"),
        ("4111 1111 is mine", "1111 1111"),
        ("4111 1111", "so 1111 1111"),
        ("What is 5+5?", "10"),
        ("4111 1111 1111 1111", "ok"),
        ("4111 1111", "a", "b", "1111 1111"),
        ("4111 1111", "1111 1111%"),
        ("", ""),
    ],
)
def test_turns_that_only_hold_figures_are_not_joined(scanner, turns):
    assert pieces(scanner, chat(*turns)) == []


def test_context_before_the_first_piece_counts(scanner):
    assert pieces(scanner, chat("my ssn starts 53622", "1234 is the rest")) == [
        ("US_SSN", "53622"),
        ("US_SSN", "1234"),
    ]
    assert pieces(scanner, chat("it starts with 53622", "1234 is the rest")) == []


def test_texts_that_are_no_turns_have_no_seams():
    assert list(seams(list(walk({"a": "4111 1111", "b": "1111 1111", "c": ["1", "2"]})))) == []


def test_a_sighting_on_one_side_is_dropped():
    (seam,) = seams(list(walk(chat("4111 1111", "1111 1111"))))
    one_side = Sighting(0, 8, "US_BANK_NUMBER", 1.0, "UsBankRecognizer", "original", "f")
    assert list(seam.findings([one_side])) == []
    across = one_side._replace(end=16)
    assert [(place, s.start, s.end) for place, s in seam.findings([across])] == [
        (seam.turns[0], 0, 9),
        (seam.turns[1], 0, 9),
    ]
    assert {s.fingerprint for _, s in seam.findings([across])} == {"f"}
