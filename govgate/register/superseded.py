"""Records that an erasure has done away with: `register/superseded.json`.

A copy of such a run still verifies by itself, and still holds what was erased. So whoever uses a
run asks here first: a backup that was put back is refused by the home that erased.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from govgate.home import Home
from govgate.register.documents import (
    Document,
    Part,
    Sha256,
    read_document,
    write_document,
    writing,
)

SUPERSEDED = "superseded.json"


@dataclass(frozen=True, slots=True)
class Superseded:
    """By which erasure a record was superseded, and on which day."""

    receipt: str
    day: date

    def in_words(self, *, retired: bool = False) -> str:
        """What is said of a run with that record, and what to do.

        ``retired``: it is the run itself, of which the erasure left nothing.
        """
        said = f"the record was superseded by an erasure on {self.day} (receipt {self.receipt}):"
        if retired:
            return f"{said} the run was retired, its rows are gone; gate the data again"
        return f"{said} this copy holds what was erased; delete it, or gate the data again"


class _Record(Part):
    record: Sha256
    receipt: str
    day: date


class _Records(Document):
    records: tuple[_Record, ...] = ()


def supersede(home: Home, records: Iterable[str], receipt: str, day: date) -> None:
    """Put records on the list; one that is there stays as it is."""
    with writing(home) as register:
        known = _read(home).records
        there = {one.record for one in known}
        fresh = sorted(set(records) - there)
        if fresh:
            added = tuple(_Record(record=one, receipt=receipt, day=day) for one in fresh)
            write_document(register / SUPERSEDED, _Records(records=(*known, *added)))


def superseded(home: Home) -> Mapping[str, Superseded]:
    """All of them, by digest; EvidenceError where the list is damaged or of a newer form."""
    return {one.record: Superseded(one.receipt, one.day) for one in _read(home).records}


def _read(home: Home) -> _Records:
    return read_document(home.register / SUPERSEDED, _Records) or _Records()
