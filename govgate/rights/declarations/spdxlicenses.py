"""Licence elements of SPDX 3 as expressions.

Simple licensing: `LicenseExpression`. Expanded licensing: sets, operators, listed licences, and the
individuals that stand for no licence and for no assertion. A licence or an addition that the
document brings the text of itself is unknown: its name can be anybody's.
Spec: SPDX 3.0.1, profiles SimpleLicensing and ExpandedLicensing.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from govgate.rights.declarations.declaration import NO_ASSERTION
from govgate.rights.declarations.expressions import (
    NOT_TEXT,
    NOTHING,
    Reading,
    all_of,
    any_of,
    read_text,
)
from govgate.rights.declarations.spdx3 import Element, Graph, listed

NONE = "said to be under no licence (NONE)"
OWN_TEXT = "a licence that the document brings itself"
OWN_REF = "a LicenseRef that the document defines itself"
NOT_THERE = "a licence element that the document does not hold"
PART = "a licence set with a part that asserts nothing"
CIRCLE = "a licence set that holds itself, or is nested too deep"

_LISTED = re.compile(r"https?://(?:www\.)?spdx\.org/licenses/([A-Za-z0-9.+-]+?)(?:\.html|\.json)?")
_SPACE = r"(?:https?://spdx\.org/rdf/.*/|expandedlicensing_|simplelicensing_)?"
_NO_ASSERTION = re.compile(_SPACE + r"NoAssertion(?:License|Element)?")
_NONE = re.compile(_SPACE + r"None(?:License|Element)")
_REFS = re.compile(r"(?:DocumentRef-[\w.-]+:)?(?:LicenseRef|AdditionRef)-[\w.-]+", re.IGNORECASE)
_MAX_NESTING = 16


class Licenses:
    """Reads the licence elements of one document, each once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[str, Reading] = {}
        self._open: list[str] = []

    def all_of(self, elements: Sequence[Element]) -> Reading:
        """All of ``elements`` together. One that asserts nothing counts only if it is alone."""
        reads = [self.read(element) for element in elements]
        said = [read for read in reads if read[1] != NO_ASSERTION]
        return all_of(said) if said else reads[0] if reads else NOTHING

    def read(self, element: Element) -> Reading:
        """The licence that ``element`` stands for."""
        if element.id in self._known:
            return self._known[element.id]
        if (element.id and element.id in self._open) or len(self._open) > _MAX_NESTING:
            return None, CIRCLE
        self._open.append(element.id)
        reading = self._read(element)
        self._open.pop()
        if element.id:
            self._known[element.id] = reading
        return reading

    def _read(self, element: Element) -> Reading:
        kind = element.kind.removeprefix("simplelicensing_").removeprefix("expandedlicensing_")
        if kind == "LicenseExpression":
            return _expression(element)
        if kind == "ConjunctiveLicenseSet":
            return all_of(self._inner(element, "member"))
        if kind == "DisjunctiveLicenseSet":
            return any_of(self._inner(element, "member"))
        if kind == "OrLaterOperator":  # this version is among those to choose from
            return all_of(self._inner(element, "subjectLicense"))
        if kind == "WithAdditionOperator":
            return self._with_addition(element)
        return _individual(element, kind)

    def _inner(self, element: Element, key: str) -> list[Reading]:
        """The licences within: at least one, and none that asserts nothing."""
        inner = listed(element.members.get(f"expandedlicensing_{key}"))
        reads = [self.read(self._graph.element(one)) for one in inner]
        reads = [(None, PART) if read[1] == NO_ASSERTION else read for read in reads]
        return reads or [(None, NOT_TEXT)]

    def _with_addition(self, element: Element) -> Reading:
        """A licence with a listed exception; an addition of the document's own may take away."""
        license_, unknown = all_of(self._inner(element, "subjectExtendableLicense"))
        additions = listed(element.members.get("expandedlicensing_subjectAddition"))
        addition = self._graph.element(additions[0]) if len(additions) == 1 else Element("", "-")
        found = _LISTED.fullmatch(addition.id)
        name = found[1] if found else addition.name
        if license_ is None:
            return None, unknown
        known = addition.kind in ("", "expandedlicensing_ListedLicenseException")
        if not known or not isinstance(name, str) or " " in license_:
            return None, OWN_TEXT
        return read_text(f"{license_} WITH {name}")


def expression(text: object, own: Collection[str]) -> Reading:
    """An expression, or NONE or NOASSERTION, in a document that defines the references ``own``."""
    if not isinstance(text, str):
        return None, NOT_TEXT
    word = text.strip().upper()
    if word in ("NONE", "NOASSERTION"):
        return None, NONE if word == "NONE" else NO_ASSERTION
    defined = {ref.casefold() for ref in own}  # as the licence table reads them
    if any(ref.casefold() in defined for ref in _REFS.findall(text)):
        return None, OWN_REF
    return read_text(text)


def _expression(element: Element) -> Reading:
    entries = listed(element.members.get("simplelicensing_customIdToUri"))
    own = {entry["key"] for entry in entries if isinstance(entry, dict) and _has_key(entry)}
    return expression(element.members.get("simplelicensing_licenseExpression"), own)


def _has_key(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("key"), str)


def _individual(element: Element, kind: str) -> Reading:
    if _NO_ASSERTION.fullmatch(element.id):
        return None, NO_ASSERTION
    if _NONE.fullmatch(element.id):
        return None, NONE
    found = _LISTED.fullmatch(element.id)
    if found and kind in ("", "ListedLicense"):
        return read_text(found[1])
    if kind == "ListedLicense":
        return read_text(element.name)
    return None, OWN_TEXT if kind in ("CustomLicense", "SimpleLicensingText") else NOT_THERE
