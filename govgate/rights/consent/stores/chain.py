"""The digests that chain a database's batches, so that one of them names all that it holds.

    D(0) = SHA-256("govgate consent chain v1\\n")
    D(n) = SHA-256(D(n-1) LF n LF file LF imported LF events LF line LF line LF …)

Digests are lower-case hex. ``file`` is the SHA-256 of the imported file, empty for events that were
recorded by hand; ``imported`` the instant as it is kept; ``events`` their number in decimal digits.
A ``line`` is one event: the columns of ``events.SCHEMA`` in their order, joined by U+001F, an empty
text for null, times as whole microseconds since 1970-01-01T00:00:00Z. No column holds a control
character, so lines read one way only.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from govgate.rights.consent.events import SCHEMA

GENESIS = hashlib.sha256(b"govgate consent chain v1\n").hexdigest()
SEPARATOR = "\x1f"
_SLICE = 50_000


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction's events: ``number`` from 1; ``digest`` over it and all before it."""

    number: int
    file: str
    imported: str
    events: int
    digest: str = ""


def digest_of(previous: str, batch: Batch, lines: Iterator[str]) -> str:
    """D(n), where ``lines`` are blocks of whole lines of the batch's events."""
    hashed = _begun(previous, batch)
    for block in lines:
        hashed.update(block.encode())
    return hashed.hexdigest()


def blocks(events: pl.DataFrame) -> Iterator[str]:
    """The lines of ``events``, many in one text."""
    for part in events.iter_slices(_SLICE):
        yield "\n".join(lines_of(part)) + "\n"


def lines_of(events: pl.DataFrame) -> pl.Series:
    """The line of each event, without its line end."""
    texts = [
        pl.col(name).cast(pl.Int64).cast(pl.String) if kind.is_temporal() else pl.col(name)
        for name, kind in SCHEMA.items()
    ]
    line = pl.concat_str([text.fill_null("") for text in texts], separator=SEPARATOR)
    return events.select(line).to_series()


class Verifier:
    """Goes along a chain as its events are read, in their order and in parts of any size."""

    def __init__(self, batches: list[Batch]) -> None:
        self._batches = batches
        self._place = 0
        self._left = 0
        self._hashed = hashlib.sha256()
        self.head = GENESIS
        self.good = True
        self._begin()

    def read(self, events: pl.DataFrame) -> None:
        """Take the next events, with the number of the ``batch`` that each is in."""
        lines, batches = lines_of(events).to_list(), events["batch"].to_list()
        start = 0
        while start < len(lines):
            if self._left <= 0:  # no batch is open, or one says that it has fewer than none
                self.good = False
                return
            taken = lines[start : start + self._left]
            own = set(batches[start : start + len(taken)])
            self.good &= own == {self._batches[self._place].number}
            self._hashed.update(("\n".join(taken) + "\n").encode())
            start += len(taken)
            self._left -= len(taken)
            if not self._left:
                self._end()
                self._begin()

    def holds(self) -> bool:
        """Whether every batch was there, whole, with the digest that it has."""
        return self.good and self._place == len(self._batches)

    def _begin(self) -> None:
        """Open the next batch that has events. A loop: those without can be many."""
        while self._place < len(self._batches):
            batch = self._batches[self._place]
            self._left = batch.events
            self._hashed = _begun(self.head, batch)
            if self._left:
                return
            self._end()

    def _end(self) -> None:
        batch = self._batches[self._place]
        self.good &= self._hashed.hexdigest() == batch.digest
        self.head = batch.digest
        self._place += 1


def _begun(previous: str, batch: Batch) -> "hashlib._Hash":
    head = (previous, str(batch.number), batch.file, batch.imported, str(batch.events))
    return hashlib.sha256(("\n".join(head) + "\n").encode())
