"""Rules against rules: shadowed, contradicting, told twice, silent where nothing else speaks."""

from collections.abc import Iterator

from govgate.model import Effect, Use
from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    Has,
    IsKnown,
    Not,
    OneOf,
    facts_of,
)
from govgate.policy.lint.finding import Hit
from govgate.policy.lint.subject import PlacedRule, Subject
from govgate.policy.model import Rule
from govgate.policy.search.satisfy import Answer, Goal
from govgate.policy.search.speaking import none_above, not_above, speaks
from govgate.policy.vocabulary import PII_ENTITIES
from govgate.policy.words.prose import USES, listed


def shadowed(subject: Subject) -> Iterator[Hit]:
    """A rule that never decides: a stricter one speaks wherever it matches."""
    beaten = {(allow.id, use) for use, allow, _ in _contradictions(subject)}
    for rule in subject.matchable:
        uses = [use for use in Use if rule.rule.then.on(use) is not None]
        if all((rule.id, use) in beaten for use in uses):
            continue  # said by `contradicts`
        if all(_never_decides(subject, rule.rule, use) for use in uses) and not _only_duty(
            subject, rule.rule
        ):
            yield Hit(
                rule.path,
                f"rule {rule.id} never decides anything: wherever it matches, "
                f"{_by_whom(subject, rule.rule, uses)} stricter",
                "remove it, or narrow what is stricter",
            )


def _never_decides(subject: Subject, rule: Rule, use: Use) -> bool:
    effect = rule.then.on(use)
    if effect is None or effect is Effect.DENY:
        return False
    others = [other for other in subject.policy.rules if other is not rule]
    quiet = none_above(others, use, effect)
    if subject.whole.meets(rule, quiet):
        return False
    return subject.whole.never([*_gives(rule, effect), *quiet])


def _gives(rule: Rule, effect: Effect) -> list[Goal]:
    known = [Goal(IsKnown(PII_ENTITIES), Answer.TRUE)] if effect is Effect.REDACT else []
    return [speaks(rule), *known]


def _only_duty(subject: Subject, rule: Rule) -> bool:
    """Whether its obligations go with some row that may be used."""
    if not rule.obligations:
        return False
    others = [other for other in subject.policy.rules if other is not rule]
    return not all(
        subject.whole.never(
            [
                speaks(rule, unanswered=True),
                *not_above(rule, use, Effect.REDACT),
                *none_above(others, use, Effect.REDACT),
            ]
        )
        for use in Use
    )


def _by_whom(subject: Subject, rule: Rule, uses: list[Use]) -> str:
    names = [
        other.id
        for other in subject.policy.rules
        if other is not rule and all(_outdone(subject, rule, other, use) for use in uses)
    ]
    return f"rule {listed(names, most=3)} is" if names else "other rules together are"


def _outdone(subject: Subject, rule: Rule, other: Rule, use: Use) -> bool:
    effect = rule.then.on(use)
    goals = not_above(other, use, effect) if effect is not None else []
    if effect is None or not goals or subject.whole.meets(rule, goals):
        return False
    return subject.never(*_gives(rule, effect), *goals)


def contradicts(subject: Subject) -> Iterator[Hit]:
    """An allow that can never win, because one rule denies wherever it matches."""
    own = {rule.id: rule for rule in subject.rules}
    pairs: dict[tuple[str, str], list[Use]] = {}
    for use, allow, deny in _contradictions(subject):
        pairs.setdefault((allow.id, deny.id), []).append(use)
    for (allow_id, deny_id), uses in pairs.items():
        what = listed([USES[use] for use in uses], "and")
        yield Hit(
            own[allow_id if allow_id in own else deny_id].path,
            f"rule {allow_id} allows {what}, and rule {deny_id} denies it wherever that one "
            "matches, so the permission never holds",
            f"narrow the condition of {deny_id}, or remove what {allow_id} allows",
        )


def _contradictions(subject: Subject) -> Iterator[tuple[Use, Rule, Rule]]:
    fine = {rule.id for rule in subject.matchable}
    own = {rule.id for rule in subject.rules}
    rules = [rule for rule in subject.policy.rules if rule.id in fine or rule.id not in own]
    for use in Use:
        denying = [rule for rule in rules if rule.then.on(use) is Effect.DENY]
        for allow in (rule for rule in rules if rule.then.on(use) is Effect.ALLOW):
            for deny in denying:
                if not own.isdisjoint((allow.id, deny.id)) and _implies(subject, allow, deny, use):
                    yield use, allow, deny


def _implies(subject: Subject, allow: Rule, deny: Rule, use: Use) -> bool:
    """Whether ``deny`` denies wherever ``allow`` matches."""
    quiet = not_above(deny, use, Effect.ALLOW)
    return not subject.whole.meets(allow, quiet) and subject.never(speaks(allow), *quiet)


def duplicate_rule(subject: Subject) -> Iterator[Hit]:
    """A rule that asks and says the same as an earlier one."""
    first: dict[object, PlacedRule] = {}
    for rule in subject.rules:
        body = rule.rule
        key = (normal(body.when), body.then, body.unknown, frozenset(body.obligations))
        earlier = first.setdefault(key, rule)
        if earlier is not rule:
            yield Hit(
                rule.path,
                f"rule {rule.id} asks and says the same as rule {earlier.id}",
                "remove one of them; their citations can stand in one rule",
            )


def normal(condition: Condition) -> object:
    """A value that is the same for conditions that differ in order and repetition alone."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return type(condition), frozenset(map(normal, parts))
        case Not(part):
            return Not, normal(part)
        case OneOf(fact, words):
            return OneOf, fact, frozenset(words)
        case Has(fact, test, words):
            return Has, fact, test, frozenset(words)
        case _:
            return condition


def silent_unknown(subject: Subject) -> Iterator[Hit]:
    """A rule told to be silent on the unknown, where then the row passes."""
    for rule in subject.matchable:
        if rule.rule.unknown != "silent" or isinstance(rule.rule.when, Always):
            continue
        passed = [use for use in Use if _passes(subject, rule.rule, use)]
        if passed:
            facts = listed(sorted(facts_of(rule.rule.when)), "and")
            yield Hit(
                (*rule.path, "unknown"),
                f"rule {rule.id} is silent where {facts} cannot answer it, and no other rule "
                f"stops such a row: {listed([USES[use] for use in passed], 'and')} can be allowed",
                "remove `unknown: silent`, or add a rule for the unknown fact",
                at_key=True,
            )


def _passes(subject: Subject, rule: Rule, use: Use) -> bool:
    """Whether some row gets through although ``rule`` would redact or deny, and cannot tell."""
    if rule.then.on(use) in (None, Effect.ALLOW):
        return False
    rules = subject.policy.rules
    stopped = none_above(rules, use, Effect.REDACT)
    return any(
        subject.find([Goal(rule.when, Answer.UNKNOWN), speaks(other), *stopped]) is not None
        for other in rules
        if other is not rule and other.then.on(use) in (Effect.ALLOW, Effect.REDACT)
    )
