"""Free text that a rule compares with, and that nothing is ever called."""

from collections.abc import Iterator
from typing import Final

from govgate.policy.conditions import Has, OneOf
from govgate.policy.lint.finding import Hit
from govgate.policy.lint.parts import Join, Part
from govgate.policy.lint.subject import PlacedRule, Subject
from govgate.policy.possible import FIELDS
from govgate.spelling import did_you_mean, shown

LICENSE: Final = "license.id"
SOURCE: Final = "source.name"
_SUSPICIOUS: Final = frozenset(("any", "none", "null", "~", "true", "false"))


def unknown_license_id(subject: Subject) -> Iterator[Hit]:
    """A licence that is no SPDX expression, or not written as a gate writes it."""
    if subject.produced is None:
        return
    for rule, part, text in _texts(subject, LICENSE):
        doubt = subject.produced.license_doubt(text)
        if doubt is not None and not _suspicious(text):
            yield Hit(
                part.path,
                f"rule {rule.id} asks for the licence {shown(text)}, which no row is ever given"
                f"{doubt}",
                "write an SPDX expression as a gate does, such as MIT or CC-BY-4.0, or ask for "
                "license.class",
                at_key=part.at_key,
            )


def unknown_source(subject: Subject) -> Iterator[Hit]:
    """A source that the configuration does not declare, though it declares others."""
    produced = subject.produced
    if produced is None or not produced.sources:
        return
    for rule, part, text in _texts(subject, SOURCE):
        if text not in produced.sources and not _suspicious(text):
            yield Hit(
                part.path,
                f"rule {rule.id} asks for the source {shown(text)}, which {produced.config} does "
                f"not declare{did_you_mean(text, sorted(produced.sources))}",
                "write the name as it stands there, or declare the source",
                at_key=part.at_key,
            )


def suspicious_text(subject: Subject) -> Iterator[Hit]:
    """A text fact compared with a word that means something elsewhere, and is a text here."""
    sources = frozenset[str]() if subject.produced is None else subject.produced.sources
    for fact in (LICENSE, SOURCE, FIELDS):
        for rule, part, text in _texts(subject, fact):
            if _suspicious(text) and not (fact == SOURCE and text in sources):
                yield Hit(
                    part.path,
                    f"rule {rule.id} compares {fact} with the text {shown(text)}, letter by letter",
                    _meant(fact),
                    at_key=part.at_key,
                )


def _suspicious(text: str) -> bool:
    return text.casefold() in _SUSPICIOUS


def _meant(fact: str) -> str:
    if fact == FIELDS:
        return f"write `{fact}: any`, `none`, `known` or `unknown`, or name a field"
    return f"write `{fact}: known` or `unknown` if that is meant, or name what is"


def _texts(subject: Subject, fact: str) -> Iterator[tuple[PlacedRule, Part, str]]:
    """Each text that a rule compares ``fact`` with, and the part that names it."""
    for rule in subject.rules:
        for part in rule.when.walk():
            test = part.condition
            if part.join is Join.TEST and isinstance(test, OneOf | Has) and test.fact == fact:
                for text in dict.fromkeys(test.words):
                    yield rule, part, text
