"""Whether a store's answers still stand: by its run's record, and by the erasures of the home."""

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from govgate import rundir
from govgate.errors import GovgateError
from govgate.home import Home
from govgate.register.superseded import SUPERSEDED, Superseded, superseded
from govgate.retrieve.serving.problem import Problem
from govgate.spelling import one_line

T = TypeVar("T")


@dataclass(slots=True)
class _Kept(Generic[T]):
    """What ``read`` made of a file, for as long as it is the same file. Threads may share one."""

    path: Path
    read: Callable[[], T]
    _last: tuple[tuple[int, int, int], T] | None = field(init=False, default=None)

    def get(self) -> T:
        """What the file says now; FileNotFoundError, and whatever ``read`` raises."""
        stat = self.path.stat()
        stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        last = self._last
        if last is None or last[0] != stamp:
            self._last = last = (stamp, self.read())
        return last[1]


@dataclass(slots=True)
class Standing:
    """Whether answers from the store of the run at ``run`` stand, after the erasures of ``home``.

    Files are read again only when they have changed, so every answer can be held against them.
    """

    run: Path
    home: Home
    _records: _Kept[frozenset[str]] = field(init=False)
    _erased: _Kept[Mapping[str, Superseded]] = field(init=False)

    def __post_init__(self) -> None:
        record = self.run / rundir.RECORD
        self._records = _Kept(record, lambda: _digests(record.read_bytes()))
        self._erased = _Kept(self.home.register / SUPERSEDED, lambda: superseded(self.home))

    def check(self, record: str, *, whole: bool) -> None:
        """Raise a `Problem` (503) unless answers of a store of that record stand.

        They do not where the run has another record by now (what it no longer lets through may be
        in the store still), where an erasure has superseded the record, or where the store is not
        ``whole``.
        """
        if record in self._superseded():
            raise Problem(
                503,
                "an erasure has superseded the record of the store; the operator must finish it"
                " with: govgate erase --resume, or gate the data again",
            )
        if record not in self._of_run():
            raise Problem(
                503,
                "the run has a newer record than the store; the operator must bring the store up"
                " to date with: govgate retrieve build",
            )
        if not whole:
            raise Problem(
                503,
                "the store is being brought up to date; if that lasts, the operator must do it"
                " with: govgate retrieve build",
            )

    def _of_run(self) -> frozenset[str]:
        try:
            return self._records.get()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Problem(503, "the record of the run cannot be read") from error

    def _superseded(self) -> Mapping[str, Superseded]:
        try:
            return self._erased.get()
        except FileNotFoundError:
            return {}
        except GovgateError as error:
            tell(error)
            raise Problem(503, "the list of erasures cannot be read") from error
        except OSError as error:
            raise Problem(503, "the list of erasures cannot be read") from error


def tell(error: GovgateError) -> None:
    """Tell the operator in full; nothing of a question is in an error of ours."""
    print(f"govgate: {one_line(str(error))}", file=sys.stderr, flush=True)


def _digests(envelopes: bytes) -> frozenset[str]:
    """The digests of what a record's lines say. Nothing is verified: it tells records apart."""
    payloads: Any = [json.loads(line)["payload"] for line in envelopes.splitlines() if line]
    return frozenset(hashlib.sha256(base64.b64decode(one)).hexdigest() for one in payloads)
