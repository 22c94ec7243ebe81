"""A policy as an auditor reads it: every part in words, as plain values that JSON can hold."""

from collections.abc import Iterable
from typing import Any

from govgate.model import Effect, Use
from govgate.policy.conditions import facts_of
from govgate.policy.load import Policy
from govgate.policy.model import Rule
from govgate.policy.require import Bound
from govgate.policy.vocabulary import FACTS
from govgate.policy.waivers import restricts
from govgate.policy.words.phrases import phrase
from govgate.policy.words.prose import (
    USES,
    clauses,
    duty_words,
    effect_words,
    effects,
    listed,
    unanswerable,
    unknown_words,
)
from govgate.policy.words.scanprose import scan_words

_REQUIRED = {
    "train.share": "the share of rows that may be trained on",
    "retrieve.share": "the share of rows that may only be looked up",
    "license.known": "the share of rows with a known licence class",
    "consent.known": "the share of rows with a known consent status",
    "pii.known": "the share of rows that were scanned in full",
    "rows.count": "the number of rows",
}
_COMPARED = {
    ">=": "at least",
    "<=": "at most",
    "==": "exactly",
    "!=": "anything but",
    ">": "more than",
    "<": "less than",
}


def described(policy: Policy, rules: Iterable[str] = (), most: int | None = None) -> dict[str, Any]:
    """The policy in words; ``rules``: only these. ``most``: longer lists of words are cut there."""
    document = policy.document
    wanted = set(rules)
    shown = [rule for rule in policy.rules if not wanted or rule.id in wanted]
    asked = sorted({fact for rule in shown for fact in _asked(rule)}, key=list(FACTS).index)
    return {
        "policy": policy.name,
        "version": policy.version,
        "expires": policy.expires.isoformat(),
        "purposes": [str(purpose) for purpose in policy.purposes],
        "description": document.description,
        "sha256": policy.digest,
        "floor": document.floor,
        "approvals": document.approvals,
        "inherited": sorted(policy.inherited),
        "based_on": [base.model_dump(mode="json") for base in document.based_on],
        "scan": scan_words(document.scan),
        "rules": [_rule(policy, rule, most) for rule in shown],
        "require": {
            name: f"{_REQUIRED[name]} must be {_bound(bound)}"
            for name, bound in policy.require.bounds()
        },
        "facts": {fact: _fact(fact) for fact in asked},
    }


def _rule(policy: Policy, rule: Rule, most: int | None) -> dict[str, Any]:
    said = {use.value: None for use in Use} | {use.value: w for use, w in effects(rule).items()}
    open_ = unanswerable(rule.when)
    return {
        "id": rule.id,
        "title": rule.title,
        "when": clauses(rule.when, most),
        "effect": effect_words(rule),
        **said,
        "unknown": _unknown(rule),
        "unknown_facts": list(open_),
        "cites": list(rule.cites),
        "law": rule.law.model_dump(mode="json") if rule.law else None,
        "remedy": rule.remedy,
        "duties": {duty: duty_words(duty) for duty in rule.obligations},
        "stops": any(restricts(rule, use) for use in Use),
        "waivable": rule.waivable,
        "approvals": rule.approvals or policy.document.approvals,
        "facts": sorted(facts_of(rule.when)),
    }


def _unknown(rule: Rule) -> str:
    """What happens where facts are unknown, as whole sentences; empty where nothing does."""
    open_ = unanswerable(rule.when)
    said = []
    if open_:
        what = listed(phrase(fact).subject for fact in open_)
        said.append(f"Where {what} is unknown and that leaves it open, {unknown_words(rule)}.")
    redacts = [USES[use] for use in Use if rule.then.on(use) is Effect.REDACT]
    if redacts and (rule.unknown == "silent" or "pii.entities" not in open_):
        said.append(
            f"Where it applies and what was found is unknown, {' and '.join(redacts)} "
            f"{'is' if len(redacts) == 1 else 'are'} denied."
        )
    return " ".join(said)


def _asked(rule: Rule) -> frozenset[str]:
    redacts = any(rule.then.on(use) is Effect.REDACT for use in Use)
    return facts_of(rule.when) | ({"pii.entities"} if redacts else set())


def _fact(name: str) -> dict[str, str]:
    fact = FACTS[name]
    return {
        "phrase": phrase(name).subject,
        "means": fact.description,
        "source": fact.source,
        "unknown": fact.unknown,
        "fix": fact.fix,
    }


def _bound(bound: Bound) -> str:
    return f"{_COMPARED[bound.operator.value]} {bound.text.lstrip('<>=! ')}"
