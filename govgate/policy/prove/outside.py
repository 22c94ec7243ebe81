"""Differences of two policies that no verdict on a row shows: purposes, scan, requirements."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from govgate.policy.conditions import Operator, compare
from govgate.policy.load import Policy
from govgate.policy.require import Bound

_COUNTS = "rows.count"
_UPWARD = (Operator.AT_LEAST, Operator.ABOVE)


@dataclass(frozen=True, slots=True)
class Note:
    """A difference outside the verdicts.

    ``looser``, ``stricter``: for it the second policy may let more, or less, through. Both where
    neither can be ruled out; neither for what is only told.
    """

    text: str
    looser: bool
    stricter: bool


def outside(base: Policy, other: Policy, *, rules_differ: bool) -> list[Note]:
    """Every difference of the two beside their rules."""
    return [
        *_purposes(base, other),
        *_scan(base, other),
        *_requirements(base, other),
        *_failures(base, other),
        *_expiry(base, other),
        *(_moved(base, other) if rules_differ else ()),
    ]


def _purposes(base: Policy, other: Policy) -> Iterator[Note]:
    """A gate refuses a purpose that its policy does not cover, so nothing passes there."""
    for purpose in other.purposes:
        if purpose not in base.purposes:
            yield Note(f"it covers {purpose}, which the other does not", True, False)
    for purpose in base.purposes:
        if purpose not in other.purposes:
            yield Note(f"it does not cover {purpose}, which the other does", False, True)


def _scan(base: Policy, other: Policy) -> Iterator[Note]:
    """Where findings differ, one text has two rows of facts, and verdicts on one prove nothing."""
    unproved = "so the same text has other facts, and the rules cannot be compared on it"
    parts = [
        f"scan.{part}"
        for part in type(base.looks).model_fields
        if getattr(base.looks, part) != getattr(other.looks, part)
    ]
    if parts:
        yield Note(f"they look for different things ({', '.join(parts)}), {unproved}", True, True)
    before, after = _threshold(base, None), _threshold(other, None)
    if before != after:
        yield Note(f"scan.threshold is {after}, not {before}, {unproved}", True, True)
    for entity in sorted({*base.thresholds, *other.thresholds}):
        own, its = _threshold(base, entity), _threshold(other, entity)
        if own != its and (own, its) != (before, after):
            yield Note(f"the threshold of {entity} is {its}, not {own}, {unproved}", True, True)


def _threshold(policy: Policy, entity: str | None) -> float:
    if entity is None:
        return policy.threshold
    return policy.thresholds.get(entity, policy.threshold)


def _requirements(base: Policy, other: Policy) -> Iterator[Note]:
    asked, asks = dict(base.require.bounds()), dict(other.require.bounds())
    for name in sorted(asked | asks):
        before, after = asked.get(name), asks.get(name)
        met = [_meets(point, before, after) for point in _points(name, before, after)]
        looser = any(new and not old for old, new in met)
        stricter = any(old and not new for old, new in met)
        if looser or stricter:
            yield Note(_required(name, before, after), looser, stricter)


def _required(name: str, before: Bound | None, after: Bound | None) -> str:
    match before, after:
        case (None, Bound(text=asks)):
            return f"it requires {name} to be {asks}, and the other asks nothing of it"
        case (Bound(text=asked), None):
            return f"it asks nothing of {name}, and the other requires it to be {asked}"
        case _:
            asked, asks = (bound.text if bound else "anything" for bound in (before, after))
            return f"it requires {name} to be {asks}, not {asked}"


def _meets(point: Fraction, before: Bound | None, after: Bound | None) -> tuple[bool, bool]:
    met = [b is None or bool(compare(b.operator, point, b.number)) for b in (before, after)]
    return met[0], met[1]


def _points(name: str, *bounds: Bound | None) -> list[Fraction]:
    """Values on every side of the bounds: whole numbers, or shares from 0 to 1."""
    numbers = sorted({bound.number for bound in bounds if bound is not None})
    if name == _COUNTS:
        near = {math.floor(number) + step for number in numbers for step in (-1, 0, 1)}
        return [Fraction(number) for number in sorted(near) if number >= 0]
    ends = sorted({Fraction(0), *numbers, Fraction(1)})
    between = [(low + high) / 2 for low, high in pairwise(ends)]
    return [*ends, *between]


def _failures(base: Policy, other: Policy) -> Iterator[Note]:
    """What cannot be read is no rule's matter; letting it pass asks for the policy's approvals."""
    before, after = base.document.approvals, other.document.approvals
    if before != after:
        people = "1 person" if after == 1 else f"{after} people"
        text = f"{people} must sign to waive what could not be read, and {before} had to"
        yield Note(text, after < before, after > before)


def _expiry(base: Policy, other: Policy) -> Iterator[Note]:
    """Told alone: which of the two lets more through is asked of days on which both hold."""
    if base.expires != other.expires:
        text = f"it expires on {other.expires}, not {base.expires}; the relation leaves that out"
        yield Note(text, looser=False, stricter=False)


def _moved(base: Policy, other: Policy) -> Iterator[Note]:
    """Rules decide how many rows each partition has, and a requirement may be met by fewer."""
    asked, asks = _movable(base.require.bounds()), _movable(other.require.bounds())
    for name in sorted({*asked, *asks}):
        text = (
            f"the rules differ, and so may {name}: a requirement that a policy has of it can be "
            "met by letting less through"
        )
        yield Note(text, name in asked, name in asks)


def _movable(bounds: Iterator[tuple[str, Bound]]) -> Mapping[str, Bound]:
    """Requirements that fewer rows to train on may meet."""
    return {
        name: bound
        for name, bound in bounds
        if name == "retrieve.share" or (name == "train.share" and bound.operator not in _UPWARD)
    }
