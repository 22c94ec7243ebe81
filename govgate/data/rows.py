"""A file's rows, one after the other, whatever its format; nothing in it makes reading raise."""

from collections.abc import Iterator
from typing import Protocol, assert_never

from govgate.data.dataset import DataFile, Format
from govgate.data.delimited import Delimited
from govgate.data.jsonstream import JsonStream
from govgate.data.stored import Stored
from govgate.data.textlines import JsonLines, PlainText, Record
from govgate.model import FailureScope, Row

MAX_ROW_BYTES = 64 * 2**20
COLUMNAR = (Format.PARQUET, Format.ARROW)
DELIMITERS = {Format.CSV: ",", Format.TSV: "\t"}


class Records(Protocol):
    """What a format gives: its rows in order, and the bytes that a file of it starts with."""

    @property
    def header(self) -> bytes:
        """The CSV header record, ``[`` of a JSON array, else empty; set before the first row."""
        ...

    def __iter__(self) -> Iterator[Record]: ...


class RowReader:
    """Iterates over the rows of ``file``, numbered from ``first_index``; one pass only.

    A malformed row is a Row with a failure. What ends the file early (truncation, an I/O error, a
    file that cannot be opened) is one last Row whose failure has the scope FILE; the rows before
    it stand. Afterwards ``sha256`` and ``size`` tell of the whole file as stored on disk.
    """

    def __init__(
        self,
        file: DataFile,
        *,
        file_index: int,
        first_index: int,
        max_row_bytes: int = MAX_ROW_BYTES,
    ) -> None:
        self._stored = Stored(file)
        self._file, self._index = file_index, first_index
        self._records = records(file, self._stored, max_row_bytes)

    def __iter__(self) -> Iterator[Row]:
        line, index = 0, self._index
        try:
            ended = False
            for line, value, raw, failure in self._records:
                ended = failure is not None and failure.scope is FailureScope.FILE
                if ended:  # a broken end of a truncated file is reported as the truncation
                    failure = self._stored.failure or failure
                yield Row(index, self._file, line, value, raw, failure)
                index += 1
            if self._stored.failure is not None and not ended:
                yield Row(index, self._file, line + 1, None, b"", self._stored.failure)
            self._stored.drain()
        finally:
            self._stored.close()

    @property
    def header(self) -> bytes:
        """The bytes that start a file of this layout; see Records."""
        return self._records.header

    @property
    def sha256(self) -> str:
        """Hex digest of the stored file, once iteration has ended."""
        return self._stored.sha256

    @property
    def size(self) -> int:
        """Stored bytes read so far: the file's size, once iteration has ended."""
        return self._stored.size

    def close(self) -> None:
        """Let go of the file before its end."""
        self._stored.close()


def records(file: DataFile, stored: Stored, max_row_bytes: int) -> Records:
    """The reader for the format of ``file``."""
    match file.format:
        case Format.JSONL:
            return JsonLines(stored, max_row_bytes)
        case Format.JSON:
            return JsonStream(stored, max_row_bytes)
        case Format.CSV | Format.TSV:
            return Delimited(stored, max_row_bytes, DELIMITERS[file.format])
        case Format.TEXT:
            return PlainText(stored, max_row_bytes)
        case Format.PARQUET | Format.ARROW:
            return _columnar(stored, file)
        case _:
            assert_never(file.format)


def _columnar(stored: Stored, file: DataFile) -> Records:
    from govgate.data.columnar import Columnar

    reader: Records = Columnar(stored, file)
    return reader
