"""Step 3 of an erasure: rows out of the stores; and what becomes of these with their runs."""

from collections.abc import Sequence
from pathlib import Path

from govgate.durable import translated
from govgate.erase import receipt as receipts
from govgate.erase.gather import erased_names, matching
from govgate.erase.journal import Journal
from govgate.errors import EvidenceError, UsageError
from govgate.home import Home
from govgate.register.content import name_key
from govgate.register.stores import forget_store, register_store, stores
from govgate.retrieve import querylog
from govgate.retrieve.removal import discard, remove


def empty_stores(home: Home, begun: Journal, key: bytes) -> list[receipts.StoreErased]:
    """Step 3, and the log of queries. A store that cannot be read is deleted: it cannot be told
    what it holds."""
    wanted = erased_names(home, begun.rows)
    matches = matching(wanted, key)
    names = {name for _, name in wanted}
    querylog.forget(home, lambda name: name_key(name, key) in names)
    emptied = []
    for path in map(Path, begun.erasure.plan.stores):
        rows, deleted = 0, False
        try:
            with translated(path, "change"):
                rows = remove(path, matches)
        except (EvidenceError, UsageError):
            _delete(home, path)
            deleted = True
        emptied.append(receipts.StoreErased(path=str(path), rows=rows, deleted=deleted))
    return emptied


def settled(
    home: Home, store: receipts.StoreErased, runs: Sequence[receipts.RunErased]
) -> receipts.StoreErased:
    """A store under the new record of its run, or deleted with it."""
    path = Path(store.path)
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
