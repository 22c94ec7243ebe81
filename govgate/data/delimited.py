"""CSV and TSV (RFC 4180): a header record, then one row a record.

Records are cut from the bytes here, so that each keeps its exact bytes; Python's csv module reads
the fields of one record at a time. Stricter than most readers: a record with more or fewer fields
than the header is a failure, and so are bytes behind a closing quote.
"""

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any

from govgate.data.failures import (
    INVALID_UTF8,
    NUL_BYTE,
    UTF8_BOM,
    UTF16_BOMS,
    UTF_16,
    file_failure,
    row_failure,
    too_long,
)
from govgate.data.stored import Stored
from govgate.data.textlines import Record
from govgate.model import Failure, FailureScope

MALFORMED = row_failure(
    "malformed-csv", "the quoting of the record is broken", "double every quote inside a field"
)
UNBALANCED = file_failure(
    "unbalanced-quote", "a quoted field is never closed", "close the quote; rows behind it are lost"
)
QUOTE = 0x22


class Delimited:
    """Rows of a CSV or TSV file as dicts of strings; ``header`` is the header record's bytes."""

    def __init__(self, stored: Stored, max_row_bytes: int, delimiter: str) -> None:
        self.header = b""
        self._stored, self._limit, self._delimiter = stored, max_row_bytes, delimiter
        self._columns: list[str] = []
        csv.field_size_limit(sys.maxsize)  # rows are bounded here, by bytes

    def __iter__(self) -> Iterator[Record]:
        records = self._records()
        for line, raw, failure in records:
            failure = failure or self._take_header(raw)
            if failure is not None:
                scope = FailureScope.FILE
                yield line, None, b"", Failure(failure.code, failure.message, failure.remedy, scope)
                return
            break
        for line, raw, failure in records:
            if failure is None:
                value, failure = self._row(raw)
                yield line, value, raw, failure
            else:
                yield line, None, b"", failure

    def _take_header(self, raw: bytes) -> Failure | None:
        fields, failure = self._fields(raw)
        if failure is not None:
            return failure
        if len(set(fields)) < len(fields):
            return row_failure(
                "duplicate-column", "two columns have the same name", "rename one of them"
            )
        self._columns, self.header = fields, raw
        return None

    def _row(self, raw: bytes) -> tuple[Any, Failure | None]:
        fields, failure = self._fields(raw)
        if failure is not None:
            return None, failure
        if len(fields) != len(self._columns):
            return None, row_failure(
                "column-count",
                f"the record has {len(fields)} fields, the header has {len(self._columns)}",
                "quote fields that hold the delimiter",
            )
        return dict(zip(self._columns, fields, strict=True)), None

    def _fields(self, raw: bytes) -> tuple[list[str], Failure | None]:
        if b"\0" in raw:
            return [], NUL_BYTE
        try:
            # The record's own line end is dropped here; csv would take a lone CR for a second one.
            text = raw.removesuffix(b"\n").removesuffix(b"\r").decode()
            records = list(csv.reader([text], delimiter=self._delimiter, strict=True))
        except UnicodeDecodeError:
            return [], INVALID_UTF8
        except csv.Error:
            return [], MALFORMED
        return (records[0], None) if len(records) == 1 else ([], MALFORMED)

    def _records(self) -> Iterator[tuple[int, bytes, Failure | None]]:
        """(first line, bytes, None) of each record, or a failure in place of its bytes."""
        lines = self._stored.plain()
        number = 0
        while line := lines.readline(self._limit + 1):
            if number == 0:
                if line.startswith(UTF16_BOMS):
                    yield 1, b"", UTF_16
                    return
                line = line.removeprefix(UTF8_BOM)
            number += 1
            first, held = number, [line]
            size, state = len(line), advance(State.START, line, ord(self._delimiter))
            while line and (state is State.QUOTED or not line.endswith(b"\n")):
                number += line.endswith(b"\n")
                line = lines.readline(self._limit + 1)
                state = advance(state, line, ord(self._delimiter))
                size += len(line)
                if size <= self._limit:
                    held.append(line)
                else:
                    held.clear()
            if not line and self._stored.failure is not None:
                return
            if state is State.QUOTED:
                yield first, b"", UNBALANCED
            elif size > self._limit:
                yield first, b"", too_long(self._limit)
            elif size > 0 and held != [b"\n"] and held != [b"\r\n"]:
                yield first, b"".join(held), None


class State(Enum):
    """Where in a record a byte stands."""

    START = auto()  # at the start of a field
    PLAIN = auto()  # in a field without quotes
    QUOTED = auto()  # between quotes
    CLOSING = auto()  # behind a quote that closes the field, unless another quote follows


def advance(state: State, data: bytes, delimiter: int) -> State:
    """The state behind ``data``; a newline outside quotes ends the record."""
    if state is State.START and QUOTE not in data and data.endswith(b"\n"):
        return State.PLAIN
    at, size = 0, len(data)
    while at < size:
        if state in (State.START, State.CLOSING):
            quoted = data[at] == QUOTE
            state, at = (State.QUOTED, at + 1) if quoted else (State.PLAIN, at)
        else:
            mark = QUOTE if state is State.QUOTED else delimiter
            found = data.find(mark, at)
            if found < 0:
                return state
            at = found + 1
            state = State.CLOSING if state is State.QUOTED else State.START
    return state


def write_record(fields: Mapping[str, str], delimiter: str, like: bytes) -> bytes:
    """The record of ``fields``, with the line end that the bytes ``like`` have."""
    out = io.StringIO(newline="")
    # The csv module quotes a field for a line break only if the break is its own terminator's.
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow(fields.values())
    end = b"\r\n" if like.endswith(b"\r\n") else b"\n" if like.endswith(b"\n") else b""
    return out.getvalue().removesuffix("\r\n").encode() + end
