"""Bringing a store up to date with a run, and taking rows out of it.

A store is told by the texts that it holds: a row whose text stays is neither split into words nor
embedded again, whatever else changed. What must go, goes first: the rows that a run no longer lets
through, and those whose licence, audience or other facts changed, are settled in a store that is
published before any new row is read into the next.
"""

import hashlib
import hmac
import shutil
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import compress, count
from pathlib import Path

import numpy as np

from govgate import rundir
from govgate.attest.trust import Trust
from govgate.durable import make_dirs, sync_dir
from govgate.errors import EvidenceError, UsageError
from govgate.home import Home, fingerprint_key
from govgate.register.stores import register_store
from govgate.retrieve.change import Embedder, Entry, add, regroup, take_out
from govgate.retrieve.partition import Document, documents, verified
from govgate.retrieve.rank import Layout
from govgate.retrieve.store import alone, changing, check_kind, discard_drafts, reading, size_of
from govgate.retrieve.tables import BLOCK, HOLE, KEY, U32, About, Block, Draft, EarlierFormat, Group

_DOMAIN = b"govgate retrieval text key v1\0"
_SPARSE = 2  # a store is built anew when so many places are held for each row


@dataclass(frozen=True, slots=True)
class Updated:
    """How many rows the store holds; how many came, went and stayed; its size in bytes."""

    documents: int
    added: int
    removed: int
    kept: int
    bytes: int


def store_for(run: Path, home: Home) -> Path:
    """Where the store of the run at this path lies, unless another place is named."""
    place = hashlib.sha256(str(run.resolve()).encode("utf-8", "surrogatepass")).hexdigest()
    return home.path / "retrieve" / f"{run.resolve().name}-{place[:8]}.sqlite"


def ensure(
    run: Path,
    home: Home,
    trust: Trust,
    *,
    today: date,
    store: Path | None = None,
    embedder: Embedder | None = None,
) -> Path:
    """The store of ``run``, which is verified; brought up to date where it is of another record.

    Raises what :func:`update` does."""
    store = store or store_for(run, home)
    digest, _ = verified(run, home, trust, today=today)
    if not _whole(store, digest):
        update(store, run, home, trust, today=today, embedder=embedder)
    return store


def update(
    store: Path,
    run: Path,
    home: Home,
    trust: Trust,
    *,
    today: date,
    embedder: Embedder | None = None,
) -> Updated:
    """Have ``store`` hold the rows that the record of ``run`` lets be looked up, and no others.

    The run is verified. A store of an earlier format, a damaged one, and one with the vectors of
    another model is built anew. UsageError for a file that is no store or of a newer version, while
    another process writes the store, and for a store with vectors when no ``embedder`` is given to
    make those of new rows (what must go is gone by then). EvidenceError when the run does not
    verify, IncompleteError when the disk does not take it.
    """
    digest, decision = verified(run, home, trust, today=today)
    rundir.check_outside(store)
    check_kind(store)
    register_store(home, store, run, digest)  # before it holds a row: erasing must find it
    about = About(digest, decision.policy.name, decision.policy.expires)
    return synchronise(store, lambda: documents(run), about, fingerprint_key(home), embedder)


def synchronise(
    store: Path,
    rows: Callable[[], Iterable[Document]],
    about: About,
    key: bytes,
    embedder: Embedder | None = None,
) -> Updated:
    """Have ``store`` hold exactly ``rows``, which are read twice; ``about`` says on what ground.

    ``key``: the organisation's secret, which keys the digests of texts.
    """
    check_kind(store)
    make_dirs(store.parent)
    texts = _TextKeys(key)
    with alone(store):
        discard_drafts(store)
        held = _held(store)
        if held is None:
            return _anew(store, rows(), about, texts, embedder, removed=0)
        plan = _plan(rows(), texts, held)
        about = replace(about, model=held.about.model, dims=held.about.dims)
        if plan.takes_away or held.about != replace(about, whole=not plan.added):
            with changing(store, fresh=False) as draft:
                _settle(draft, plan, replace(about, whole=not plan.added))
        if held.about.model and embedder is None:
            if plan.added:
                raise _no_model(store, held.about.model)
        elif plan.sparse or held.about.model != (embedder.name if embedder else ""):
            return _anew(store, rows(), about, texts, embedder, removed=len(plan.gone))
        if plan.added:
            with changing(store, fresh=False) as draft:
                add(draft, _entries(compress(rows(), plan.new), plan.numbers, texts), embedder)
                draft.put_about(about)
        kept = len(plan.new) - plan.added
        return Updated(len(plan.new), plan.added, len(plan.gone), kept, size_of(store))


def remove(
    store: Path, matches: Callable[[str, str, str], bool], *, record: str | None = None
) -> int:
    """Take the rows for which ``matches(file, name, text)`` holds out of ``store``, for good.

    ``record``: the digest of the record that lets the rest through from now on. The store is
    replaced by one that never held them, so far as its bytes tell. Returns how many they were; 0
    where there is no store. What a killed writer left beside it is removed too. Raises what
    :func:`update` does.
    """
    if not store.parent.is_dir():
        return 0
    with alone(store):
        discard_drafts(store)
        if not store.exists():
            return 0
        gone, about = _matching(store, matches)
        if gone or (record is not None and record != about.record):
            with changing(store, fresh=False) as draft:
                take_out(draft, gone)
                _drop_groups(draft)
                draft.put_about(replace(about, record=record or about.record))
        return len(gone)


def discard(store: Path) -> None:
    """Remove a store that cannot be read, and what lies beside it; the next use builds it anew."""
    with alone(store):
        discard_drafts(store)
        if store.is_dir():
            shutil.rmtree(store)
        else:
            store.unlink(missing_ok=True)
        sync_dir(store.parent)


def texts_of(store: Path) -> Iterator[tuple[str, str, str]]:
    """File, name and text of every row in ``store``."""
    with reading(store) as tables:
        groups, numbers = tables.groups(), Layout.of(tables).groups
        for place, name, text in tables.rows():
            yield groups[int(numbers[place])].file, name, text


class _TextKeys:
    """Keyed digests of texts, by which they are known again."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, _DOMAIN, "sha256")

    def of(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), digest_size=KEY, key=self._key).digest()


@dataclass(frozen=True, slots=True)
class _Held:
    """What a store holds: blocks without their rows' texts, and the rows' names by place."""

    about: About
    groups: Mapping[int, Group]
    blocks: Sequence[Block]
    names: Mapping[int, str]

    def by_text(self) -> dict[bytes, deque[int]]:
        """The places of each text."""
        places: dict[bytes, deque[int]] = defaultdict(deque)
        for block in self.blocks:
            base = block.number * BLOCK
            for at in np.flatnonzero(block.groups != HOLE).tolist():
                places[block.keys[at * KEY : (at + 1) * KEY]].append(base + at)
        return places


def _held(store: Path) -> _Held | None:
    """None where there is no store, an earlier one, or a damaged one."""
    if not store.exists():
        return None
    try:
        with reading(store) as tables:
            return _Held(tables.about, tables.groups(), list(tables.blocks()), dict(tables.names()))
    except (EvidenceError, EarlierFormat):
        return None


@dataclass(slots=True)
class _Plan:
    """What becomes of a store's places, and which rows are new (by their order).

    ``numbers``: the groups in use, with the number of each. ``wanted``: the group of each place, a
    hole where its row goes. ``renamed``: places whose row goes by another name.
    """

    numbers: dict[Group, int]
    wanted: U32
    new: bytearray = field(default_factory=bytearray)
    added: int = 0
    gone: list[int] = field(default_factory=list)
    renamed: dict[int, str] = field(default_factory=dict)
    takes_away: bool = False

    @property
    def sparse(self) -> bool:
        """Whether holes outnumber rows."""
        return len(self.wanted) > BLOCK // 16 and len(self.wanted) > _SPARSE * len(self.new)


def _plan(rows: Iterable[Document], texts: _TextKeys, held: _Held) -> _Plan:
    free = held.by_text()
    before = np.concatenate([np.zeros(0, "<u4"), *(block.groups for block in held.blocks)])
    known = {group: number for number, group in held.groups.items()}
    plan = _Plan({}, np.full(len(before), HOLE, dtype="<u4"))
    unused = count(max(held.groups, default=-1) + 1)
    for row in rows:
        if row.group not in plan.numbers:
            number = known.get(row.group)
            plan.numbers[row.group] = next(unused) if number is None else number
        places = free.get(texts.of(row.text))
        plan.new.append(not places)
        if not places:
            plan.added += 1
            continue
        place = places.popleft()
        plan.wanted[place] = plan.numbers[row.group]
        if held.names[place] != row.name:
            plan.renamed[place] = row.name
    plan.gone = sorted(place for places in free.values() for place in places)
    plan.takes_away = bool(plan.renamed) or not np.array_equal(before, plan.wanted)
    return plan


def _settle(draft: Draft, plan: _Plan, about: About) -> None:
    """Everything of a plan but the new rows."""
    take_out(draft, plan.gone)
    regroup(draft, plan.wanted)
    draft.put_rows(
        [(place, name, draft.row(place)[1]) for place, name in sorted(plan.renamed.items())]
    )
    draft.put_groups({number: group for group, number in plan.numbers.items()})
    draft.put_about(about)


def _anew(
    store: Path,
    rows: Iterable[Document],
    about: About,
    texts: _TextKeys,
    embedder: Embedder | None,
    *,
    removed: int,
) -> Updated:
    numbers: dict[Group, int] = {}
    with changing(store, fresh=True) as draft:
        model, dims = (embedder.name, embedder.dims) if embedder else ("", 0)
        draft.put_about(replace(about, model=model, dims=dims))
        added = add(draft, _entries(rows, numbers, texts), embedder)
        draft.put_groups({number: group for group, number in numbers.items()})
    return Updated(added, added, removed, 0, size_of(store))


def _entries(
    rows: Iterable[Document], numbers: dict[Group, int], texts: _TextKeys
) -> Iterator[Entry]:
    for row in rows:
        number = numbers.setdefault(row.group, len(numbers))
        yield Entry(row.name, row.text, number, texts.of(row.text))


def _matching(store: Path, matches: Callable[[str, str, str], bool]) -> tuple[list[int], About]:
    with reading(store) as tables:
        groups, numbers = tables.groups(), Layout.of(tables).groups
        found = [
            place
            for place, name, text in tables.rows()
            if matches(groups[int(numbers[place])].file, name, text)
        ]
        return found, tables.about


def _drop_groups(draft: Draft) -> None:
    """Forget the groups that no row is in."""
    used = set(np.unique(Layout.of(draft).groups).tolist())
    draft.put_groups({number: group for number, group in draft.groups().items() if number in used})


def _whole(store: Path, record: str) -> bool:
    """Whether the store holds all that this record lets be looked up."""
    if not store.exists():
        return False
    try:
        with reading(store) as tables:
            return tables.about.whole and tables.about.record == record
    except (EvidenceError, EarlierFormat):
        return False


def _no_model(store: Path, model: str) -> UsageError:
    return UsageError(
        f"{store} holds vectors of the model {model}, so new rows need theirs",
        remedy="name the model's folder with --embed, or build another store",
    )
