"""Bringing a store up to date with a run.

A store is told by the texts that it holds: a row whose text stays is neither split into words nor
embedded again, whatever else changed. What must go, goes first: the rows that a run no longer lets
through, and those whose licence, audience or other facts changed, are settled in a store that is
published before any new row is read into the next.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress
from pathlib import Path

from govgate import rundir
from govgate.attest.trust import Trust
from govgate.durable import make_dirs
from govgate.errors import EvidenceError, UsageError
from govgate.home import Home, fingerprint_key
from govgate.register.stores import register_store, stores
from govgate.retrieve.change import Embedder, Entry, add
from govgate.retrieve.partition import Document, documents, verified
from govgate.retrieve.plan import TextKeys, held_by, plan_for, settle
from govgate.retrieve.store import (
    alone,
    changing,
    check_kind,
    discard_drafts,
    exists,
    reading,
    size_of,
)
from govgate.retrieve.tables import About, EarlierFormat, Group


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
    take_over: bool = False,
) -> Path:
    """The store of ``run``, which is verified; brought up to date where it is of another record.

    ``take_over``: also where it is another run's, which is a UsageError else. Raises what
    :func:`update` does.
    """
    store = store or store_for(run, home)
    digest, _ = verified(run, home, trust, today=today)
    if not _whole(store, digest):
        if not take_over:
            _check_owner(store, run, home)
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
    _check_place(store, home)
    register_store(home, store, run, digest)  # before it holds a row: erasing must find it
    about = About(digest, decision.policy.name, decision.policy.expires)
    return synchronise(store, lambda: documents(run), about, fingerprint_key(home), embedder)


def _check_place(store: Path, home: Home) -> None:
    """UsageError where no store of ours may be written: what lies there is somebody else's."""
    rundir.check_outside(store)
    check_kind(store)
    if store.parent == home.path / "retrieve":
        make_dirs(store.parent)
    if not store.parent.is_dir():
        raise UsageError(f"{store.parent} is no folder", remedy="make it, or name another --store")
    _whole(store, "")


def _check_owner(store: Path, run: Path, home: Home) -> None:
    """UsageError where the store is another run's: a question must not make it this one's."""
    kept = next((one for one in stores(home) if one.path == store.resolve()), None)
    if kept is not None and exists(store) and kept.run != run.resolve():
        raise UsageError(
            f"{store} is the store of {kept.run}",
            remedy=f"name another --store, or give it to this run: govgate retrieve build {run}"
            f" --store {store}",
        )


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
    texts = TextKeys(key)
    with alone(store):
        discard_drafts(store)
        held = held_by(store, texts)
        if held is None:
            return _anew(store, rows(), about, texts, embedder, removed=0)
        plan = plan_for(rows(), texts, held)
        about = replace(about, model=held.about.model, dims=held.about.dims)
        if plan.takes_away or held.about != replace(about, whole=not plan.added):
            with changing(store, fresh=False) as draft:
                settle(draft, plan, replace(about, whole=not plan.added))
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


def _anew(
    store: Path,
    rows: Iterable[Document],
    about: About,
    texts: TextKeys,
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
    rows: Iterable[Document], numbers: dict[Group, int], texts: TextKeys
) -> Iterator[Entry]:
    for row in rows:
        number = numbers.setdefault(row.group, len(numbers))
        yield Entry(row.name, row.text, number, texts.of(row.text))


def _whole(store: Path, record: str) -> bool:
    """Whether the store holds all that this record lets be looked up."""
    if not exists(store):
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
