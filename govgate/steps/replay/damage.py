"""A run whose tables were damaged is told as such, whichever library finds out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from govgate import rundir
from govgate.errors import IncompleteError
from govgate.policy.decide import VERDICTS

_NEEDED = {
    rundir.FACTS: {"index", "row", "file", "failure"},
    rundir.VERDICTS: set(VERDICTS.names()),
    rundir.FINDINGS: {"index", "role", "entity", "score"},
}


def check_tables(run: Path) -> None:
    """IncompleteError where a table of ``run`` has no readable end, or lacks a column of all runs.

    It reads with pyarrow, as Polars ends the whole process on some damaged files.
    """
    for name, needed in _NEEDED.items():
        with readable(run / name):
            lacking = needed - set(pq.read_schema(run / name).names)
        if lacking:
            raise _unreadable(run / name)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """IncompleteError about ``path`` for whatever a library says of a damaged table."""
    try:
        yield
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> IncompleteError:
    return IncompleteError(f"{path}: cannot be read as a table", remedy="gate the data again")
