"""What of a policy may let more through than the one it extends: each change not surely stricter.

This looks at one change at a time (:mod:`govgate.policy.change.diff`). It misses none that matters,
and may name one that other rules make harmless; `govgate policy compare` decides that exactly.
"""

from govgate.policy.change.diff import diff
from govgate.policy.change.differences import Change, Direction, Kind
from govgate.policy.change.widening import RISING
from govgate.policy.model import PolicyDocument
from govgate.policy.require import Bound

_FRAME = ("purposes", "approvals")  # of what a policy says of itself, what lets rows through


def loosened(base: PolicyDocument, child: PolicyDocument) -> tuple[str, ...]:
    """Each change from ``base`` to ``child`` that may let more through, in words."""
    changes = diff(base, child)
    found = [_words(change) for change in changes if _matters(change)]
    if any(change.part in ("rules", "scan") and not change.minor for change in changes):
        found += [
            f"require.{name}: {bound.text} may be met when other rows are denied"
            for name, bound in base.require.bounds()
            if _movable(name, bound)
        ]
    return tuple(found)


def _movable(name: str, bound: Bound) -> bool:
    """Whether denying more rows can meet the bound."""
    if name == "retrieve.share":
        return True
    return name == "train.share" and bound.operator not in RISING


def _matters(change: Change) -> bool:
    if change.minor or change.direction is Direction.STRICTER:
        return False
    return change.part != "policy" or change.name in _FRAME


def _words(change: Change) -> str:
    place = f"rule {change.name}" if change.part == "rules" else f"{change.part}.{change.name}"
    match change.kind:
        case Kind.REMOVED if change.part == "rules":
            return f"{place} is left out"
        case Kind.REMOVED:
            return f"{place} is without: {change.text}"
        case Kind.ADDED:
            return f"{place} is new: {change.text}"
        case Kind.CHANGED:
            return f"{place}{f' {change.what}' if change.what else ''}: {change.text}"
