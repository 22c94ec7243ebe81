"""What the rows to erase say, from every file of a run that can be read, changed or not.

In a file that is as the record says, a row is known by its place. In one that somebody changed it
is known by its content or its own id; the rows there that nobody knows are searched for as well, in
case they are among those to erase, but prove nothing.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.data.dataset import DataFile, Dataset, open_dataset
from govgate.data.rows import RowReader
from govgate.erase.parts import KEPT, dataset_of, standing_rows
from govgate.errors import GovgateError
from govgate.home import Home
from govgate.model import Partition
from govgate.register.content import content_key, name_key
from govgate.register.runs import row_batches
from govgate.runfiles import check_file
from govgate.steps.recorded import recorded

_TABLES = (rundir.VERDICTS, rundir.COVERAGE)
_UNREADABLE = (GovgateError, OSError, LookupError, TypeError, ValueError)


@dataclass(slots=True)
class Recovered:
    """A row's value; ``known``: whether it is one of those to erase for sure, by its place in a
    file that nobody changed or by its content. A number that is its id may be another's age."""

    value: Any
    known: bool


@dataclass(slots=True)
class _Wanted:
    """Rows to erase of one partition that were not read yet, and contents of those that stay."""

    contents: dict[tuple[str, bytes], set[int]]
    names: dict[tuple[str, bytes], set[int]]
    stay: set[bytes]


def recover(
    home: Home, run: Path, id: str, rows: Collection[int], key: bytes, unsearched: set[int]
) -> Iterator[Recovered]:
    """The rows of the partitions of ``run`` (registered as ``id``) that are among ``rows``.

    Read to its end, ``unsearched`` has the indices of those that were in a partition and were not
    read.
    """
    asked = _asked(home, id, rows)
    unsearched.update(asked["index"])
    whole = _unchanged(run)
    if whole.issuperset(_TABLES):
        try:
            for row in standing_rows(run, whole):
                if row.index in rows:
                    unsearched.discard(row.index)
                    yield Recovered(row.value, known=True)
        except _UNREADABLE:
            pass  # the files that are left are gone through below
    for partition in KEPT:
        here = asked.filter(
            (pl.col("partition") == partition.value) & pl.col("index").is_in(list(unsearched))
        )
        if here.height:
            wanted = _wanted(home, id, here, partition)
            yield from _matched(run, partition, wanted, key, unsearched)


def _asked(home: Home, id: str, rows: Collection[int]) -> pl.DataFrame:
    """What the register says of the ``rows`` that are in a partition."""
    wanted = pl.col("index").is_in(pl.Series(sorted(rows), dtype=pl.UInt64).implode())
    kept = pl.col("partition").is_in([partition.value for partition in KEPT])
    columns = ["index", "file", "name", "content", "partition"]
    batches = [batch.filter(wanted & kept).select(columns) for batch in row_batches(home, id)]
    return pl.concat(batches) if batches else pl.DataFrame(schema=dict.fromkeys(columns, pl.Null))


def _unchanged(run: Path) -> set[str]:
    """The files of the run that are byte for byte those that its record names."""
    try:
        decision = recorded(run)
    except _UNREADABLE:
        return set()
    whole = set()
    for one in (*decision.train, *decision.byproducts) if decision else ():
        try:
            check_file(run, one.name, (one.sha256, one.size))
        except _UNREADABLE:
            continue
        whole.add(one.name)
    return whole


def _wanted(home: Home, id: str, here: pl.DataFrame, partition: Partition) -> _Wanted:
    wanted = _Wanted({}, {}, set())
    for index, file, name, content in here.select("index", "file", "name", "content").iter_rows():
        wanted.names.setdefault((file, name), set()).add(index)
        if content is not None:
            wanted.contents.setdefault((file, content), set()).add(index)
    gone = {content for _, content in wanted.contents}
    for batch in row_batches(home, id):
        kept = batch.filter(pl.col("partition") == partition.value)["content"].drop_nulls()
        wanted.stay.update(set(kept) - gone)
    return wanted


def _matched(
    run: Path, partition: Partition, wanted: _Wanted, key: bytes, unsearched: set[int]
) -> Iterator[Recovered]:
    files = {file for file, _ in wanted.names}
    for file in _files(run, partition):
        if file.name not in files:
            continue
        for value in _values(file):
            content = content_key(value, key)
            known = wanted.contents.get((file.name, content))
            if not known and content in wanted.stay:
                continue
            unsearched.difference_update(
                known or (), *(wanted.names.get((file.name, one), ()) for one in _ids(value, key))
            )
            yield Recovered(value, known=bool(known))


def _files(run: Path, partition: Partition) -> tuple[DataFile, ...]:
    """The files of a partition, by the run's own list of them or else by what lies there."""
    listed: tuple[DataFile, ...] = ()
    with suppress(*_UNREADABLE):
        listed = dataset_of(run, partition).files
    if listed or not (run / partition).is_dir():
        return listed
    try:
        found: Dataset = open_dataset([str(run / partition)])
    except _UNREADABLE:
        return ()
    return found.files


def _values(file: DataFile) -> Iterator[Any]:
    """The rows of a file that can be read."""
    try:
        for row in RowReader(file, file_index=0, first_index=0):
            if row.failure is None:
                yield row.value
    except _UNREADABLE:
        return


def _ids(value: Any, key: bytes) -> Iterator[bytes]:
    """Keyed names by which a row with this value may go: any short value of its own."""
    for one in value.values() if isinstance(value, dict) else ():
        if isinstance(one, str | int) and not isinstance(one, bool) and str(one).strip():
            yield name_key(str(one), key)
