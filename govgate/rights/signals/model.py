"""What a signal is: its kind, what it says of each use, and the bytes that say it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """The ways in which a site or a person says what may be done with content."""

    ROBOTS = "robots"  # Allow and Disallow of RFC 9309
    CONTENT_USAGE = "content-usage"  # IETF aipref, as header or in robots.txt
    CONTENT_SIGNAL = "content-signal"  # Cloudflare, as header or in robots.txt
    TDMREP_HEADER = "tdmrep-header"
    TDMREP_META = "tdmrep-meta"
    TDMREP_FILE = "tdmrep-file"  # /.well-known/tdmrep.json
    X_ROBOTS_TAG = "x-robots-tag"
    META = "meta"  # <meta name="robots">
    C2PA = "c2pa"  # CAWG training and data mining assertion
    AI_TXT = "ai-txt"
    DOMAIN_LIST = "domain-list"
    SUBJECT_LIST = "subject-list"

    @property
    def bit(self) -> int:
        """The kind's place in a mask of kinds."""
        return 1 << _KINDS.index(self)


_KINDS = tuple(Kind)


class Artefact(StrEnum):
    """What is captured and kept: the thing whose bytes are the evidence of signals."""

    ROBOTS = "robots"
    TDMREP_FILE = "tdmrep-file"
    AI_TXT = "ai-txt"
    PAGE = "page"  # the lines of a response's head, and meta elements, that say something
    C2PA = "c2pa"
    DOMAIN_LIST = "domain-list"
    SUBJECT_LIST = "subject-list"


class Stance(StrEnum):
    """What is said of one use. Where it says something that cannot be read: None."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNSTATED = "unstated"


_ORDER = (Stance.UNSTATED, Stance.ALLOWED, None, Stance.REFUSED)
"""From the weakest to the strongest: a no is a no, whatever else is said; what cannot be read may
be a no, so it outweighs a yes; a yes outweighs silence (draft-ietf-aipref-vocab-08, s. 5.1)."""


def rank(stance: Stance | None) -> int:
    """Place in the order in which stances outweigh each other, from 0."""
    return _ORDER.index(stance)


def strictest(stances: Iterable[Stance | None]) -> Stance | None:
    """What several statements about one use come to; ``unstated`` for none of them.

    Commutative, associative and idempotent, and adding a statement never loosens the answer but
    from silence to a yes.
    """
    return _ORDER[max(map(rank, stances), default=0)]


class Stances(NamedTuple):
    """What is said of each use. ``tdm`` is a reservation of text and data mining: ``refused``."""

    train: Stance | None = Stance.UNSTATED
    retrieve: Stance | None = Stance.UNSTATED
    tdm: Stance | None = Stance.UNSTATED

    @property
    def silent(self) -> bool:
        """Whether nothing at all is said."""
        return self == SILENT

    def only_no(self) -> "Stances":
        """The same without permissions: what was not said to us permits us nothing."""
        return Stances(*(s if s is not Stance.ALLOWED else Stance.UNSTATED for s in self))

    def refusals(self) -> "Stances":
        """The refusals alone: what an old capture is still good for."""
        return Stances(*(s if s is Stance.REFUSED else Stance.UNSTATED for s in self))


SILENT = Stances()
UNREADABLE = Stances(None, None, None)
REFUSED = Stances(Stance.REFUSED, Stance.REFUSED, Stance.REFUSED)


def together(said: Iterable[Stances]) -> Stances:
    """The strictest of each use."""
    every = tuple(said)
    if not every:
        return SILENT
    return Stances(*(strictest(use) for use in zip(*every, strict=True)))


class Said(NamedTuple):
    """What one kind of signal says, before it has a date. ``why``: what could not be read."""

    kind: Kind
    stances: Stances
    why: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """What holds of one kind, and why anybody may believe it.

    ``scope``: what it speaks of (``origin``, ``page``, a path pattern, a list's name).
    ``captured``: UTC. ``digest``: SHA-256 of ``evidence``, which are the captured bytes, cut at the
    limit of their artefact (``cut``). ``why``: what of it could not be read.
    """

    kind: Kind
    scope: str
    train: Stance | None
    retrieve: Stance | None
    tdm: Stance | None
    captured: datetime
    digest: str
    evidence: bytes = field(repr=False)
    cut: bool = False
    why: str = ""
