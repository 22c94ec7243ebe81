"""Differences of two policies that no verdict on a row shows: purposes, scan, requirements."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from govgate.policy.compile import compare
from govgate.policy.conditions import Operator
from govgate.policy.load import Policy
from govgate.policy.require import Bound

_COUNTS = "rows.count"
_UPWARD = (Operator.AT_LEAST, Operator.ABOVE)


@dataclass(frozen=True, slots=True)
class Note:
    """A difference outside the verdicts.

    ``looser``, ``stricter``: for it the second policy may let more, or less, through. Both where
    neither can be ruled out.
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
    for part in type(base.looks).model_fields:
        if getattr(base.looks, part) != getattr(other.looks, part):
            yield Note(f"they look for different things (scan.{part}), {unproved}", True, True)
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
            said = [bound.text if bound else "free" for bound in (after, before)]
            yield Note(f"it requires {name} to be {said[0]}, not {said[1]}", looser, stricter)


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
        text = f"{after} may waive what could not be read, not {before}"
        yield Note(text, after < before, after > before)


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
