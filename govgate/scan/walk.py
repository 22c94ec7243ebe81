"""Every text of a row: strings, member names and long numbers, each with its pointer and role."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from govgate.scan.remembered import NAMES, Remembered
from govgate.scan.roles import (
    FIELD_NAMES,
    HISTORY,
    OTHER,
    element_role,
    member_role,
    speaker,
)

KEY_ROLE: Final = "key"
LONG_NUMBER: Final = 7
"""Digits before the decimal point from which a number can be a telephone or account number."""


class TextKind(StrEnum):
    """What a text is in its row. The last two hold no text and are never looked into."""

    STRING = "string"
    KEY = "key"
    NUMBER = "number"
    TEMPORAL = "temporal"
    UNSUPPORTED = "unsupported"


class Text(NamedTuple):
    """One text of a row. ``pointer`` is an RFC 6901 pointer to the value, for a key to its member.

    A number is spelled in full without a fraction of zero (``4155550134.0`` is ``4155550134``),
    which need not be how the file spells it: offsets within a number mean nothing to its bytes.
    """

    pointer: str
    role: str
    text: str
    kind: TextKind


_IDENTIFIER = re.compile(r"[a-z_$][A-Za-z0-9_$.-]*", re.ASCII)
_IDENTIFIER_DIGITS = 4
_NAMED: Final[Remembered[tuple[str, str, str | None, str], tuple[Text, str]]] = Remembered(NAMES)
"""Members by the pointer and role of their object, its turn and their name. Few occur, all the
time."""


def skip_reason(text: Text) -> str | None:
    """Why ``text`` is not looked into under any policy, None if it may be.

    ``identifier-key``: a member name in programmers' spelling (``movie_id``, ``max``). The NER
    model takes some for people and places; they hold neither ``@`` nor enough digits for any
    pattern. A capital first letter, a space or five digits make a name worth a look.
    """
    match text.kind:
        case TextKind.KEY:
            return _key_skip_reason(text.text)
        case TextKind.TEMPORAL:
            return "date-or-time-value"
        case _:
            return None


def _key_skip_reason(key: str) -> str | None:
    if key in FIELD_NAMES:
        return "field-name"
    digits = sum(map(str.isdigit, key))
    return "identifier-key" if digits <= _IDENTIFIER_DIGITS and _IDENTIFIER.fullmatch(key) else None


class _Branch(NamedTuple):
    """An object or array on its way to be walked."""

    value: Any
    pointer: str
    role: str
    in_exchange: bool = False


def walk(value: Any, *, short: bool = False) -> Iterator[Text]:
    """Every text of ``value`` once, in document order, a key before its value. Any depth.

    ``short``: also numbers too short to identify anybody and truth values, as numbers.
    """
    waiting = [_part(value, "", "text" if isinstance(value, str) else OTHER, False, short)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Text):
            yield one
        elif one is None:
            continue
        elif isinstance(one.value, dict):
            waiting += reversed(_members(one, short))
        else:
            waiting += reversed(_elements(one, short))


def _members(branch: _Branch, short: bool) -> list[Text | _Branch | None]:
    parent, role, turn = branch.pointer, branch.role, speaker(branch.value)
    parts: list[Text | _Branch | None] = []
    for name, value in branch.value.items():
        member = parent, role, turn, str(name)
        key, value_role = _NAMED.get(member) or _named(*member)
        parts.append(key)
        parts.append(_part(value, key.pointer, value_role, False, short))
    return parts


def _named(parent: str, role: str, turn: str | None, name: str) -> tuple[Text, str]:
    """The name of a member as a text, and the role of its value."""
    text = Text(f"{parent}/{escape(name)}", KEY_ROLE, name, TextKind.KEY)
    known = text, member_role(role, name, turn)
    return _NAMED.keep((parent, role, turn, name), known, 2 * (len(text.pointer) + len(name)))


def _elements(branch: _Branch, short: bool) -> list[Text | _Branch | None]:
    parent, role, in_exchange = branch.pointer, branch.role, branch.in_exchange
    return [
        _part(
            value,
            f"{parent}/{position}",
            element_role(role, value, position, in_exchange=in_exchange),
            role == HISTORY,
            short,
        )
        for position, value in enumerate(branch.value)
    ]


def _part(
    value: Any, pointer: str, role: str, in_exchange: bool, short: bool
) -> Text | _Branch | None:
    """``value`` as a text, or as a branch to be walked. None for null and, unless ``short``, a
    truth value and a number too short to identify."""
    if isinstance(value, str):
        return Text(pointer, role, value, TextKind.STRING)
    if isinstance(value, dict | list | tuple):
        return _Branch(value, pointer, role, in_exchange)
    if value is None or (isinstance(value, bool) and not short):
        return None
    if isinstance(value, int | float | Decimal):
        number = long_number(value) or (str(value) if short else None)
        return Text(pointer, role, number, TextKind.NUMBER) if number else None
    return Text(pointer, role, "", _opaque(value))


def escape(key: str) -> str:
    """A member name as a reference token of a pointer (RFC 6901, section 3)."""
    return key.replace("~", "~0").replace("/", "~1")


def long_number(value: int | float | Decimal) -> str | None:
    """``value`` in full, if its whole part has at least seven digits."""
    exact = Decimal(value)
    if not exact.is_finite() or abs(exact) < 10 ** (LONG_NUMBER - 1):
        return None
    spelled = Decimal(repr(value)) if isinstance(value, float) else exact
    whole, _, fraction = format(spelled, "f").partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def is_long(number: str) -> bool:
    """Whether ``number``, as `walk` spells it, is one that is looked into wherever it stands."""
    return sum(map(str.isdigit, number.partition(".")[0])) >= LONG_NUMBER


def _opaque(value: Any) -> TextKind:
    if isinstance(value, date | time | timedelta):
        return TextKind.TEMPORAL
    return TextKind.UNSUPPORTED
