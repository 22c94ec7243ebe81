"""Numbers split over two turns of a chat: begun at the end of one, ended at the start of another.

Turns next to each other are looked at, and those of one speaker with one turn between. Of either,
only the run of digits and separators at the very edge is taken, and only if both together have the
length of an identifier. Pure: the seams' questions are answered like any other.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from govgate.scan.question import Question, Sighting
from govgate.scan.views.characters import UNSEEN, skeleton
from govgate.scan.views.numbers import PHONE_SHAPES, SSN_SHAPE, is_card
from govgate.scan.views.view import NAMES
from govgate.scan.walk import Text, TextKind

TURNS: Final = "turns"
LEAST_DIGITS: Final = 7
MOST_CHARACTERS: Final = 34
"""Those of the longest IBAN."""

_EDGE: Final = 64
_CONTEXT: Final = 80
_WORDS: Final = 6
_TURN: Final = re.compile(
    r"(?P<talk>.*?)/\d+/(?:content|value|text|message|utterance)(?:/\d+/text)?"
    r"|(?P<history>.*?/history)/\d+/[01]"
    r"|(?P<list>.*/(?:dialog|dialogue|utterances|turns|conversation|conversations|messages))/\d+"
)
_GAP: Final = rf" .\-/()\u00a0{UNSEEN}"
_FILLER: Final = " \t\r\n.,;:…-"
_IBAN_TAIL: Final = re.compile(rf"(?<![A-Za-z0-9])[A-Z]{{2}}\d{{2}}[A-Z0-9{_GAP}]*\Z", re.ASCII)
_TAIL: Final = re.compile(rf"(?<![\w.,$€£%])[+(]{{0,2}}\d[\d{_GAP}]*\Z", re.ASCII)
_IBAN_HEAD: Final = re.compile(rf"[A-Z0-9]+(?:[{_GAP}]?[A-Z0-9]+)*(?![A-Za-z0-9])", re.ASCII)
_HEAD: Final = re.compile(rf"[(]?\d+(?:[{_GAP}]{{1,3}}\d+)*(?![\w%€£])", re.ASCII)
_GROUP: Final = re.compile("[A-Z0-9]+", re.ASCII)


class Mark(NamedTuple):
    """A character of a seam's text: which turn it is from (0 or 1) and where; -1 for neither."""

    character: str
    turn: int
    offset: int


@dataclass(frozen=True, slots=True)
class Seam:
    """The edges of two turns put together. ``turns``: their places among the texts of the row."""

    turns: tuple[int, int]
    marks: tuple[Mark, ...]
    context: tuple[str, ...] = ()

    @property
    def question(self) -> Question:
        """What is asked about them."""
        return Question("".join(mark.character for mark in self.marks), False, self.context)

    def findings(self, seen: Iterable[Sighting]) -> Iterator[tuple[int, Sighting]]:
        """For each sighting across the seam one in either turn, with the place of its text.

        What goes by language is left out; without a certain score only what covers all counts.
        """
        for sighting in seen:
            if sighting.recognizer == NAMES:
                continue
            if sighting.score < 1 and not self._covers(sighting):
                continue
            parts = [self._part(sighting, turn) for turn in (0, 1)]
            if all(parts):
                yield from ((self.turns[t], part) for t, part in enumerate(parts) if part)

    def _covers(self, sighting: Sighting) -> bool:
        digits = [place for place, mark in enumerate(self.marks) if mark.character.isalnum()]
        return sighting.start <= digits[0] and digits[-1] < sighting.end

    def _part(self, sighting: Sighting, turn: int) -> Sighting | None:
        within = self.marks[sighting.start : sighting.end]
        offsets = [mark.offset for mark in within if mark.turn == turn]
        if not offsets:
            return None
        return sighting._replace(start=offsets[0], end=offsets[-1] + 1, view=TURNS)


class _Turn(NamedTuple):
    place: int
    text: Text


def seams(texts: Sequence[Text]) -> Iterator[Seam]:
    """The seams between the turns of one row, in order of their first turns."""
    talks: dict[str, list[_Turn]] = {}
    for place, text in enumerate(texts):
        turn = _TURN.fullmatch(text.pointer) if text.kind is TextKind.STRING else None
        if turn is not None:
            talk = turn["talk"] or turn["history"] or turn["list"] or ""
            talks.setdefault(talk, []).append(_Turn(place, text))
    for turns in talks.values():
        yield from _between(turns)


def _between(turns: Sequence[_Turn]) -> Iterator[Seam]:
    pairs = [*pairwise(turns)]
    pairs += [(a, b) for a, b in zip(turns, turns[2:], strict=False) if a.text.role == b.text.role]
    for first, second in sorted(pairs, key=lambda pair: (pair[0].place, pair[1].place)):
        if (seam := _seam(first, second)) is not None:
            yield seam


def _seam(first: _Turn, second: _Turn) -> Seam | None:
    tail = _tail(first.text.text)
    if tail is None:
        return None
    head = _head(second.text.text, iban=tail[0].character.isalpha())
    if head is None:
        return None
    groups = [_groups(tail), _groups(head)]
    characters = sum(len(group) for part in groups for group in part)
    digits = sum(mark.character.isdigit() for mark in (*tail, *head))
    if digits < LEAST_DIGITS or characters > MOST_CHARACTERS:
        return None
    context = _context(first.text.text, tail[0].offset)
    return Seam((first.place, second.place), _joined(tail, head), context)


def _tail(text: str) -> list[Mark] | None:
    """The run at the end of a turn, without the punctuation behind it."""
    low = max(0, len(text) - _EDGE)
    plain = skeleton(text[low:]).rstrip(_FILLER + UNSEEN)
    match = _IBAN_TAIL.search(plain) or _TAIL.search(plain)
    if match is None or (low and match.start() == 0):
        return None
    return [Mark(plain[p], 0, low + p) for p in range(match.start(), match.end())]


def _head(text: str, *, iban: bool) -> list[Mark] | None:
    """The run at the start of a turn, without the punctuation before it."""
    plain = skeleton(text[:_EDGE])
    start = len(plain) - len(plain.lstrip(_FILLER + UNSEEN))
    match = (_IBAN_HEAD if iban else _HEAD).match(plain, start)
    if match is None or match.end() == _EDGE or not any(map(str.isdigit, match[0])):
        return None
    return [Mark(plain[p], 1, p) for p in range(match.start(), match.end())]


def _groups(marks: Sequence[Mark]) -> list[Sequence[Mark]]:
    plain = "".join(mark.character for mark in marks)
    return [marks[m.start() : m.end()] for m in _GROUP.finditer(plain)]


def _joined(tail: Sequence[Mark], head: Sequence[Mark]) -> tuple[Mark, ...]:
    """Both as one number, in a spelling that recognizers know."""
    before, behind = _groups(tail), _groups(head)
    apart = [*before, *behind]
    merged = [*before[:-1], (*before[-1], *behind[0]), *behind[1:]]
    whole = "".join(mark.character for group in apart for mark in group)
    if not whole.isdigit() or is_card(whole, (len(whole),)):
        return tuple(mark for group in apart for mark in group)
    lead = [tail[0]] if tail[0].character == "+" else []
    for groups in (apart, merged):
        shape = tuple(map(len, groups))
        if shape == SSN_SHAPE or shape in PHONE_SHAPES:
            return (*lead, *_with_hyphens(groups))
    if len(whole) in (9, 10, 11) and len(apart) == 2:
        return (*lead, *(mark for group in apart for mark in group))
    return (*lead, *_with_hyphens(apart))


def _with_hyphens(groups: Sequence[Sequence[Mark]]) -> Iterator[Mark]:
    for position, group in enumerate(groups):
        if position:
            yield Mark("-", -1, -1)
        yield from group


def _context(text: str, place: int) -> tuple[str, ...]:
    """The last words before ``place``, as context."""
    words = re.findall(r"[^\W\d_]+", text[max(0, place - _CONTEXT) : place])
    return tuple(word.lower() for word in words[-_WORDS:])
