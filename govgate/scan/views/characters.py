"""Characters that pass for others: what each is read as, and where that makes a difference.

A *skeleton* is a string with each such character replaced, of the same length: offsets in it are
offsets in the string. What nobody sees (Unicode's Default_Ignorable_Code_Point, controls, marks
that strike out or enclose) becomes `UNSEEN`, to be left out.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from govgate.scan.views.lookalikes import LOOKALIKES
from govgate.scan.views.offsets import Edit

UNSEEN: Final = "\u200b"

_UNSEEN_RANGES: Final = (
    "\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\u0332-\u0338\u20d0-\u20f0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_DOTS: Final = "·․‧∙⋅•⸱・･。｡．﹒٫۔。"
_FOLDABLE: Final = (
    (0xA0, 0x250),
    (0x2B0, 0x370),
    (0x660, 0x2100),
    (0x2100, 0x2800),
    (0x2C7C, 0x2C7E),
    (0x2E00, 0x3300),
    (0xA620, 0xABFF),
    (0xFB00, 0x10000),
    (0x104A0, 0x12000),
    (0x16A60, 0x16B60),
    (0x1D400, 0x1D800),
    (0x1E140, 0x1E960),
    (0x1F100, 0x1F1AE),
    (0x1FBF0, 0x1FBFA),
)
"""Where Unicode has digits, and characters that are compatible with ASCII ones."""


def _points(ranges: str) -> Iterator[int]:
    for low, high in re.findall(r"(?s)(.)(?:-(.))?", ranges):
        yield from range(ord(low), ord(high or low) + 1)


def _fold(character: str) -> str | None:
    """What ``character`` is read as, None if as itself."""
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in ("Zl", "Zp"):
        return "\n"
    if category == "Pd" or character in "−⁃⁻₋":
        return "-"
    folded = unicodedata.normalize("NFKC", character)
    return folded if folded.isascii() and folded.isprintable() else None


def _table() -> dict[str, str]:
    points = chain.from_iterable(range(low, high) for low, high in _FOLDABLE)
    table = {c: folded for c in map(chr, points) if (folded := _fold(c)) is not None}
    table |= {c: latin for latin, like in LOOKALIKES.items() for c in like}
    table |= dict.fromkeys(_DOTS, ".")
    table |= dict.fromkeys(map(chr, _points(_UNSEEN_RANGES)), UNSEEN)
    return table


_READ_AS: Final = _table()
_SKELETON: Final = {ord(c): spelled[0] for c, spelled in _READ_AS.items()}


def spelling(character: str) -> str:
    """What one character is read as, the empty string if nobody sees it."""
    read = _READ_AS.get(character, character)
    return "" if read == UNSEEN else read


def skeleton(text: str) -> str:
    """``text`` as it looks, code point by code point."""
    return text.translate(_SKELETON)


def edits(text: str, start: int, end: int) -> tuple[Edit, ...]:
    """What turns ``text[start:end]`` into what it looks like."""
    return tuple(AsItLooks(text, start, end))


@dataclass(frozen=True, slots=True)
class AsItLooks:
    """The edits of a stretch of ``text``, made when they are wanted: there can be very many."""

    text: str = field(repr=False)
    start: int
    end: int

    def __iter__(self) -> Iterator[Edit]:
        """Each edit in turn."""
        for place in range(self.start, self.end):
            if (read := _READ_AS.get(self.text[place])) is not None:
                yield Edit(place, place + 1, "" if read == UNSEEN else read)


def read_as(wanted: str, without: str = "") -> str:
    """Of all characters outside ASCII the ones read as one of ``wanted``, for a regex's set; not
    those of another set, ``without``."""
    barred = set(map(chr, _points(without)))
    return _set(
        c
        for c, spelled in _READ_AS.items()
        if spelled[0] in wanted and not c.isascii() and c not in barred
    )


def _set(characters: Iterable[str]) -> str:
    """Ranges for a regex's set."""
    ranges: list[list[int]] = []
    for point in sorted(map(ord, characters)):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{re.escape(chr(low))}-{re.escape(chr(high))}" for low, high in ranges)


UNSEEN_SET: Final = _set(map(chr, _points(_UNSEEN_RANGES)))
