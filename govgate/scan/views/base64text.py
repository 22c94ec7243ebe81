"""Text in base64 (RFC 4648, both alphabets, padded or not, on one line or many)."""

import binascii
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

LEAST: Final = 15
"""Characters of base64 from which it is taken for meant: eleven bytes, as many as the shortest
numbers have. By chance one of fifty thousand strings of that length decodes to printable ASCII."""

_TOKEN: Final = re.compile(rf"[A-Za-z0-9+/_-]{{{LEAST},}}={{0,2}}")
_NEXT_LINE: Final = re.compile(r"\r?\n[ \t]{0,8}([A-Za-z0-9+/_-]+)(={0,2})(?=\s|\Z)")
_LINE: Final = 60
_SAMPLE: Final = 64
_PRINTABLE: Final = 0.9
_URL_SAFE: Final = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text out of base64. ``lines``: where each line of base64 begins, counted in its own
    characters and in the string; ``widths``: where each code point begins among the bytes, None
    if all are ASCII."""

    text: str
    start: int
    end: int
    lines: tuple[tuple[int, int], ...]
    bytes_at: "array[int] | None" = field(default=None, repr=False)

    def outer(self, start: int, end: int) -> tuple[int, int]:
        """The base64 characters that hold bits of ``text[start:end]``."""
        first = self._byte(start) * 8 // 6
        last = max(first, -(-self._byte(end) * 8 // 6) - 1)
        return self._place(first), self._place(last) + 1

    def _byte(self, offset: int) -> int:
        return offset if self.bytes_at is None else self.bytes_at[offset]

    def _place(self, character: int) -> int:
        line = bisect_right(self.lines, character, key=lambda pair: pair[0]) - 1
        here, there = self.lines[line]
        return there + character - here


def decoded_texts(text: str) -> Iterator[Decoded]:
    """The texts that stretches of ``text`` decode to. Linear: no character is decoded twice."""
    behind = 0
    while token := _TOKEN.search(text, behind):
        lines, end = _lines(text, token)
        behind = end
        written = "".join(text[low:high] for low, high in lines).rstrip("=")
        if (plain := _plain(written)) is not None:
            yield Decoded(plain, token.start(), end, _starts(lines), _bytes_at(plain))


def _lines(text: str, token: "re.Match[str]") -> tuple[list[tuple[int, int]], int]:
    """The lines of base64 that ``token`` begins, long ones of equal length and a last one."""
    lines = [token.span()]
    length = token.end() - token.start()
    while length >= _LINE and text[lines[-1][1] - 1] != "=":
        following = _NEXT_LINE.match(text, lines[-1][1])
        if following is None or len(following[1]) > length:
            break
        lines.append((following.start(1), following.end(2)))
        if len(following[1]) < length:
            break
    return lines, lines[-1][1]


def _starts(lines: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    starts, length = [], 0
    for low, high in lines:
        starts.append((length, low))
        length += high - low
    return tuple(starts)


def _plain(written: str) -> str | None:
    """What base64 without its padding spells, if that is text."""
    if len(written) % 4 == 1 or written.islower() or written.isupper():
        return None
    written = written.translate(_URL_SAFE)
    try:
        sample = binascii.a2b_base64(_padded(written[:_SAMPLE])).decode("utf-8", "ignore")
        if not _is_text(sample):
            return None
        plain = binascii.a2b_base64(_padded(written)).decode()
    except ValueError:
        return None
    return plain if _is_text(plain) else None


def _padded(written: str) -> str:
    return written + "=" * (-len(written) % 4)


def _is_text(plain: str) -> bool:
    shown = sum(1 for c in plain if c.isprintable() or c in "\t\r\n")
    letters = sum(map(str.isalnum, plain))
    return shown >= _PRINTABLE * len(plain) and letters * 2 >= len(plain) > 0


def _bytes_at(plain: str) -> "array[int] | None":
    if plain.isascii():
        return None
    places = array("I", (0,))
    at = 0
    for character in plain:
        at += len(character.encode())
        places.append(at)
    return places
