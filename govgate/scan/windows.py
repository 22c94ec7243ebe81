"""Strings of any length → windows that a detector takes, and findings in them → one list.

A window overlaps the next, so that what lies across a cut is whole in one of them. Windows are
cut at white space where there is some. A string that fits one window is looked at whole.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from govgate.scan.detector import Span

WINDOW: Final = 50_000
"""Code points of the longest text that a detector is given."""
OVERLAP: Final = 2_000
"""Code points that two neighbouring windows share, at least half and at most all of this."""

_SPACE = re.compile(r"\s")


class Window(NamedTuple):
    """A part of a string. ``start``: where it begins there, in code points."""

    start: int
    text: str


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


def stitched(spans: Iterable[Span]) -> list[Span]:
    """The findings of all windows of a string, with offsets in the string, as one sorted list.

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
