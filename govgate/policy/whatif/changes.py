"""What a person could change about a row, as far as a policy asks for it: facts to other facts.

Nothing here is a lie. What is known of a source stays; an unknown fact may be declared, as what it
is; personal data may be taken out, a row be split, a consent or a licence obtained. The purpose of
the run is no fact of the row: whoever gates for another purpose asks another question.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from govgate.model import Use
from govgate.policy.conditions import Compare, Has, IsEmpty, Leaf, OneOf, leaves
from govgate.policy.fact import Kind
from govgate.policy.load import Policy
from govgate.policy.rightsfacts import CONSENT_BASES, LICENSE_CLASSES, TERMS_OF
from govgate.policy.testing.factvalues import FactValue
from govgate.policy.vocabulary import FACTS, PII_IN

ANOTHER_LICENSE = "LicenseRef-another"  # a licence that no rule names
ANOTHER_NAME = "another source"
_DECLARED = (
    "source.name",
    "source.jurisdictions",
    "source.languages",
    "source.collected",
    "source.categories",
    "source.retention",
    "source.audience",
    "lineage.status",
)
_LICENSED = frozenset(
    ("license.id", "license.class", "license.terms", "license.conflict", "license.covers")
)
# Which of two ways of the same size is told first: less toil and less doubt is cheaper.
_REDACT, _DECLARE, _RENAME, _CONSENT, _LICENSE, _AGAIN, _SPLIT = 10, 20, 30, 40, 50, 60, 70

Licensed = tuple[str | None, tuple[str, ...] | None]  # a class, terms
Facts = Mapping[str, FactValue]
Without = Callable[[Sequence[frozenset[str]]], Sequence[Facts]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A row whose facts are asked about.

    ``facts``: by name; one that is missing is unknown. ``spans``: how many findings that count the
    row has, by entity and role. ``fixed``: entities that stand in column names, where no row can
    redact them. ``without``: for each set of entities, the facts of personal data (``pii.…``) once
    these are taken out. ``purpose``: what the run is for. ``terms_of``: the class and the
    terms of a licence.
    """

    facts: Facts
    spans: Mapping[tuple[str, str], int]
    without: Without
    fixed: frozenset[str] = frozenset()
    purpose: str = ""
    terms_of: Callable[[str], Licensed] = lambda _license: (None, None)

    def count(self, entity: str) -> int:
        """How many findings of ``entity`` there are."""
        return sum(count for (name, _), count in self.spans.items() if name == entity)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do about a row.

    ``fact`` goes to ``after``; ``sets``: all facts that the change settles. ``removes``: the entity
    that is taken out, where it is that. ``others``: values of ``fact`` that would do as well.
    """

    fact: str
    after: FactValue
    cost: int
    sets: tuple[tuple[str, FactValue], ...] = ()
    removes: str | None = None
    others: tuple[FactValue, ...] = ()

    @property
    def slot(self) -> str:
        """Two changes of one slot exclude each other."""
        if self.removes:
            return f"remove {self.removes}"
        return "license" if self.fact.startswith("license.") else self.fact

    def over(self, facts: dict[str, FactValue]) -> dict[str, FactValue]:
        """``facts`` with what the change settles; nothing grows by splitting a row."""
        new = dict(self.sets)
        if self.fact in ("pii.count", "row.characters") and not self.removes:
            now = facts.get(self.fact)
            new[self.fact] = min(v for v in (now, self.after) if isinstance(v, int))
        return facts | new


def possible_changes(policy: Policy, subject: Subject, use: Use) -> list[Change]:
    """Every change that could alter what the policy's rules about ``use`` answer."""
    asked = _asked(policy, use)
    return [
        *_redactions(asked, subject),
        *_consent(asked, subject),
        *_basis(asked, subject),
        *_license(asked, subject),
        *_declared(asked, subject),
        *_split(asked, subject),
    ]


def asked_leaves(policy: Policy, use: Use) -> list[Leaf]:
    """The tests in rules that speak of ``use``, each once."""
    rules = [rule for rule in policy.rules if rule.then.on(use) is not None]
    return list(dict.fromkeys(leaf for rule in rules for leaf, _ in leaves(rule.when)))


def _asked(policy: Policy, use: Use) -> dict[str, list[Leaf]]:
    asked: dict[str, list[Leaf]] = {}
    for leaf in asked_leaves(policy, use):
        asked.setdefault(leaf.fact, []).append(leaf)
    return asked


def _redactions(asked: dict[str, list[Leaf]], subject: Subject) -> Iterator[Change]:
    """Taking all findings of one entity out, where a rule would notice."""
    entities = subject.facts.get("pii.entities")
    if not isinstance(entities, tuple):
        return
    anything = False
    named: set[str] = set()
    for fact, tests in asked.items():
        if fact == "pii.entities" or fact.startswith(PII_IN):
            anything |= any(isinstance(test, IsEmpty) for test in tests)
            named |= {word for test in tests if isinstance(test, Has) for word in test.words}
        else:
            anything |= fact.startswith("pii.")
    for entity in entities:
        if anything or entity in named | subject.fixed:
            cost = _RENAME if entity in subject.fixed else _REDACT
            spans = min(subject.count(entity), 9)
            yield Change("pii.entities", None, cost + spans, removes=entity)


def _consent(asked: dict[str, list[Leaf]], subject: Subject) -> Iterator[Change]:
    now = subject.facts.get("consent.status")
    if "consent.status" in asked and now != "given":
        cost = _CONSENT if now in (None, "requested") else _AGAIN
        yield _set("consent.status", "given", cost)


def _basis(asked: dict[str, list[Leaf]], subject: Subject) -> Iterator[Change]:
    if "consent.basis" not in asked:
        return
    now = subject.facts.get("consent.basis")
    if now is None:
        found = subject.facts.get("pii.entities") != ()
        # With findings in the row, to declare that it holds no personal data would be untrue.
        for basis in CONSENT_BASES:
            if not (found and basis == "not-personal"):
                yield _set("consent.basis", basis, _DECLARE)
    elif now != "consent":
        both = (("consent.basis", "consent"), ("consent.status", "given"))
        yield Change("consent.basis", "consent", _CONSENT, both)


def _license(asked: dict[str, list[Leaf]], subject: Subject) -> Iterator[Change]:
    """A licence of another class, or one that a rule names; it is then the only one."""
    if not asked.keys() & _LICENSED:
        return
    known = any(subject.facts.get(fact) is not None for fact in ("license.class", "license.id"))
    cost = _LICENSE if known else _DECLARE
    for kind in LICENSE_CLASSES:
        if kind != subject.facts.get("license.class"):
            terms = TERMS_OF.get(kind, ())[:1]
            yield Change("license.class", kind, cost, _alone(ANOTHER_LICENSE, (kind, terms)))
    for name in _words(asked.get("license.id", [])):
        if name != subject.facts.get("license.id"):
            sets = _alone(name, subject.terms_of(name))
            yield Change("license.id", name, cost + 1, sets)


def _alone(name: str, licensed: Licensed) -> tuple[tuple[str, FactValue], ...]:
    """The facts of a row with one licence and none beside it."""
    cls, terms = licensed
    return (
        ("license.class", cls),
        ("license.id", name),
        ("license.terms", terms),
        ("license.conflict", "no"),
        ("license.covers", "content"),
    )


def _declared(asked: dict[str, list[Leaf]], subject: Subject) -> Iterator[Change]:
    """What is unknown of the source, declared as what the rules name or as something else."""
    for fact in _DECLARED:
        if fact in asked and subject.facts.get(fact) is None:
            for value in _values(fact, asked[fact]):
                yield _set(fact, value, _DECLARE)


def _values(fact: str, tests: list[Leaf]) -> Sequence[FactValue]:
    if FACTS[fact].kind is Kind.DATE:
        named = {test.number for test in tests if isinstance(test, Compare)}
        days = [day for day in named if isinstance(day, date)] or [date(2020, 1, 1)]
        return sorted({day + timedelta(days=step) for day in days for step in (-1, 0, 1)})
    words = _words(tests)
    if fact == "source.name":
        return [*words, ANOTHER_NAME]
    if FACTS[fact].kind is Kind.WORD:
        return FACTS[fact].words
    rest = [(word,) for word in FACTS[fact].words if word not in words][:1]
    return [*rest, *((word,) for word in words), *([tuple(words)] if len(words) > 1 else [])]


def _split(asked: dict[str, list[Leaf]], subject: Subject) -> Iterator[Change]:
    for fact, least in (("row.characters", 1), ("pii.count", _kinds(subject))):
        now = subject.facts.get(fact)
        if isinstance(now, int):
            named = {test.number for test in asked.get(fact, []) if isinstance(test, Compare)}
            around = {n + step for n in named if isinstance(n, int) for step in (-1, 0, 1)}
            for size in sorted((n for n in around if least <= n < now), reverse=True):
                yield _set(fact, size, _SPLIT)


def _kinds(subject: Subject) -> int:
    """The least number of findings that a part with all of the row's entities has."""
    entities = subject.facts.get("pii.entities")
    return max(1, len(entities)) if isinstance(entities, tuple) else 1


def _set(fact: str, value: FactValue, cost: int) -> Change:
    return Change(fact, value, cost, ((fact, value),))


def words_named(tests: Iterable[Leaf], fact: str) -> frozenset[str]:
    """The words that the tests name of ``fact``."""
    return frozenset(_words(test for test in tests if test.fact == fact))


def _words(tests: Iterable[Leaf]) -> list[str]:
    return sorted({word for test in tests if isinstance(test, OneOf | Has) for word in test.words})
