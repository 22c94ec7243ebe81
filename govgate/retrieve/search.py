"""Answering a question from a store, for one caller."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from govgate.errors import EvidenceError, UsageError
from govgate.retrieve.change import Embedder
from govgate.retrieve.rank import Asked, Layout, Ranked, View, asked, by_vector, by_words, fused
from govgate.retrieve.scope import Scope
from govgate.retrieve.snippet import snippet
from govgate.retrieve.store import read_errors, reading, stamp
from govgate.retrieve.tables import Group, Tables
from govgate.retrieve.words import terms

MAX_WORDS = 256
MAX_HITS = 1000
_DEEP = 100  # hits of each kind that are fused, at least
_VIEWS = 16  # callers whose view of the store is kept


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
    """The hits, best first; the digest of the record that allows them; how many rows the caller may
    see at all. ``whole``: whether the store has every row that the record lets through."""

    record: str
    rows: int
    hits: tuple[Hit, ...]
    whole: bool = True


def search(
    store: Path,
    question: str,
    scope: Scope,
    *,
    limit: int = 10,
    embedder: Embedder | None = None,
) -> SearchResult:
    """The rows of ``store`` that answer ``question`` best, of those that ``scope`` lets see.

    The question is plain words, never query syntax; a row need not hold all of them. Of a long
    question the first 256 distinct words (by stem) count. With ``embedder`` words and vectors are
    fused, see :func:`~govgate.retrieve.rank.fused`. Ties in the order of the store. Raises
    UsageError for a question without words, a limit outside 1 to 1,000, or an embedder that the
    store was not built with; EvidenceError for a policy that has expired; and what ``reading``
    raises.
    """
    with Searcher(store) as searcher:
        return searcher.search(question, scope, limit=limit, embedder=embedder)


class Searcher:
    """A store kept open for many questions; another that is published in its place is noticed with
    the next question. Threads may share one: their questions are answered one after the other."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._one = Lock()
        self._open = ExitStack()
        self._stamp: tuple[int, int, int] | None = None
        self._read: Tables
        self._layout: Layout
        self._groups: Mapping[int, Group]
        self._views: OrderedDict[Scope, View] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self._stamp = None
        self._views.clear()
        self._open.close()

    def search(
        self,
        question: str,
        scope: Scope,
        *,
        limit: int = 10,
        embedder: Embedder | None = None,
    ) -> SearchResult:
        """See :func:`search`."""
        if not 1 <= limit <= MAX_HITS:
            raise UsageError(f"limit {limit}", remedy=f"ask for 1 to {MAX_HITS} hits")
        words = _words(question)
        with self._one:
            try:
                with read_errors(self._store):
                    return self._answer(question, words, scope, limit, embedder)
            except EvidenceError:
                if not self._replaced():
                    raise
                self.close()
            with read_errors(self._store):
                return self._answer(question, words, scope, limit, embedder)

    def _answer(
        self,
        question: str,
        words: Sequence[str],
        scope: Scope,
        limit: int,
        embedder: Embedder | None,
    ) -> SearchResult:
        tables = self._tables()
        if scope.today >= tables.about.expires:
            raise EvidenceError(
                f"policy {tables.about.policy} expired on {tables.about.expires}",
                remedy="gate the data again under a policy that is in force",
            )
        view = self._view(tables, scope)
        found = asked(tables, view, words)
        if embedder is None:
            ranked = by_words(found, view, limit)
        else:
            ranked = _hybrid(tables, view, found, question, limit, embedder)
        weights = {word.term: word.weight for word in found}
        hits = tuple(
            self._hit(tables, rank, place, score, weights)
            for rank, (place, score) in enumerate(ranked, start=1)
        )
        return SearchResult(tables.about.record, view.rows, hits, tables.about.whole)

    def _tables(self) -> Tables:
        """The store as it stands now."""
        now = stamp(self._store)
        if self._stamp != now:
            self.close()
            self._read = self._open.enter_context(reading(self._store))
            self._layout, self._groups = Layout.of(self._read), self._read.groups()
            self._stamp = now
        return self._read

    def _replaced(self) -> bool:
        """Whether another store was published while the last question was answered, so that the
        files of the one that is open may be gone."""
        return self._stamp is not None and self._stamp != stamp(self._store)

    def _view(self, tables: Tables, scope: Scope) -> View:
        view = self._views.pop(scope, None) or View.of(tables, self._layout, scope)
        self._views[scope] = view
        if len(self._views) > _VIEWS:
            self._views.popitem(last=False)
        return view

    def _hit(
        self, tables: Tables, rank: int, place: int, score: float, weights: Mapping[str, float]
    ) -> Hit:
        group = self._groups[int(self._layout.groups[place])]
        row, text = tables.row(place)
        return Hit(
            rank=rank,
            score=score,
            row=row,
            file=group.file,
            source=group.source,
            license=group.license,
            obligations=group.obligations,
            citation=group.citation,
            snippet=snippet(text, weights),
            text=text,
        )


def _words(question: str) -> list[str]:
    """The first 256 distinct stems of the question."""
    found: dict[str, None] = {}
    for term in terms(question):
        found[term] = None
        if len(found) == MAX_WORDS:
            break
    if not found:
        raise UsageError("the question holds no word to look for", remedy="ask with words")
    return list(found)


def _hybrid(
    tables: Tables,
    view: View,
    found: Sequence[Asked],
    question: str,
    limit: int,
    embedder: Embedder,
) -> Ranked:
    if tables.about.model != embedder.name:
        made = tables.about.model or "no model"
        raise UsageError(
            f"the store's vectors are of {made}, not of {embedder.name}",
            remedy="ask with the model that the store was built with, or build it again",
        )
    deep = max(limit, _DEEP)
    [vector] = embedder.encode([question])
    return fused(by_words(found, view, deep), by_vector(tables, view, vector, deep))[:limit]
