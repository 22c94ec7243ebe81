"""Which runs were published, where they lie, and by keyed ids which rows they hold.

An entry appears whole, under its name, before its run does; so a run that a killed gate never
published can be listed here, and no published run is missing.
"""

import os
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import polars as pl

from govgate.data.tables import read_batches, scan_table
from govgate.durable import make_dirs, sync_dir, sync_tree, translated
from govgate.home import Home
from govgate.register.documents import write_document, writing
from govgate.register.entries import (
    ROWS,
    RUN,
    TABLE,
    RegisteredRun,
    Standing,
    all_entries,
    document_of,
    plain,
    read_entry,
    record_digest,
    stored_entry,
    table_of,
    write_rows,
)

__all__ = [
    "ROWS",
    "RegisteredRun",
    "Standing",
    "forget_others",
    "forget_rows",
    "forget_run",
    "forget_superseded",
    "record_digest",
    "register_run",
    "registered",
    "replace_run",
    "row_batches",
    "rows_of",
]
RUNS = "runs"


def register_run(home: Home, run: RegisteredRun, rows: Iterable[pl.DataFrame]) -> RegisteredRun:
    """Note a run with its ``rows`` (frames of ROWS, in order), whole or not at all."""
    with _changing(home) as runs:
        return _add(runs, run, rows)


def replace_run(
    home: Home, old: str, run: RegisteredRun, rows: Iterable[pl.DataFrame] | None = None
) -> RegisteredRun:
    """The run with the id ``old`` has become ``run``, which has another record.

    ``rows``: None for those that the old one has here. What was known by the old record is known
    by the new one: ``supersedes`` grows by it. Killed at any point, one of the two is listed.
    """
    with _changing(home) as runs:
        before = read_entry(runs, old)
        kept = rows if rows is not None else read_batches(table_of(runs, old))
        record = (*before.supersedes, before.record)
        added = _add(runs, replace(run, supersedes=(*run.supersedes, *record)), kept)
        _remove(runs, old)
        return added


def forget_run(home: Home, run: str) -> None:
    """Take the run with this id out of the register; one that is not there is fine."""
    with _changing(home) as runs:
        _remove(runs, run)


def forget_others(home: Home, path: Path, *, but: str, trained: Collection[str]) -> None:
    """Take out all runs at ``path`` but the one with the id ``but``: only one can lie there.

    Those whose record is among ``trained`` stay, as models came of them.
    """
    with _changing(home) as runs:
        for run in all_entries(runs):
            if run.path == path and run.id != but and run.records.isdisjoint(trained):
                _remove(runs, run.id)


def forget_superseded(home: Home) -> None:
    """Take out the entries that a killed ``replace_run`` left: those of what a run was before; and
    what other writers that were killed left half written."""
    with _changing(home) as runs:
        for path in home.register.rglob(".govgate-*.tmp"):
            with translated(path, "remove"):
                path.unlink(missing_ok=True)
        found = all_entries(runs)
        gone = {(run.path, record) for run in found for record in run.supersedes}
        for run in found:
            if (run.path, run.record) in gone:
                _remove(runs, run.id)


def forget_rows(home: Home, run: str, indices: Collection[int]) -> int:
    """Take rows out of the run with this id; how many there were. Old or new, never a part."""
    with _changing(home) as runs:
        stored = stored_entry(runs, run)
        out = pl.col("index").is_in(pl.Series(sorted(indices), dtype=pl.UInt64).implode())
        kept = (batch.filter(~out) for batch in read_batches(table_of(runs, run)))
        name = f"rows-{secrets.token_hex(4)}.parquet"
        table = write_rows(runs / run / name, kept)
        if table.count < stored.rows.count:
            sync_tree(runs / run)
            write_document(runs / run / RUN, stored.model_copy(update={"rows": table}))
        _tidy_run(runs / run)
        return stored.rows.count - table.count


def registered(home: Home) -> list[RegisteredRun]:
    """All runs, the oldest first; whether each still lies at its path says its ``standing``.

    EvidenceError for an entry that is damaged or of a newer form.
    """
    found = all_entries(home.register / RUNS)
    gone = {(run.path, record) for run in found for record in run.supersedes}
    there = [run for run in found if (run.path, run.record) not in gone]
    return sorted(there, key=lambda run: (run.finished_on, run.id))


def rows_of(home: Home, run: str) -> pl.LazyFrame:
    """The rows of the run with this id, as ROWS.

    UsageError where there is no such run, EvidenceError where its rows are damaged.
    """
    return scan_table(table_of(home.register / RUNS, run))


def row_batches(home: Home, run: str) -> Iterator[pl.DataFrame]:
    """The same, a bounded batch at a time and in order."""
    return read_batches(table_of(home.register / RUNS, run))


@contextmanager
def _changing(home: Home) -> Iterator[Path]:
    """The folder of runs, with nobody else changing it, and tidied of what a killed one left."""
    with writing(home) as top:
        make_dirs(top / RUNS)
        for left in (top / RUNS).glob(".*"):
            shutil.rmtree(left, ignore_errors=True)
        yield top / RUNS


def _add(runs: Path, run: RegisteredRun, rows: Iterable[pl.DataFrame]) -> RegisteredRun:
    draft = runs / f".{secrets.token_hex(8)}"
    try:
        with translated(draft, "create"):
            draft.mkdir()
        table = write_rows(draft / TABLE, rows)
        write_document(draft / RUN, document_of(run, table))
        sync_tree(draft)
        name = _free_name(runs, run.record[:16])
        with translated(runs / name):
            draft.rename(runs / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync_dir(runs)
    return replace(run, id=name, rows=table.count)


def _free_name(runs: Path, wanted: str) -> str:
    """Two gates of the same data in one second give one record, at two places."""
    name, number = wanted, 2
    while os.path.lexists(runs / name):
        name, number = f"{wanted}-{number}", number + 1
    return name


def _remove(runs: Path, name: str) -> None:
    """Out of sight in one step, then gone."""
    if not os.path.lexists(runs / plain(name)):
        return
    aside = runs / f".{secrets.token_hex(8)}"
    with translated(runs / name, "remove"):
        (runs / name).rename(aside)
        sync_dir(runs)
        shutil.rmtree(aside)


def _tidy_run(folder: Path) -> None:
    """Remove tables that the run's document does not name."""
    stored = stored_entry(folder.parent, folder.name)
    with translated(folder, "change"):
        for path in folder.glob("rows*.parquet"):
            if path.name != stored.rows.file:
                path.unlink()
    sync_dir(folder)
