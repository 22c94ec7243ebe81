"""Strings of any length → windows that a detector takes, and findings in them → one list.

A window overlaps the next by at least half of `OVERLAP`: what lies across a cut and is no longer
than that is whole in one of them. Windows are cut at white space where there is some. A string that
fits one window is looked at whole. What a policy's own pattern matches can be longer, a private key
say; where there are such patterns, the surroundings of each cut are searched for them once more.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from govgate.scan.detector import Span

WINDOW: Final = 50_000
"""Code points of the longest text that a detector is given."""
OVERLAP: Final = 2_000
"""Code points that two neighbouring windows share, at least half and at most all of this."""
ACROSS: Final = 16_000
"""Code points to either side of what two windows share that a policy's patterns are shown."""

_SPACE = re.compile(r"\s")


class Window(NamedTuple):
    """A part of a string. ``start``: where it begins there, in code points."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """Where it ends there."""
        return self.start + len(self.text)


def windows(text: str) -> Iterator[Window]:
    """The windows of ``text`` in order; one for a string that fits, the empty one among them."""
    start = 0
    while len(text) - start > WINDOW:
        end = start + WINDOW
        yield Window(start, text[start:end])
        start = _cut(text, end - OVERLAP, end - OVERLAP // 2)
    yield Window(start, text[start:])


def _cut(text: str, low: int, high: int) -> int:
    """Where the next window begins: behind the first white space in the first half of the overlap,
    else at the beginning of it."""
    space = _SPACE.search(text, low, high)
    return low if space is None else space.end()


def across(text: str, before: Window, after: Window) -> Window:
    """The surroundings of the cut between two windows of ``text`` that follow one another."""
    start = max(after.start - ACROSS, 0)
    return Window(start, text[start : before.end + ACROSS])


@dataclass(slots=True)
class Stitches:
    """The findings of windows, added in order, as the findings of their string.

    `stitched` where two windows overlap; of one window nothing is changed.
    """

    _done: list[Span] = field(default_factory=list)
    _last: list[Span] = field(default_factory=list)
    _end: int = 0
    _across: list[Span] = field(default_factory=list)

    def add(self, window: Window, seen: Sequence[Span]) -> None:
        """Take in what was seen in ``window``, with offsets in it."""
        start, before, end = window.start, self._last, self._end
        self._end = window.end
        if not start:
            self._last = list(seen)
            return
        spans = [Span(s.start + start, s.end + start, *s[2:]) for s in seen]
        shared = [s for s in before if s.end > start] + [s for s in spans if s.start < end]
        shared += self._across
        self._across = []
        self._done += [s for s in before if s.end <= start]
        self._last = stitched(shared) + [s for s in spans if s.start >= end]

    def add_across(self, cut: Window, shared: Window, seen: Sequence[Span]) -> None:
        """Take in what was seen in the surroundings of a ``cut``, with offsets in them, before what
        was seen in the window behind it: only what goes beyond what the two windows ``shared`` at
        both ends, so that neither holds it whole."""
        spans = [Span(s.start + cut.start, s.end + cut.start, *s[2:]) for s in seen]
        self._across = [s for s in spans if s.start < shared.start and s.end > shared.end]

    def spans(self) -> list[Span]:
        """All of them, sorted."""
        return sorted(self._done + self._last)


def stitched(spans: Iterable[Span]) -> list[Span]:
    """``spans`` of windows that overlap, with offsets in the string, as one sorted list.

    What two windows saw alike is kept once; of what one saw whole and the other cut off, the
    whole: a span inside another of the same entity that scores no less is dropped.
    """
    kept: list[Span] = []
    open_spans: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.entity, -s.score, s.recognizer)):
        before = [s for s in open_spans.get(span.entity, ()) if s.end > span.start]
        if not any(s.end >= span.end and s.score >= span.score for s in before):
            kept.append(span)
            before.append(span)
        open_spans[span.entity] = before
    return sorted(kept)
