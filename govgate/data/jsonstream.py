"""A JSON file as a stream of rows: one array, or values one after the other.

The text is held in a buffer that grows (doubling) only while one value does not fit in it, so
memory is bounded by the longest row and time stays linear in the file. Invalid UTF-8 travels as
surrogate escapes, so every row's exact bytes are known and only the row that holds it fails.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from govgate.data.failures import INVALID_UTF8, UTF8_BOM, UTF16_BOMS, UTF_16, file_failure, too_long
from govgate.data.jsontext import DECODER, NUMBER_RANGE, TOO_DEEP, Skipper, Unfit, check
from govgate.data.stored import BUFFER, Stored
from govgate.data.textlines import Record
from govgate.model import Failure

_BLANK = re.compile(r"[ \t\r\n]*")
_MARGIN = 16  # an error this close to the buffer's end may be a token cut in two
EMPTY = file_failure("empty-json", "the file holds no JSON value", "remove the file or fill it")


class JsonStream:
    """Rows of a `.json` file. ``header`` is ``b"["`` for an array, empty for loose values."""

    def __init__(self, stored: Stored, max_row_bytes: int) -> None:
        self.header = b""
        self._limit = max_row_bytes
        self._stored = stored
        self._bytes = stored.plain()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0
        self._ended = False
        self._count = 0

    def __iter__(self) -> Iterator[Record]:
        head = self._bytes.read(BUFFER)
        if head.startswith(UTF16_BOMS):
            yield 1, None, b"", UTF_16
            return
        self._text = self._decoder.decode(head.removeprefix(UTF8_BOM))
        first = self._next_mark()
        if first == "[":
            self.header = b"["
            self._at += 1
            yield from self._array()
        elif first:
            yield from self._loose()
        elif self._stored.failure is None:
            yield 1, None, b"", EMPTY

    def _array(self) -> Iterator[Record]:
        mark = self._next_mark()
        more = mark != "]"
        while more:
            row = self._value()
            yield row
            if _ends_file(row):
                return
            mark = self._next_mark()
            more = mark == ","
            if more:
                self._at += 1
                self._next_mark()
        if mark == "]":
            self._at += 1
            if not self._next_mark():
                return
        if self._stored.failure is None:
            yield self._count + 1, None, b"", self._broken()

    def _loose(self) -> Iterator[Record]:
        while self._next_mark():
            row = self._value()
            yield row
            if _ends_file(row):
                return

    def _next_mark(self) -> str:
        """The next character that is not blank, left in place; empty at the end of the file."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def _grow(self) -> bool:
        """Drop what was used and read as much again as is left; False at the end of the file."""
        if self._ended:
            return False
        left = self._text[self._at :]
        data = self._bytes.read(max(BUFFER, len(left)))
        self._ended = not data
        self._text = left + self._decoder.decode(data, final=self._ended)
        self._at = 0
        return bool(data) or len(self._text) > len(left)

    def _value(self) -> Record:
        """The value that starts here."""
        self._count += 1
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
                if not self._ended and end > len(self._text) - _MARGIN:
                    self._grow()
                    continue  # a number may go on, as 1 in 1.5e+3 does
                if end == len(self._text) and self._stored.failure is not None:
                    return self._count, None, b"", self._broken()
                return self._row(value, end)
            except json.JSONDecodeError as error:
                if not self._may_be_cut(error):
                    return self._count, None, b"", self._broken()
                if len(self._text) - self._at > self._limit:
                    return self._skip(too_long(self._limit))
                if not self._grow():
                    return self._count, None, b"", self._broken()
            except Unfit as error:
                return self._skip(error.failure)
            except RecursionError:
                return self._skip(TOO_DEEP)
            except ValueError:  # an integer of more digits than Python converts
                return self._skip(NUMBER_RANGE)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        near_end = error.pos >= len(self._text) - _MARGIN
        return not self._ended and (near_end or error.msg.startswith("Unterminated string"))

    def _row(self, value: Any, end: int) -> Record:
        text = self._text[self._at : end]
        self._at = end
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            return self._count, None, text.encode("utf-8", "surrogateescape"), INVALID_UTF8
        if len(raw) > self._limit:
            return self._count, None, b"", too_long(self._limit)
        try:
            check(text, value)
        except Unfit as error:
            return self._count, None, raw, error.failure
        return self._count, value, raw, None

    def _skip(self, failure: Failure) -> Record:
        """Pass over the value that starts here without holding it."""
        skipper = Skipper()
        while (end := skipper.feed(self._text, self._at)) is None:
            self._at = len(self._text)
            if not self._grow():
                return self._count, None, b"", self._broken()
        self._at = end
        return self._count, None, b"", failure

    def _broken(self) -> Failure:
        """Nothing behind a syntax error in a stream can be told apart, so it ends the file."""
        where = f"not valid JSON in or behind row {self._count} of the file"
        return file_failure("malformed-json", where, "repair the file; nothing behind it was read")


def _ends_file(row: Record) -> bool:
    return row[3] is not None and row[3].scope == "file"
