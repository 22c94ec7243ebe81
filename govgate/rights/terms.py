"""What licences ask: single terms, the class they add up to, and the meet of several licences.

Terms of a row are what all that went into it asks, taken together: the union of the terms, and the
strictest class. Which licence asks for what is data (`policies/licenses.yaml`), not code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class LicenseClass(StrEnum):
    """What a licence asks of whoever trains on the text, from the least to the most restrictive.

    The order of definition is the order of restrictiveness that AND, OR, a conflict between
    declarations and lineage use.
    """

    PUBLIC_DOMAIN = "public-domain"  # nothing
    PERMISSIVE = "permissive"  # keep the notice
    ATTRIBUTION = "attribution"  # name the source
    SHARE_ALIKE = "share-alike"  # pass it on under the same terms
    NO_DERIVATIVES = "no-derivatives"  # pass it on unchanged only
    NON_COMMERCIAL = "non-commercial"  # no commercial use
    ACADEMIC = "academic"  # research or teaching only
    PROPRIETARY = "proprietary"  # the owner's own terms, use restrictions among them

    @property
    def strictness(self) -> int:
        """Place on the scale, from 0."""
        return _SCALE.index(self)


class Term(StrEnum):
    """One thing that a licence asks or forbids; `policies/licenses.yaml` says what each means."""

    NOTICE = "notice"
    ATTRIBUTION = "attribution"
    MODEL_NAMED = "model-named"
    SHARE_ALIKE = "share-alike"
    NO_DERIVATIVES = "no-derivatives"
    NON_COMMERCIAL = "non-commercial"
    RESEARCH_ONLY = "research-only"
    USE_RESTRICTED = "use-restricted"
    OUTPUT_RESTRICTED = "output-restricted"
    NO_LICENSE = "no-license"


class Covers(StrEnum):
    """What a licence covers: what is in a compilation, or the compilation alone."""

    CONTENT = "content"
    COMPILATION = "compilation"


_SCALE = tuple(LicenseClass)


@dataclass(frozen=True, slots=True)
class Terms:
    """A class and the terms that amount to it. ``FREE`` is the neutral element of ``meet``."""

    cls: LicenseClass
    words: frozenset[Term] = frozenset()

    def meet(self, other: Terms) -> Terms:
        """Both at once: all terms of either, and the stricter class."""
        stricter = max(self.cls, other.cls, key=lambda cls: cls.strictness)
        return Terms(stricter, self.words | other.words)

    @property
    def weight(self) -> tuple[int, int, tuple[str, ...]]:
        """How much is asked: by class, then by the number of terms, then by their names."""
        return self.cls.strictness, len(self.words), tuple(sorted(self.words))


FREE = Terms(LicenseClass.PUBLIC_DOMAIN)


def meet_all(parts: Iterable[Terms]) -> Terms:
    """The meet of any number of terms; of none, ``FREE``."""
    whole = FREE
    for part in parts:
        whole = whole.meet(part)
    return whole


def choice(parts: Iterable[Terms]) -> Terms:
    """The part that asks least: what OR leaves to the licensee. ValueError for no parts."""
    return min(parts, key=lambda part: part.weight)
