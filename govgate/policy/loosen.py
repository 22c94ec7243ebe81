"""What of a policy may let more through than the one it extends, in words, read off its parts.

This looks at one change at a time and never misses one that matters; it may name a change that
other rules make harmless. `govgate policy compare` decides that exactly.
"""

from collections.abc import Iterator

from govgate.model import Effect, Use
from govgate.policy.conditions import Operator, facts_of
from govgate.policy.model import PolicyDocument, Rule
from govgate.policy.require import Bound
from govgate.scansettings import Looks

_USES = {Use.TRAIN: "training", Use.RETRIEVE: "retrieval"}
_RISING = (Operator.AT_LEAST, Operator.ABOVE)
_ADDING = ("patterns", "deny")  # lists of which a longer one finds more
_FALLING = (Operator.AT_MOST, Operator.BELOW)


def loosened(base: PolicyDocument, child: PolicyDocument) -> tuple[str, ...]:
    """Each change from ``base`` to ``child`` that may let more through."""
    return (
        *_rules(base, child),
        *_scan(base, child),
        *_require(base, child),
        *_frame(base, child),
    )


def _rules(base: PolicyDocument, child: PolicyDocument) -> Iterator[str]:
    before = {rule.id: rule for rule in base.rules}
    after = {rule.id: rule for rule in child.rules}
    for rule in base.rules:
        new = after.get(rule.id)
        if new is None:
            if any(_stops(rule, use) for use in Use) or rule.obligations:
                yield f"rule {rule.id} is left out"
        elif new != rule:
            yield from _rule(rule, new)
    for rule in child.rules:
        if rule.id not in before:
            allowed = [_USES[use] for use in Use if _lets(rule, use)]
            if allowed:
                yield f"rule {rule.id} is new and lets rows through to {' and '.join(allowed)}"


def _rule(old: Rule, new: Rule) -> Iterator[str]:
    if new.when != old.when:
        yield f"rule {old.id} asks for something else"
    for use in Use:
        before, after = old.then.on(use), new.then.on(use)
        if _looser(before, after):
            yield f"rule {old.id} says {_word(after)} to {_USES[use]}, and said {_word(before)}"
        elif old.unanswered(use) is not None and new.unanswered(use) is None:
            yield f"rule {old.id} says nothing of {_USES[use]} where a fact is unknown"
    if lost := sorted(set(old.obligations) - set(new.obligations)):
        yield f"rule {old.id} no longer asks for {', '.join(lost)}"
    if new.waivable and not old.waivable:
        yield f"rule {old.id} may be waived"
    if (new.approvals or 0) < (old.approvals or 0):
        yield f"rule {old.id} may be waived by fewer people"


def _looser(before: Effect | None, after: Effect | None) -> bool:
    if before is None:  # what nobody speaks of is denied
        return after in (Effect.ALLOW, Effect.REDACT)
    if after is None:
        return before is not Effect.ALLOW
    return after < before


def _word(effect: Effect | None) -> str:
    return "nothing" if effect is None else effect.word


def _stops(rule: Rule, use: Use) -> bool:
    return rule.then.on(use) not in (None, Effect.ALLOW) or rule.unanswered(use) is not None


def _lets(rule: Rule, use: Use) -> bool:
    return rule.then.on(use) in (Effect.ALLOW, Effect.REDACT)


def _scan(base: PolicyDocument, child: PolicyDocument) -> Iterator[str]:
    old, new = base.scan, child.scan
    if new.threshold > old.threshold:
        yield f"scan.threshold is {new.threshold}, and was {old.threshold}"
    for entity in sorted({*old.thresholds, *new.thresholds}):
        before = old.thresholds.get(entity, old.threshold)
        after = new.thresholds.get(entity, new.threshold)
        if after > before and (entity in old.thresholds or entity in new.thresholds):
            yield f"scan.thresholds of {entity} is {after}, and was {before}"
    for name in Looks.model_fields:
        before, after = getattr(old, name), getattr(new, name)
        more = name in _ADDING and set(map(repr, before)) <= set(map(repr, after))
        if before != after and not (more and not _allows_for_findings(child)):
            yield f"scan.{name} differs, so other things are looked for"


def _allows_for_findings(policy: PolicyDocument) -> bool:
    """Whether a rule lets rows through because something is found, so that finding more may too."""
    return any(
        rule.then.on(use) is Effect.ALLOW and any(f.startswith("pii.") for f in facts_of(rule.when))
        for rule in policy.rules
        for use in Use
    )


def _require(base: PolicyDocument, child: PolicyDocument) -> Iterator[str]:
    after = dict(child.require.bounds())
    for name, bound in base.require.bounds():
        new = after.get(name)
        if new is None:
            yield f"{name} is no longer required"
        elif not _at_least_as_strict(bound, new):
            yield f"{name} must be {new.text}, and had to be {bound.text}"


def _at_least_as_strict(old: Bound, new: Bound) -> bool:
    if (old.operator, old.number) == (new.operator, new.number):
        return True
    if old.operator in _RISING and new.operator in (*_RISING, Operator.EQUAL):
        stricter = old.operator is Operator.AT_LEAST or new.operator is Operator.ABOVE
        return new.number > old.number or (new.number == old.number and stricter)
    if old.operator in _FALLING and new.operator in (*_FALLING, Operator.EQUAL):
        stricter = old.operator is Operator.AT_MOST or new.operator is Operator.BELOW
        return new.number < old.number or (new.number == old.number and stricter)
    return False


def _frame(base: PolicyDocument, child: PolicyDocument) -> Iterator[str]:
    if added := [purpose.value for purpose in child.purposes if purpose not in base.purposes]:
        yield f"it covers {', '.join(added)} as well"
    if child.approvals < base.approvals:
        yield f"a waiver needs {child.approvals} approvals, and needed {base.approvals}"
