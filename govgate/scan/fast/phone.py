"""Presidio's PhoneRecognizer with its eight walks through a text made one.

For each of its regions the recognizer has `phonenumbers` walk the whole text. All walks meet the
same candidates, and whether one is a number depends on it, the region, the character before it
and the three behind it. So a text is walked once, what was decided is remembered, and a candidate
with fewer digits than a region's shortest number is not parsed at all.
"""

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import phonenumbers
import regex
from phonenumbers import PhoneMetadata, PhoneNumberMatcher, phonenumbermatcher
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from govgate.scan.remembered import Remembered

KINDS: Final = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)
CANDIDATE: Final[Any] = vars(phonenumbermatcher)["_PATTERN"]
SECOND_NUMBER: Final[Any] = vars(phonenumbermatcher)["_SECOND_NUMBER_START_PATTERN"]

Place = tuple[int, int]


class PhoneStage:
    """``recognizer``, which must be Presidio's own, for its regions and leniency."""

    def __init__(self, recognizer: PhoneRecognizer) -> None:
        self._recognizer: Any = recognizer
        self._regions: list[str] = list(recognizer.supported_regions)
        self._leniency: Any = vars(recognizer)["leniency"]
        self._digits = regex.compile(r"\d")
        self._plus = regex.compile(r"[+＋]")
        self._fewest = [_fewest_digits(region) for region in self._regions]
        self._international = _fewest_international()
        self._fewest_of_all = min([*self._fewest, self._international])
        self._known: Remembered[tuple[str, str, str], list[Place | None] | None] = Remembered()

    def find(self, text: str) -> list[RecognizerResult]:
        """What the recognizer's own ``analyze`` gives for ``text``."""
        places = set(self._places(text)) if self._digits.search(text) else set()
        results = [self._result(start, end) for start, end in sorted(places)]
        return EntityRecognizer.remove_duplicates(results) if len(results) > 1 else results

    def _places(self, text: str) -> Iterator[Place]:
        """The numbers that the regions' walks find, each of them `PhoneNumberMatcher._find` without
        its limit of 65,535 tries, behind which it reports nothing.

        Regions walk together as long as they are at the same place; where one finds a number it
        goes on behind the number, and another behind the candidate.
        """
        walks: dict[int, list[int]] = {0: list(range(len(self._regions)))}
        while walks:
            at = min(walks)
            regions = walks.pop(at)
            candidate = _candidate(text, at)
            if candidate is None:
                continue
            start, words = candidate
            end = start + max(len(words), 1)
            onwards = regions
            if len(words) >= self._fewest_of_all:
                decided = self._decided(words, text[max(start - 1, 0) : start], text[end : end + 3])
                found = [(region, decided[region]) for region in regions] if decided else []
                onwards = [region for region, place in found if place is None] if found else regions
                for region, place in found:
                    if place is not None:
                        yield start + place[0], start + place[1]
                        walks.setdefault(start + place[1], []).append(region)
            if onwards:
                walks.setdefault(end, []).extend(onwards)

    def _decided(self, candidate: str, before: str, behind: str) -> list[Place | None] | None:
        """For each region, the number in ``candidate``, counted from its start; None if none of
        them sees one. ``behind``: the three characters that can tell a time of day, ``:59``."""
        key = (candidate, before, behind)
        if key in self._known:
            return self._known[key]
        around = before + candidate + behind
        digits = len(self._digits.findall(candidate))
        international = self._plus.search(candidate) is not None
        decided = [
            self._decide(candidate, around, len(before), region)
            if digits >= (self._international if international else fewest)
            else None
            for region, fewest in zip(self._regions, self._fewest, strict=True)
        ]
        told = decided if any(decided) else None
        return self._known.keep(key, told, sum(map(len, key)))

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


def _fewest_digits(region: str) -> int:
    """Digits that a number written in ``region`` without a plus sign has at least: those of its
    own shortest numbers, or a prefix to dial abroad, of two digits or more, and a number there."""
    own = _shortest_number(PhoneMetadata.metadata_for_region(region))
    return min(own, 2 + _fewest_international())


@cache
def _fewest_international() -> int:
    """Digits of a country code and of the shortest valid number of any country."""
    regions = map(PhoneMetadata.metadata_for_region, phonenumbers.SUPPORTED_REGIONS)
    codes = phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS
    others = map(PhoneMetadata.metadata_for_nongeo_region, codes)
    return 1 + min(map(_shortest_number, (*regions, *others)))


def _shortest_number(metadata: Any) -> int:
    """Digits that have to be written for a valid number of a country, by phonenumbers' metadata.

    A valid number is of one of the types below and of a length given for it; when it is parsed
    nothing is added to it but what the rule for national prefixes adds.
    """
    kinds = (getattr(metadata, kind) for kind in KINDS)
    lengths = [length for kind in kinds if kind is not None for length in kind.possible_length]
    rule = metadata.national_prefix_transform_rule or ""
    added = len(regex.findall(r"\d", regex.sub(r"\\\d|\$\d", "", rule)))
    return min((length for length in lengths if length > 0), default=1) - added


def _candidate(text: str, at: int) -> tuple[int, str] | None:
    """The first part of ``text`` at or behind ``at`` that is put together like a telephone number:
    its start, and its characters."""
    found = CANDIDATE.search(text, at)
    if found is None:
        return None
    words = found[0]
    second = SECOND_NUMBER.search(words)
    return found.start(), words if second is None else words[: second.start()]
