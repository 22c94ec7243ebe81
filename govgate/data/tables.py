"""Our own tables on disk: Parquet written and read a batch at a time, so memory stays bounded.

The same frames appended in the same order give the same bytes (one row group an append, zstd).
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from govgate.data.dataset import Compression
from govgate.data.writers import Sink
from govgate.durable import translated
from govgate.errors import IncompleteError, UsageError

COMPRESSION_LEVEL = 3
T = TypeVar("T")


class TableWriter:
    """Writes one table; each ``append`` becomes a row group, so append thousands of rows at a time.

    Frames must have exactly the columns of ``schema``, in any order; types are cast strictly.
    IncompleteError when the disk refuses. The file must not exist yet.
    """

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self._path, self._schema, self._rows = path, schema, 0
        self._open = True
        self._sink = Sink(path, Compression.NONE)
        self._writer: Any = pq.ParquetWriter(
            self._sink.stream,
            _arrow(pl.DataFrame(schema=schema)).schema,
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
        )

    def append(self, frame: pl.DataFrame) -> None:
        """Add the rows of ``frame`` (none is fine)."""
        if frame.is_empty():
            return
        wanted = frame.select(self._schema.names()).cast(self._schema)
        table = _arrow(wanted).cast(self._writer.schema)
        with self._writing():
            self._writer.write_table(table, row_group_size=frame.height)
        self._rows += frame.height

    def close(self) -> int:
        """Finish the file and return its number of rows; calling it again changes nothing."""
        if self._open:
            with self._writing():
                self._writer.close()
                self._sink.close()
            self._open = False
        return self._rows

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with translated(self._path):
                yield
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        self._open = False
        self._sink.abandon()
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        elif self._open:
            self._abandon()


def read_batches(
    path: Path, columns: Sequence[str] | None = None, batch_rows: int = 250_000
) -> Iterator[pl.DataFrame]:
    """The table's rows in order, at most ``batch_rows`` at a time; nothing for an empty table.

    IncompleteError when the file is missing or is not a whole table.
    """
    try:
        with path.open("rb") as file:
            table = pq.ParquetFile(file)
            for batch in table.iter_batches(batch_size=batch_rows, columns=columns):
                if batch.num_rows:
                    yield _frame(pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError) as error:
        raise IncompleteError(
            f"{path}: cannot be read as a table", remedy="gate the data again"
        ) from error


def ahead(batches: Iterator[T]) -> Iterator[T]:
    """``batches``, each made while the caller works on the one before."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def whole_rows(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same entries, those of one `index` in one batch, as long as they follow each other."""
    rest: pl.DataFrame | None = None
    for batch in batches:
        held = batch if rest is None else pl.concat([rest, batch])
        last = pl.col("index") == held["index"][-1]
        whole, rest = held.filter(~last), held.filter(last)
        if whole.height:
            yield whole
    if rest is not None:
        yield rest


def rows_named(path: Path, row: str) -> pl.DataFrame:
    """The entries of the table whose column `row` is ``row``, without reading the rest.

    IncompleteError when the file is missing or is not a whole table; UsageError when ``row`` is not
    text, so that no row has that name.
    """
    try:
        row.encode()
    except UnicodeEncodeError as error:
        raise UsageError("the row's name is not UTF-8") from error
    try:
        with path.open("rb") as file:
            table = pq.ParquetFile(file)
            # Not pq.read_table with a filter: it loads pandas where that is installed.
            parts = [_named(table, group, row) for group in range(table.num_row_groups)]
            held = [table.read_row_groups([]), *(part for part in parts if part is not None)]
            return _frame(pa.concat_tables(held))
    except (pa.ArrowException, KeyError, OSError) as error:
        raise IncompleteError(
            f"{path}: cannot be read as a table", remedy="gate the data again"
        ) from error


def _named(table: Any, group: int, row: str) -> Any:
    """Of a row group the entries whose `row` is ``row``; None where there is none.

    KeyError if it has no such column. Other columns are read only where they are wanted.
    """
    import pyarrow.compute as pc

    names = table.read_row_group(group, columns=["row"]).column("row")
    wanted = pl.Series([row]).to_arrow()[0]  # a scalar that Arrow makes itself loads pandas
    here = pc.equal(names, wanted)
    return table.read_row_group(group).filter(here) if pc.any(here).as_py() else None


def scan_table(path: Path) -> pl.LazyFrame:
    """The table as a lazy frame; nothing is read before it is collected.

    For tables that this run wrote or whose digest was verified: Polars ends the whole process on
    some damaged files.
    """
    return pl.scan_parquet(path, glob=False)


def _arrow(frame: pl.DataFrame) -> Any:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):  # a table is never read as a lone series
        raise TypeError(type(frame))
    return frame
