"""Bytes of papers to text and to JSON values, strictly, within limits.

Refused: what is not UTF-8, NUL, duplicate keys, NaN and Infinity, numbers with more digits than
Python converts, half surrogate pairs, and nesting deeper than 64.
"""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from govgate.errors import UsageError

MAX_DEPTH = 64


def decode(data: bytes, file: str, limit: int) -> str:
    """``data`` as text without a byte order mark; UsageError names FILE:LINE."""
    if len(data) > limit:
        raise UsageError(
            f"{file}: larger than the {limit // 2**20} MiB that are read of such a file",
            remedy="shorten it, or take it out of the data set's folder",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{file}:{line}: not UTF-8", remedy="save it as UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsageError(f"{file}:{line}: holds a NUL", remedy="is this a text file?")
    return text


def parse_json(data: bytes, file: str, limit: int) -> Any:
    """The one JSON value of ``data``; UsageError where it is not one as we read it."""
    text = decode(data, file, limit)
    try:
        value = json.loads(text, object_pairs_hook=_Unique(file), parse_constant=_Constant(file))
    except json.JSONDecodeError as error:
        _refuse(f"{file}:{error.lineno}", "not JSON", "repair it", error)
    except RecursionError as error:
        _refuse(file, f"nested deeper than {MAX_DEPTH} levels", "flatten it", error)
    except ValueError as error:  # an integer of more digits than Python converts
        _refuse(file, "holds a number that is too long", "write it as a string", error)
    if text.count("[") + text.count("{") > MAX_DEPTH and _deeper(value):
        _refuse(file, f"nested deeper than {MAX_DEPTH} levels", "flatten it", None)
    if "\\ud" in text.lower() and any(map(_is_half, _texts(value))):
        _refuse(file, "a string holds half of a surrogate pair", "repair the \\u escape", None)
    return value


def _refuse(where: str, what: str, remedy: str, cause: Exception | None) -> NoReturn:
    raise UsageError(f"{where}: {what}", remedy=remedy) from cause


class _Unique:
    """Builds an object whose keys differ: two readers of a duplicate may see different things."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            _refuse(self.file, "an object has the same key twice", "keep one of the two", None)
        return members


class _Constant:
    def __init__(self, file: str) -> None:
        self.file = file

    def __call__(self, _: str) -> NoReturn:
        _refuse(self.file, "NaN and Infinity are not JSON", "write null or a number", None)


def _deeper(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value
    return list(inner) if isinstance(value, dict | list) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _is_half(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
