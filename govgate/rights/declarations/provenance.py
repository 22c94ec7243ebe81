"""Provenance in JSON-LD: W3C PROV, schema.org's `isBasedOn`, and Croissant's RAI vocabulary.

A software agent counts as a model: whether it is one, and under which terms, is for lineage to find
out. Crawlers and scripts are named too, then; that is the price of missing no model.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from govgate.rights.declarations.declaration import UNNAMED
from govgate.rights.declarations.jsonld import Node, id_of, long, resolved
from govgate.rights.declarations.names import distinct, name_of

_DERIVED = ("prov:wasDerivedFrom", "prov:hadPrimarySource", "prov:wasRevisionOf")
_BASED = (*_DERIVED, "prov:wasQuotedFrom", "schema:isBasedOn", "schema:isBasedOnUrl", "dct:source")
_LABELS = ("schema:name", "prov:label", "rdfs:label")
_AGENTS = ("prov:wasAssociatedWith", "prov:wasAttributedTo", "schema:agent", "schema:instrument")

Ids = Mapping[str, Node]


def sources(node: Node, ids: Ids, inside: Collection[str]) -> tuple[str, ...] | None:
    """What ``node`` was made from; None if nothing is said. Things whose id is in ``inside`` are
    parts of the same document, and no sources of their own."""
    said = [one for key in _BASED for one in node.get(key, [])]
    said += [one for act in _activities(node, ids) for one in act.get("prov:used", [])]
    if not said:
        return None
    outside = [one for one in said if id_of(one) not in inside]
    return distinct(_name(one, ids) for one in outside) if outside else None


def models(node: Node, ids: Ids) -> tuple[str, ...] | None:
    """The models (and other software) that made ``node``; None if nothing is said of any."""
    agents = list(_agents(node, ids))
    synthetic = _is_synthetic(node, ids)
    software = [one for one in agents if synthetic or _is_software(resolved(one, ids))]
    names = [_name(one, ids) for one in software]
    names += [name_of(one) for one in node.get("rai:machineAnnotationTools", []) if one]
    return distinct(names) if names else (UNNAMED,) if synthetic else None


def _activities(node: Node, ids: Ids) -> Iterator[Node]:
    for one in node.get("prov:wasGeneratedBy", []):
        activity = resolved(one, ids)
        if isinstance(activity, dict):
            yield activity


def _agents(node: Node, ids: Ids) -> Iterator[Any]:
    """Who is said to have made it, itself or through an activity."""
    for one in (node, *_activities(node, ids)):
        for key in _AGENTS:
            yield from one.get(key, [])


def _is_software(agent: Any) -> bool:
    kinds = agent.get("@type", []) if isinstance(agent, dict) else []
    return bool({"prov:SoftwareAgent", "schema:SoftwareApplication"}.intersection(kinds))


def _is_synthetic(node: Node, ids: Ids) -> bool:
    """Whether the RAI fields or the name of an activity say that the data is synthetic."""
    flags = [one for one in node.get("rai:hasSyntheticData", []) if one is not None]
    if any(str(flag).strip().casefold() not in ("false", "no", "0", "") for flag in flags):
        return True
    texts = list(node.get("rai:dataCollectionType", []))
    for activity in _activities(node, ids):
        texts += [one for key in ("@type", "prov:type", *_LABELS) for one in activity.get(key, [])]
    return any("synthe" in text.casefold() for text in texts if isinstance(text, str))


def _name(value: Any, ids: Ids) -> str:
    """An id that is an address or a URN, else a label, an address, any id."""
    if not isinstance(value, dict):
        return name_of(value)
    node = resolved(value, ids)
    reference = long(id_of(value) or "")
    labels = [one for key in (*_LABELS, "schema:url") for one in node.get(key, [])]
    if reference and ":" in reference and not reference.startswith("_:"):
        return name_of(reference)
    texts = [long(id_of(one) or "") if isinstance(one, dict) else one for one in labels]
    return next((name for one in texts if (name := name_of(one)) != UNNAMED), name_of(reference))
