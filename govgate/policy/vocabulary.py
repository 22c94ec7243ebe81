"""The facts a policy may ask for: each one's name, kind and closed list of words.

The words of roles, licence classes and consent repeat those that ``scan`` and ``rights`` write;
policy is their sibling and may not import them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from govgate.entities import ENTITIES

# The two words that ask whether a fact is known at all. They are never a fact's value.
UNKNOWN = "unknown"
KNOWN = "known"


class Kind(StrEnum):
    """What values a fact takes, and so which conditions may ask for it."""

    TEXT = "text"
    WORD = "word"  # one of a closed list
    SET = "set"  # any number out of a closed list
    NUMBER = "number"  # a whole number, zero or more


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the vocabulary.

    ``words`` is empty for kinds without a closed list; ``example`` is a value to show.
    """

    name: str
    kind: Kind
    words: tuple[str, ...]
    description: str
    example: str = "3"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ROLES = _words(
    "system user assistant tool prompt completion chosen rejected history text key other"
)
LICENSE_CLASSES = _words(
    "public-domain permissive attribution share-alike non-commercial no-derivatives academic "
    "proprietary"
)
CONSENT_STATUSES = _words("given refused withdrawn expired invalidated requested")
CONSENT_BASES = _words(
    "consent contract legal-obligation vital-interests public-task legitimate-interests "
    "not-personal"
)


def _vocabulary() -> dict[str, Fact]:
    facts = (
        Fact(
            "pii.entities",
            Kind.SET,
            ENTITIES,
            "kinds of personal data found in the row",
            "EMAIL_ADDRESS",
        ),
        Fact("pii.count", Kind.NUMBER, (), "how many findings the row has"),
        Fact("pii.roles", Kind.SET, ROLES, "whose words hold the findings", "user"),
        Fact("license.id", Kind.TEXT, (), "the licence as an SPDX expression", "CC-BY-4.0"),
        Fact(
            "license.class",
            Kind.WORD,
            LICENSE_CLASSES,
            "what kind of licence it is",
            "non-commercial",
        ),
        Fact(
            "consent.status", Kind.WORD, CONSENT_STATUSES, "the person's consent today", "withdrawn"
        ),
        Fact("consent.basis", Kind.WORD, CONSENT_BASES, "the source's lawful basis", "consent"),
        Fact("source.name", Kind.TEXT, (), "the source's name in the manifest", "wikipedia"),
        Fact("row.characters", Kind.NUMBER, (), "how long the row's text is"),
    )
    return {fact.name: fact for fact in facts}


FACTS: Mapping[str, Fact] = MappingProxyType(_vocabulary())
