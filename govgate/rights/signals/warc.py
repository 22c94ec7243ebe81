"""Responses in a WARC file (ISO 28500:2017), plain or with each record gzipped on its own.

Framing is warcio's; what it passes over in silence (a damaged gzip member, a record that is shorter
than it says, a line without an end) is an error here that names the record's offset, so that a
damaged file never reads as one in which nobody objected.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from govgate.errors import UsageError
from govgate.rights.signals import httphead
from govgate.rights.signals.httphead import Head, read_head
from govgate.rights.signals.response import WELL_KNOWN, Response

if TYPE_CHECKING:
    from warcio.archiveiterator import WARCIterator

SUFFIXES = (".warc", ".warc.gz")
BLOCK = 64 * 1024
MAX_LINE = 64 * 1024
REMEDY = "capture or download it again; `warcio recompress` mends a file gzipped as a whole"

Tell = Callable[[int], None]


def warc_responses(stream: BinaryIO, name: str, tell: Tell | None = None) -> Iterator[Response]:
    """The http and https responses of a file, each to be read before the next is asked for.

    ``tell`` hears of every record's end in the file. UsageError where the file is damaged.
    """
    iterator = _iterator(stream)
    while True:
        offset = iterator.offset
        errors = iterator.err_count
        record = _next(iterator, name)
        if iterator.err_count > errors:
            _damaged(name, offset, "the record before it is longer or shorter than it says")
        if record is None:
            return
        offset = iterator.offset
        try:
            response = _response(record, name, offset)
            if response is not None:
                yield response
            _drain(record)
        except (ValueError, EOFError, AttributeError) as error:
            raise _error(name, offset, "not a whole record") from error
        if getattr(record.raw_stream, "limit", 1):
            _damaged(name, offset, "a record that is shorter than it says")
        if tell is not None:
            tell(iterator.fh.tell())


def _iterator(stream: BinaryIO) -> "WARCIterator":
    import logging

    from warcio.archiveiterator import WARCIterator

    logging.getLogger("warcio.recordloader").disabled = True  # it would log addresses
    iterator = WARCIterator(stream, no_record_parse=True)
    iterator.reader = _strict_reader(iterator.fh)
    return iterator


def _strict_reader(stream: BinaryIO) -> Any:
    from warcio.bufferedreaders import DecompressingBufferedReader

    class StrictReader(DecompressingBufferedReader):  # type: ignore[misc]
        """Warcio's reader with an end to lines, and without its patience for damage."""

        decompressor: Any
        fed = False  # whether the gzip member at hand was begun

        def _init_decomp(self, decomp_type: str | None) -> None:
            self.fed = False
            super()._init_decomp(decomp_type)

        def readline(self, length: int | None = None) -> bytes:
            line: bytes = super().readline(length or MAX_LINE)
            if length is None and len(line) >= MAX_LINE and not line.endswith(b"\n"):
                raise ValueError("a line without an end")
            return line

        def _decompress(self, data: bytes) -> bytes:
            if not self.num_read and data[:2] != b"\x1f\x8b":
                self.decompressor = None  # a plain file
            if self.decompressor is None:
                return data
            self.fed = True
            return bytes(self.decompressor.decompress(data))

        def _process_read(self, data: bytes) -> None:
            if not data and self.fed and self.decompressor and not self.decompressor.eof:
                raise ValueError("a gzip member without its end")
            super()._process_read(data)

    return StrictReader(stream)


def _next(iterator: "WARCIterator", name: str) -> Any:
    from zlib import error as ZlibError

    from warcio.exceptions import ArchiveLoadFailed

    try:
        with redirect_stderr(io.StringIO()):  # warcio prints what it finds, addresses among it
            return next(iterator, None)
    except (ArchiveLoadFailed, ZlibError, ValueError, EOFError, AttributeError) as error:
        raise _error(name, iterator.offset, "not a whole WARC record") from error


def _drain(record: Any) -> None:
    from zlib import error as ZlibError

    try:
        while record.raw_stream.read(BLOCK):
            pass
    except ZlibError as error:
        raise ValueError("a damaged gzip member") from error


def _response(record: Any, name: str, offset: int) -> Response | None:
    """The record as a response; None for records of other kinds."""
    said = record.rec_headers
    if record.length is None or not said.get_header("Content-Length", "").strip().isdigit():
        _damaged(name, offset, "a record without its length")
    url = said.get_header("WARC-Target-URI") or ""
    if not url.lower().startswith(("http:", "https:")):
        return None
    captured = _date(said.get_header("WARC-Date") or "", name, offset)
    where = f"{name}@{offset}"
    cut = bool(said.get_header("WARC-Truncated") or said.get_header("WARC-Segment-Number"))
    match record.rec_type:
        case "response":
            head = _head(record.raw_stream)
            return Response(url, captured, head, record.raw_stream, where, cut)
        case "resource" if url.endswith(tuple(WELL_KNOWN)):  # the file as it was saved
            return Response(url, captured, Head(200), record.raw_stream, where, cut)
        case _:
            return None


def _head(stream: BinaryIO) -> Head:
    data = bytearray()
    while len(data) <= httphead.MAX_BYTES:
        line = stream.readline(httphead.MAX_BYTES)
        data += line
        if line in (b"\r\n", b"\n", b""):
            return read_head(bytes(data))
    return read_head(bytes(data), cut=True)


def _date(text: str, name: str, offset: int) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _damaged(name, offset, "a record without a date")
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).replace(tzinfo=None)


def _damaged(name: str, offset: int, what: str) -> NoReturn:
    raise _error(name, offset, what)


def _error(name: str, offset: int, what: str) -> UsageError:
    return UsageError(f"{name}: {what} at byte {offset}", remedy=REMEDY)
