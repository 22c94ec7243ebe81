"""What the policy as a whole leaves out: facts under which nothing decides, matters never named."""

from collections.abc import Iterator

from govgate.model import Effect, Use
from govgate.policy.conditions import AllOf, Condition, facts_of
from govgate.policy.lint.cubes import gaps
from govgate.policy.lint.finding import Hit
from govgate.policy.lint.matching import words
from govgate.policy.lint.subject import Subject
from govgate.policy.search.speaking import silent
from govgate.policy.words.prose import USES

_RULES = ("rules",)
_MOST = 10  # words of a list; no closed list but those of codes and entities is longer


def nothing_decides(subject: Subject) -> Iterator[Hit]:
    """The smallest sets of facts of which no rule speaks, so that the use is denied."""
    for use in Use:
        goals = [goal for rule in subject.policy.rules for goal in silent(rule, use)]
        if not goals:
            yield _hit(f"no rule speaks of {USES[use]}, so it is always denied (nothing-allows)")
            continue
        found, whole = gaps(subject, goals)
        for gap in found:
            told = f"when {_together(gap.parts)}" if gap.parts else "whatever the facts are"
            yield _hit(f"nothing decides {USES[use]} {told}; it is denied (nothing-allows)")
        if found and not whole:
            yield _hit(f"there are more facts under which nothing decides {USES[use]}")


def _together(parts: tuple[Condition, ...]) -> str:
    return words(parts[0] if len(parts) == 1 else AllOf(parts), _MOST)


def _hit(message: str) -> Hit:
    return Hit(
        _RULES,
        message,
        "if that is meant, there is nothing to do; else add a rule, with its reason",
        at_key=True,
    )


def no_consent(subject: Subject) -> Iterator[Hit]:
    """No rule asks for consent or for a lawful basis."""
    yield from _unasked(
        subject,
        "consent.",
        "no rule mentions consent or a lawful basis, so nobody's refusal stops a row",
        "add a rule on consent.status, such as the default policy's consent-not-given",
    )


def no_license(subject: Subject) -> Iterator[Hit]:
    """No rule asks for a licence."""
    yield from _unasked(
        subject,
        "license.",
        "no rule mentions a licence, so rows count the same under any terms",
        "add rules on license.class, such as the default policy's license-unknown",
    )


def no_personal_data(subject: Subject) -> Iterator[Hit]:
    """No rule asks for personal data, and none has it replaced."""
    redacts = any(
        rule.then.on(use) is Effect.REDACT for rule in subject.policy.rules for use in Use
    )
    if not redacts:
        yield from _unasked(
            subject,
            "pii.",
            "no rule mentions personal data, so what the scan finds changes nothing",
            "add rules on pii.entities, such as the default policy's direct-identifiers",
        )


def _unasked(subject: Subject, start: str, message: str, remedy: str) -> Iterator[Hit]:
    asked = {fact for rule in subject.policy.rules for fact in facts_of(rule.when)}
    if not any(fact.startswith(start) for fact in asked):
        yield Hit(_RULES, message, remedy, at_key=True)
