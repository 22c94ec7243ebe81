"""A policy evaluator to compare with: one row at a time, plain Python, nothing clever.

It shares the parsed policy with the real one, and nothing else.
"""

from govgate.model import Effect, Use
from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Compare,
    Has,
    IsEmpty,
    IsKnown,
    Not,
    OneOf,
)

STRICTNESS = ["allow", "redact", "deny"]


def answer(condition, row):
    """True, False, or None for unknown."""
    match condition:
        case Always():
            return True
        case AllOf(parts):
            answers = [answer(part, row) for part in parts]
            if False in answers:
                return False
            return None if None in answers else True
        case AnyOf(parts):
            answers = [answer(part, row) for part in parts]
            if True in answers:
                return True
            return None if None in answers else False
        case Not(part):
            inner = answer(part, row)
            return None if inner is None else not inner
        case IsKnown(fact):
            return row.get(fact) is not None
    value = row.get(condition.fact)
    if value is None:
        return None
    match condition:
        case OneOf(_, words):
            return value in words
        case IsEmpty():
            return len(value) == 0
        case Has(_, test, words):
            present = [word in value for word in words]
            return {"any": any(present), "all": all(present), "none": not any(present)}[test]
        case Compare(_, sign, number):
            return {
                ">=": value >= number,
                "<=": value <= number,
                "==": value == number,
                "!=": value != number,
                ">": value > number,
                "<": value < number,
            }[sign]
    raise AssertionError(condition)


def named(condition, upright=True):
    """Entities that the condition wants to see present."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return {entity for part in parts for entity in named(part, upright)}
        case Not(part):
            return named(part, not upright)
        case Has("pii.entities", test, words):
            return set(words) if (test != "none") == upright else set()
        case Has(fact, test, words) if fact.startswith("pii.in."):
            role = fact.removeprefix("pii.in.")
            return {f"{word}@{role}" for word in words} if (test != "none") == upright else set()
    return set()


def verdict(policy, row, waived=()):
    """The row's verdict, as a dict like a row of the verdicts table without its index.

    ``waived``: pairs of a rule's id and a use for which it is lifted, by one waiver called "w-1".
    """
    effects, reasons, duties, redactions = {}, set(), set(), set()
    seen = row.get("pii.entities")
    lifting = []
    for use in Use:
        given = []
        for rule in policy.rules:
            effect = rule.then.on(use)
            if effect is None:
                continue
            matches = answer(rule.when, row)
            if matches is None:
                by_default = "silent" if effect is Effect.ALLOW else "deny"
                if (rule.unknown or by_default) == "deny":
                    given.append(("deny", rule.id + "?", rule))
            elif matches and effect is Effect.REDACT and seen is None:
                given.append(("deny", rule.id + "?", rule))
            elif matches:
                given.append((effect.word, rule.id, rule))
        lifted = [one for one in given if one[0] != "allow" and (one[2].id, use) in waived]
        if lifted:
            lifting = ["w-1"]
            standing = [one for one in given if one not in lifted]
            given = standing or [one for one in lifted if one[0] == "redact"]
        strictest = max((one[0] for one in given), key=STRICTNESS.index, default="deny")
        effects[use.value] = strictest
        decided_by = [one for one in given if one[0] == strictest]
        reasons |= {reason for _, reason, _ in decided_by} or {"nothing-allows"}
        if strictest == "redact":
            wanted = [named(rule.when) for _, _, rule in decided_by]
            there = set(seen) | {
                f"{entity}@{fact.removeprefix('pii.in.')}"
                for fact, found in row.items()
                if fact.startswith("pii.in.") and found
                for entity in found
            }
            entities = set().union(*wanted) & there if all(wanted) else {"*"}
            redactions |= {f"redact:{use.value}:{entity}" for entity in entities}
    usable = [use for use in effects if effects[use] != "deny"]
    if usable:
        for rule in policy.rules:
            if answer(rule.when, row) is not False:
                duties |= set(rule.obligations)
    return {
        **effects,
        "partition": usable[0] if usable else "withheld",
        "reasons": sorted(reasons),
        "waivers": lifting,
        "obligations": sorted(duties) + sorted(redactions),
    }
