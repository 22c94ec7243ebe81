"""Who asked, how much, and what they were given, without what they asked: `retrieve/queries.jsonl`.

```
{"at":"2026-11-30T08:55:01.123456+00:00","token":"shop-bot","tool":"search",
 "question":"…64 hex digits…","limit":10,"filters":{"languages":["de"]},"hits":2,
 "rows":["faq.jsonl:3","faq.jsonl:9"],"record":"…"}
```
``question`` is HMAC-SHA-256 of the text under a key derived from the home's fingerprint key for
this use alone: the same question is seen to be the same, and nobody without the key can try out
questions. A line is on disk before its answer is given. A query whose line cannot be written gets
no answer: a log with gaps would say that nobody asked. A row that is erased is called `erased`.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from govgate.durable import make_dirs, translated, write_durably
from govgate.home import Home, fingerprint_key
from govgate.locking import exclusive

_DOMAIN = b"govgate query v1\0"


@dataclass(frozen=True, slots=True)
class QueryLog:
    """Appends to the file at ``path``, which other processes may append to as well."""

    path: Path
    key: bytes

    @classmethod
    def of(cls, home: Home) -> "QueryLog":
        """The log of a home; UsageError where there is no fingerprint key."""
        derived = hmac.digest(fingerprint_key(home), _DOMAIN, hashlib.sha256)
        return cls(home.path / "retrieve" / "queries.jsonl", derived)

    def hash(self, question: str) -> str:
        """What stands for ``question``."""
        data = question.encode("utf-8", "surrogatepass")
        return hmac.digest(self.key, data, hashlib.sha256).hex()

    def append(
        self,
        *,
        at: datetime,
        token: str,
        tool: str,
        question: str,
        limit: int,
        filters: Mapping[str, Any],
        rows: Sequence[str],
        record: str,
    ) -> None:
        """Write a line and wait for the disk; IncompleteError where it does not take it."""
        said = {
            "at": at.isoformat(),
            "token": token,
            "tool": tool,
            "question": self.hash(question),
            "limit": limit,
            "filters": dict(filters),
            "hits": len(rows),
            "rows": list(rows),
            "record": record,
        }
        make_dirs(self.path.parent)
        with exclusive(self.path.with_name(".queries.lock")), translated(self.path):
            _append(self.path, _line(said))


def forget(home: Home, erased: Callable[[str], bool]) -> None:
    """Have no line of the home's log name a row for which ``erased(name)`` holds: it is called
    `erased` there. Who asked, and how many rows they were given, stays."""
    path = home.path / "retrieve" / "queries.jsonl"
    if not path.is_file():
        return
    with exclusive(path.with_name(".queries.lock")), translated(path, "read"):
        before = path.read_bytes()
        after = b"".join(_without(line, erased) for line in before.splitlines(keepends=True))
        if after != before:
            write_durably(path, after, 0o600)


def _without(line: bytes, erased: Callable[[str], bool]) -> bytes:
    try:
        said = json.loads(line)
        rows = ["erased" if erased(name) else name for name in said["rows"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        return line  # what a crash cut short; it is searched like any other file
    if rows == said["rows"]:
        return line
    return _line({**said, "rows": rows})


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def _append(path: Path, line: bytes) -> None:
    """Append all of ``line`` or nothing; what a crash left of another is ended first."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            if os.read(descriptor, 1) != b"\n":
                line = b"\n" + line
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
