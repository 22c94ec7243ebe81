"""Who is to be named for rows that are used: their sources, and what those were made from.

The licence that made a duty may stand several sources away, so the whole lineage of the rows is
listed, each source once, with its licence, where that licence can be read, and what it asks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from govgate.rights.licenses import LicenseFacts, read_license
from govgate.rights.licensetable import WORDS, Licensed, license_table
from govgate.rights.lineage.models import known_models
from govgate.rights.lineage.nodes import Kind, Node
from govgate.rights.lineage.solve import Lineage
from govgate.rights.terms import Term

TITLE = "Sources of the training data, and what their licences ask"


@dataclass(frozen=True, slots=True)
class Credit:
    """A source, or a model that wrote data. ``terms``: what its own licence asks; None: unknown.

    ``text``: where the licence can be read. ``made_from``: the names of its sources and models.
    """

    name: str
    kind: Kind
    license: str | None
    terms: tuple[Term, ...] | None
    url: str | None
    text: str | None
    made_from: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The credit as `credits.json` holds it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "license": self.license,
            "terms": None if self.terms is None else list(self.terms),
            "url": self.url,
            "text": self.text,
            "madeFrom": list(self.made_from),
        }


def credits_of(nodes: Iterable[Node], lineage: Lineage) -> tuple[Credit, ...]:
    """A credit for each of ``nodes`` and for all that they were made from, in order of name."""
    found: dict[str, Credit] = {}
    for start in nodes:
        for node in _with_ancestors(start, lineage):
            found.setdefault(node.name, _credit(node))
    return tuple(found[name] for name in sorted(found))


def _with_ancestors(start: Node, lineage: Lineage) -> Iterator[Node]:
    seen, queue = {start.name}, [start]
    for node in queue:
        yield node
        models = frozenset(node.generated_by or ())
        for name in () if node.cleared else (*models, *(node.derived_from or ())):
            if name not in seen:
                seen.add(name)
                queue.append(lineage.nodes.get(name) or _undescribed(name, name in models))


def _undescribed(name: str, model: bool) -> Node:
    """A source that the lineage does not describe; of a known model the licence is known."""
    kind = Kind.MODEL if model else Kind.DATASET
    license_ = known_models().license_of(name) if model else None
    return Node.model_construct(name=name, kind=kind, license=license_)


def _credit(node: Node) -> Credit:
    facts = read_license(node.license)
    terms = facts.output if node.kind is Kind.MODEL else facts.terms
    return Credit(
        node.name,
        node.kind,
        facts.id,
        None if terms is None else tuple(sorted(terms.words)),
        node.url,
        _text_of(facts),
        tuple(dict.fromkeys((*(node.generated_by or ()), *(node.derived_from or ())))),
    )


def _text_of(facts: LicenseFacts) -> str | None:
    entry = license_table().get(facts.id.lower()) if facts.id else None
    return entry.source if isinstance(entry, Licensed) and entry.source != WORDS else None


def notice(credited: Iterable[Credit], rows: Mapping[str, int]) -> str:
    """The notice for people: every source with its licence and terms; ``rows``: how many rows name
    it as their own source."""
    blocks = [_block(credit, rows.get(credit.name)) for credit in credited]
    head = (
        f"{TITLE}\n\n"
        "What licences and lineage declare, as the gate read it; not legal advice. A source\n"
        "without a number of rows is one that others were made from.\n"
    )
    return head + "".join(f"\n{block}" for block in blocks)


def _block(credit: Credit, rows: int | None) -> str:
    meanings = license_table().meanings
    named = credit.license or "unknown"
    asked = "unknown" if credit.terms is None else "nothing"
    what = "asks of what it writes" if credit.kind is Kind.MODEL else "asks"
    lines = [
        f"{credit.name} ({'a model' if credit.kind is Kind.MODEL else 'data'})",
        f"  licence: {named}" + (f", {credit.text}" if credit.text else ""),
        f"  {what}: {'; '.join(meanings[term] for term in credit.terms or ()) or asked}",
        *([f"  from: {credit.url}"] if credit.url else []),
        *([f"  made from: {', '.join(credit.made_from)}"] if credit.made_from else []),
        *([f"  rows: {rows}"] if rows else []),
    ]
    return "\n".join(lines) + "\n"
