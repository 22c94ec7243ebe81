"""Croissant 1.x metadata, a JSON-LD document: licence, terms of use, and provenance.

    {"@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.1",
     "license": "https://creativecommons.org/licenses/by/4.0/",
     "usageInfo": {"@type": "DefinedTerm", "termCode": "DUO_0000042"},
     "prov:wasDerivedFrom": {"@id": "urn:dataset:ImageNet"}}

`sdLicense` is the licence of this document, not of the data, and is passed over. Terms of use that
cannot be read as a licence make the licence unknown: they may forbid what the licence allows.
Spec: http://mlcommons.org/croissant/1.1, sections "Dataset-level information" and "Responsible AI
and Governance"; http://mlcommons.org/croissant/RAI/1.0.
"""

import re
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from govgate.errors import UsageError
from govgate.rights.declarations import jsonld
from govgate.rights.declarations.declaration import UNNAMED, Declaration, Kind, Where
from govgate.rights.declarations.documents import parse_json
from govgate.rights.declarations.expressions import NOT_TEXT, NOTHING, Reading, all_of, read_text
from govgate.rights.declarations.jsonld import Node, Term, Terms, id_of, long, resolved
from govgate.rights.declarations.names import label
from govgate.rights.declarations.provenance import models, sources
from govgate.rights.declarations.tables import use_term

MAX_BYTES = 16 * 2**20
MAX_PARTS = 10_000

OFFER = "usageInfo holds an ODRL policy, which no licence class says"
TERMS = "usageInfo leads to terms that are not a known licence"

_PARTS = ("schema:distribution", "cr:recordSet", "cr:field", "cr:subField", "cr:annotation")
MENTION = re.compile(rb"mlcommons\.org\\?/croissant")
_VERSION = re.compile(r"https?://(?:www\.)?mlcommons\.org/croissant/(\d+)\.\d+(?:\.\d+)?/?")
_DUO = re.compile(r"(?:obo:|.*/)?DUO[_:](\d{7})")
_CROISSANT_WORDS = ("recordSet", "field", "subField", "annotation", "source", "fileObject")
_PREFIXES = {"sc": "https://schema.org/", **jsonld.LONG}
_WORDS = {
    **{prefix: Term(iri) for prefix, iri in _PREFIXES.items()},
    **{word: Term(f"http://mlcommons.org/croissant/{word}") for word in _CROISSANT_WORDS},
    "conformsTo": Term("http://purl.org/dc/terms/conformsTo"),
    **{word: Term("http://mlcommons.org/croissant/x", "@json") for word in ("data", "examples")},
}
"""The words that the spec's own context defines, for documents that leave them out of theirs."""


@dataclass(frozen=True, slots=True)
class _Document:
    """The data set, all nodes by their id, its files, record sets and fields, and their ids."""

    file: str
    root: Node
    ids: dict[str, Node]
    parts: tuple[Node, ...]
    own: frozenset[str]


def read_croissant(data: bytes, file: str, *, named_so: bool = True) -> tuple[Declaration, ...]:
    """What the document says of the data set, then of each file, record set and field for which it
    says something else.

    ``named_so`` False: the file's name promises nothing, so that a document that is not Croissant
    says nothing; otherwise it is a UsageError, as is a version that is not 1.x.
    """
    if not named_so and not MENTION.search(data):
        return ()
    raw = parse_json(data, file, MAX_BYTES)
    if not named_so and not _mentions(raw):
        return ()
    expanded = jsonld.expand(raw, Terms(file, "https://schema.org/", ChainMap(_WORDS)))
    ids = jsonld.by_id(expanded)
    root = resolved(_root(expanded, file), ids)
    _check_version(root, file, named_so)
    parts = tuple(islice(_parts(root, ids, set()), MAX_PARTS + 1))
    if len(parts) > MAX_PARTS:
        raise UsageError(
            f"{file}: describes more than {MAX_PARTS} files, record sets and fields",
            remedy="describe sets of files (FileSet) rather than each file",
        )
    own = frozenset(ref for one in (root, *parts) if (ref := id_of(one)))
    return tuple(_declarations(_Document(file, root, ids, parts, own)))


def _mentions(raw: Any) -> bool:
    """Whether a JSON document is JSON-LD and says that it conforms to Croissant."""
    if not isinstance(raw, dict) or "@context" not in raw:
        return False
    nodes = [raw, *jsonld.as_list(raw.get("@graph", []))]
    values = [one for node in nodes if isinstance(node, dict) for one in node.values()]
    texts = [one.get("@id") if isinstance(one, dict) else one for one in _flat(values)]
    return any(isinstance(one, str) and _VERSION.fullmatch(one) for one in texts)


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        yield from value if isinstance(value, list) else [value]


def _root(expanded: Any, file: str) -> Node:
    """The one node that is the data set."""
    tops = expanded if isinstance(expanded, list) else [expanded]
    if len(tops) == 1 and isinstance(tops[0], dict) and set(tops[0]) <= {"@graph", "@id"}:
        tops = tops[0].get("@graph", [])
    nodes = [node for node in tops if isinstance(node, dict)]
    found = [node for node in nodes if "schema:Dataset" in node.get("@type", [])]
    found = found or (nodes if len(nodes) == 1 and _conforms_to(nodes[0]) else [])
    if len(found) != 1:
        raise UsageError(
            f"{file}: holds {len(found) or 'no'} data sets, where a Croissant document holds one",
            remedy="describe one data set in it, as the Croissant specification says",
        )
    return found[0]


def _conforms_to(node: Node) -> list[str]:
    values = [id_of(one) or one for one in node.get("dct:conformsTo", [])]
    return [long(one) for one in values if isinstance(one, str)]


def _check_version(root: Node, file: str, named_so: bool) -> None:
    found = [match[1] for one in _conforms_to(root) if (match := _VERSION.fullmatch(one))]
    if any(major != "1" for major in found):
        raise UsageError(
            f"{file}: conforms to a version of Croissant that is not read",
            remedy="write it as Croissant 1.0 or 1.1",
        )
    if not found and not named_so:
        raise UsageError(
            f"{file}: its data set does not say which version of Croissant it conforms to",
            remedy="add `conformsTo`, or take the file out of the data set's folder",
        )


# -- declarations ---------------------------------------------------------------------------------


def _declarations(document: _Document) -> Iterator[Declaration]:
    yield _declaration(document, document.root, None)
    for node in document.parts:
        said = _declaration(document, node, _part(node))
        if (said.license, said.unknown, said.sources, said.models) != (None, None, None, None):
            yield said


def _parts(node: Node, ids: dict[str, Node], seen: set[int]) -> Iterator[Node]:
    """Files, record sets and fields at any depth, each once."""
    for key in _PARTS:
        for one in node.get(key, []):
            part = resolved(one, ids)
            if isinstance(part, dict) and id(part) not in seen:
                seen.add(id(part))
                yield part
                yield from _parts(part, ids, seen)


def _declaration(document: _Document, node: Node, part: str | None) -> Declaration:
    reading = all_of([*_licenses(document, node), *_usage(document, node)])
    return Declaration(
        Where.CROISSANT,
        document.file,
        Kind.DECLARED,
        *reading,
        sources(node, document.ids, document.own),
        models(node, document.ids),
        _label(document.root),
        None,
        part,
    )


def _label(node: Node) -> str | None:
    names = node.get("schema:name", [])
    return label(names[0]) if names else None


def _part(node: Node) -> str:
    return label(id_of(node)) or _label(node) or UNNAMED


# -- licence and terms of use ---------------------------------------------------------------------


def _licenses(document: _Document, node: Node) -> Iterator[Reading]:
    for key in ("schema:license", "dct:license"):
        for value in node.get(key, []):
            yield _license(resolved(value, document.ids))


def _license(value: Any) -> Reading:
    """A text or address, or a CreativeWork: by id, address and name, as far as known."""
    if not isinstance(value, dict):
        return read_text(value)
    texts = [long(ref)] if (ref := id_of(value)) else []
    texts += [long(id_of(one) or "") if isinstance(one, dict) else one for one in _named(value)]
    reads = [read_text(text) for text in texts]
    known = [read for read in reads if read[0]]
    return all_of(known) if known else reads[-1] if reads else (None, NOT_TEXT)


def _named(value: Node) -> list[Any]:
    keys = ("schema:url", "schema:sameAs", "schema:identifier", "schema:name")
    return [one for key in keys for one in value.get(key, [])]


def _usage(document: _Document, node: Node) -> Iterator[Reading]:
    for value in node.get("schema:usageInfo", []):
        yield _terms(resolved(value, document.ids))


def _terms(value: Any) -> Reading:
    """Terms of use: a known licence, a term of the Data Use Ontology, or unknown."""
    if isinstance(value, dict):
        if any(kind.startswith("odrl:") for kind in value.get("@type", [])):
            return None, OFFER
        codes = {code for text in _codes(value) if (code := _duo(text))}
        if codes:
            return all_of(use_term(code) for code in sorted(codes))
        read = _license(value)
    else:
        code = _duo(value)
        read = use_term(code) if code else read_text(value)
    return read if read[0] or read == NOTHING else (None, TERMS)


def _codes(value: Node) -> list[Any]:
    texts = [*value.get("schema:termCode", []), *value.get("schema:url", []), id_of(value)]
    return [id_of(one) if isinstance(one, dict) else one for one in texts]


def _duo(text: object) -> str | None:
    found = _DUO.fullmatch(text) if isinstance(text, str) else None
    return f"DUO_{found[1]}" if found else None
