"""Answers to callers from one store, whatever way they ask."""

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from govgate import __version__, rundir
from govgate.errors import GovgateError, UsageError
from govgate.retrieve.change import Embedder
from govgate.retrieve.context import context
from govgate.retrieve.filters import EVERYTHING, Filters
from govgate.retrieve.querylog import QueryLog
from govgate.retrieve.search import Searcher, SearchResult
from govgate.retrieve.serving.problem import Problem
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
from govgate.spelling import one_line


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Service:
    """Answers from the ``store`` of the run at ``run``. Threads may share one.

    ``bounds`` narrow what any caller sees. ``log``: where queries are kept, if they are. ``now``:
    the clock. Methods raise a `Problem` for what a caller or the operator can mend: 400 for a
    request that cannot be answered, 503 for a store that cannot answer any. What is wrong with the
    store is told on standard error in full, and to callers without paths.
    """

    run: Path
    store: Path
    bounds: Filters = EVERYTHING
    log: QueryLog | None = None
    embedder: Embedder | None = None
    now: Callable[[], datetime] = _now
    _searcher: Searcher = field(init=False)
    _records: tuple[tuple[int, int, int], frozenset[str]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._searcher = Searcher(self.store)

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
            self._check(about.record)
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
            self._check(found.record)
        return found

    def _check(self, record: str) -> None:
        """Raise where the run has another record by now: what it no longer lets through may be in
        the store still."""
        path = self.run / rundir.RECORD
        try:
            stat = path.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if self._records is None or self._records[0] != stamp:
                self._records = (stamp, _digests(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Problem(503, "the record of the run cannot be read") from error
        if record not in self._records[1]:
            raise Problem(
                503,
                "the run has a newer record than the store; the operator must bring the store up"
                " to date with: govgate retrieve build",
            )

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


def tell(error: GovgateError) -> None:
    """Tell the operator in full; nothing of a question is in an error of ours."""
    print(f"govgate: {one_line(str(error))}", file=sys.stderr, flush=True)


def _digests(envelopes: bytes) -> frozenset[str]:
    """The digests of what a record's lines say. Nothing is verified: it tells records apart."""
    payloads: Any = [json.loads(line)["payload"] for line in envelopes.splitlines() if line]
    return frozenset(hashlib.sha256(base64.b64decode(one)).hexdigest() for one in payloads)
