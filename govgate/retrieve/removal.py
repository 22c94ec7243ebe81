"""Taking rows out of a store for good, and reading what it says."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from govgate.durable import sync_dir
from govgate.retrieve.change import take_out
from govgate.retrieve.rank import Layout
from govgate.retrieve.store import alone, changing, discard_drafts, exists, reading
from govgate.retrieve.tables import About, Draft


def remove(
    store: Path, matches: Callable[[str, str, str], bool], *, record: str | None = None
) -> int:
    """Take the rows for which ``matches(file, name, text)`` holds out of ``store``, for good.

    ``record``: the digest of the record that lets the rest through from now on. The store is
    replaced by one that never held them, so far as its bytes tell. Returns how many they were; 0
    where there is no store. What a killed writer left beside it is removed too. Raises what
    :func:`~govgate.retrieve.update.update` does.
    """
    if not store.parent.is_dir():
        return 0
    with alone(store):
        discard_drafts(store)
        if not exists(store):
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
