"""Thresholds and requirements that keep everything, nothing, or contradict each other."""

from collections.abc import Iterator
from fractions import Fraction

from govgate.model import Effect, Use
from govgate.policy.conditions import Has, Operator, compare, entities_named, facts_of, leaves
from govgate.policy.lint.finding import Hit
from govgate.policy.lint.subject import Subject
from govgate.policy.require import Bound

HIGHEST = 0.85
"""The score of every name that spaCy finds; a higher threshold drops all of them."""
_BY_SPACY = ("PERSON", "LOCATION", "NRP", "DATE_TIME", "ORGANIZATION")
_LIFTED = 0.75  # a telephone number (0.4) with a context word close by (0.35)


def threshold_extreme(subject: Subject) -> Iterator[Hit]:
    """A threshold that counts all guesses, or hardly any finding."""
    scan = subject.places.plain.get("scan", {})
    document = subject.policy.document.scan
    if "threshold" in scan:
        yield from _extreme(("scan", "threshold"), "findings", document.threshold, HIGHEST)
    for name in scan.get("thresholds", {}):
        highest = HIGHEST if name in _BY_SPACY else _LIFTED if name == "PHONE_NUMBER" else 1.0
        path = ("scan", "thresholds", name)
        yield from _extreme(path, name, document.thresholds[name], highest)


def _extreme(path: tuple[str, ...], what: str, threshold: float, highest: float) -> Iterator[Hit]:
    if threshold == 0:
        yield Hit(
            path,
            f"a threshold of 0 counts every guess as {what}, also what a detector gave no score",
            "write 0.4 or so; look at real scores in findings.parquet",
        )
    elif threshold > highest:
        yield Hit(
            path,
            f"a threshold of {threshold:g} leaves out "
            + (
                "every name of a person or place (their score is 0.85) and most else"
                if what == "findings"
                else f"every {what}: the highest usual score is {highest:g}"
            ),
            "lower it; look at real scores in findings.parquet",
        )


def threshold_unasked(subject: Subject) -> Iterator[Hit]:
    """A threshold of an entity that no rule asks for."""
    rules = subject.policy.rules
    scan = subject.policy.document.scan
    named: set[str] = set()
    for rule in rules:
        for leaf, _ in leaves(rule.when):
            if isinstance(leaf, Has):
                named.update(leaf.words)
            elif leaf.fact.startswith("pii."):
                return  # a count, or "any": every entity matters
        replaces = any(rule.then.on(use) is Effect.REDACT for use in Use)
        if replaces and not entities_named(rule.when):
            return
        if any(fact in ("pii.roles", "pii.fields") for fact in facts_of(rule.when)):
            return
    named.update(entity for rule in scan.exclusions for entity in rule.within or ())
    for name in subject.places.plain.get("scan", {}).get("thresholds", {}):
        if name not in named:
            yield Hit(
                ("scan", "thresholds", name),
                f"no rule asks for {name}, so its threshold changes nothing",
                "remove it, or add a rule",
                at_key=True,
            )


def require_idle(subject: Subject) -> Iterator[Hit]:
    """A requirement that every data set meets."""
    for name, bound in _own(subject):
        if _always(name, bound):
            yield Hit(
                ("require", name),
                f"{name} is always {bound.text}, so this requires nothing",
                "remove it, or ask for more",
            )


def require_impossible(subject: Subject) -> Iterator[Hit]:
    """A requirement that no data set meets, or two that none meets together."""
    for name, bound in _own(subject):
        if _never(name, bound):
            yield Hit(
                ("require", name),
                f"{name} is never {bound.text}, so no run can have the outcome train",
                "change the bound",
            )
    own = dict(_own(subject))
    every = dict(subject.policy.require.bounds())
    train, retrieve = (every.get(f"{use}.share") for use in Use)
    if train and retrieve and _least(train) + _least(retrieve) > 1:
        name = "retrieve.share" if "retrieve.share" in own else "train.share"
        if name in own:
            yield Hit(
                ("require", name),
                f"train.share {train.text} and retrieve.share {retrieve.text} cannot both hold: "
                "a row is in one partition",
                "lower one of the two",
            )


def _own(subject: Subject) -> Iterator[tuple[str, Bound]]:
    written = subject.places.plain.get("require", {})
    return ((n, bound) for n, bound in subject.policy.require.bounds() if n in written)


def _tried(name: str, bound: Bound) -> list[bool]:
    """Whether values around the bound, and at the ends of what is possible, meet it."""
    whole = name == "rows.count"
    step = Fraction(1) if whole else Fraction(1, 10**10)
    top = bound.number + 1 if whole else Fraction(1)
    values = [Fraction(0), top, bound.number - step, bound.number, bound.number + step]
    return [compare(bound.operator, v, bound.number) for v in values if 0 <= v <= top]


def _always(name: str, bound: Bound) -> bool:
    return all(_tried(name, bound))


def _never(name: str, bound: Bound) -> bool:
    return not any(_tried(name, bound))


def _least(bound: Bound) -> Fraction:
    lower = bound.operator in (Operator.AT_LEAST, Operator.EQUAL, Operator.ABOVE)
    return bound.number if lower else Fraction(0)
