"""What a store of rows holds, whichever program keeps it.

A row lies at a *place*, a number that it keeps. Places come in *blocks* of 65,536, which hold each
row's group and length; a *posting* lists where one word (its stem) stands in one block; *parts* of
256 places hold the vectors. A *group* is what many rows share: where they came from and what they
may be used for; who may see a row is asked of groups alone. Nothing is kept of a place whose row
was removed: its group is :data:`HOLE`, its length 0, its vector zeros.

Numbers are arrays of NumPy, little-endian: groups and lengths ``uint32``, places within a block and
counts ``uint16``, vectors ``float32`` of length 1.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from govgate.errors import UsageError
from govgate.retrieve.scope import Scope

BLOCK = 65_536
PART = 256
HOLE = 0xFFFFFFFF
KEY = 16  # bytes
NEVER = date.min  # the expiry of a store that nothing allows

U16 = npt.NDArray[np.uint16]
U32 = npt.NDArray[np.uint32]
F32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class About:
    """``record``: digest of the verified record that lets the rows through, and the policy that did
    until it ``expires``. ``model``, ``dims``: of the vectors; "" and 0 without any. ``whole``:
    whether every row that the record lets through is there; what it does not, never is."""

    record: str
    policy: str
    expires: date
    model: str = ""
    dims: int = 0
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """What is known of many rows, as facts name it; None is unknown. ``retrieve``: the verdict's
    effect. ``obligations``: what whoever uses the answer owes. ``citation``: how it is named."""

    file: str
    source: str | None = None
    license: str | None = None
    license_class: str | None = None
    license_terms: tuple[str, ...] | None = None
    consent: str | None = None
    jurisdictions: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    collected: date | None = None
    audience: tuple[str, ...] | None = None
    retrieve: str = "allow"
    obligations: tuple[str, ...] = ()
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """The places ``number * BLOCK`` and on: a group and a length (in words) each, and the keyed
    digest of the text, ``KEY`` bytes each, by which an update knows it again."""

    number: int
    groups: U32
    lengths: U32
    keys: bytes


@dataclass(frozen=True, slots=True)
class Posting:
    """Where one word stands in one block: ascending places, and how often at each."""

    block: int
    places: U16
    counts: U16


class Tables(Protocol):
    """A store opened to read. What it holds is checked as it is read: EvidenceError for damage."""

    about: About

    def groups(self) -> Mapping[int, Group]:
        """All groups by number."""

    def visible(self, scope: Scope) -> list[int]:
        """The groups that ``scope`` lets see, by the conditions of
        :mod:`govgate.retrieve.scope`."""

    def blocks(self) -> Iterator[Block]:
        """All blocks, in order."""

    def postings(self, term: str) -> Iterator[Posting]:
        """Where ``term`` stands, block by block."""

    def terms(self) -> Iterator[tuple[str, int]]:
        """Every word and block for which there is a posting."""

    def row(self, place: int) -> tuple[str, str]:
        """The name and the text of the row there; KeyError for a hole."""

    def rows(self) -> Iterator[tuple[int, str, str]]:
        """Place, name and text of all rows, in order of place."""

    def names(self) -> Iterator[tuple[int, str]]:
        """Place and name of all rows, in any order."""

    def vectors(self) -> Iterator[tuple[int, F32]]:
        """The vectors, ``PART`` or fewer at a time, with the place of the first."""


class Draft(Tables, Protocol):
    """A store being written, of which nobody sees anything before it is published."""

    def put_about(self, about: About) -> None:
        """Say what the store is about."""

    def put_groups(self, groups: Mapping[int, Group]) -> None:
        """Have exactly these groups."""

    def put_block(self, block: Block) -> None:
        """Write a block, or over it."""

    def posting(self, term: str, block: int) -> Posting | None:
        """Where ``term`` stands in ``block``."""

    def put_postings(self, postings: Iterable[tuple[str, Posting]]) -> None:
        """Write postings, or over them."""

    def drop_postings(self, names: Iterable[tuple[str, int]]) -> None:
        """Remove the postings of these words and blocks."""

    def put_rows(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Write place, name and text of rows, or over them."""

    def drop_rows(self, places: Iterable[int]) -> None:
        """Remove rows."""

    def vector_part(self, number: int) -> F32:
        """The vectors of one part, as many as there are."""

    def put_vectors(self, number: int, vectors: F32) -> None:
        """Write a part, or over it."""


class EarlierFormat(UsageError):
    """A store that an earlier version wrote: it can be built anew, and not be read."""


class Damaged(ValueError):
    """A store holds what no version of ours writes."""


def array(data: Any, kind: str) -> npt.NDArray[Any]:
    """The numbers in ``data``, bytes of a store; Damaged where they are not whole."""
    if not isinstance(data, bytes):
        raise Damaged("not the bytes of numbers")
    try:
        return np.frombuffer(data, dtype=kind)
    except ValueError as error:
        raise Damaged("numbers that are not whole") from error
