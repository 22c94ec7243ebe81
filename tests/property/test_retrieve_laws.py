"""What a store answers, whatever happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from govgate.errors import GovgateError
from govgate.retrieve.partition import Document
from govgate.retrieve.removal import remove, texts_of
from govgate.retrieve.store import exists, reading
from tests.faults import Fault, Killed, failing, quick_folder
from tests.laws import law
from tests.unit.retrieve.stores import ask, build, document

WORDS = ["tide", "harbour", "keeper", "lamp", "fog", "rope", "quay"]
AUDIENCES = [None, ("crew",), ("office",), ("crew", "office")]
MARKS = [f"mark{letter}x" for letter in "abcdefghijkl"]  # a word of its own for each row
EVERYBODY = frozenset({"crew", "office"})

History = Sequence[tuple[object, tuple[int, Fault] | None]]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
verdicts = st.dictionaries(  # the rows that a run lets be looked up: name → text and audience
    st.integers(0, 11), st.tuples(texts, st.sampled_from(AUDIENCES)), max_size=10
)
faults = st.tuples(st.integers(1, 14), st.sampled_from([Fault.KILL, Fault.FULL, Fault.SYNC]))
steps = st.lists(
    st.tuples(
        st.one_of(verdicts, st.integers(0, 11)),  # a run that updates, or a row to erase
        st.none() | faults,
    ),
    min_size=1,
    max_size=6,
)


def written(
    rows: dict[int, tuple[str, tuple[str, ...] | None]], erased: set[int]
) -> list[Document]:
    return [
        document(f"row{number}", f"{text} {MARKS[number]}", audience=audience)
        for number, (text, audience) in rows.items()
        if number not in erased
    ]


@dataclass
class Told:
    """What the store was told: which rows each record lets through, and which were erased."""

    allowed: dict[str, set[str]] = field(default_factory=lambda: {"": set()})
    erased: set[int] = field(default_factory=set)


@law(300)
@given(steps)
def test_no_row_is_found_that_the_store_s_record_does_not_let_through(history: History) -> None:
    holds_at_every_step(history, "store.sqlite")


@law(20)
@given(steps)
def test_no_row_is_found_in_a_store_of_lancedb_that_its_record_does_not_let_through(
    history: History,
) -> None:
    holds_at_every_step(history, "store.lance")


def holds_at_every_step(history: History, name: str) -> None:
    with quick_folder() as folder:
        store, told, last = folder / name, Told(), [document("row0", "nothing")]
        for number, (step, fault) in enumerate(history):
            whole = True
            at, kind = fault or (0, Fault.KILL)
            try:
                with failing(folder, at, kind):
                    if isinstance(step, dict):
                        last = written(step, told.erased)
                        record = f"record{number}"
                        told.allowed[record] = {row.name for row in last}
                        build(store, last, record=record)
                    else:
                        assert isinstance(step, int)
                        remove(store, lambda _f, name, _t, gone=step: name == f"row{gone}")
                        told.erased.add(step)
                        last = [row for row in last if row.name != f"row{step}"]
            except (Killed, GovgateError):
                whole = False
            holds_what_it_may(store, told)
            if not whole and isinstance(step, int):  # an erasure that was stopped is asked again
                remove(store, lambda _f, name, _t, gone=step: name == f"row{gone}")
                told.erased.add(step)
                last = [row for row in last if row.name != f"row{step}"]
                holds_what_it_may(store, told)
            leaves_nothing(folder, store, told)
        told.allowed["last"] = {row.name for row in last}
        build(store, last, record="last")
        assert {name for _, name, _ in texts_of(store)} == told.allowed["last"]
        assert [path.name for path in folder.iterdir()] == [store.name]


def holds_what_it_may(store: Path, told: Told) -> None:
    """All that is found is let through by the record that the answer names, and not erased."""
    if not exists(store):
        return
    found = ask(store, " ".join([*WORDS, *MARKS]), audience=EVERYBODY)
    names = {hit.row for hit in found.hits} | {name for _, name, _ in texts_of(store)}
    assert names <= told.allowed[found.record]
    assert names.isdisjoint(f"row{number}" for number in told.erased)


def leaves_nothing(folder: Path, store: Path, told: Told) -> None:
    """After an erasure nothing of the row is in any file beside the store, nor in the store."""
    for path in folder.rglob("*"):
        held = path.read_bytes() if path.is_file() else b""
        assert not any(MARKS[number].encode() in held for number in told.erased)
    if exists(store):
        with reading(store) as tables:
            words = {term for term, _ in tables.terms()}
        assert words.isdisjoint(MARKS[number] for number in told.erased)


@law(200)
@given(
    st.lists(st.tuples(texts, st.sampled_from(AUDIENCES)), min_size=1, max_size=20),
    texts,
    st.sets(st.sampled_from(["crew", "office"])),
)
def test_rows_that_a_caller_may_not_see_change_nothing_that_they_see(
    rows: list[tuple[str, tuple[str, ...] | None]], question: str, who: set[str]
) -> None:
    every = [document(f"row{n}", text, audience=for_) for n, (text, for_) in enumerate(rows)]
    seen = [row for row in every if row.group.audience is None or who & {*row.group.audience}]
    with quick_folder() as folder:
        build(folder / "all", every)
        build(folder / "seen", seen)
        mine = ask(folder / "all", question, audience=frozenset(who))
        assert mine == ask(folder / "seen", question, audience=frozenset(who))
        assert mine.rows == len(seen)
