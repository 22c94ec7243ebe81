"""Where the strings, keys and numbers of a JSON text stand, and cuts that leave it valid JSON.

Everything works on the text as written: what is not cut keeps its bytes, escapes and spacing.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

_TOKEN = re.compile(
    r"[ \t\r\n]*(?:"
    r'(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<mark>[\[\]{},:])|(?P<atom>[^\s\[\]{},:"]+))',
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)"
)
# Numbers are not converted: their value is not wanted, and Python refuses very long ones.
_SHAPE = json.JSONDecoder(
    parse_int=lambda _: None,
    parse_float=lambda _: None,
    parse_constant=lambda _: None,
    strict=False,
)


class Kind(Enum):
    """What a token is."""

    KEY = auto()
    STRING = auto()
    ATOM = auto()  # a number, true, false or null


@dataclass(frozen=True, slots=True)
class Token:
    """A key or scalar at ``text[start:end]``, quotes included; a key's pointer names its member."""

    pointer: str
    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Code points ``start:end`` of a string that are to go, and as what."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Replace ``start:end`` of a text by ``by``, which holds nothing that JSON would escape."""

    start: int
    end: int
    by: str


# Turns pieces of a plain string, in any order and overlapping, into cuts in order and apart.
Namer = Callable[[str, Sequence[Piece]], list[Cut]]


def apply(text: str, cuts: Sequence[Cut]) -> str:
    """``text`` with every cut made; they must be in order and apart."""
    parts, at = [], 0
    for cut in cuts:
        parts += [text[at : cut.start], cut.by]
        at = cut.end
    return "".join((*parts, text[at:]))


def cuts_of(text: str, pieces: Sequence[Piece], name: Namer) -> list[Cut]:
    """The cuts that take ``pieces`` out of ``text``; a JSON object or array stays one.

    Inside JSON a piece is kept within the strings that it touches, a number that it touches
    becomes null, and punctuation stays; strings that hold JSON themselves are treated alike.
    """
    if not is_container(text):
        return name(text, pieces)
    return [
        cut
        for token in tokens(text)
        for cut in _cuts_in(text, token, _touching(token, pieces), name)
    ]


def is_container(text: str) -> bool:
    """Whether ``text`` is a JSON object or array."""
    if text.lstrip(" \t\r\n")[:1] not in ("{", "["):
        return False
    try:
        _SHAPE.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _touching(token: Token, pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.start < token.end and token.start < piece.end]


def _cuts_in(text: str, token: Token, pieces: Sequence[Piece], name: Namer) -> list[Cut]:
    if not pieces:
        return []
    if token.kind is Kind.ATOM:
        return [Cut(token.start, token.end, "null")]
    string = StringToken(text, token)
    inner = [
        Piece(start, end, piece.entity)
        for piece in pieces
        if (start := string.index_at(piece.start)) < (end := string.index_behind(piece.end))
    ]
    return string.outward(cuts_of(string.value, inner, name)) if inner else []


class StringToken:
    """A string token's ``value`` and the way between its code points and the text's offsets."""

    def __init__(self, text: str, token: Token) -> None:
        self.value: str = json.loads(text[token.start : token.end], strict=False)
        self._raw, self._index = [token.start + 1], [0]
        for escape in _ESCAPE.finditer(text, token.start + 1, token.end - 1):
            index = self._index[-1] + escape.start() - self._raw[-1]
            self._raw += [escape.start(), escape.end()]
            self._index += [index, index + 1]
        self._end = token.end - 1

    def raw_at(self, index: int) -> int:
        """The text's offset of code point ``index`` (or of the closing quote)."""
        mark = bisect_right(self._index, index) - 1
        return min(self._raw[mark] + index - self._index[mark], self._end)

    def index_at(self, raw: int) -> int:
        """The code point that stands at offset ``raw``; within an escape, the escaped one."""
        raw = max(raw, self._raw[0])
        mark = bisect_right(self._raw, raw) - 1
        inside = self._is_escape(mark)
        return self._index[mark] + (0 if inside else min(raw, self._end) - self._raw[mark])

    def index_behind(self, raw: int) -> int:
        """The first code point that starts at or behind offset ``raw``."""
        raw = max(raw, self._raw[0])
        mark = bisect_right(self._raw, raw) - 1
        inside = self._is_escape(mark)
        gone = raw > self._raw[mark] if inside else min(raw, self._end) - self._raw[mark]
        return self._index[mark] + int(gone)

    def outward(self, cuts: Sequence[Cut]) -> list[Cut]:
        """Cuts of ``value`` as cuts of the text."""
        return [Cut(self.raw_at(c.start), self.raw_at(c.end), c.by) for c in cuts]

    def _is_escape(self, mark: int) -> bool:
        return mark % 2 == 1


def escape_pointer(name: str) -> str:
    """``name`` as one segment of an RFC 6901 pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def tokens(text: str) -> Iterator[Token]:
    """Every key and scalar of ``text``, which must be valid JSON, in document order."""
    above: list[tuple[str, int]] = []  # what each open container is called, and where it counts
    pointer, count = "", -1  # the container that is open; count is -1 in an object
    here = ""  # the pointer of the value that comes next
    naming = False
    for match in _TOKEN.finditer(text):
        start, end = match.span(match.lastgroup or 0)
        mark = match.group("mark")
        if mark is None:
            string = match.lastgroup == "string"
            if naming:
                here = f"{pointer}/{escape_pointer(json.loads(text[start:end], strict=False))}"
            kind = Kind.KEY if naming else Kind.STRING if string else Kind.ATOM
            yield Token(here, kind, start, end)
            naming = False
        elif mark in "[{":
            above.append((pointer, count))
            pointer, count = here, 0 if mark == "[" else -1
            naming = mark == "{"
            here = f"{pointer}/0"
        elif mark in "]}":
            pointer, count = above.pop()
            naming = False
        elif mark == ",":
            naming = count < 0
            count += count >= 0
            here = f"{pointer}/{count}"
