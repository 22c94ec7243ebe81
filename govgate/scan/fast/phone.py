"""Presidio's PhoneRecognizer with its eight walks through a text made one.

For each of its regions the recognizer has `phonenumbers` walk the whole text. All walks meet the
same candidates, and whether one is a number depends on it, the region, the character before it
and the three behind it. So a text is walked once, and what was decided is remembered.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

import regex
from phonenumbers import PhoneNumberMatcher, phonenumbermatcher
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

CANDIDATE: Final[Any] = vars(phonenumbermatcher)["_PATTERN"]
SECOND_NUMBER: Final[Any] = vars(phonenumbermatcher)["_SECOND_NUMBER_START_PATTERN"]
REMEMBERED: Final = 50_000
FOLLOWING: Final = 3
"""Characters behind a candidate that are looked at: a time's minutes, ``:59``."""

Place = tuple[int, int]


class PhoneStage:
    """``recognizer``, which must be Presidio's own, for its regions and leniency."""

    def __init__(self, recognizer: PhoneRecognizer) -> None:
        self._recognizer: Any = recognizer
        self._regions: list[str] = list(recognizer.supported_regions)
        self._leniency: Any = vars(recognizer)["leniency"]
        probe = PhoneNumberMatcher("", self._regions[0], leniency=self._leniency)
        self._shortest: int = probe._min_candidate_length
        self._digits = regex.compile(r"\d")
        self._known: dict[tuple[str, str, str], list[Place | None]] = {}

    def find(self, text: str) -> list[RecognizerResult]:
        """What the recognizer's own ``analyze`` gives for ``text``."""
        places: set[Place] = set()
        if self._digits.search(text) is not None:
            candidates = _Candidates(text, self._shortest)
            for number in range(len(self._regions)):
                places.update(self._walk(text, candidates, number))
        results = [self._result(start, end) for start, end in sorted(places)]
        return EntityRecognizer.remove_duplicates(results) if len(results) > 1 else results

    def _walk(self, text: str, candidates: "_Candidates", region: int) -> Iterator[Place]:
        """The numbers that one region's walk finds: `PhoneNumberMatcher._find`, without its limit
        of 65,535 tries, behind which it reports nothing."""
        at = 0
        while (candidate := candidates.behind(at)) is not None:
            start, words = candidate
            at = start + max(len(words), 1)
            if len(words) < self._shortest:
                continue
            before = text[start - 1 : start] if start else ""
            found = self._decided(words, before, text[at : at + FOLLOWING])[region]
            if found is not None:
                yield start + found[0], start + found[1]
                at = start + found[1]

    def _decided(self, candidate: str, before: str, behind: str) -> list[Place | None]:
        """For each region, the number in ``candidate``, counted from its start."""
        key = (candidate, before, behind)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            around = before + candidate + behind
            known = [self._decide(candidate, around, len(before), r) for r in self._regions]
            self._known[key] = known
        return known

    def _decide(self, candidate: str, around: str, offset: int, region: str) -> Place | None:
        matcher = PhoneNumberMatcher(around, region, leniency=self._leniency, max_tries=sys.maxsize)
        match = matcher._extract_match(candidate, offset)
        return None if match is None else (match.start - offset, match.end - offset)

    def _result(self, start: int, end: int) -> RecognizerResult:
        recognizer = self._recognizer
        return RecognizerResult(
            entity_type=recognizer.supported_entities[0],
            start=start,
            end=end,
            score=recognizer.SCORE,
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: recognizer.name,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: recognizer.id,
            },
        )


class _Candidates:
    """What in ``text`` is put together like a telephone number, each found once."""

    def __init__(self, text: str, shortest: int) -> None:
        self._text = text
        self._shortest = shortest
        self._next: dict[int, tuple[int, str] | None] = {}

    def behind(self, at: int) -> tuple[int, str] | None:
        """The first candidate at or behind ``at``: its start, and its characters."""
        if at not in self._next:
            self._next[at] = self._search(at)
        return self._next[at]

    def _search(self, at: int) -> tuple[int, str] | None:
        found = CANDIDATE.search(self._text, at)
        if found is None:
            return None
        candidate = found[0]
        second = SECOND_NUMBER.search(candidate)
        return found.start(), candidate if second is None else candidate[: second.start()]
