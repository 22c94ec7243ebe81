"""The facts a policy may ask for: each one's name, kind, closed list of words, source and meaning.

This is the only place that says what there is to ask; the parser, the schema, the evaluators and
`docs/policy.md` read it from here. The words of roles, licence classes and consent repeat those
that ``scan`` and ``rights`` write; policy is their sibling and may not import them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from govgate.codes import COUNTRIES, LANGUAGES
from govgate.entities import ENTITIES
from govgate.model import Purpose

# The two words that ask whether a fact is known at all. They are never a fact's value.
UNKNOWN = "unknown"
KNOWN = "known"
MOST_DIGITS = 15  # of a number, in comparisons and in cases


class Kind(StrEnum):
    """What values a fact takes, and so which conditions may ask for it."""

    TEXT = "text"
    WORD = "word"  # one of a closed list
    SET = "set"  # any number of words: out of a closed list, or any text where there is none
    NUMBER = "number"  # a whole number, zero or more
    DATE = "date"  # a day of the calendar


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the vocabulary.

    ``words`` is empty for kinds without a closed list; ``example`` is a value to show. ``source``:
    who says it; ``unknown``: when nobody does; ``fix``: what makes it known.
    """

    name: str
    kind: Kind
    words: tuple[str, ...]
    description: str
    source: str
    unknown: str
    fix: str
    example: str = "3"

    @property
    def entities(self) -> bool:
        """Whether its words are entities, to which a policy may add its own."""
        return self.words is ENTITIES


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
PII_ENTITIES = "pii.entities"
PII_IN = "pii.in."  # then a role: what was found in that role's words

_SCAN = "the scan for personal data"
_NOT_SCANNED = "the row could not be read or scanned in full"
_RESCAN = "mend what coverage.json names as failed, then gate again"
_MANIFEST = "the file's source in govgate.yaml"


def _pii_facts() -> tuple[Fact, ...]:
    found = (_SCAN, _NOT_SCANNED, _RESCAN)
    return (
        Fact(
            "pii.entities",
            Kind.SET,
            ENTITIES,
            "kinds of personal data found in the row",
            *found,
            "EMAIL_ADDRESS",
        ),
        Fact("pii.count", Kind.NUMBER, (), "how many findings the row has", *found),
        Fact("pii.roles", Kind.SET, ROLES, "whose words hold the findings", *found, "user"),
        *(
            Fact(
                f"{PII_IN}{role}",
                Kind.SET,
                ENTITIES,
                f"kinds of personal data found {_where(role)}",
                *found,
                "PERSON",
            )
            for role in ROLES
        ),
        Fact(
            "pii.fields",
            Kind.SET,
            (),
            "the fields that hold the findings, with * for a place in a list",
            *found,
            "messages/*/content",
        ),
    )


def _where(role: str) -> str:
    if role == "key":
        return "in the names of fields"
    if role == "other":
        return "in fields of no known role"
    return f"in the row's {role} turns" if role in ROLES[:4] else f"in the row's {role} part"


def _rights_facts() -> tuple[Fact, ...]:
    license_fix = (
        "name the licence in the row's licence field or in govgate.yaml, as an SPDX expression"
    )
    return (
        Fact(
            "license.id",
            Kind.TEXT,
            (),
            "the licence as an SPDX expression",
            "the row's licence field, and the source's license in govgate.yaml",
            "no licence is given, it could not be read, or row and source differ and one cannot "
            "be classed",
            license_fix,
            "CC-BY-4.0",
        ),
        Fact(
            "license.class",
            Kind.WORD,
            LICENSE_CLASSES,
            "what kind of licence it is",
            "the licence table, for license.id",
            "license.id is unknown, or the licence table has no class for it",
            license_fix,
            "non-commercial",
        ),
        Fact(
            "consent.status",
            Kind.WORD,
            CONSENT_STATUSES,
            "the person's consent today",
            "the consent registry that govgate.yaml names, for the row's subject and the purpose",
            "there is no registry, no subject in the row, no event that counts, or the last event "
            "says unknown",
            "record the person's consent in the registry, and name the row's subject_field",
            "withdrawn",
        ),
        Fact(
            "consent.basis",
            Kind.WORD,
            CONSENT_BASES,
            "the source's lawful basis",
            f"consent_basis of {_MANIFEST}",
            "govgate.yaml names no consent_basis for the file",
            "declare the source's consent_basis in govgate.yaml, after asking who answers for it",
            "consent",
        ),
    )


def _source_facts() -> tuple[Fact, ...]:
    return (
        Fact(
            "source.name",
            Kind.TEXT,
            (),
            "the source's name",
            f"name of {_MANIFEST}",
            "govgate.yaml has no source for the file",
            "add a source for the file to govgate.yaml",
            "wikipedia",
        ),
        Fact(
            "source.jurisdictions",
            Kind.SET,
            COUNTRIES,
            "countries whose law the source's data falls under",
            f"jurisdictions of {_MANIFEST}",
            "govgate.yaml names no jurisdictions for the file",
            "declare the source's jurisdictions in govgate.yaml",
            "DE",
        ),
        Fact(
            "source.languages",
            Kind.SET,
            LANGUAGES,
            "languages that the source is written in",
            f"languages of {_MANIFEST}",
            "govgate.yaml names no languages for the file",
            "declare the source's languages in govgate.yaml",
            "en",
        ),
        Fact(
            "source.collected",
            Kind.DATE,
            (),
            "the last day on which data of the source was collected",
            f"collected of {_MANIFEST}",
            "govgate.yaml names no day for the file",
            "declare in govgate.yaml until when the source was collected",
            "2024-05-25",
        ),
        Fact(
            "row.characters",
            Kind.NUMBER,
            (),
            "how long the row's text is",
            "the reader of the data",
            "never, in a gate",
            "nothing to do",
        ),
        Fact(
            "run.purpose",
            Kind.WORD,
            tuple(Purpose),
            "what the training of the run is for",
            "--purpose of the gate",
            "never, in a gate",
            "nothing to do",
            "pretraining",
        ),
    )


FACTS: Mapping[str, Fact] = MappingProxyType(
    {fact.name: fact for fact in (*_pii_facts(), *_rights_facts(), *_source_facts())}
)
