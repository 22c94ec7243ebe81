"""Partitions of Parquet and Arrow files: the original batches, cut by row, redacted where asked.

A row that is not redacted passes as the Arrow slice it came in. Of a redacted row only the touched
columns are rebuilt, through Python values that are exact (times as integers), in their own type.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from govgate.data.columnar import BROKEN, Columnar, listed, rows_of
from govgate.data.columntypes import exact_type, holds_map, plain_type
from govgate.data.dataset import DataFile, Format
from govgate.data.jsonsplice import escape_pointer
from govgate.data.parts import Parts, Steps
from govgate.data.redact import Span, redact_value, refuse_names
from govgate.data.stored import Stored
from govgate.data.writers import Sink
from govgate.durable import translated
from govgate.errors import IncompleteError
from govgate.model import Partition

GROUP_ROWS = 10_000
GROUP_BYTES = 32 * 2**20


def split_columnar(file: DataFile, steps: Steps, parts: Parts) -> str:
    """Write the rows of one file in step with ``steps``; the digest of the file as it was read."""
    stored = Stored(file)
    source = Columnar(stored, file)
    try:
        for batch in source.batches():
            _split_batch(batch, source, steps, parts)
        if source.failure is not None or stored.failure is not None:
            steps.take(file.name, failed=True)
        stored.drain()
        return stored.sha256
    finally:
        stored.close()


def _split_batch(batch: Any, source: Columnar, steps: Steps, parts: Parts) -> None:
    chosen: dict[Partition, list[tuple[int, Sequence[Span]]]] = {}
    for i, (_, failure) in enumerate(rows_of(batch)):
        step = steps.take(parts.file.name, failed=failure is not None)
        if step.partition is not Partition.WITHHELD:
            chosen.setdefault(step.partition, []).append((i, step.spans))
    for partition, rows in chosen.items():
        if partition not in parts.open:
            sink = Sink(parts.path(partition), parts.file.compression)
            parts.open[partition] = ColumnPart(sink, source, parts.file.format)
        parts.open[partition].add(_selected(batch, rows))


def _selected(batch: Any, rows: Sequence[tuple[int, Sequence[Span]]]) -> Any:
    """The rows as a table that shares no row data with ``batch``, so that can be let go."""
    kept = _plain(batch).take(pa.array([i for i, _ in rows], pa.int64()))
    pieces, start = [], 0
    for at, (_, spans) in enumerate(rows):
        if spans:
            pieces += [kept.slice(start, at - start), redact_batch(kept.slice(at, 1), spans)]
            start = at + 1
    pieces.append(kept.slice(start))
    return _own_types(pa.Table.from_batches(pieces).combine_chunks(), batch.schema)


def _plain(batch: Any) -> Any:
    """``batch`` without the types that share values between rows.

    Dictionaries and views carry all values of the batch that they are cut from; written as they
    are, a partition would hold the text of rows that were withheld from it.
    """
    fields = [_plain_field(field) for field in batch.schema]
    arrays = []
    for column, field in zip(batch.columns, fields, strict=True):
        with _as_incomplete(field):
            arrays.append(column if column.type == field.type else column.cast(field.type))
    schema = pa.schema(fields, metadata=batch.schema.metadata)
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _plain_field(field: Any) -> Any:
    own = pa.types.is_dictionary(field.type)  # left to _used, which keeps the order of categories
    return field if own else field.with_type(plain_type(field.type))


def _own_types(table: Any, schema: Any) -> Any:
    """``table`` in the types of ``schema`` again, each holding just the values of its rows."""
    for place, field in enumerate(schema):
        column = table.column(place)
        with _as_incomplete(field):
            if pa.types.is_dictionary(field.type):
                table = table.set_column(place, field, _used(pa.concat_arrays(column.chunks)))
            elif column.type != field.type:
                table = table.set_column(place, field, column.cast(field.type))
    return table.cast(schema)


def _used(column: Any) -> Any:
    """A dictionary array whose dictionary holds just the values in use, in the order they had."""
    places = pc.drop_null(pc.unique(column.indices))
    places = places.take(pc.sort_indices(places))
    indices = pc.index_in(column.indices, places).cast(column.type.index_type)
    dictionary = column.dictionary.take(places)
    return pa.DictionaryArray.from_arrays(indices, dictionary, ordered=column.type.ordered)


@contextmanager
def _as_incomplete(field: Any) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise IncompleteError(
            f"column {field.name} of type {field.type} cannot be written in its own type",
            remedy="store it as plain text or numbers, or withhold the rows",
        ) from error


def redact_batch(row: Any, spans: Sequence[Span]) -> Any:
    """A batch of one row with the spans replaced; other columns are the same arrays.

    IncompleteError when a span lies in a column's name, or the column's type cannot hold the
    redacted value.
    """
    refuse_names(spans)
    schema = row.schema
    touched = [name for name in schema.names if any(_lies_in(span, name) for span in spans)]
    exact = {name: row.column(name).cast(exact_type(schema.field(name).type)) for name in touched}
    value = {name: listed(column.to_pylist()[0]) for name, column in exact.items()}
    redacted = redact_value(value, spans)
    arrays = list(row.columns)
    for name, array in exact.items():
        place = schema.get_field_index(name)
        arrays[place] = _array(redacted[name], array.type, schema.field(name))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _lies_in(span: Span, column: str) -> bool:
    pointer = f"/{escape_pointer(column)}"
    return span.pointer == pointer or span.pointer.startswith(f"{pointer}/")


def _array(value: Any, exact: Any, field: Any) -> Any:
    kind = field.type
    with _as_incomplete(field):
        array = pa.array([_paired(value, exact)], exact)
        if isinstance(kind, pa.BaseExtensionType):
            storage = array.cast(kind.storage_type)
            return pa.ExtensionArray.from_storage(kind, storage)
        if pa.types.is_dictionary(kind):
            array = array.dictionary_encode()
        if not field.nullable and array.null_count:
            raise pa.ArrowInvalid("null in a column that allows none")
        array = array.cast(kind)
        array.validate(full=True)
    return array


def _paired(value: Any, kind: Any) -> Any:
    """``value`` with the entries of maps as tuples again, as pyarrow wants them."""
    if value is None or not holds_map(kind):
        return value
    if pa.types.is_map(kind):
        return [(_paired(k, kind.key_type), _paired(v, kind.item_type)) for k, v in value]
    if pa.types.is_struct(kind):
        return {field.name: _paired(value[field.name], field.type) for field in kind}
    return [_paired(inner, kind.value_type) for inner in value]


class ColumnPart:
    """A Parquet or Arrow file of the same schema as its source, written in bounded groups."""

    def __init__(self, sink: Sink, source: Columnar, format: Format) -> None:
        self.rows = 0
        self._sink, self._schema = sink, source.schema
        self._held: list[Any] = []
        self._bytes = self._waiting = 0
        self._dictionaries: dict[str, Any] = {}
        self._one_dictionary = format is Format.ARROW and source.layout == "file"
        with translated(sink.path):
            self._writer = _writer(sink, source, format)

    def add(self, table: Any) -> None:
        """Add the rows of ``table``."""
        self._held.append(table)
        self._bytes += table.nbytes
        self.rows += table.num_rows
        self._waiting += table.num_rows
        if self._waiting >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> tuple[str, int]:
        """Finish the file: (digest, size)."""
        self._flush()
        with translated(self._sink.path):
            self._writer.close()
        return self._sink.close()

    def abandon(self) -> None:
        """Let go of the file."""
        self._sink.abandon()
        self._writer.close()

    def _flush(self) -> None:
        if not self._held:
            return
        table = pa.concat_tables(self._held).combine_chunks()
        if self._one_dictionary:
            table = self._growing(table)
        with translated(self._sink.path):
            try:
                self._writer.write_table(table)
            except pa.ArrowInvalid as error:
                raise IncompleteError(
                    f"{self._sink.path.name} cannot be written in its own layout ({error})",
                    remedy="convert the input to JSONL",
                ) from error
        self._held, self._bytes, self._waiting = [], 0, 0

    def _growing(self, table: Any) -> Any:
        """``table`` with each dictionary an extension of the last one written.

        An Arrow file holds one dictionary a column, which later batches may only add to.
        """
        for place, field in enumerate(table.schema):
            if pa.types.is_dictionary(field.type):
                column = pa.concat_arrays(table.column(place).chunks)
                grown = _extend(column, self._dictionaries.get(field.name))
                self._dictionaries[field.name] = grown.dictionary
                table = table.set_column(place, field, grown)
        return table


def _extend(column: Any, known: Any) -> Any:
    if known is None or column.dictionary.equals(known):
        return column
    new = column.dictionary.filter(pc.invert(pc.is_in(column.dictionary, known)))
    dictionary = pa.concat_arrays([known, new])
    indices = pc.index_in(column.dictionary, dictionary).take(column.indices)
    return pa.DictionaryArray.from_arrays(
        indices.cast(column.type.index_type), dictionary, ordered=column.type.ordered
    )


def _writer(sink: Sink, source: Columnar, format: Format) -> Any:
    if format is Format.PARQUET:
        return pq.ParquetWriter(sink.stream, source.schema, compression=source.layout)
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    new = pa.ipc.new_file if source.layout == "file" else pa.ipc.new_stream
    return new(sink.stream, source.schema, options=options)
