"""JSON Lines and plain text: rows by physical line, or the whole file as one row."""

from collections.abc import Iterator
from typing import Any

from govgate.data.failures import (
    INVALID_UTF8,
    NUL_BYTE,
    UTF8_BOM,
    UTF16_BOMS,
    UTF_16,
    row_failure,
    too_long,
)
from govgate.data.jsontext import parse
from govgate.data.stored import BUFFER, Stored
from govgate.model import Failure

Record = tuple[int, Any, bytes, Failure | None]  # line, value, raw, failure


class JsonLines:
    """Each physical line is one JSON value; blank lines are no rows and are not kept."""

    header = b""

    def __init__(self, stored: Stored, max_row_bytes: int) -> None:
        self._stored, self._limit = stored, max_row_bytes

    def __iter__(self) -> Iterator[Record]:
        for line, raw, whole in physical_lines(self._stored, self._limit):
            if line == 1 and raw.startswith(UTF16_BOMS):
                yield line, None, b"", UTF_16
                return
            if line == 1:
                raw = raw.removeprefix(UTF8_BOM)
            if not whole:
                yield line, None, b"", too_long(self._limit)
            elif not raw.isspace() and raw:
                value, failure = parse_bytes(raw)
                yield line, value, raw, failure


class PlainText:
    """The whole file is one row; its value has no byte order mark, its raw bytes keep it."""

    header = b""

    def __init__(self, stored: Stored, max_row_bytes: int) -> None:
        self._stored, self._limit = stored, max_row_bytes

    def __iter__(self) -> Iterator[Record]:
        raw = self._stored.plain().read(self._limit + 1)
        if self._stored.failure is not None or not raw:
            return
        if len(raw) > self._limit:
            yield 1, None, b"", too_long(self._limit)
        elif raw.startswith(UTF16_BOMS):
            yield 1, None, b"", UTF_16
        else:
            value, failure = _text(raw)
            yield 1, value, raw, failure


def physical_lines(stored: Stored, limit: int) -> Iterator[tuple[int, bytes, bool]]:
    """(number, line with its newline, True); for a line over ``limit`` a part of it and False.

    An unterminated last line of a file that ended too early is dropped: it is a part of a row.
    """
    lines = stored.plain()
    number = 0
    while raw := lines.readline(limit + 1):
        number += 1
        whole = len(raw) <= limit
        ended = raw.endswith(b"\n")
        part = raw
        while not whole and part and not part.endswith(b"\n"):
            part = lines.readline(BUFFER)
        if not ended and whole and stored.failure is not None:
            return
        yield number, raw, whole


def parse_bytes(raw: bytes) -> tuple[Any, Failure | None]:
    """The JSON value of ``raw``, or the failure."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None, INVALID_UTF8
    return parse(text)


def _text(raw: bytes) -> tuple[str | None, Failure | None]:
    if b"\0" in raw:
        return None, NUL_BYTE
    try:
        return raw.removeprefix(UTF8_BOM).decode(), None
    except UnicodeDecodeError:
        return None, row_failure(
            "invalid-utf8", "the file is not valid UTF-8", "save the file as UTF-8"
        )
