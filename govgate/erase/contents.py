"""All that a file holds, as streams of bytes: as it lies there, and with every wrapping opened.

gzip and zstd are unpacked, the columns of Parquet and Arrow files and the values of SQLite
databases are read, and what comes out of a wrapping is looked at in the same way. Nothing is held
whole.
"""

import io
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from govgate.erase.sieve import BLOCK

GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
PARQUET, ARROW, SQLITE = b"PAR1", b"ARROW1", b"SQLite format 3\0"
_SEEKS = (PARQUET, ARROW, SQLITE)
DEEPEST = 4  # wrappings within each other
_BATCH = 16_384  # rows of a table at a time
_ZSTD_FEED = 1024  # bytes; zstd packs at most 128 KiB into 4, so one feed gives 32 MiB

Blocks = Iterator[bytes | memoryview]


class UnopenedError(Exception):
    """What a file seems to hold cannot be read to its end."""


def contents(path: Path) -> Iterator[Blocks]:
    """Streams of the bytes in the file, each to be read to its end before the next is asked for.

    OSError where it cannot be read, UnopenedError where a wrapping is damaged or too deep.
    """
    with path.open("rb") as file:
        yield _blocks(file)
        file.seek(0)
        yield from _within(file, path, 0)


def _within(file: IO[bytes], path: Path | None, depth: int) -> Iterator[Blocks]:
    """The streams within a file that can be sought; ``path``: where it lies, if anywhere."""
    head = file.read(16)
    file.seek(0)
    if head.startswith(PARQUET):
        yield _parquet(file)
    elif head.startswith(ARROW):
        yield _arrow(file)
    elif head.startswith(SQLITE) and path is not None:
        yield _sqlite(path)
    elif head.startswith((GZIP, ZSTD)):
        if depth == DEEPEST:
            raise UnopenedError("it is wrapped too many times")
        unpack = _gunzip if head.startswith(GZIP) else _unzstd
        yield from _unwrapped(unpack(file), depth + 1)


def _unwrapped(blocks: Iterator[bytes], depth: int) -> Iterator[Blocks]:
    """What was unpacked, as it is; kept in a file without a name only where it must be sought."""
    first = next(blocks, b"")
    while len(first) < len(SQLITE) and (more := next(blocks, b"")):
        first += more
    whole: Iterator[bytes] = chain([first], blocks)
    if not first.startswith((*_SEEKS, GZIP, ZSTD)):
        yield iter(whole)
        return
    with TemporaryFile() as file:
        yield _kept(whole, file)
        file.seek(0)
        yield from _within(file, None, depth)


def _kept(blocks: Iterable[bytes], file: IO[bytes]) -> Iterator[bytes]:
    for block in blocks:
        file.write(block)
        yield block


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(BLOCK), b"")


def _gunzip(file: IO[bytes]) -> Iterator[bytes]:
    member: Any = zlib.decompressobj(wbits=31)
    for block in _blocks(file):
        data = block
        while data:
            if member.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                yield member.decompress(data, BLOCK)
                while member.unconsumed_tail:
                    yield member.decompress(member.unconsumed_tail, BLOCK)
            except zlib.error as error:
                raise UnopenedError("its gzip data is damaged") from error
            data = member.unused_data
    if not member.eof:
        raise UnopenedError("its gzip data ends too early")


def _unzstd(file: IO[bytes]) -> Iterator[bytes]:
    import zstandard

    frame: Any = zstandard.ZstdDecompressor().decompressobj()
    for data in iter(lambda: file.read(_ZSTD_FEED), b""):
        while data:
            if frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
            try:
                yield frame.decompress(data)
            except zstandard.ZstdError as error:
                raise UnopenedError("its zstd data is damaged") from error
            data = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise UnopenedError("its zstd data ends too early")


def _parquet(file: IO[bytes]) -> Blocks:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(file)
        for batch in table.iter_batches(batch_size=_BATCH):
            yield from _columns(batch)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnopenedError("it cannot be read as Parquet") from error


def _arrow(file: IO[bytes]) -> Blocks:
    import pyarrow as pa

    try:
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            yield from _columns(reader.get_batch(number))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnopenedError("it cannot be read as Arrow") from error


def _columns(batch: Any) -> Blocks:
    for column in batch.columns:
        yield from _buffers(column)


def _buffers(array: Any) -> Blocks:
    """The bytes of an array's values, nested ones too; values of one column follow each other."""
    import pyarrow as pa

    for buffer in array.buffers():
        if buffer is not None:
            yield memoryview(buffer)
            yield b"\0"
    if pa.types.is_dictionary(array.type):
        yield from _buffers(array.dictionary)


def _sqlite(path: Path) -> Blocks:
    """Every text and blob of every table, those that full-text search keeps included."""
    import apsw

    try:
        connection = apsw.Connection(str(path.absolute()), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            yield from _values(connection)
        finally:
            connection.close()
    except apsw.Error as error:
        raise UnopenedError("it cannot be read as SQLite") from error


def _values(connection: Any) -> Blocks:
    tables = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
    ).fetchall()
    for (name,) in tables:
        held, size = io.BytesIO(), 0
        quoted = '"' + name.replace('"', '""') + '"'
        for row in connection.execute(f"SELECT * FROM {quoted}"):  # noqa: S608 - quoted
            for value in row:
                data = value.encode("utf-8", "replace") if isinstance(value, str) else value
                if isinstance(data, bytes):
                    size += held.write(data + b"\0")
            if size >= BLOCK:
                yield held.getvalue()
                held, size = io.BytesIO(), 0
        yield held.getvalue()
