"""Strings of many windows: exact places around every cut, and work that grows with the length."""

import pytest

from govgate.scan.question import Question
from govgate.scan.strings import CHUNK_CHARACTERS, StringScanner
from govgate.scan.windows import OVERLAP, WINDOW, windows

KEY = bytes(range(32))
FILLERS = {"prose": "some words, ", "unbroken": "x", "lines": "line\n", "wide": "中😀"}


@pytest.fixture
def scanner(spawned):
    class Counting(spawned.Names):
        def __init__(self):
            super().__init__(None)
            self.given = []

        def detect(self, asks):
            self.given.append([len(ask.text) for ask in asks])
            return super().detect(asks)

    detector = Counting()
    scanner = StringScanner(detector, fingerprint_key=KEY)
    scanner.given = detector.given
    return scanner


def planted(filler: str, length: int, places: list[int], name: str = " Ann ") -> str:
    text = (filler * (length // len(filler) + 1))[:length]
    for place in places:
        text = text[:place] + name + text[place + len(name) :]
    return text


def edges(text: str) -> list[int]:
    """Where windows of ``text`` begin and end, but for its own ends."""
    cut = list(windows(text))
    begins = [window.start for window in cut[1:]]
    ends = [window.start + len(window.text) for window in cut[:-1]]
    return sorted({*begins, *ends})


@pytest.mark.parametrize("filler", FILLERS.values(), ids=FILLERS)
@pytest.mark.parametrize("shift", range(-7, 3))
def test_a_finding_on_any_cut_is_found_once_at_its_exact_place(scanner, filler, shift):
    length = 3 * WINDOW + 1234
    places = [edge + shift for edge in edges(planted(filler, length, []))]
    assert len(places) == 6
    text = planted(filler, length, places)
    (answer,) = scanner.answer([Question(text, opens=False)])
    assert [(one.start, one.end) for one in answer] == [(at + 1, at + 4) for at in places]
    assert {text[one.start : one.end] for one in answer} == {"Ann"}


def test_findings_shoulder_to_shoulder_over_a_cut_are_each_found_once(scanner):
    places = list(range(WINDOW - 2 * OVERLAP, WINDOW + 2 * OVERLAP, 5))
    text = planted("y", 2 * WINDOW, places)
    (answer,) = scanner.answer([Question(text, opens=False)])
    assert [one.start for one in answer] == [place + 1 for place in places]


def characters_given(scanner, length: int) -> int:
    """Of a string whose windows all differ: equal ones are looked at once."""
    scanner.given.clear()
    text = "".join(f"word{n} " for n in range(length // 5))[:length]
    scanner.answer([Question(text, opens=False)])
    return sum(map(sum, scanner.given))


@pytest.mark.parametrize("length", [WINDOW, 10 * WINDOW, 100 * WINDOW])
def test_the_detector_is_given_hardly_more_than_the_string(scanner, length):
    assert length <= characters_given(scanner, length) <= length * WINDOW / (WINDOW - OVERLAP)


@pytest.mark.parametrize("length", [2 * WINDOW, 16 * WINDOW, 64 * WINDOW])
def test_twice_the_length_is_hardly_more_than_twice_the_text_for_the_detector(scanner, length):
    once, twice = characters_given(scanner, length), characters_given(scanner, 2 * length)
    assert 1.9 * once <= twice <= 2.1 * once


def test_however_long_the_string_the_detector_is_given_little_at_a_time(scanner):
    characters_given(scanner, 100 * WINDOW)
    assert max(map(sum, scanner.given)) < CHUNK_CHARACTERS + WINDOW
    assert max(map(max, scanner.given)) <= WINDOW


def test_what_windows_share_is_told_apart_from_what_occurs_twice(scanner):
    """Two equal findings next to each other, both within an overlap, stay two."""
    text = planted("z", 2 * WINDOW, [WINDOW - 600], " Ann Ann ")
    (answer,) = scanner.answer([Question(text, opens=False)])
    assert len(answer) == 2
