"""Small tables from people's own tools: CSV, JSON lines or Parquet, read strictly.

Every row keeps its line number; a malformed line, an unknown or missing column is a UsageError with
``FILE:LINE`` (of Parquet: the file). Cell contents never reach a message, and neither does an
unknown column's name: a file without a header has a person there.
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from govgate.errors import UsageError
from govgate.spelling import did_you_mean

FORMATS = (".csv", ".jsonl", ".ndjson", ".parquet")
_CHUNK = 10_000  # small enough that its rows die young in the garbage collector
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows: their line numbers, and one sequence of values per known column."""

    lines: Sequence[int]
    columns: dict[str, Sequence[object] | pl.Series]


@dataclass(frozen=True, slots=True)
class Form:
    """The columns that a table must have, at least one of which it must have, and may have."""

    required: tuple[str, ...]
    either: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.either, *self.required, *self.optional)

    def holds(self, names: Collection[str]) -> bool:
        """Whether a row with these fields, each once, has this form."""
        return all(n in names for n in self.required) and (
            not self.either or any(n in names for n in self.either)
        )

    def check(self, header: Sequence[str], where: str) -> None:
        """UsageError for a field that is unknown, given twice or missing."""
        for place, column in enumerate(header, 1):
            if column not in self.known:
                raise UsageError(
                    f"{where}: field {place} has an unknown name{did_you_mean(column, self.known)}",
                    remedy=f"the fields are {', '.join(self.known)}",
                )
            if column in header[: place - 1]:
                raise UsageError(f"{where}: two fields are called '{column}'")
        missing = [column for column in self.required if column not in header]
        if self.either and not any(column in header for column in self.either):
            missing.insert(0, " or ".join(self.either))
        if missing:
            needed = (*filter(None, [" or ".join(self.either)]), *self.required)
            raise UsageError(
                f"{where}: no {', no '.join(missing)}", remedy=f"every row has {', '.join(needed)}"
            )


def read_chunks(data: bytes, name: str, suffix: str, columns: Form) -> Iterator[Chunk]:
    """The rows of a file's bytes, by its suffix. CSV values are text; JSON values are as parsed;
    Parquet's integers and times come as the text they would have in a CSV."""
    match suffix.lower():
        case ".csv":
            return _csv(_text(data, name), name, columns)
        case ".jsonl" | ".ndjson":
            return _json_lines(_text(data, name), name, columns)
        case ".parquet":
            return _parquet(data, name, columns)
        case _:
            raise UsageError(
                f"{name}: not a known kind of table", remedy=f"use one of {', '.join(FORMATS)}"
            )


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: not UTF-8", remedy="save the file as UTF-8") from error


def _csv(text: str, name: str, columns: Form) -> Iterator[Chunk]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        columns.check(header, f"{name}:1")
        before = reader.line_num
        while rows := list(itertools.islice(reader, _CHUNK)):
            lines: Sequence[int] = range(before + 1, reader.line_num + 1)
            if len(lines) != len(rows):  # a quoted value spans lines
                lines = _line_numbers(rows, before)
            before = reader.line_num
            yield _csv_chunk(rows, lines, header, name, columns)
    except csv.Error as error:
        raise UsageError(
            f"{name}:{max(reader.line_num, 1)}: not well-formed CSV at or before this line",
            remedy="quote values that hold commas, quotes or line breaks",
        ) from error


def _line_numbers(rows: Iterable[Sequence[str]], before: int) -> list[int]:
    spans = (1 + sum(len(_BREAK.findall(value)) for value in row) for row in rows)
    return list(itertools.accumulate(spans, initial=before + 1))[:-1]


def _csv_chunk(
    rows: list[list[str]], lines: Sequence[int], header: list[str], name: str, columns: Form
) -> Chunk:
    for line, row in zip(lines, rows, strict=True):
        if row and len(row) != len(header):
            raise UsageError(
                f"{name}:{line}: {len(row)} values where the header has {len(header)} columns"
            )
    if not all(rows):  # blank lines are no rows
        lines = [line for line, row in zip(lines, rows, strict=True) if row]
        rows = [row for row in rows if row]
    values = dict(zip(header, zip(*rows, strict=True), strict=False))
    nothing = [None] * len(rows)
    return Chunk(lines, {column: values.get(column, nothing) for column in columns.known})


class _TwiceError(ValueError):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError
    return found


_JSON = json.JSONDecoder(object_pairs_hook=_unique)


def _json_lines(text: str, name: str, columns: Form) -> Iterator[Chunk]:
    known = frozenset(columns.known)
    rows: list[dict[str, object]] = []
    lines: list[int] = []
    for line, source in enumerate(text.split("\n"), 1):
        if not source or source.isspace():
            continue
        row = _json_object(source, f"{name}:{line}")
        if not columns.holds(row) or not known.issuperset(row):
            columns.check(list(row), f"{name}:{line}")
        rows.append(row)
        lines.append(line)
        if len(rows) == _CHUNK:
            yield Chunk(lines, {c: [row.get(c) for row in rows] for c in columns.known})
            rows, lines = [], []
    yield Chunk(lines, {c: [row.get(c) for row in rows] for c in columns.known})


def _json_object(source: str, where: str) -> dict[str, object]:
    try:
        value, end = _JSON.raw_decode(text := source.strip(" \t\r"))
        if end < len(text):
            raise ValueError("text behind the value")
    except _TwiceError as error:
        raise UsageError(f"{where}: a key is given twice") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: not valid JSON") from error
    if not isinstance(value, dict):
        raise UsageError(f"{where}: not a JSON object")
    return value


def _parquet(data: bytes, name: str, columns: Form) -> Iterator[Chunk]:
    table = _parquet_table(data, name)
    header = [column.lower() for column in table.columns]
    columns.check(header, name)
    found = {column: _as_text(table.to_series(n), name) for n, column in enumerate(header)}
    for start in range(0, table.height, _CHUNK):
        lines = range(start + 1, min(start + _CHUNK, table.height) + 1)
        nothing = pl.Series([None] * len(lines), dtype=pl.String)
        cut = {column: values.slice(start, _CHUNK) for column, values in found.items()}
        yield Chunk(lines, {column: cut.get(column, nothing) for column in columns.known})


def _parquet_table(data: bytes, name: str) -> pl.DataFrame:
    """Read by Arrow and validated in full: Polars' own reader can abort the whole process on a
    damaged file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
        table.validate(full=True)
        arrays = dict(zip(table.column_names, table.columns, strict=True))  # decodes the names
        if len(arrays) < table.num_columns:
            raise ValueError("two columns of one name")
        return pl.DataFrame({name: pl.from_arrow(array) for name, array in arrays.items()})
    except Exception as error:  # damage shows in many of Arrow's error classes
        raise UsageError(
            f"{name}: not a whole Parquet file", remedy="write the file again"
        ) from error


def _as_text(column: pl.Series, name: str) -> pl.Series:
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        zoned = column.dt.convert_time_zone("UTC") if dtype.time_zone else column
        return zoned.dt.strftime("%Y-%m-%dT%H:%M:%S%.9fZ")
    if dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if dtype in (pl.String, pl.Null, pl.Categorical, pl.Enum) or dtype.is_integer():
        return column.cast(pl.String)
    raise UsageError(f"{name}: column '{column.name.lower()}' holds neither text nor times")
