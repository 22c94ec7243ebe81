"""Parquet and Arrow IPC: record batches in, record batches out, with their schema.

Rows are handed out as Python values for reading, and as the original Arrow batches for writing, so
that what is not redacted is never converted. Timestamps are read to the microsecond and without
their time zone; binary and temporal values are there for completeness, nothing scans them.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from govgate.data.columntypes import holds_map, readable_type
from govgate.data.dataset import Compression, DataFile, Format
from govgate.data.failures import INVALID_UTF8, file_failure, row_failure
from govgate.data.stored import BUFFER, Stored
from govgate.data.textlines import Record
from govgate.durable import translated
from govgate.model import Failure

BATCH_ROWS = 1024
BATCH_BYTES = 16 * 2**20
IPC_FILE_MAGIC = b"ARROW1"
UNREADABLE_VALUE = row_failure(
    "unreadable-value", "a value of the row has no Python form", "repair or remove the row"
)
# What pyarrow raises for damaged files and for values that Python cannot hold.
BROKEN = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, ArithmeticError, EOFError)


class Columnar:
    """A Parquet or Arrow file. After the first batch, ``schema`` and ``layout`` are set.

    ``layout``: how to write the like: the column compression of Parquet, ``file`` or ``stream``
    for Arrow.
    """

    header = b""

    def __init__(self, stored: Stored, file: DataFile) -> None:
        self._stored, self._file = stored, file
        self.schema: Any = None
        self.layout = ""
        self.failure: Failure | None = None

    def __iter__(self) -> Iterator[Record]:
        line = 0
        for batch in self.batches():
            for value, failure in rows_of(batch):
                line += 1
                yield line, value, b"", failure
        if self.failure is not None:
            yield line + 1, None, b"", self.failure

    def batches(self) -> Iterator[Any]:
        """The file's record batches, in rows; ``failure`` is set when it ended early."""
        handle = _seekable(self._stored, self._file)
        if handle is None:
            return
        with handle:
            before = _stamp(handle)
            try:
                parquet = self._file.format is Format.PARQUET
                yield from self._parquet(handle) if parquet else self._arrow(handle)
            except (*BROKEN, RecursionError, MemoryError):
                self.failure = file_failure(
                    f"corrupt-{self._file.format.value}",
                    f"the file ends too early or is no {self._file.format.value} file",
                    "write the file again",
                )
            if self.failure is None and _stamp(handle) != before:
                self.failure = file_failure(
                    "changed", "the file changed while it was read", "gate it when it is at rest"
                )

    def _parquet(self, handle: IO[bytes]) -> Iterator[Any]:
        table = pq.ParquetFile(handle, pre_buffer=False)
        meta = table.metadata
        self.layout = _codec(meta)
        if not self._take_schema(table.schema_arrow):
            return
        for group in range(meta.num_row_groups):
            size = _batch_rows(meta.row_group(group))
            for batch in table.iter_batches(batch_size=size, row_groups=[group]):
                yield _with_schema(batch, self.schema)

    def _arrow(self, handle: IO[bytes]) -> Iterator[Any]:
        magic = handle.read(len(IPC_FILE_MAGIC))
        handle.seek(0)
        if magic == IPC_FILE_MAGIC:
            self.layout = "file"
            reader = pa.ipc.open_file(handle)
            found = (reader.get_batch(i) for i in range(reader.num_record_batches))
        else:
            self.layout = "stream"
            reader = pa.ipc.open_stream(handle)
            found = iter(reader)
        if not self._take_schema(reader.schema):
            return
        for batch in found:
            batch.validate(full=True)
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)

    def _take_schema(self, schema: Any) -> bool:
        self.schema = schema
        if len(set(schema.names)) == len(schema.names):
            return True
        self.failure = file_failure(
            "duplicate-column", "two columns have the same name", "rename one of them"
        )
        return False


def rows_of(batch: Any) -> list[tuple[dict[str, Any] | None, Failure | None]]:
    """Each row of ``batch`` as a dict of Python values, or the failure that it holds."""
    try:
        return [(row, None) for row in _values(batch)]
    except BROKEN:
        return [_one_row(batch.slice(i, 1)) for i in range(batch.num_rows)]


def _one_row(batch: Any) -> tuple[dict[str, Any] | None, Failure | None]:
    try:
        return _values(batch)[0], None
    except UnicodeDecodeError:
        return None, INVALID_UTF8
    except BROKEN:
        return None, UNREADABLE_VALUE


def _values(batch: Any) -> list[dict[str, Any]]:
    if batch.num_columns == 0:
        return [{} for _ in range(batch.num_rows)]
    names = batch.schema.names
    columns = [_column_values(column) for column in batch.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _column_values(column: Any) -> list[Any]:
    readable = readable_type(column.type)
    if readable != column.type:
        column = column.cast(readable, safe=False)
    values: list[Any] = column.to_pylist()
    return [listed(value) for value in values] if holds_map(column.type) else values


def listed(value: Any) -> Any:
    """``value`` with tuples (the entries of a map) as lists, which is what walkers look into."""
    if isinstance(value, list | tuple):
        return [listed(inner) for inner in value]
    if isinstance(value, dict):
        return {key: listed(inner) for key, inner in value.items()}
    return value


def _with_schema(batch: Any, schema: Any) -> Any:
    """``batch`` under the file's own schema, which carries the metadata that a batch may lack."""
    return (
        batch
        if batch.schema.equals(schema, check_metadata=True)
        else pa.RecordBatch.from_arrays(
            [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)],
            schema=schema,
        )
    )


def _batch_rows(group: Any) -> int:
    each = max(1, group.total_byte_size // max(1, group.num_rows))
    return int(max(1, min(BATCH_ROWS, BATCH_BYTES // each)))


def _codec(meta: Any) -> str:
    if meta.num_row_groups == 0 or meta.num_columns == 0:
        return "snappy"
    codec = str(meta.row_group(0).column(0).compression).lower()
    return "none" if codec == "uncompressed" else codec


def _stamp(handle: IO[bytes]) -> tuple[int, int]:
    status = os.fstat(handle.fileno())
    return status.st_size, status.st_mtime_ns


def _seekable(stored: Stored, file: DataFile) -> IO[bytes] | None:
    """The file's bytes in a handle that seeks, hashed in full; None when they are not all there.

    A compressed file is unpacked into a temporary file without a name.
    """
    if stored.failure is not None:
        return None
    if file.compression is Compression.NONE:
        stored.drain()
        handle: IO[bytes] = os.fdopen(os.dup(stored.fd), "rb")
        handle.seek(0)
    else:
        handle = _unpacked(stored)
    if _failed(stored):
        handle.close()
        return None
    return handle


def _unpacked(stored: Stored) -> IO[bytes]:
    with translated(Path(tempfile.gettempdir())):
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        plain = stored.plain()
        while piece := plain.read(BUFFER):
            unpacked.write(piece)
        unpacked.seek(0)
    return unpacked


def _failed(stored: Stored) -> bool:
    return stored.failure is not None
