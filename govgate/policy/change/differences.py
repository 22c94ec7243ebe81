"""One change between two policies: what, in words, and whether it alone is stricter or looser."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from govgate.strict import Strict


class Kind(StrEnum):
    """What happened to a part of the policy."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Direction(StrEnum):
    """What the change by itself does to what is let through."""

    STRICTER = "stricter"
    LOOSER = "looser"
    UNCLEAR = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``part``: policy, rules, scan or require. ``name``: the rule, or the key.

    ``what``: the key of a changed rule. ``minor``: nothing that decides has changed.
    """

    part: str
    name: str
    kind: Kind
    text: str
    what: str = ""
    direction: Direction = Direction.UNCLEAR
    minor: bool = False


def changed(
    part: str,
    name: str,
    before: object,
    after: object,
    direction: Direction = Direction.UNCLEAR,
    *,
    minor: bool = False,
) -> Change:
    """A part whose value differs."""
    text = f"{shown(before)} → {shown(after)}"
    return Change(part, name, Kind.CHANGED, text, "", direction, minor)


def rising(before: Any, after: Any) -> Direction:
    """Stricter where the later value is larger."""
    if before == after:
        return Direction.UNCLEAR
    return Direction.STRICTER if after > before else Direction.LOOSER


def opposite(direction: Direction) -> Direction:
    """What undoing the change does."""
    match direction:
        case Direction.STRICTER:
            return Direction.LOOSER
        case Direction.LOOSER:
            return Direction.STRICTER
        case _:
            return direction


def gone(before: Iterable[Any], after: Iterable[Any]) -> list[Any]:
    """What is in ``before`` and not in ``after``, in its order."""
    kept = set(after)
    return [one for one in before if one not in kept]


def shown(value: object) -> str:
    """A value of a policy in words, on one line; of a nested one the keys that are set."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return ", ".join(map(shown, value)) or "nothing"
    if isinstance(value, Strict):
        fields = type(value).model_fields
        return ", ".join(
            f"{name} {shown(one)}"
            for name, field in fields.items()
            if (one := getattr(value, name)) != field.default
        )
    return str(value) if value not in (None, "") else "nothing"


def one_line(text: str) -> str:
    """``text`` without line breaks, and without what could steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
