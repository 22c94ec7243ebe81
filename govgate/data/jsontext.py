"""One JSON value: parsed strictly, or the failure that says why it cannot be a row.

Stricter than Python's parser: duplicate keys, NaN and Infinity, numbers that overflow,
nesting deeper than MAX_DEPTH and lone surrogates are failures, because two readers of such a row
may see different things. ``skip_value`` finds where a value ends without building it.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from govgate.data.failures import row_failure
from govgate.model import Failure

MAX_DEPTH = 200

DUPLICATE_KEY = row_failure(
    "duplicate-key", "an object has the same key twice", "keep one of the two members"
)
NOT_A_NUMBER = row_failure(
    "not-a-number", "NaN and Infinity are not JSON", "write null or a number"
)
NUMBER_RANGE = row_failure(
    "number-out-of-range", "a number is too large to be held exactly", "write it as a string"
)
TOO_DEEP = row_failure(
    "too-deep", f"the row is nested deeper than {MAX_DEPTH} levels", "flatten the row"
)
LONE_SURROGATE = row_failure(
    "lone-surrogate", "a string holds half of a surrogate pair", "repair the \\u escape"
)


class Unfit(Exception):
    """JSON that parses and still cannot be a row."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


def malformed(error: json.JSONDecodeError) -> Failure:
    """The failure for text that is not JSON, by position alone."""
    return row_failure(
        "malformed-json",
        f"not valid JSON at character {error.pos + 1} of the row",
        "repair or remove the row",
    )


def parse(text: str) -> tuple[Any, Failure | None]:
    """The value of ``text``, which must be one JSON value and blanks; or None and a failure."""
    try:
        value = DECODER.decode(text)
        check(text, value)
    except json.JSONDecodeError as error:
        return None, malformed(error)
    except Unfit as error:
        return None, error.failure
    except RecursionError:
        return None, TOO_DEEP
    except ValueError:  # an integer of more digits than Python converts
        return None, NUMBER_RANGE
    return value, None


def check(text: str, value: Any) -> None:
    """Raise Unfit when ``value``, parsed from ``text``, is too deep or holds a lone surrogate."""
    if text.count("[") + text.count("{") > MAX_DEPTH and _too_deep(value):
        raise Unfit(TOO_DEEP)
    if ("\\ud" in text or "\\uD" in text) and _has_lone_surrogate(value):
        raise Unfit(LONE_SURROGATE)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unfit(DUPLICATE_KEY)
    return members


def _no_constant(_: str) -> Any:
    raise Unfit(NOT_A_NUMBER)


def _finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise Unfit(NUMBER_RANGE)
    return number


DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
)


def _too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer) if _holds(inner)]
        if not level:
            return False
    return True


def _inside(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _holds(value: Any) -> bool:
    return type(value) is dict or type(value) is list


def _has_lone_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


_OUTSIDE = re.compile(r'["\[\]{},\s]')
_INSIDE_STRING = re.compile(r'["\\]')


class Skipper:
    """Finds the end of one JSON value in text that comes in pieces, holding none of it."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, text: str, start: int) -> int | None:
        """Where the value ends in ``text`` from ``start``; None when it goes on behind it."""
        position = start
        while position < len(text):
            if self._escaped:
                self._escaped = False
                position += 1
                continue
            found = (_INSIDE_STRING if self._in_string else _OUTSIDE).search(text, position)
            if found is None:
                return None
            position = found.end()
            end = self._meet(found.group(), found.start(), position)
            if end is not None:
                return end
        return None

    def _meet(self, mark: str, before: int, behind: int) -> int | None:
        """Take one mark; the end of the value when the mark ends it."""
        if mark == "\\":
            self._escaped = True
        elif mark == '"':
            self._in_string = not self._in_string
            return behind if not self._in_string and self._depth == 0 else None
        elif mark in "[{":
            self._depth += 1
        elif self._depth == 0:  # a bare word or number ends before what follows it
            return before
        elif mark in "]}":
            self._depth -= 1
            return behind if self._depth == 0 else None
        return None
