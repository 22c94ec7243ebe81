"""SPDX documents: versions 3.x in JSON-LD, 2.2 and 2.3 in JSON.

    {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
      {"type": "SpdxDocument", "rootElement": ["urn:data"], …},
      {"type": "dataset_DatasetPackage", "spdxId": "urn:data", "name": "x", …},
      {"type": "Relationship", "relationshipType": "hasDeclaredLicense",
       "from": "urn:data", "to": ["urn:license"], …},
      {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:license",
       "simplelicensing_licenseExpression": "CC-BY-4.0", …}]}

What the document's root elements are is what it speaks of: data sets among them, else packages and
files that are no models. Of a model alone nothing is said here, as it is not the data.
Specs: https://spdx.github.io/spdx-spec/v3.0.1/, https://spdx.github.io/spdx-spec/v2.3/.
"""

import re
from collections.abc import Iterator

from govgate.errors import UsageError
from govgate.rights.declarations import spdx2
from govgate.rights.declarations.declaration import UNNAMED, Declaration, Kind, Where
from govgate.rights.declarations.documents import parse_json
from govgate.rights.declarations.expressions import NOTHING
from govgate.rights.declarations.names import distinct, label, name_of
from govgate.rights.declarations.spdx3 import Element, Graph, graph_of
from govgate.rights.declarations.spdxlicenses import Licenses

MAX_BYTES = 64 * 2**20
KINDS = {Kind.DECLARED: "hasDeclaredLicense", Kind.CONCLUDED: "hasConcludedLicense"}

_CONTEXT = re.compile(r"https?://spdx\.org/rdf/v?3\.\d+(?:\.\d+)?/spdx-context\.jsonld")
_TO = ("ancestorOf", "copiedTo", "generates", "hasVariant", "amendedBy")  # from the origin to it
_MODEL = "ai_AIPackage"


def read_spdx(data: bytes, file: str) -> tuple[Declaration, ...]:
    """What the document declares and concludes of each data set that it speaks of.

    UsageError where it is no SPDX in JSON, or of a version that is not read.
    """
    raw = parse_json(data, file, MAX_BYTES)
    if isinstance(raw, dict) and "spdxVersion" in raw:
        return spdx2.declarations(raw, file)
    context = raw.get("@context") if isinstance(raw, dict) else None
    if not isinstance(context, str) or not _CONTEXT.fullmatch(context):
        raise UsageError(
            f"{file}: not an SPDX document of a version that is read, in SPDX's own spelling",
            remedy="write it as SPDX 3.0.1 or 2.3 in JSON, with the context of the specification",
        )
    graph = graph_of(raw, file)
    subjects, licenses = list(_subjects(graph)), Licenses(graph)
    return tuple(
        declaration
        for subject in subjects
        for declaration in _declarations(graph, subject, licenses, alone=len(subjects) == 1)
    )


def _subjects(graph: Graph) -> Iterator[Element]:
    """The data that the document speaks of. Roots that it does not hold say nothing of its data."""
    roots = [one for one in graph.roots() if one.kind]
    data = [one for one in roots if one.kind == "dataset_DatasetPackage"]
    others = [one for one in roots if one.kind.startswith("software_") and one not in data]
    if data or others:
        yield from data or others
    elif not roots:
        yield from graph.of_kind("dataset_DatasetPackage")


def _declarations(
    graph: Graph, subject: Element, licenses: Licenses, *, alone: bool
) -> Iterator[Declaration]:
    name = label(subject.name)
    said = {kind: licenses.all_of(graph.targets(subject, rel)) for kind, rel in KINDS.items()}
    kinds = [kind for kind, read in said.items() if read != NOTHING] or [Kind.DECLARED]
    for kind in kinds:
        yield Declaration(
            Where.SPDX,
            graph.file,
            kind,
            *said[kind],
            _sources(graph, subject),
            _models(graph, subject),
            name,
            None,
            None if alone else name or UNNAMED,
        )


def _origins(graph: Graph, subject: Element) -> list[Element]:
    """What ``subject`` was made from: related in either direction, or inputs of its build."""
    found = graph.targets(subject, "descendantOf")
    found += [one for kind in _TO for one in graph.origins(subject, kind)]
    for build in graph.origins(subject, "hasOutput"):
        found += graph.targets(build, "hasInput")
    return [one for one in found if one.id != subject.id]


def _sources(graph: Graph, subject: Element) -> tuple[str, ...] | None:
    names = [_name(one) for one in _origins(graph, subject) if one.kind != _MODEL]
    return distinct(names) if names else None


def _models(graph: Graph, subject: Element) -> tuple[str, ...] | None:
    names = [_name(one) for one in _origins(graph, subject) if one.kind == _MODEL]
    return distinct(names) if names else None


def _name(element: Element) -> str:
    """A package URL or an address of the Hub, else the element's name, else its id."""
    hub = [name_of(text) for text in element.addresses if name_of(text) != text]
    own = name_of(element.name)
    return next(iter(hub), name_of(element.id) if own == UNNAMED else own)
