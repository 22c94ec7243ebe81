"""Answering a question from a retrieval store.

Rows are ranked by FTS5's Okapi BM25 (k1 = 1.2, b = 0.75). For a word found in ``n`` of ``N`` rows,
``f`` times in a row of ``d`` words where rows have ``a`` words on average, the row scores::

    max(ln((N - n + 0.5) / (n + 0.5)), 1e-6) * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * d / a))

(a non-positive logarithm, a word in at least half of the rows, becomes 1e-6) summed over the
question's words. ``source`` narrows what is returned; ``N``, ``n`` and ``a`` stay those of
the whole store.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from govgate.errors import EvidenceError, UsageError
from govgate.retrieve.store import REBUILD, open_store, stem, words

MAX_WORDS = 256
MAX_HITS = 1000
_SNIPPET_WORDS = 24

_RANKED = """
SELECT rows.id, -bm25(terms) AS score
FROM terms JOIN rows ON rows.id = terms.rowid
WHERE terms MATCH :match AND (:source IS NULL OR rows.source = :source)
ORDER BY score DESC, rows.id
LIMIT :limit
"""
_HIT = f"""
SELECT rows.row, rows.file, rows.source, rows.license, rows.obligations, rows.citation,
       snippet(terms, 0, '[', ']', '…', {_SNIPPET_WORDS}), terms.text
FROM terms JOIN rows ON rows.id = terms.rowid
WHERE terms MATCH :match AND terms.rowid = :id
"""  # noqa: S608 - holds a constant of ours


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that answers: ``rank`` from 1, ``score`` (higher is better), what it is, what it says.

    ``snippet``: about two dozen words around the best place, matched words in [brackets].
    ``obligations``: what whoever uses the answer owes; ``citation``: how its source is named.
    """

    rank: int
    score: float
    row: str
    file: str
    source: str | None
    license: str | None
    obligations: tuple[str, ...]
    citation: str
    snippet: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The hits, best first, and the digest of the record that allows them to be looked up."""

    record: str
    hits: tuple[Hit, ...]


def search(
    store: Path, question: str, *, limit: int = 10, source: str | None = None
) -> SearchResult:
    """The rows of ``store`` that share most with ``question``, best first; ties in row order.

    The question is plain words, never query syntax; a row need not hold all of them. Of a long
    question the first 256 distinct words (by stem) count. ``source`` keeps rows of one source.
    Raises UsageError for a question without words or a limit outside 1 to 1,000, and what
    ``open_store`` raises.
    """
    if not 1 <= limit <= MAX_HITS:
        raise UsageError(f"limit {limit}", remedy=f"ask for 1 to {MAX_HITS} hits")
    with open_store(store) as connection:
        match = _match(connection, question)
        wanted = {"match": match, "source": source, "limit": limit}
        ranked: list[tuple[Any, ...]] = connection.execute(_RANKED, wanted).fetchall()
        hits = tuple(
            _hit(connection, match, rank, number, score)
            for rank, (number, score) in enumerate(ranked, start=1)
        )
        return SearchResult(record=_record(connection), hits=hits)


def _match(connection: apsw.Connection, question: str) -> str:
    """``"word" OR "word"``: words hold letters and digits alone, so nothing is left to escape."""
    distinct: dict[str, str] = {}
    for word in words(connection, question):
        distinct.setdefault(stem(connection, word), word)
        if len(distinct) == MAX_WORDS:
            break
    if not distinct:
        raise UsageError("the question holds no word to look for", remedy="ask with words")
    return " OR ".join(f'"{word}"' for word in distinct.values())


def _hit(connection: apsw.Connection, match: str, rank: int, number: int, score: float) -> Hit:
    row, file, source, license_, obligations, citation, snippet, text = _only(
        connection, _HIT, {"match": match, "id": number}
    )
    return Hit(
        rank=rank,
        score=score,
        row=row,
        file=file,
        source=source,
        license=license_,
        obligations=tuple(json.loads(obligations)),
        citation=citation,
        snippet=" ".join(snippet.split()),
        text=text,
    )


def _record(connection: apsw.Connection) -> str:
    (record,) = _only(connection, "SELECT record FROM store", {})
    return str(record)


def _only(connection: apsw.Connection, query: str, values: dict[str, object]) -> tuple[Any, ...]:
    """The one row that a whole store answers ``query`` with."""
    found: list[tuple[Any, ...]] = connection.execute(query, values).fetchall()
    if len(found) != 1:
        raise EvidenceError("the retrieval store contradicts itself", remedy=REBUILD)
    return found[0]
