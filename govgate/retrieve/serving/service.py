"""Answers to callers from one store, whatever way they ask."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from govgate import __version__
from govgate.errors import GovgateError, UsageError
from govgate.home import Home
from govgate.retrieve.change import Embedder
from govgate.retrieve.context import context
from govgate.retrieve.filters import EVERYTHING, Filters
from govgate.retrieve.querylog import QueryLog
from govgate.retrieve.search import Searcher, SearchResult
from govgate.retrieve.serving.problem import Problem
from govgate.retrieve.serving.standing import Standing, tell
from govgate.retrieve.serving.wire import (
    AboutAnswer,
    ContextAnswer,
    ContextRequest,
    SearchAnswer,
    SearchRequest,
)
from govgate.retrieve.store import reading
from govgate.retrieve.tokens import Caller
from govgate.retrieve.words import terms


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Service:
    """Answers from the ``store`` of the run at ``run``. Threads may share one.

    ``home``: whose erasures count. ``bounds`` narrow what any caller sees. ``log``: where queries
    are kept, if they are. ``now``: the clock. Methods raise a `Problem` for what a caller or the
    operator can mend: 400 for a request that cannot be answered, 503 for a store that cannot answer
    any. What is wrong with the store is told on standard error in full, and to callers without
    paths.
    """

    run: Path
    store: Path
    home: Home
    bounds: Filters = EVERYTHING
    log: QueryLog | None = None
    embedder: Embedder | None = None
    now: Callable[[], datetime] = _now
    _searcher: Searcher = field(init=False)
    _standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self._searcher = Searcher(self.store)
        self._standing = Standing(self.run, self.home)

    def today(self) -> date:
        """The day in UTC."""
        return self.now().date()

    def search(self, request: SearchRequest, caller: Caller) -> SearchAnswer:
        """The hits for ``request`` that its caller may see."""
        result = self._found(request, caller)
        self._keep("search", request, caller, result, [hit.row for hit in result.hits])
        return SearchAnswer.of(result)

    def context(self, request: ContextRequest, caller: Caller) -> ContextAnswer:
        """The block for ``request``, of passages that its caller may see."""
        result = self._found(request, caller)
        try:
            block = context(result, request.question, request.budget)
        except UsageError as error:
            raise Problem(400, str(error)) from error
        self._keep("context", request, caller, result, [hit.row for hit in block.hits])
        return ContextAnswer.of(block)

    def about(self) -> AboutAnswer:
        """What is served, whoever asks."""
        with self._answering(), reading(self.store) as tables:
            about = tables.about
            self._standing.check(about.record, whole=about.whole)
        return AboutAnswer(
            record=about.record, policy=about.policy, expires=about.expires, version=__version__
        )

    def _found(self, request: SearchRequest | ContextRequest, caller: Caller) -> SearchResult:
        if not terms(request.question):
            raise Problem(400, "the question holds no word to look for; ask with words")
        scope = request.narrow(self.bounds.narrow(caller.scope))
        with self._answering():
            found = self._searcher.search(
                request.question, scope, limit=request.limit, embedder=self.embedder
            )
            self._standing.check(found.record, whole=found.whole)
        return found

    def _keep(
        self,
        tool: str,
        request: SearchRequest | ContextRequest,
        caller: Caller,
        result: SearchResult,
        rows: list[str],
    ) -> None:
        if self.log is None:
            return
        filters = request.model_dump(
            mode="json", include=set(Filters.model_fields), exclude_none=True
        )
        try:
            self.log.append(
                at=self.now(),
                token=caller.name,
                tool=tool,
                question=request.question,
                limit=request.limit,
                filters=filters,
                rows=rows,
                record=result.record,
            )
        except GovgateError as error:
            tell(error)
            raise Problem(503, "the query log cannot be written, so nothing is answered") from error

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """What keeps the store from answering, in words for callers."""
        try:
            yield
        except GovgateError as error:
            tell(error)
            raise Problem(503, error.what.replace(str(self.store), "the store")) from error
