"""JSON-LD 1.1 to nodes whose keys are fixed short names, whatever a document's context calls them.

    {"@context": {"@vocab": "https://schema.org/", "lic": "license"}, "lic": "MIT"}
    becomes {"schema:license": ["MIT"]}

The part of expansion (JSON-LD 1.1 API, section 5.1) that metadata of data sets needs: terms,
compact and full IRIs, `@vocab`, scoped contexts within nodes, types `@id`, `@vocab` and `@json`,
and aliases of keywords. A term that a context makes null is left out, as there. Every value becomes
a list; lists within lists are flattened. Contexts at addresses are not fetched: schema.org's is
known, others are refused, and so are `@reverse`, `@nest`, `@included` and `@import`.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from govgate.errors import UsageError

Node = dict[str, Any]

SHORT = {
    "https://schema.org/": "schema:",
    "http://schema.org/": "schema:",
    "http://mlcommons.org/croissant/RAI/": "rai:",
    "https://mlcommons.org/croissant/RAI/": "rai:",
    "http://mlcommons.org/croissant/": "cr:",
    "https://mlcommons.org/croissant/": "cr:",
    "http://www.w3.org/ns/prov#": "prov:",
    "https://www.w3.org/ns/prov#": "prov:",
    "http://www.w3.org/ns/odrl/2/": "odrl:",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
    "http://purl.org/dc/terms/": "dct:",
    "http://purl.obolibrary.org/obo/": "obo:",
}
LONG = {name.removesuffix(":"): iri for iri, name in reversed(SHORT.items())}
_SCHEMA_ORG = {"schema.org", "schema.org/docs/jsonldcontext.json", "schema.org/docs/jsonldcontext"}
_KEYWORDS = {"@id", "@type", "@value", "@graph", "@list", "@set", "@language", "@index"}
_PASSED_OVER = {"@language", "@index", "@direction"}
_MAX_HOPS = 8


@dataclass(frozen=True, slots=True)
class Term:
    """What a context says of one word; ``iri`` None: the word means nothing here."""

    iri: str | None
    kind: str | None = None  # the type of its values: @id, @vocab, @json


@dataclass(frozen=True, slots=True)
class Terms:
    """The words that hold at one place of a document, and ``file`` for messages."""

    file: str
    vocab: str | None
    words: ChainMap[str, Term]

    def within(self, context: Any) -> Terms:
        """The words inside a node that brings ``context``."""
        entries = context if isinstance(context, list) else [context]
        terms = self
        for entry in entries:
            terms = terms._with(entry)
        return terms

    def _with(self, context: Any) -> Terms:
        if context is None:
            return Terms(self.file, None, ChainMap())
        if isinstance(context, str):
            if context.split("://", 1)[-1].rstrip("/") in _SCHEMA_ORG:
                return Terms(self.file, "https://schema.org/", self.words)
            raise refused(self.file, "a @context at an address, which is not fetched")
        if not isinstance(context, dict) or "@import" in context:
            raise refused(self.file, "a @context that is not read")
        vocab = self.vocab
        if "@vocab" in context:
            vocab = context["@vocab"] if isinstance(context["@vocab"], str) else None
        plain = {word: said for word, said in context.items() if not word.startswith("@")}
        outer = Terms(self.file, vocab, self.words)
        said = {word: outer._term(word, plain) for word in plain}
        return Terms(self.file, vocab, self.words.new_child(said))

    def _term(self, word: str, plain: Mapping[str, Any]) -> Term:
        said = plain[word]
        if isinstance(said, dict):
            if "@reverse" in said:
                raise refused(self.file, "@reverse, which is not read")
            kind = said.get("@type")
            iri = said.get("@id", word)
            name = None if iri is None else self._definition(str(iri), word, plain)
            return Term(name, kind if isinstance(kind, str) else None)
        return Term(None if said is None else self._definition(str(said), word, plain))

    def _definition(self, iri: str, word: str, plain: Mapping[str, Any]) -> str | None:
        """``iri`` as the context spells it, in full: it may hold other words of the context."""
        for _ in range(_MAX_HOPS):
            if iri.startswith("@"):
                return iri
            prefix, colon, rest = iri.partition(":")
            said = plain.get(prefix if colon else iri) if iri != word else None
            if rest.startswith("//") or said is None:
                return self._bare(iri) if iri in plain else self.iri(iri)
            base = said.get("@id") if isinstance(said, dict) else said
            if not isinstance(base, str):
                return None
            iri = base + rest if colon else base
        raise refused(self.file, "a @context that goes in a circle")

    def iri(self, word: str) -> str | None:
        """A key, a type or a compact IRI in full; None for a word that means nothing."""
        if word in self.words:
            return self.words[word].iri
        return word if word.startswith("@") else self._bare(word)

    def _bare(self, word: str) -> str | None:
        """A word that no context defines: by its prefix, or in the vocabulary."""
        prefix, colon, rest = word.partition(":")
        if not colon:
            return self.vocab + word if self.vocab is not None else None
        base = self.words[prefix].iri if prefix in self.words else None
        return base + rest if base and not rest.startswith("//") else word

    def name(self, word: str) -> str | None:
        """``iri``, with the namespaces of ``SHORT`` cut short."""
        return short(self.iri(word))


def refused(file: str, what: str) -> UsageError:
    return UsageError(f"{file}: holds {what}", remedy="write the document without it")


def short(iri: str | None) -> str | None:
    """``https://schema.org/license`` as ``schema:license``; other IRIs as they are."""
    if iri is None:
        return None
    long = next((space for space in SHORT if iri.startswith(space)), None)
    return SHORT[long] + iri[len(long) :] if long else iri


def long(name: str) -> str:
    """A short name as an IRI again."""
    prefix, colon, rest = name.partition(":")
    return LONG[prefix] + rest if colon and prefix in LONG else name


def expand(value: Any, terms: Terms) -> Any:
    """A JSON value with all its keys as short names; each member of a node is a list."""
    if isinstance(value, list):
        said = (expand(one, terms) for one in value if one is not None)
        return [inner for one in said for inner in as_list(one)]
    if not isinstance(value, dict):
        return value
    if "@context" in value:
        terms = terms.within(value["@context"])
    node: Node = {}
    for key, inner in value.items():
        name = None if key == "@context" else terms.name(key)
        if name is None or name in _PASSED_OVER:
            continue
        if name.startswith("@") and name not in _KEYWORDS:
            raise refused(terms.file, f"{name}, which is not read")
        node.setdefault(name, []).extend(_values(name, key, inner, terms))
    return _unwrapped(node)


def _values(name: str, key: str, inner: Any, terms: Terms) -> list[Any]:
    kind = terms.words[key].kind if key in terms.words else None
    if name == "@id":
        return [short(terms.iri(inner)) or inner if ":" in inner else inner] if _text(inner) else []
    if name == "@type":
        return [terms.name(one) or one for one in as_list(inner) if _text(one)]
    if name == "@value" or kind == "@json":
        return [inner]
    values = [one for one in as_list(expand(inner, terms)) if one is not None]
    if kind in ("@id", "@vocab"):
        return [_reference(one, kind, terms) if _text(one) else one for one in values]
    return values


def _reference(text: str, kind: str, terms: Terms) -> Node:
    """A text that its term says is an IRI."""
    known = ":" in text or kind == "@vocab"
    return {"@id": [(terms.name(text) or text) if known else text]}


def _unwrapped(node: Node) -> Any:
    """A value object as its value, a list or set object as its entries."""
    for keyword in ("@value", "@list", "@set"):
        if keyword in node:
            return node[keyword][0] if keyword == "@value" else node[keyword]
    return node


def _text(value: Any) -> bool:
    return isinstance(value, str)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def nodes(value: Any) -> Iterator[Node]:
    """All nodes of an expanded document, outer before inner."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def id_of(value: Any) -> str | None:
    """The id of a node, cut short; None if it has none, or is no node."""
    ids = value.get("@id") if isinstance(value, dict) else None
    return ids[0] if ids and _text(ids[0]) else None


def by_id(document: Any) -> dict[str, Node]:
    """The nodes by their ``@id``: what is said of one id in several places is said of one node."""
    found: dict[str, Node] = {}
    for node in nodes(document):
        if ref := id_of(node):
            merged = found.setdefault(ref, {"@id": [ref]})
            for name, values in node.items():
                if name != "@id":
                    merged.setdefault(name, []).extend(values)
    return found


def resolved(value: Any, ids: Mapping[str, Node]) -> Any:
    """``value``, or all that the document says of its id."""
    ref = id_of(value)
    return ids.get(ref, value) if ref else value
