"""Before anything goes: what the rows to erase say, as pieces to search for and as keyed ids.

Texts are held in memory only, and no longer than it takes to hash them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from govgate.erase.journal import Erasure, Journal, hashes_of
from govgate.erase.needles import Pieces, spellings
from govgate.erase.plan import Plan, RunPlan
from govgate.erase.recover import recover
from govgate.erase.select import Request, Selected
from govgate.erase.sieve import needle_table
from govgate.errors import GovgateError
from govgate.home import Home
from govgate.register.content import content_key, name_key
from govgate.register.runs import Standing, registered, row_batches
from govgate.retrieve.rank import Layout
from govgate.retrieve.store import reading
from govgate.retrieve.words import terms

MOST_PIECES = 300_000
_FEWEST = 2  # of each row, however many rows there are
Matches = Callable[[str, str, str], bool]


@dataclass(slots=True)
class Gathered:
    """``contents``: keys of rows as they stand in partitions, redacted ones included.

    ``unsearched``: how many rows are in a partition and could not be read there.
    """

    pieces: Pieces = field(default_factory=Pieces)
    contents: set[bytes] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    unsearched: int = 0


def gather(home: Home, plan: Plan, selected: Selected, key: bytes) -> Gathered:
    """What can be read of the rows in ``plan``: from the partitions and stores that are there.

    A run that somebody changed gives what can still be told of it (``recover.py``), and the receipt
    counts the rows of which nothing could; a store that cannot be read has nothing to give.
    """
    found = Gathered()
    most = max(_FEWEST, MOST_PIECES // max(1, plan.rows))
    for run in plan.runs:
        if run.standing is Standing.HERE and not run.retired:
            _from_run(home, run, selected.rows[run.id], key, most, found)
    matches = matching(erased_names(home, selected.rows), key)
    for store in plan.stores:
        _from_store(Path(store), matches, most, found)
    return found


def journal_of(
    request: Request,
    plan: Plan,
    selected: Selected,
    found: Gathered,
    key: bytes,
    id: str,
    day: date,
) -> Journal:
    """All of an erasure that has to be known to finish it."""
    pieces = found.pieces
    hashes = hashes_of(key, id)
    erasure = Erasure(
        id=id,
        day=day,
        plan=plan,
        subjects=tuple(sorted(one.hex() for one in request.subjects)),
        contents=tuple(sorted(one.hex() for one in selected.contents | found.contents)),
        pieces=len(pieces.texts),
        vectors=len(pieces.vectors),
        too_short=pieces.too_short,
        too_plain=pieces.too_plain,
        left_out=pieces.left_out,
        unsearched=found.unsearched,
    )
    tags = frozenset(hashes.tag(word.encode("utf-8", "surrogatepass")) for word in found.words)
    return Journal(erasure, needle_table(hashes, _needles(pieces)), selected.rows, tags)


def erased_names(home: Home, rows: Mapping[str, Collection[int]]) -> set[tuple[str, bytes]]:
    """File and keyed name of each of ``rows`` (by run).

    Runs that the register does not know any more have none.
    """
    known = [run.id for run in registered(home) if run.id in rows]
    return {pair for run in known for pair in _names(home, run, rows[run])}


def matching(wanted: Collection[tuple[str, bytes]], key: bytes) -> Matches:
    """Whether a store's row is one of those ``wanted``, by its file and its own name."""

    def matches(file: str, name: str, text: str) -> bool:  # noqa: ARG001 - what `remove` calls
        return (file, name_key(name, key)) in wanted

    return matches


def _names(home: Home, run: str, rows: Collection[int]) -> Iterator[tuple[str, bytes]]:
    for batch in row_batches(home, run):
        for index, file, name in batch.select("index", "file", "name").iter_rows():
            if index in rows:
                yield file, name


def _from_run(
    home: Home, run: RunPlan, rows: Collection[int], key: bytes, most: int, found: Gathered
) -> None:
    unsearched: set[int] = set()
    for row in recover(home, run.folder, run.id, rows, key, unsearched):
        room = most if row.known else min(most, MOST_PIECES - len(found.pieces.texts))
        found.pieces.add(row.value, max(0, room))
        if row.known:
            found.contents.add(content_key(row.value, key))
    found.unsearched += len(unsearched)


def _from_store(store: Path, matches: Matches, most: int, found: Gathered) -> None:
    try:
        with reading(store) as tables:
            groups, numbers = tables.groups(), Layout.of(tables).groups
            places = set()
            for place, name, text in tables.rows():
                if matches(groups[int(numbers[place])].file, name, text):
                    places.add(place)
                    found.pieces.add(text.splitlines(), most)
                    found.words.update(terms(text))
            for first, vectors in tables.vectors() if places else ():
                for at, vector in enumerate(vectors):
                    if first + at in places:
                        found.pieces.add_vector(vector.tobytes())
    except (GovgateError, OSError):
        return


def _needles(pieces: Pieces) -> Iterator[tuple[int, bytes]]:
    for number, text in enumerate(pieces.texts):
        for data in spellings(text):
            yield number, data
    for number, data in enumerate(pieces.vectors, start=len(pieces.texts)):
        yield number, data
