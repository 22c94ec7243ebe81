"""The head of a saved HTTP/1.x response (RFC 9112): status and field lines, as bytes.

Read for evidence, not for trust: a line that is no field is passed over and the next one is read,
so that one bad line cannot hide a no behind it. Folded lines are joined (section 5.2), duplicates
kept in order, control bytes within a value become spaces (RFC 9110, section 5.5).
"""

import re
from dataclasses import dataclass

MAX_BYTES = 256 * 1024
_STATUS = re.compile(rb"HTTP/[0-9](?:\.[0-9])? +([1-9][0-9]{2})(?: |$)", re.IGNORECASE).match
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Head:
    """``status`` is None where the first line is no status line. Names are in small letters."""

    status: int | None
    fields: tuple[tuple[str, bytes], ...] = ()
    cut: bool = False

    def every(self, name: str) -> list[bytes]:
        """The values of all lines of a name, in order."""
        return [value for field, value in self.fields if field == name]

    def last(self, name: str) -> str:
        """The value of the last line of a name as text; empty where there is none."""
        values = self.every(name)
        return values[-1].decode("latin-1") if values else ""


def split_head(data: bytes) -> tuple[bytes, int]:
    """The head's bytes, and where the body begins; -1 where the head has no end in ``data``."""
    end = _END.search(data)
    return (data, -1) if end is None else (data[: end.start()], end.end())


def read_head(data: bytes, *, cut: bool = False) -> Head:
    """The head in ``data`` (up to its blank line, or without one). ``cut``: it went on."""
    lines = re.split(rb"\r\n|\n|\r", data[:MAX_BYTES])
    match = _STATUS(lines[0].strip())
    fields: list[tuple[str, bytearray]] = []
    for line in lines[1 if match else 0 :]:
        if line[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].extend(b" " + _value(line))
            continue
        written, colon, rest = line.partition(b":")
        if colon and _NAME(written := written.rstrip(b" \t")):
            fields.append((written.decode("ascii").lower(), bytearray(_value(rest))))
    read = tuple((name, bytes(value).strip(b" \t")) for name, value in fields)
    return Head(int(match[1]) if match else None, read, cut or len(data) > MAX_BYTES)


def _value(raw: bytes) -> bytes:
    return _CONTROL.sub(b" ", raw).strip(b" \t")
