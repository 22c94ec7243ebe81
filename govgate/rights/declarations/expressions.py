"""Licence texts to one expression: each read by the licence table, then joined."""

from collections.abc import Iterable, Sequence

from govgate.rights.licenses import MAX_CHARACTERS, NOT_AN_EXPRESSION, read_license

Reading = tuple[str | None, str | None]
"""An expression, or the reason why there is none; ``(None, None)``: nothing was said."""

NOTHING: Reading = (None, None)
TOO_LONG = "more licences than are read together"
NOT_TEXT = "a licence that is not written as text"
EMPTY = "an empty licence"


def read_text(value: object) -> Reading:
    """The licence that ``value`` names; unknown if it is no text, or names none."""
    if not isinstance(value, str):
        return None, NOT_TEXT
    if not value.strip():
        return None, EMPTY
    facts = read_license(value)
    return (facts.id, None) if facts.id else (None, facts.why or NOT_AN_EXPRESSION)


def all_of(readings: Iterable[Reading]) -> Reading:
    """Several licences that all bind: the strictest reading of a list. One unknown wins."""
    return _joined(" AND ", [reading for reading in readings if reading != NOTHING])


def any_of(readings: Iterable[Reading]) -> Reading:
    """Several licences to choose from. One unknown makes all unknown, as in an expression."""
    return _joined(" OR ", [reading for reading in readings if reading != NOTHING])


def _joined(operator: str, readings: Sequence[Reading]) -> Reading:
    for license_, unknown in readings:
        if license_ is None:
            return None, unknown
    parts = list(dict.fromkeys(license_ for license_, _ in readings if license_))
    if len(parts) < 2:
        return (parts[0], None) if parts else NOTHING
    whole = operator.join(f"({part})" if " " in part else part for part in parts)
    return read_text(whole) if len(whole) <= MAX_CHARACTERS else (None, TOO_LONG)
