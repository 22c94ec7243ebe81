"""What changed in the ``scan`` part of a policy, in words."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from govgate.entities import ENTITIES
from govgate.model import Effect, Use
from govgate.policy.change.differences import (
    Change,
    Direction,
    Kind,
    changed,
    gone,
    opposite,
    rising,
    shown,
)
from govgate.policy.change.widening import FALLING, RISING
from govgate.policy.conditions import (
    Compare,
    Has,
    IsEmpty,
    IsKnown,
    Leaf,
    SetTest,
    facts_of,
    leaves,
)
from govgate.policy.model import PolicyDocument, Rule, Scan
from govgate.policy.possible import laws
from govgate.policy.search.satisfy import NOT_FALSE, Goal, find
from govgate.policy.search.speaking import silent

_TEXTS = ("words", "values")
_LOOKED_FOR = ("countries", "entities", "patterns", "deny")
_OF_AN_ENTITY = ("patterns", "deny")
_FEWER = (
    "a surer finding leaves out those of its entity within it, and here findings are counted or "
    "allowed"
)
_TAKEN_OUT = ("allow", "exclusions")


def scan_changes(old: PolicyDocument, new: PolicyDocument) -> Iterator[Change]:
    """The changes of what is looked for and of what counts.

    A direction is given where findings can only stop rows, in both policies: no finding can take
    another one out, and none has a rule redact, and so let through, what nothing else speaks of.
    """
    sure = all(
        _findings_only_stop(one) and not _takes_out(one.scan) and not _redacts_into_gaps(one)
        for one in (old, new)
    )
    swallows = any(_heeds_extent(one) for one in (old, new)) and _swallows(old.scan, new.scan)
    for change in _changes(old.scan, new.scan, swallows):
        yield change if sure else replace(change, direction=Direction.UNCLEAR)


def _heeds_extent(document: PolicyDocument) -> bool:
    """Whether it matters how many findings of an entity there are, or from where to where."""
    counts = any("pii.count" in facts_of(rule.when) for rule in document.rules)
    return counts or bool(document.scan.allow)


def _changes(old: Scan, new: Scan, swallows: bool) -> Iterator[Change]:
    if old.threshold != new.threshold:
        direction = opposite(rising(old.threshold, new.threshold))
        yield changed("scan", "threshold", old.threshold, new.threshold, direction)
    for entity in sorted({*old.thresholds, *new.thresholds}):
        before, after = (one.thresholds.get(entity, one.threshold) for one in (old, new))
        if before != after:
            direction = opposite(rising(before, after))
            yield changed("scan", f"thresholds of {entity}", before, after, direction)
    for name in Scan.model_fields:
        if name not in ("threshold", "thresholds"):
            unsure = swallows and name in _OF_AN_ENTITY
            yield from _listed_part(name, getattr(old, name), getattr(new, name), unsure)


def _swallows(old: Scan, new: Scan) -> bool:
    """Whether what only one of the two has may find over findings of others.

    Of findings of one entity the surer leaves out those within it, so that there are fewer.
    """
    return any(
        one not in getattr(other, part)
        and one.entity in {*ENTITIES, *other.extra_entities, *other.looks.declared}
        for some, other in ((old, new), (new, old))
        for part in _OF_AN_ENTITY
        for one in getattr(some, part)
    )


def _listed_part(name: str, old: Any, new: Any, swallows: bool) -> Iterator[Change]:
    if old == new:
        return
    if old is None or new is None:
        before, after = (shown(one) if one is not None else "the default" for one in (old, new))
        yield changed("scan", name, before, after)
        return
    more = {
        **dict.fromkeys(_LOOKED_FOR, Direction.STRICTER),
        **dict.fromkeys(_TAKEN_OUT, Direction.LOOSER),
    }
    direction = Direction.UNCLEAR if swallows else more.get(name, Direction.UNCLEAR)
    olds, news = ({_key(one): one for one in some} for some in (old, new))
    come, left = gone(news, olds), gone(olds, news)
    if come:
        why = f" ({_FEWER})" if swallows else ""
        yield Change("scan", name, Kind.ADDED, ", ".join(come) + why, direction=direction)
    if left:
        yield Change("scan", name, Kind.REMOVED, ", ".join(left), direction=opposite(direction))
    for key in news:
        if key in olds and olds[key] != news[key]:
            yield Change("scan", f"{name} {key}", Kind.CHANGED, _fields(olds[key], news[key]))
    if not (come or left) and list(olds) != list(news):
        yield Change("scan", name, Kind.CHANGED, "in another order")


def _key(one: Any) -> str:
    return str(one) if isinstance(one, str) else str(one.id)


def _fields(old: Any, new: Any) -> str:
    """The keys that differ. Texts to look for or to let be may be personal, and are counted."""
    said = []
    for name in type(old).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if name in _TEXTS:
            come, left = len(gone(after, before)), len(gone(before, after))
            said.append(f"{name}: {come} added, {left} removed")
        else:
            said.append(f"{name}: {shown(before)} → {shown(after)}")
    return "; ".join(said)


def _takes_out(scan: Scan) -> bool:
    """Whether a finding, or words near one, can take another finding out or lower its score."""
    return bool(scan.exclusions or scan.hotwords)


def _redacts_into_gaps(document: PolicyDocument) -> bool:
    """Whether some row may have no rule that speaks of a use which another rule redacts for.

    It is denied; with one finding more it could be let through once that is replaced.
    """
    for use in Use:
        if any(rule.then.on(use) is Effect.REDACT for rule in document.rules):
            goals = [goal for rule in document.rules for goal in silent(rule, use)]
            real = laws((goal.condition for goal in goals), document.purposes)
            if find([*goals, *(Goal(law, NOT_FALSE) for law in real)]) is not None:
                return True
    return False


def _findings_only_stop(document: PolicyDocument) -> bool:
    """Whether one finding more can make no effect milder, a redaction being stricter than none."""
    return all(_stops(rule) for rule in document.rules)


def _stops(rule: Rule) -> bool:
    asked = {
        _grows(leaf) == positive
        for leaf, positive in leaves(rule.when)
        if leaf.fact.startswith("pii.") and not isinstance(leaf, IsKnown)
    }
    effects = {effect for use in Use if (effect := rule.then.on(use)) is not None}
    if not asked:
        return True
    if effects == {Effect.ALLOW}:  # where a finding silences it, its duties go too
        return asked == {False} and not rule.obligations
    return Effect.ALLOW not in effects and asked == {True}


def _grows(leaf: Leaf) -> bool | None:
    """Whether more findings make the test true rather than false; None where both may be."""
    match leaf:
        case Has(_, test, _):
            return test is not SetTest.NONE
        case IsEmpty():
            return False
        case Compare(_, operator, _):
            return operator in RISING if operator in (*RISING, *FALLING) else None
        case _:
            return None
