"""The law of audiences: a row that a caller may not see might as well not be there."""

import tempfile
from datetime import date
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from govgate.home import Home
from govgate.retrieve.filters import Filters
from govgate.retrieve.partition import Document
from govgate.retrieve.serving.service import Service
from govgate.retrieve.serving.wire import ContextRequest, SearchRequest
from govgate.retrieve.tables import About, Group
from govgate.retrieve.tokens import Caller
from govgate.retrieve.update import synchronise
from tests.laws import law
from tests.unit.retrieve.serving import EXPIRES, KEY, write_run

TODAY = date(2026, 11, 30)
VOCABULARY = ("moon", "tide", "harbour", "spring", "neap", "secret")
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=8).map(" ".join)
AUDIENCES = st.none() | st.sets(st.sampled_from("ABC"), min_size=1).map(sorted).map(tuple)
ROWS = st.lists(st.tuples(WORDS, AUDIENCES), max_size=12)


def documents(rows: list[tuple[str, tuple[str, ...] | None]]) -> list[Document]:
    """The rows as a run has them; their names do not tell how many were left out before them."""
    return [
        Document(f"rows.jsonl:{number}", text, Group("rows.jsonl", audience=audience))
        for number, (text, audience) in enumerate(rows, start=1)
    ]


def service(top: Path, rows: list[Document]) -> Service:
    top.mkdir()
    about = About(write_run(top / "run"), "acme", EXPIRES)
    synchronise(top / "store.sqlite", lambda: iter(rows), about, KEY)
    return Service(top / "run", top / "store.sqlite", Home(top / "home"))


@given(ROWS, st.sets(st.sampled_from("ABC")), WORDS, st.integers(1, 12))
@law(150)
def test_rows_of_another_audience_change_nothing_that_a_caller_gets(
    rows: list[tuple[str, tuple[str, ...] | None]], words: set[str], question: str, limit: int
) -> None:
    everything = documents(rows)
    theirs = [
        one for one in everything if one.group.audience is None or words & {*one.group.audience}
    ]
    assume(len(theirs) < len(everything))
    caller = Caller("one", Filters(audience=sorted(words)).scope(TODAY))
    asked = SearchRequest(question=question, limit=limit)
    block = ContextRequest(question=question, limit=limit, budget=400)
    with tempfile.TemporaryDirectory() as top:
        whole = service(Path(top, "whole"), everything)
        without = service(Path(top, "without"), theirs)
        got = whole.search(asked, caller)
        assert got == without.search(asked, caller)
        assert whole.context(block, caller) == without.context(block, caller)
    assert got.rows == len(theirs)
    assert {hit.row for hit in got.hits} <= {one.name for one in theirs}
