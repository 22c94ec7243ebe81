"""The graph of an SPDX 3 document: elements by id, and what relates them.

SPDX's JSON is JSON-LD with one fixed context (SPDX 3.0.1, annex "RDF serialization"), so its
property names are read as they are written. An element stands in `@graph`, or inline where it is
referred to; a reference to an element that the document does not hold is an element without a kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from govgate.errors import UsageError

MAX_ELEMENTS = 500_000
_BOXES = ("SpdxDocument", "Bom", "Bundle", "ElementCollection", "software_Sbom")
_MAX_BOXES = 1_000


@dataclass(frozen=True, slots=True)
class Element:
    """One element; ``kind`` is empty for one that the document only refers to."""

    id: str
    kind: str
    members: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> Any:
        return self.members.get("name")

    @property
    def addresses(self) -> list[Any]:
        """Where it can be had, as far as that is said."""
        keys = ("software_packageUrl", "software_downloadLocation", "software_homePage")
        return [self.members[key] for key in keys if isinstance(self.members.get(key), str)]


@dataclass(frozen=True, slots=True)
class Graph:
    """All elements of ``file``, and its relationships by kind and by either end."""

    file: str
    elements: dict[str, Element]
    forward: dict[tuple[str, str], list[Any]]
    backward: dict[tuple[str, str], list[str]]

    def element(self, reference: Any) -> Element:
        """The element that ``reference``, an id or an inline element, refers to."""
        name = _id(reference) if isinstance(reference, dict) else reference
        if isinstance(name, str) and name in self.elements:
            return self.elements[name]
        if isinstance(reference, dict):
            return Element(name or "", _kind(reference), reference)
        return Element(name if isinstance(name, str) else "", "")

    def targets(self, element: Element, kind: str) -> list[Element]:
        """What ``element`` is related to."""
        return [self.element(one) for one in self.forward.get((kind, element.id), [])]

    def origins(self, element: Element, kind: str) -> list[Element]:
        """What is related to ``element``."""
        return [self.element(one) for one in self.backward.get((kind, element.id), [])]

    def of_kind(self, kind: str) -> list[Element]:
        return [one for one in self.elements.values() if one.kind == kind]

    def roots(self) -> list[Element]:
        """The root elements of the document, and of the collections that are its roots."""
        waiting = self.of_kind("SpdxDocument")
        found: dict[str, Element] = {}
        seen: set[str] = set()
        while waiting:
            box = waiting.pop(0)
            if box.id in seen:
                continue
            seen.add(box.id)
            if len(seen) > _MAX_BOXES:
                raise _refused(self.file, f"has more than {_MAX_BOXES} collections as roots")
            for root in map(self.element, listed(box.members.get("rootElement"))):
                if root.kind in _BOXES:
                    waiting.append(root)
                else:
                    found.setdefault(root.id, root)
        return list(found.values())


def graph_of(raw: dict[str, Any], file: str) -> Graph:
    """The graph of an SPDX 3 document; UsageError where an id is used for two elements."""
    tops = raw.get("@graph", [raw])
    if not isinstance(tops, list):
        raise _refused(file, "has a @graph that is no list")
    graph = Graph(file, {}, {}, {})
    for node in _nodes(tops):
        _add(graph, node)
        if len(graph.elements) > MAX_ELEMENTS:
            raise _refused(file, f"holds more than {MAX_ELEMENTS} elements")
    return graph


def listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _nodes(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """All objects that have a type, outer before inner."""
    for value in values:
        if isinstance(value, dict):
            if _kind(value):
                yield value
            yield from _nodes(value.values())
        elif isinstance(value, list):
            yield from _nodes(value)


def _add(graph: Graph, node: dict[str, Any]) -> None:
    name, kind = _id(node), _kind(node)
    if "://" in kind:
        raise _refused(graph.file, "spells types as addresses, not as SPDX's JSON does")
    if name is not None:
        if name in graph.elements and graph.elements[name].members != node:
            raise _refused(graph.file, "uses one id for two elements")
        graph.elements[name] = Element(name, kind, node)
    if kind.endswith("Relationship"):
        relation = node.get("relationshipType")
        for from_, to in _ends(node):
            if isinstance(relation, str):
                relation = relation.rpartition("/")[2]
                graph.forward.setdefault((relation, from_), []).append(to)
                graph.backward.setdefault((relation, _reference(to)), []).append(from_)


def _ends(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Ids of what is related, each with an id or inline element that it is related to."""
    for from_ in map(_reference, listed(node.get("from"))):
        for to in listed(node.get("to")):
            yield from_, to


def _reference(value: Any) -> str:
    if isinstance(value, dict):
        return _id(value) or ""
    return value if isinstance(value, str) else ""


def _id(node: dict[str, Any]) -> str | None:
    name = node.get("spdxId", node.get("@id"))
    return name if isinstance(name, str) else None


def _kind(node: dict[str, Any]) -> str:
    kind = node.get("type", node.get("@type"))
    return kind if isinstance(kind, str) else ""


def _refused(file: str, what: str) -> UsageError:
    return UsageError(f"{file}: {what}", remedy="repair the SPDX document")
