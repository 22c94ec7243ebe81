"""Conditions on what nothing is set to produce: facts without a source, entities not looked for."""

from collections.abc import Iterator

from govgate.entities import BY_COUNTRY
from govgate.policy.conditions import Has, IsKnown, Not, facts_of
from govgate.policy.lint.finding import Hit, Severity
from govgate.policy.lint.parts import Join, Part
from govgate.policy.lint.subject import PlacedRule, Subject
from govgate.policy.vocabulary import FACTS, PII_ENTITIES, PII_IN
from govgate.policy.words.prose import listed

_MOST = 5


def fact_not_produced(subject: Subject) -> Iterator[Hit]:
    """A test of a fact that is unknown for every row, by the configuration."""
    produced = subject.produced
    if produced is None or produced.config is None:
        return
    for rule in subject.rules:
        said: set[str] = set()
        for part in _leaves(rule.when):
            for fact in sorted(facts_of(part.condition) & produced.silent.keys() - said):
                said.add(fact)
                yield Hit(
                    part.path,
                    f"rule {rule.id} asks for {fact}, which is unknown for every row: "
                    f"{produced.silent[fact]}",
                    FACTS[fact].fix,
                    at_key=part.at_key,
                )


def entity_not_looked_for(subject: Subject) -> Iterator[Hit]:
    """A test of entities that the scan does not look for; a note where it looks for some."""
    looked = _looked_for(subject)
    for rule in subject.rules:
        for part in _entity_tests(rule):
            named = list(dict.fromkeys(_words(part)))
            missing = [name for name in named if name not in looked]
            if missing and _tellable(subject, named, missing):
                yield _unlooked(subject, rule, part, named, missing)


def _looked_for(subject: Subject) -> frozenset[str]:
    """All that is found, as far as known; entities of models count, as `entity_without_model`
    speaks of them."""
    scan = subject.policy.document.scan
    found = {*scan.declared, *scan.extra_entities}
    if subject.produced is not None:
        return frozenset({*found, *subject.produced.entities, *subject.produced.models})
    if scan.entities is not None:
        return frozenset({*found, *scan.entities})
    countries = scan.countries if scan.countries is not None else tuple(BY_COUNTRY)
    elsewhere = {e for code, some in BY_COUNTRY.items() if code not in countries for e in some}
    return frozenset({*found, *FACTS[PII_ENTITIES].words} - elsewhere)


def _tellable(subject: Subject, named: list[str], missing: list[str]) -> bool:
    """Without a list of its own, a policy may name countries that a later one looks for."""
    scan = subject.policy.document.scan
    chosen = scan.entities is not None or scan.countries is not None
    return chosen or len(missing) == len(named)


def _unlooked(
    subject: Subject, rule: PlacedRule, part: Part, named: list[str], missing: list[str]
) -> Hit:
    whole = len(missing) == len(named)
    explicit = subject.policy.document.scan.entities is not None
    configured = subject.produced is not None and subject.produced.config is not None
    return Hit(
        part.path,
        f"rule {rule.id} asks for {listed(missing, 'and', _MOST)}, which the scan does not look "
        "for" + ("" if whole else f"; it looks for the other {len(named) - len(missing)}"),
        _remedy(subject, missing[0]),
        at_key=part.at_key,
        severity=Severity.WARNING if configured and (whole or explicit) else Severity.NOTE,
    )


def _remedy(subject: Subject, name: str) -> str:
    scan = subject.policy.document.scan
    if scan.entities is not None and name not in scan.entities:
        return "add it to scan.entities, or take it out of the rule"
    country = next((code for code, some in BY_COUNTRY.items() if name in some), None)
    if country is not None:
        return f"name {country} under scan.countries, or take it out of the rule"
    return "configure a model that finds it, or take it out of the rule"


def entity_without_model(subject: Subject) -> Iterator[Hit]:
    """An entity of another model, where the configuration has no model that finds it."""
    produced = subject.produced
    if produced is None or produced.config is None:
        return
    own = subject.places.plain.get("scan", {}).get("extra_entities", ())
    declared = subject.policy.document.scan.declared
    for at, name in enumerate(own):
        if name not in {*produced.models, *produced.entities, *declared}:
            yield Hit(
                ("scan", "extra_entities", at),
                f"no model in {produced.config} finds {name}",
                "add the model under scan.models of that file, or remove the entity",
            )


def _leaves(part: Part) -> Iterator[Part]:
    """Tests, but for those that only ask whether a fact is known."""
    if part.join in (Join.ALL, Join.ANY, Join.NOT):
        for inner in part.parts:
            yield from _leaves(inner)
        return
    condition = part.condition
    inner_condition = condition.part if isinstance(condition, Not) else condition
    if not isinstance(inner_condition, IsKnown):
        yield part


def _entity_tests(rule: PlacedRule) -> Iterator[Part]:
    for part in rule.when.walk():
        condition = part.condition
        asks = isinstance(condition, Has) and condition.fact.startswith((PII_ENTITIES, PII_IN))
        if part.join is Join.TEST and asks:
            yield part


def _words(part: Part) -> tuple[str, ...]:
    return part.condition.words if isinstance(part.condition, Has) else ()
