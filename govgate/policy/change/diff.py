"""What changed between two policies, in words, and whether a change alone is stricter or looser.

A direction is given only where the change by itself can go no other way: more findings and more
denials are stricter, and a redaction is stricter than no finding. What all changes come to together
is for `govgate policy compare` to prove.
"""

from collections.abc import Iterator
from dataclasses import replace

from govgate.model import Effect, Use
from govgate.policy.change.differences import (
    Change,
    Direction,
    Kind,
    changed,
    gone,
    one_line,
    opposite,
    rising,
    shown,
)
from govgate.policy.change.scandiff import scan_changes
from govgate.policy.change.widening import FALLING, RISING, Widening, widening, words_changed
from govgate.policy.conditions import Condition, Operator
from govgate.policy.model import PolicyDocument, Rule
from govgate.policy.require import Bound
from govgate.policy.words.prose import condition_words, effect_words, listed, unknown_words

MANY_WORDS = 6  # of a list, beyond which only the words that come and go are told


def diff(old: PolicyDocument, new: PolicyDocument) -> list[Change]:
    """All changes from ``old`` to ``new``; none where they differ in layout and order only."""
    found = [
        *_frame(old, new),
        *_rules(old, new),
        *scan_changes(old, new),
        *_require(dict(old.require.bounds()), dict(new.require.bounds())),
    ]
    return [replace(change, text=one_line(change.text)) for change in found]


def _frame(old: PolicyDocument, new: PolicyDocument) -> Iterator[Change]:
    for name in ("policy", "version", "expires", "description", "floor", "approvals"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            direction = Direction.UNCLEAR
            if name == "approvals":
                direction = rising(before, after)
            yield changed("policy", name, before, after, direction, minor=name == "description")
    left, come = gone(old.purposes, new.purposes), gone(new.purposes, old.purposes)
    if come:
        text = f"may be used for {listed(come, 'and')}"
        yield Change("policy", "purposes", Kind.ADDED, text, direction=Direction.LOOSER)
    if left:
        text = f"may no longer be used for {listed(left, 'and')}"
        yield Change("policy", "purposes", Kind.REMOVED, text, direction=Direction.STRICTER)
    bases = [
        [f"{base.policy} version {base.version}" for base in one.based_on] for one in (old, new)
    ]
    if bases[0] != bases[1]:
        before, after = (listed(names, "and") if names else "nothing" for names in bases)
        yield changed("policy", "extends", before, after)


def _rules(old: PolicyDocument, new: PolicyDocument) -> Iterator[Change]:
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    for rule in new.rules:
        if rule.id not in before:
            yield Change("rules", rule.id, Kind.ADDED, _whole(rule), direction=_added(rule))
    for rule in old.rules:
        if rule.id not in after:
            direction = opposite(_added(rule))
            yield Change("rules", rule.id, Kind.REMOVED, _whole(rule), direction=direction)
    for rule in new.rules:
        if rule.id in before and before[rule.id] != rule:
            yield from _rule(before[rule.id], rule)
            yield from _approvals(before[rule.id], rule, (old.approvals, new.approvals))


def _rule(old: Rule, new: Rule) -> Iterator[Change]:
    def one(what: str, text: str, direction: Direction, *, minor: bool = False) -> Change:
        return Change("rules", new.id, Kind.CHANGED, text, what, direction, minor)

    if old.when != new.when:
        yield one("when", when_words(old.when, new.when), _when(old, new))
    if old.then != new.then:
        text = f"{effect_words(old)} → {effect_words(new)}"
        yield one("then", text, _then(old, new))
    if old.unknown != new.unknown:
        text = f"where a fact is unknown: {unknown_words(old)} → {unknown_words(new)}"
        yield one("unknown", text, _then(old, new))
    for verb, duties, direction in (
        ("asks for", gone(new.obligations, old.obligations), Direction.STRICTER),
        ("no longer asks for", gone(old.obligations, new.obligations), Direction.LOOSER),
    ):
        if duties:
            yield one("obligations", f"{verb} {listed(duties, 'and')}", direction)
    if old.waivable != new.waivable:
        text = "may be waived" if new.waivable else "may no longer be waived"
        yield one("waivable", text, rising(new.waivable, old.waivable))
    for what in ("title", "cites", "law", "remedy"):
        before, after = shown(getattr(old, what)), shown(getattr(new, what))
        if before != after:
            yield one(what, f"{before} → {after}", Direction.UNCLEAR, minor=True)


def _approvals(old: Rule, new: Rule, policies: tuple[int, int]) -> Iterator[Change]:
    """How many must sign a waiver; ``policies``: what the two say for rules that do not."""
    before, after = (old.approvals or policies[0], new.approvals or policies[1])
    if old.approvals != new.approvals and before != after:
        text = f"approvals of a waiver: {before} → {after}"
        yield Change("rules", new.id, Kind.CHANGED, text, "approvals", rising(before, after))


def when_words(old: Condition, new: Condition) -> str:
    """The change of a condition: of long lists only the words that come and go."""
    moved = words_changed(old, new)
    texts = [condition_words(one) for one in (old, new)]
    if moved and max(len(text.split(", ")) for text in texts) > MANY_WORDS:
        return "; ".join(_moved(*one) for one in moved)
    return f"{texts[0]} → {texts[1]}"


def _moved(fact: str, come: list[str], left: list[str]) -> str:
    verbs = [f"adds {', '.join(come)}"] if come else []
    verbs += [f"drops {', '.join(left)}"] if left else []
    return f"{fact} {' and '.join(verbs) or 'lists the same words in another order'}"


def _whole(rule: Rule) -> str:
    return f"where {condition_words(rule.when, most=MANY_WORDS)}: {effect_words(rule)}"


def _effects(rule: Rule) -> set[Effect]:
    return {effect for use in Use if (effect := rule.then.on(use)) is not None}


def _only_allows(rule: Rule) -> bool:
    unanswered = any(rule.unanswered(use) for use in Use)
    return _effects(rule) == {Effect.ALLOW} and not unanswered and not rule.obligations


def _added(rule: Rule) -> Direction:
    if _effects(rule) == {Effect.DENY}:
        return Direction.STRICTER
    return Direction.LOOSER if _only_allows(rule) else Direction.UNCLEAR


def _when(old: Rule, new: Rule) -> Direction:
    found = widening(old.when, new.when)
    if found not in (Widening.WIDER, Widening.NARROWER):
        return Direction.UNCLEAR
    both = {_added(old), _added(new)}
    if len(both) != 1:
        return Direction.UNCLEAR
    direction = both.pop()
    return direction if found is Widening.WIDER else opposite(direction)


def _then(old: Rule, new: Rule) -> Direction:
    found = {
        _of_effect(before, after)
        for use in Use
        for before, after in (
            (old.then.on(use), new.then.on(use)),
            (old.unanswered(use), new.unanswered(use)),
        )
        if before != after
    }
    return found.pop() if len(found) == 1 else Direction.UNCLEAR


def _of_effect(before: Effect | None, after: Effect | None) -> Direction:
    """Silence is milder than deny and stricter than allow, as what no rule allows is denied."""
    if Effect.REDACT in (before, after) and None in (before, after):
        return Direction.UNCLEAR
    ranks = {Effect.ALLOW: 0, None: 1, Effect.REDACT: 2, Effect.DENY: 3}
    return rising(ranks[before], ranks[after])


def _require(old: dict[str, Bound], new: dict[str, Bound]) -> Iterator[Change]:
    for name in {**old, **new}:
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            yield Change(
                "require", name, Kind.ADDED, f"must be {after.text}", "", Direction.STRICTER
            )
        elif before is not None and after is None:
            yield Change(
                "require", name, Kind.REMOVED, f"had to be {before.text}", "", Direction.LOOSER
            )
        elif before is not None and after is not None and before != after:
            yield changed("require", name, before.text, after.text, _of_bound(before, after))


def _of_bound(before: Bound, after: Bound) -> Direction:
    if _holds_within(after, before):
        return Direction.STRICTER
    return Direction.LOOSER if _holds_within(before, after) else Direction.UNCLEAR


def _holds_within(inner: Bound, outer: Bound) -> bool:
    """Whether every number that meets ``inner`` meets ``outer``, where both look one way."""
    for way, exclusive in ((RISING, Operator.ABOVE), (FALLING, Operator.BELOW)):
        if outer.operator in way and inner.operator in (*way, Operator.EQUAL):
            further = inner.number > outer.number if way is RISING else inner.number < outer.number
            touching = outer.operator is not exclusive or inner.operator is exclusive
            return further or (inner.number == outer.number and touching)
    return False
