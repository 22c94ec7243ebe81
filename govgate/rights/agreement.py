"""Several licences declared for one row: which holds, and whether they agree.

A row's own licence, that of its source in govgate.yaml and those of the papers beside the data are
declarations of equal weight: where they differ, the terms of all of them hold and the strictest
names the licence; one that cannot be read makes the whole unknown. The manifest alone can overrule
the others, with a reason, and then the difference is still told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from govgate.rights.declarations.declaration import NO_ASSERTION
from govgate.rights.licenses import NO_LICENSE, LicenseFacts, read_license
from govgate.rights.terms import Covers, Terms, meet_all

NO_LICENSE_ANYWHERE = "no licence in the row, the manifest or the data set's papers"
OVERRULED = "the manifest's licence holds, for the reason that it gives, although others differ"


class Place(StrEnum):
    """Where a licence is declared; the order is that in which places are named."""

    ROW = "row"
    MANIFEST = "manifest"
    CARD = "card"
    CROISSANT = "croissant"
    SPDX = "spdx"
    LICENSE_FILE = "license-file"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Declared:
    """What one place says: a licence's text, or the reason why what stands there cannot be read."""

    place: Place
    text: str | None = None
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the declarations come to. ``terms`` None: unknown, for the reason ``why``.

    ``id``: the licence that holds; known also where the table does not hold it and nobody else
    says another. ``conflict``: None where nothing is declared. ``why`` of known terms is a remark.
    """

    id: str | None
    terms: Terms | None
    covers: Covers | None
    why: str | None
    conflict: bool | None
    places: tuple[Place, ...]


def agree(declared: Sequence[Declared], *, overruling: bool = False) -> Agreement:
    """What ``declared`` come to; ``overruling``: the manifest's counts in place of all others."""
    heard = [one for one in declared if one.unknown != NO_ASSERTION] or declared
    read = [(one.place, facts) for one in heard if (facts := _read(one)) is not None]
    places = tuple(sorted({place for place, _ in read}, key=list(Place).index))
    if not read:
        return Agreement(None, None, None, NO_LICENSE_ANYWHERE, None, ())
    conflict = len({(facts.id, facts.terms is None) for _, facts in read}) > 1
    counted = [pair for pair in read if not overruling or pair[0] is Place.MANIFEST] or read
    held = _settled(counted)
    why = OVERRULED if overruling and conflict and held.terms else held.why
    return Agreement(held.id, held.terms, held.covers, why, conflict, places)


def _read(one: Declared) -> LicenseFacts | None:
    if one.unknown is not None:
        return LicenseFacts(None, None, one.unknown)
    facts = read_license(one.text)
    return None if facts.why == NO_LICENSE else facts


@dataclass(frozen=True, slots=True)
class _Held:
    id: str | None
    terms: Terms | None
    covers: Covers | None
    why: str | None


def _settled(read: Sequence[tuple[Place, LicenseFacts]]) -> _Held:
    place, first = read[0]
    if all(facts.id == first.id and facts.id is not None for _, facts in read):
        covers = first.covers if first.terms else None
        return _Held(first.id, first.terms, covers, _remark(place, first))
    for place, facts in read:
        if facts.terms is None:
            known = facts.id if len(read) == 1 else None
            return _Held(known, None, None, _remark(place, facts))
    terms = [facts.terms for _, facts in read if facts.terms is not None]
    _, strictest = max(read, key=lambda one: one[1].terms.weight if one[1].terms else (0, 0, ()))
    # What is in a compilation is licensed by what the row itself says, not by who differs on it.
    content = [place for place, facts in read if facts.covers is Covers.CONTENT]
    named = " and ".join(dict.fromkeys(place for place, _ in read))
    return _Held(
        strictest.id,
        meet_all(terms),
        Covers.CONTENT if Place.ROW in content or len(content) == len(read) else Covers.COMPILATION,
        f"{named} name different licences; the terms of all hold",
    )


def _remark(place: Place, facts: LicenseFacts) -> str | None:
    return facts.why and f"{place}: {facts.why}"
