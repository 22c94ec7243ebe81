"""A row as text that people and the index can read."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

_SPEAKER = ("role", "from")
_BARE = frozenset({"text", "content", "value"})
_DIALOGUE = frozenset({"", "messages", "conversations", "conversation"})
_SCALARS = (str, int, float, Decimal, datetime, date, time)


def row_text(value: object) -> str:
    """The strings and numbers of a row in their order, a line each, named by role or field.

    A chat turn reads ``user: Where is my parcel?`` (``chosen assistant: …`` where the list of
    turns has a meaning of its own), a field ``title: Tides``; what stands in a field ``text``,
    ``content`` or ``value`` needs no name. Members of a list carry the list's name. Blank
    strings, booleans, nulls and binary values are left out. Takes rows of any depth.
    """
    return "\n".join(_lines(value))


def _lines(value: object) -> Iterator[str]:
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        label, item = stack.pop()
        if isinstance(item, Mapping):
            stack.extend(reversed(list(_members(label, item))))
        elif isinstance(item, list | tuple):
            stack.extend((label, member) for member in reversed(item))
        elif isinstance(item, _SCALARS) and not isinstance(item, bool):
            text = str(item).strip()
            if text:
                yield f"{label}: {text}" if label else text


def _members(label: str, item: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """An object's members under the name each is read by. What a turn says, and the parts of it,
    go by its speaker."""
    bare = _BARE & item.keys()
    speaker = next((key for key in _SPEAKER if isinstance(item.get(key), str)), None)
    silent = set()
    if bare and speaker:
        silent.add(speaker)
        label = item[speaker] if label in _DIALOGUE else f"{label} {item[speaker]}"
    if item.get("type") == "text" and "text" in bare:
        silent.add("type")
    for key, member in item.items():
        if key not in silent:
            yield (label if key in bare else " ".join(str(key).split())), member
