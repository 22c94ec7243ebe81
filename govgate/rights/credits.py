"""Who is to be named for rows that are used: their sources, and what those were made from.

The licence that made a duty may stand several sources away, so the whole lineage of the rows is
listed, each source once. Rows of one source can have licences of their own, so a row is credited by
its source and its licence together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from govgate.rights.licenses import read_license
from govgate.rights.licensetable import WORDS, Licensed, license_table
from govgate.rights.lineage.models import known_models
from govgate.rights.lineage.nodes import Kind, Node
from govgate.rights.lineage.solve import Lineage
from govgate.rights.terms import Term

_HEAD = """Sources of the training data, and what their licences ask

What licences and lineage declare, as the gate read it; not legal advice. A source
without rows is one that others were made from.
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """A licence by its expression, what it asks (None: unknown), and where it can be read.

    ``differ``: of rows, that other licences are declared for them, too; ``asks`` is then all that
    holds for them.
    """

    id: str | None
    asks: tuple[Term, ...] | None
    texts: tuple[str, ...]
    differ: bool = False

    def as_json(self) -> dict[str, object]:
        """The licence as `credits.json` holds it."""
        asks = None if self.asks is None else list(self.asks)
        return {"license": self.id, "terms": asks, "texts": list(self.texts)}


@dataclass(frozen=True, slots=True)
class Credit:
    """A source, or a model that wrote data, with the licence that is declared for it.

    Of a model, ``terms`` are those on what it writes. ``made_from``: names of sources and models.
    """

    name: str
    kind: Kind
    terms: Terms
    url: str | None
    made_from: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The credit as `credits.json` holds it."""
        named = {"name": self.name, "kind": self.kind, "url": self.url}
        return {**named, **self.terms.as_json(), "madeFrom": list(self.made_from)}


def terms_of(license_text: str | None, kind: Kind = Kind.DATASET) -> Terms:
    """What a licence asks: of those who use data under it, or of what a model under it writes."""
    facts = read_license(license_text)
    terms = facts.output if kind is Kind.MODEL else facts.terms
    asks = None if terms is None else tuple(sorted(terms.words))
    return Terms(facts.id, asks, _texts(facts.id))


def credits_of(nodes: Iterable[Node], lineage: Lineage) -> tuple[Credit, ...]:
    """A credit for each of ``nodes`` and for all that they were made from, in order of name.

    Of one name there can be several: papers say of one file more than of another.
    """
    found: dict[str, Credit] = {}
    for start in dict.fromkeys(nodes):
        for node in _with_ancestors(start, lineage):
            credit = _credit(node)
            said = found.get(node.name, credit).made_from
            made_from = tuple(dict.fromkeys((*said, *credit.made_from)))
            found[node.name] = replace(found.get(node.name, credit), made_from=made_from)
    return tuple(found[name] for name in sorted(found))


def _with_ancestors(start: Node, lineage: Lineage) -> Iterator[Node]:
    seen, queue = {start.name}, [start]
    for node in queue:
        yield node
        models = frozenset(node.generated_by or ())
        for name in () if node.cleared else (*models, *(node.derived_from or ())):
            if name not in seen:
                seen.add(name)
                model = name in models or node.kind is Kind.MODEL
                queue.append(lineage.nodes.get(name) or _undescribed(name, model))


def _undescribed(name: str, model: bool) -> Node:
    """A source that the lineage does not describe; of a known model the licence is known."""
    kind = Kind.MODEL if model else Kind.DATASET
    license_ = known_models().license_of(name) if model else None
    return Node.model_construct(name=name, kind=kind, license=license_)


def _credit(node: Node) -> Credit:
    made_from = dict.fromkeys((*(node.generated_by or ()), *(node.derived_from or ())))
    return Credit(node.name, node.kind, terms_of(node.license, node.kind), node.url, (*made_from,))


def _texts(expression: str | None) -> tuple[str, ...]:
    """Where the licences of an expression can be read, as far as the table knows."""
    ids = re.findall(r"[^\s()]+", expression or "")
    entries = (license_table().get(one.lower()) for one in ids)
    known = (one.source for one in entries if isinstance(one, Licensed) and one.source != WORDS)
    return tuple(dict.fromkeys(known))


def notice(credited: Iterable[Credit], rows: Mapping[str, Sequence[tuple[Terms, int]]]) -> str:
    """The notice for people: each source with what is asked for it.

    ``rows``: of the sources that rows name, how many rows there are under each licence.
    """
    return _HEAD + "".join(f"\n{_block(one, rows.get(one.name, ()))}" for one in credited)


def _block(credit: Credit, rows: Sequence[tuple[Terms, int]]) -> str:
    model = credit.kind is Kind.MODEL
    declared = [f"licence: {_named(credit.terms)}", f"asks{_asks(credit.terms, model)}"]
    silent = bool(rows) and credit.terms.id is None  # its rows name their own
    lines = [
        f"{credit.name} ({'a model' if model else 'data'})",
        *(f"  {line}" for line in ([] if silent else declared)),
        *(f"  {line}" for terms, count in rows for line in _of_rows(terms, count, credit)),
        *([f"  from: {credit.url}"] if credit.url else []),
        *([f"  made from: {', '.join(credit.made_from)}"] if credit.made_from else []),
    ]
    return "\n".join(lines) + "\n"


def _of_rows(terms: Terms, count: int, credit: Credit) -> list[str]:
    many = f"{count} row{'' if count == 1 else 's'}"
    if terms == credit.terms:
        return [many]
    differ = "; other licences are declared, too" if terms.differ else ""
    return [f"{many} declared as {_named(terms)}{differ}", f"  asks{_asks(terms, False)}"]


def _named(terms: Terms) -> str:
    return ", ".join([terms.id or "unknown", *terms.texts])


def _asks(terms: Terms, model: bool) -> str:
    meanings = license_table().meanings
    asked = "unknown" if terms.asks is None else "nothing"
    said = "; ".join(meanings[term] for term in terms.asks or ()) or asked
    return f"{' of what it writes' if model else ''}: {said}"
