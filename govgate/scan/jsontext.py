"""JSON inside a string: its texts, each with the way back to the string around it.

Tool arguments and tool lists reach trainers as JSON within JSON. A name that is written
``Jos\\u00e9`` in there is found only in the decoded text; the finding must still say which code
points of the outer string it covers.
"""

import json
import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from govgate.scan.walk import LONG_NUMBER, TextKind

MAX_DEPTH: Final = 4
"""How often JSON is opened within JSON. What lies deeper is still scanned as the text it is in."""

_scan_string: Callable[[str, int, bool], tuple[str, int]] = json.decoder.scanstring  # type: ignore[attr-defined]
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
_NUMBER = re.compile(r"-?(\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_COLON = re.compile(r"[ \t\r\n]*:")
_SPACE = " \t\r\n"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class InnerText:
    """A text within a JSON string: ``start`` is where it begins in the string around it.

    ``places``: for each of its code points, and for its end, the offset in the string around it;
    None where nothing is escaped and offsets run alongside. ``around``: the inner text that holds
    this one, when the string around it is itself inside JSON.
    """

    text: str
    kind: TextKind
    start: int
    places: "array[int] | None" = None
    around: "InnerText | None" = None

    def outer(self, offset: int) -> int:
        """The offset in the outermost string of code point ``offset`` of this text."""
        place = self.start + offset if self.places is None else self.places[offset]
        return place if self.around is None else self.around.outer(place)


def inner_texts(outer: str) -> Iterator[InnerText]:
    """The strings, keys and long numbers of the JSON object or array that ``outer`` holds.

    Nothing if ``outer`` holds none. JSON inside that JSON is opened too. Half a surrogate pair,
    which no detector can take, is read as U+FFFD.
    """
    waiting = [(text, 1) for text in reversed(list(_texts(outer, None)))]
    while waiting:
        text, depth = waiting.pop()
        yield text
        if text.kind is TextKind.STRING and depth < MAX_DEPTH:
            deeper = list(_texts(text.text, text))
            waiting.extend((inner, depth + 1) for inner in reversed(deeper))


def _texts(outer: str, around: InnerText | None) -> Iterator[InnerText]:
    if not _holds_json(outer):
        return
    at = 0
    while (quote := outer.find('"', at)) >= 0:
        yield from _numbers(outer, at, quote, around)
        try:
            text, at = _scan_string(outer, quote + 1, False)
        except ValueError:  # only in JSON too deep to have been checked as a whole
            return
        yield _string(outer, text, quote + 1, at - 1, around)
    yield from _numbers(outer, at, len(outer), around)


def _string(outer: str, text: str, start: int, end: int, around: InnerText | None) -> InnerText:
    is_key = _COLON.match(outer, end + 1) is not None
    places = None if end - start == len(text) else _places(outer, start, end)
    kind = TextKind.KEY if is_key else TextKind.STRING
    return InnerText(_LONE_SURROGATE.sub("\ufffd", text), kind, start, places, around)


def _numbers(outer: str, start: int, end: int, around: InnerText | None) -> Iterator[InnerText]:
    for match in _NUMBER.finditer(outer, start, end):
        if len(match[1]) >= LONG_NUMBER:
            yield InnerText(match[0], TextKind.NUMBER, match.start(), None, around)


def _places(outer: str, start: int, end: int) -> "array[int]":
    """Where each code point of the string written at ``outer[start:end]`` begins, and its end."""
    places = array("Q")
    at = start
    for escaped in _ESCAPE.finditer(outer, start, end):
        places.extend(range(at, escaped.start() + 1))
        at = escaped.end()
    places.extend(range(at, end + 1))
    return places


def _nothing(_: str) -> None:
    """Numbers are read as nothing: the value is not wanted, and a long one would be refused."""


_DECODER = json.JSONDecoder(parse_int=_nothing, parse_float=_nothing, strict=False)


def _holds_json(text: str) -> bool:
    stripped = text.strip(_SPACE)
    if stripped[:1] not in ("{", "["):
        return False
    try:
        _DECODER.decode(stripped)
    except RecursionError:  # too deep for the parser, not for us: look at what is there
        return True
    except ValueError:
        return False
    return True
