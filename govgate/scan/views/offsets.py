"""Texts that were made from parts of another, and the way back, in code points.

Of a stretch of the made text, the way back gives the least stretch of the other that spells it:
what was left out before its first and behind its last code point is not part of it.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import StringIO
from typing import NamedTuple

Outer = Callable[[int, int], tuple[int, int]]
"""A stretch of a made text → the stretch of the text that it was made from. Monotone."""


class Edit(NamedTuple):
    """``source[start:end]`` is read as ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A part of a text, from ``origin``, with edits; what lies between them is as it was.

    For each edit: where its text begins and ends here, and where what it replaces begins and ends
    in the source. Source stretches of neighbouring edits may overlap, as bytes in base64 do.
    """

    text: str
    origin: int
    here: "array[int]" = field(repr=False)
    here_end: "array[int]" = field(repr=False)
    there: "array[int]" = field(repr=False)
    there_end: "array[int]" = field(repr=False)

    def outer(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source that ``text[start:end]`` was read from."""
        first = self._first(start)
        return first, max(first, self._behind(end - 1)) if end > start else first

    def inner(self, place: int) -> int:
        """Where source offset ``place`` went: of what an edit replaced, to where its text ends."""
        edit = bisect_right(self.there, place) - 1
        if edit < 0:
            return place - self.origin
        if self.there[edit] == place:
            return self.here[edit]
        return self.here_end[edit] + max(0, place - self.there_end[edit])

    def _first(self, offset: int) -> int:
        edit = bisect_right(self.here, offset) - 1
        if edit < 0:
            return self.origin + offset
        if offset < self.here_end[edit]:
            return self.there[edit]
        return self.there_end[edit] + offset - self.here_end[edit]

    def _behind(self, offset: int) -> int:
        """Where what code point ``offset`` was read from ends."""
        edit = bisect_right(self.here, offset) - 1
        if edit >= 0 and offset < self.here_end[edit]:
            return self.there_end[edit]
        return self._first(offset) + 1


def rewritten(source: str, start: int, end: int, edits: Iterable[Edit]) -> Rewritten:
    """``source[start:end]`` with ``edits``, which are sorted, within it and do not overlap."""
    code = "I" if len(source) < 2**30 else "Q"
    columns = [array(code) for _ in range(4)]
    made = StringIO(newline="")
    at, length = start, 0
    for edit in edits:
        made.write(source[at : edit.start])
        made.write(edit.text)
        length += edit.start - at
        here_end = length + len(edit.text)
        for column, value in zip(columns, (length, here_end, edit.start, edit.end), strict=True):
            column.append(value)
        at, length = edit.end, here_end
    made.write(source[at:end])
    return Rewritten(made.getvalue(), start, *columns)


def through(inner: Outer, around: Outer) -> Outer:
    """The way back through two texts, one made from the other."""
    return lambda start, end: around(*inner(start, end))
