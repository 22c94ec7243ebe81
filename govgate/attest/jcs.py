"""JSON with one spelling: RFC 8785 (JCS), and a parser that lets nothing ambiguous through."""

import json
import math
from decimal import Decimal
from typing import Any

from govgate.errors import EvidenceError

_MAX_DEPTH = 100
_MAX_INTEGER = 2**53 - 1  # I-JSON (RFC 7493 section 2.2): beyond it readers disagree


def canonical(value: Any) -> bytes:
    """``value`` (None, bool, int, float, str, list, tuple, dict with str keys) as RFC 8785 bytes.

    EvidenceError: NaN and infinities, integers beyond 2**53 - 1, lone surrogates, more than
    100 levels. TypeError: a Python type that JSON does not have.
    """
    pieces: list[str] = []
    _write(value, pieces, 0)
    try:
        return "".join(pieces).encode()
    except UnicodeEncodeError as error:
        raise EvidenceError("a string holds a lone surrogate, which UTF-8 cannot carry") from error


def parse(data: bytes, what: str) -> Any:
    """The value of the JSON text ``data``; ``what`` names it in errors.

    EvidenceError on anything two readers could understand differently: duplicate names, NaN,
    bytes that are not UTF-8, a byte order mark, too much nesting. Whole numbers beyond 2**53 - 1
    come as floats, the nearest double, as I-JSON (RFC 7493) has it.
    """
    try:
        text = data.decode("utf-8")
        return json.loads(
            text,
            object_pairs_hook=_members,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_float,
        )
    except UnicodeDecodeError as error:
        raise EvidenceError(f"{what} is not UTF-8") from error
    except RecursionError as error:
        raise EvidenceError(f"{what} is nested too deeply") from error
    except _Ambiguous as error:
        raise EvidenceError(f"{what} {error}") from error
    except ValueError as error:
        raise EvidenceError(f"{what} is not JSON") from error


def parse_canonical(data: bytes, what: str) -> Any:
    """Like :func:`parse`, and the bytes must be the canonical ones."""
    value = parse(data, what)
    if canonical(value) != data:
        raise EvidenceError(f"{what} is not in canonical JSON form (RFC 8785)")
    return value


class _Ambiguous(ValueError):
    pass


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Ambiguous("gives one name twice in an object")
    return members


def _integer(text: str) -> int | float:
    """Whole numbers that every reader can hold stay whole; JSON's others are doubles."""
    if len(text) <= len(str(-_MAX_INTEGER)) and abs(int(text)) <= _MAX_INTEGER:
        return int(text)
    return _float(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Ambiguous("holds a number that JSON does not have (NaN, or one too large)")
    return number


def _write(value: Any, pieces: list[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise EvidenceError(f"the value is nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        _write_object(value, pieces, depth)
    elif isinstance(value, list | tuple):
        pieces.append("[")
        for position, item in enumerate(value):
            pieces.append("," if position else "")
            _write(item, pieces, depth + 1)
        pieces.append("]")
    else:
        pieces.append(_scalar(value))


def _write_object(value: dict[Any, Any], pieces: list[str], depth: int) -> None:
    if not all(isinstance(name, str) for name in value):
        raise TypeError("names of JSON members are strings")
    pieces.append("{")
    # RFC 8785 section 3.2.3: names are sorted by their UTF-16 code units.
    for position, name in enumerate(sorted(value, key=_utf16)):
        pieces.append("," if position else "")
        pieces.append(_scalar(name) + ":")
        _write(value[name], pieces, depth + 1)
    pieces.append("}")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > _MAX_INTEGER:
            raise EvidenceError("a whole number is beyond 2**53 - 1, where readers disagree")
        return str(int(value))
    if isinstance(value, float):
        return _number(value)
    raise TypeError(f"JSON has no {type(value).__name__}")


def _number(value: float) -> str:
    """ECMAScript's ``Number::toString`` (RFC 8785 section 3.2.2.3)."""
    if not math.isfinite(value):
        raise EvidenceError("a number is not finite, and JSON has no way to write it")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    parts = Decimal(repr(abs(value))).normalize().as_tuple()
    digits = "".join(map(str, parts.digits))
    point = len(digits) + int(parts.exponent)  # where the decimal point stands in ``digits``
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"
