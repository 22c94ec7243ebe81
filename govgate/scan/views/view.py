"""A view: a text that a string can be read as, the way back, and which findings in it count."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from govgate.scan.detector import Span
from govgate.scan.views.offsets import Edit, Outer, rewritten

NORMALISED: Final = "normalised"
ENCODED: Final = "encoded"
TABLE: Final = "table"

PHONE: Final = "PHONE_NUMBER"
NAMES: Final = "SpacyRecognizer"
"""The recognizer that goes by language, where the others go by patterns."""

BEFORE: Final = 100
AFTER: Final = 40
"""Code points around a stretch that are read with it: the words before it are its context."""


class Stretch(NamedTuple):
    """A part of a string that is read otherwise.

    ``names``: findings by language count, too. ``whole``: a finding counts only if it covers all of
    the stretch. ``least``: the score from which a finding counts; ``least_phone``: a telephone
    number, which scores the same whatever it looks like.
    """

    start: int
    end: int
    edits: Iterable[Edit]
    names: bool = False
    whole: bool = False
    least: float = 0.0
    least_phone: float = 0.0


class Part(NamedTuple):
    """Where a view's text differs from the string, and what counts there, as in `Stretch`."""

    start: int
    end: int
    names: bool = True
    whole: bool = False
    least: float = 0.0
    least_phone: float = 0.0

    def keeps(self, span: Span) -> bool:
        """Whether a finding that touches this part counts."""
        return (
            (self.names or span.recognizer != NAMES)
            and span.score >= (self.least_phone if span.entity == PHONE else self.least)
            and (not self.whole or span.start <= self.start <= self.end <= span.end)
        )


@dataclass(frozen=True, slots=True)
class View:
    """``text`` is what a detector is to be asked; ``seen`` was seen in it without one.

    ``parts``: sorted, apart from each other. A finding outside all of them never counts. ``asked``
    is false where there is nothing more to see than ``seen``, which then always counts.
    """

    name: str
    text: str
    outer: Outer
    parts: Sequence[Part] = field(repr=False)
    context: tuple[str, ...] = ()
    seen: tuple[Span, ...] = ()
    asked: bool = True

    def keeps(self, span: Span) -> bool:
        """Whether ``span``, found in this view, is one that the view is there for."""
        if not self.asked:
            return True
        first = bisect_right(self.parts, span.start, key=lambda part: part.end)
        behind = bisect_left(self.parts, span.end, key=lambda part: part.start)
        touched = self.parts[first:behind]
        return bool(touched) and all(part.keeps(span) for part in touched)


def apart(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Sorted; of two that overlap the one that was given first."""
    order = sorted(enumerate(stretches), key=lambda pair: (pair[1].start, pair[0]))
    kept: list[tuple[int, Stretch]] = []
    for rank, stretch in order:
        if not kept or kept[-1][1].end <= stretch.start:
            kept.append((rank, stretch))
        elif rank < kept[-1][0]:
            kept[-1] = (rank, stretch)
    return [stretch for _, stretch in kept]


def around(text: str, stretches: Sequence[Stretch], name: str) -> Iterator[View]:
    """Views of what lies around ``stretches``, which are apart; those close together share one."""
    near: list[Stretch] = []
    for stretch in stretches:
        if near and stretch.start - near[-1].end > BEFORE + AFTER:
            yield _one(text, near, name)
            near = []
        near.append(stretch)
    if near:
        yield _one(text, near, name)


def _one(text: str, near: Sequence[Stretch], name: str) -> View:
    start = _word_start(text, near[0].start)
    end = _word_end(text, near[-1].end)
    made = rewritten(text, start, end, (edit for stretch in near for edit in stretch.edits))
    parts = [Part(made.inner(s.start), made.inner(s.end), *s[3:]) for s in near]
    return View(name, made.text, made.outer, parts)


def _word_start(text: str, place: int) -> int:
    """Where to begin, at a word if there is one begun within `BEFORE` code points of ``place``."""
    low = max(0, place - BEFORE)
    if low == 0:
        return 0
    spaces = [found for mark in " \n" if (found := text.find(mark, low, place)) >= 0]
    return min(spaces) + 1 if spaces else low


def _word_end(text: str, place: int) -> int:
    high = min(len(text), place + AFTER)
    if high == len(text):
        return high
    spaces = [found for mark in " \n" if (found := text.rfind(mark, place, high)) >= 0]
    return max(spaces) if spaces else high
