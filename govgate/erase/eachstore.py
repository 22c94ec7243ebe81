"""Step 3 of an erasure: rows out of the stores; and what becomes of these with their runs."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from govgate.durable import translated
from govgate.erase import receipt as receipts
from govgate.erase.gather import Matches, erased_names, matching
from govgate.erase.journal import Journal
from govgate.erase.ours import is_ours
from govgate.errors import EvidenceError, UsageError
from govgate.home import Home
from govgate.register.content import name_key
from govgate.register.stores import forget_store, register_store, stores
from govgate.retrieve import querylog
from govgate.retrieve.removal import discard, remove
from govgate.retrieve.tables import EarlierFormat


@dataclass(slots=True)
class Emptied:
    """``stores``: what became of each; ``left``: those of ours that cannot be changed, with why.

    ``foreign``: files that are no stores of ours. They are registered no more, and never deleted.
    """

    stores: list[receipts.StoreErased] = field(default_factory=list)
    left: dict[Path, str] = field(default_factory=dict)
    foreign: set[Path] = field(default_factory=set)


def empty_stores(home: Home, begun: Journal, key: bytes) -> Emptied:
    """Step 3, and the log of queries. A store of ours that is damaged, or of a form that no version
    reads any more, is deleted: it cannot be told what it holds. One that is in use, or of a newer
    form, is left for another attempt."""
    wanted = erased_names(home, begun.rows)
    matches = matching(wanted, key)
    names = {name for _, name in wanted}
    querylog.forget(home, lambda name: name_key(name, key) in names)
    emptied = Emptied()
    for path in map(Path, begun.erasure.plan.stores):
        _empty(home, path, matches, emptied)
    return emptied


def _empty(home: Home, path: Path, matches: Matches, emptied: Emptied) -> None:
    rows, deleted = 0, False
    try:
        with translated(path, "change"):
            rows = remove(path, matches)
    except (EvidenceError, EarlierFormat):
        _delete(home, path)
        deleted = True
    except UsageError as error:
        if not is_ours(home, path):
            forget_store(home, path)
            emptied.foreign.add(path)
            return
        emptied.left[path] = f"no row could be taken out of it ({error.what})"
    emptied.stores.append(receipts.StoreErased(path=str(path), rows=rows, deleted=deleted))


def settled(
    home: Home,
    store: receipts.StoreErased,
    runs: Sequence[receipts.RunErased],
    left: Collection[Path],
) -> receipts.StoreErased:
    """A store under the new record of its run, or deleted with it.

    One of those ``left`` stays as it is, and one that is gone stays registered: it may come back.
    """
    path = Path(store.path)
    if path in left or not os.path.lexists(path):
        return store
    known = next((one for one in stores(home) if one.path == path), None)
    run = next((one for one in runs if known and one.path == str(known.run)), None)
    if known is None or run is None or store.deleted:
        return store
    if run.becomes is not None and path.exists():
        with translated(path, "change"):
            remove(path, lambda *_: False, record=run.becomes)
        register_store(home, path, known.run, run.becomes)
    if run.outcome != "retired":
        return store
    _delete(home, path)
    return store.model_copy(update={"deleted": True})


def _delete(home: Home, path: Path) -> None:
    with translated(path, "delete"):
        discard(path)
    forget_store(home, path)
