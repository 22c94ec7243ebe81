"""Redaction: spans of a row → placeholders, the rest of the row as it was.

A placeholder is ``<ENTITY_N>``. N counts the distinct texts of one entity in the row, in the order
of the document, so one person has one name throughout a conversation; a number whose placeholder
already stands in the row as read is passed over. Overlapping spans become one, under the
entity of the longest. A span on a number makes it null. Strings that hold JSON still hold JSON.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from govgate.data.jsonsplice import (
    Cut,
    Kind,
    Piece,
    StringToken,
    apply,
    cuts_of,
    escape_pointer,
    tokens,
)
from govgate.errors import IncompleteError

KEY_ROLE = "key"
Place = tuple[str, bool]  # pointer, and whether it means the member's key


@dataclass(frozen=True, slots=True)
class Span:
    """What to redact: code points ``start:end`` of the string at ``pointer``.

    With the role ``key`` it is the last name of ``pointer`` that is redacted, not its value.
    """

    pointer: str
    role: str
    start: int
    end: int
    entity: str


def redact_json(raw: bytes, spans: Sequence[Span]) -> bytes:
    """The row's JSON text with the spans replaced; every other byte stays.

    IncompleteError when a span does not fit the row: the input is not what was scanned.
    """
    text = raw.decode()
    wanted = _by_place(spans)
    names = Placeholders(text.__contains__)
    cuts: list[Cut] = []
    for token in tokens(text):
        here = wanted.pop((token.pointer, token.kind is Kind.KEY), None)
        if here is None:
            continue
        if token.kind is Kind.ATOM:
            _check_number(json.loads(text[token.start : token.end]))
            cuts.append(Cut(token.start, token.end, "null"))
        else:
            string = StringToken(text, token)
            pieces = _pieces(string.value, here)
            cuts += string.outward(cuts_of(string.value, pieces, names.cuts))
    _check_all_met(wanted)
    return apply(text, cuts).encode()


def redact_value(value: Any, spans: Sequence[Span]) -> Any:
    """A parsed row with the spans replaced; ``value`` itself is left alone.

    IncompleteError when a span does not fit the row: the input is not what was scanned.
    """
    wanted = _by_place(spans)
    prefixes = {pointer[:i] for pointer, _ in wanted for i in _segment_ends(pointer)}
    names = Placeholders(lambda placeholder: placeholder in str(value))
    changed: dict[Place, Any] = {}
    for place, found in _visit(value, "", prefixes):
        here = wanted.pop(place, None)
        if here is None:
            continue
        if isinstance(found, str):
            changed[place] = apply(found, cuts_of(found, _pieces(found, here), names.cuts))
        else:
            _check_number(found)
            changed[place] = None
    _check_all_met(wanted)
    return _rebuilt(value, "", prefixes, changed)


def refuse_names(spans: Sequence[Span]) -> None:
    """IncompleteError when a span lies in a key: a table's keys are columns, shared by all rows."""
    if any(span.role == KEY_ROLE for span in spans):
        raise IncompleteError(
            "the name of a column or field holds personal data; one row cannot be redacted of it",
            remedy="rename the column in the input",
        )


class Placeholders:
    """Names for the redacted texts of one row. ``taken`` tells what already stands in it."""

    def __init__(self, taken: Callable[[str], bool]) -> None:
        self._taken = taken
        self._names: dict[tuple[str, str], str] = {}
        self._last: dict[str, int] = {}

    def cuts(self, text: str, pieces: Sequence[Piece]) -> list[Cut]:
        """The cuts that put a name in place of every piece of one string."""
        return [
            Cut(piece.start, piece.end, self._name(piece.entity, text[piece.start : piece.end]))
            for piece in merged(pieces)
        ]

    def _name(self, entity: str, content: str) -> str:
        entity = re.sub(r"[^A-Za-z0-9_-]", "_", entity)
        known = self._names.get((entity, content))
        if known is None:
            number = self._last.get(entity, 0) + 1
            while self._taken(f"<{entity}_{number}>"):
                number += 1
            self._last[entity] = number
            known = self._names[entity, content] = f"<{entity}_{number}>"
        return known


def merged(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with overlapping ones joined, in order and apart."""
    joined: list[Piece] = []
    longest = 0
    for piece in sorted(pieces, key=lambda p: (p.start, p.end, p.entity)):
        length = piece.end - piece.start
        if joined and piece.start < joined[-1].end:
            last = joined[-1]
            entity = piece.entity if length > longest else last.entity
            joined[-1] = Piece(last.start, max(last.end, piece.end), entity)
            longest = max(longest, length)
        else:
            joined.append(piece)
            longest = length
    return joined


def _pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    if not all(0 <= span.start < span.end <= len(text) for span in spans):
        raise _changed()
    return [Piece(span.start, span.end, span.entity) for span in spans]


def _by_place(spans: Sequence[Span]) -> dict[Place, list[Span]]:
    places: dict[Place, list[Span]] = {}
    for span in spans:
        places.setdefault((span.pointer, span.role == KEY_ROLE), []).append(span)
    return places


def _segment_ends(pointer: str) -> list[int]:
    return [*(i for i, mark in enumerate(pointer) if mark == "/"), len(pointer)]


def _visit(value: Any, pointer: str, prefixes: set[str]) -> Iterator[tuple[Place, Any]]:
    """(place, key or scalar) under the wanted pointers, in document order."""
    if pointer not in prefixes:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            below = f"{pointer}/{escape_pointer(key)}"
            yield (below, True), key
            yield from _visit(inner, below, prefixes)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _visit(inner, f"{pointer}/{i}", prefixes)
    else:
        yield (pointer, False), value


def _rebuilt(value: Any, pointer: str, prefixes: set[str], changed: dict[Place, Any]) -> Any:
    if pointer not in prefixes:
        return value
    if isinstance(value, dict):
        members = {}
        for key, inner in value.items():
            below = f"{pointer}/{escape_pointer(key)}"
            name = changed.get((below, True), key)
            members[name] = _rebuilt(inner, below, prefixes, changed)
        return members
    if isinstance(value, list):
        return [_rebuilt(v, f"{pointer}/{i}", prefixes, changed) for i, v in enumerate(value)]
    return changed.get((pointer, False), value)


def _check_number(value: Any) -> None:
    if not isinstance(value, bool | int | float | Decimal):
        raise _changed()


def _check_all_met(left: dict[Place, list[Span]]) -> None:
    if left:
        raise _changed()


def _changed() -> IncompleteError:
    return IncompleteError(
        "a row does not fit what was found in it; the input changed while it was being gated",
        remedy="gate it again when nothing writes to it",
    )
