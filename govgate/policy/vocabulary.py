"""The facts a policy may ask for: each one's name, kind, closed list of words, source and meaning.

This is the only place that says what there is to ask (of licence, lineage, signals and people,
``rightsfacts.py`` does); the parser, the schema, the evaluators and `docs/policy.md` read it from
here. The words of roles, licence classes and consent repeat those that ``scan`` and ``rights``
write; policy is their sibling and may not import them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from govgate.codes import COUNTRIES, LANGUAGES
from govgate.entities import ENTITIES
from govgate.model import Purpose
from govgate.policy.fact import Fact, Kind, words
from govgate.policy.rightsfacts import rights_facts

# The two words that ask whether a fact is known at all. They are never a fact's value.
UNKNOWN = "unknown"
KNOWN = "known"
MOST_DIGITS = 15  # of a number, in comparisons and in cases


ROLES = words("system user assistant tool prompt completion chosen rejected history text key other")
CATEGORIES = words(
    "racial-or-ethnic-origin political-opinions religious-or-philosophical-beliefs "
    "trade-union-membership genetic biometric health sex-life-or-orientation criminal-offences "
    "payment-cards children"
)
RETENTION = words("within exceeded")
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
            "source.categories",
            Kind.SET,
            CATEGORIES,
            "special kinds of data that the source is declared to hold",
            f"special_categories of {_MANIFEST}",
            "govgate.yaml names no special_categories for the file",
            "declare the source's special_categories in govgate.yaml; [] says that it holds none",
            "health",
        ),
        Fact(
            "source.retention",
            Kind.WORD,
            RETENTION,
            "whether the source may be kept for as long as the checkpoint is planned to live",
            f"retain_until of {_MANIFEST}, beside the checkpoint's kept_until there",
            "govgate.yaml does not name both days",
            "declare the source's retain_until and the checkpoint's kept_until in govgate.yaml",
            "exceeded",
        ),
        Fact(
            "source.audience",
            Kind.SET,
            (),
            "for whom alone the source's rows may be looked up; for everybody where it is unknown",
            f"audience of {_MANIFEST}",
            "govgate.yaml names no audience for the file",
            "declare the source's audience in govgate.yaml",
            "support-team",
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
    {fact.name: fact for fact in (*_pii_facts(), *rights_facts(), *_source_facts())}
)
