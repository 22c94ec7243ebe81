"""Each fact in words, so that a rule can be read by somebody who knows no fact by its name.

A sentence about one fact is never worded like one about another, and every fact has its phrase: the
words stand for the condition exactly, and `describe` says which fact each phrase means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from govgate.policy.vocabulary import PII_IN, ROLES


@dataclass(frozen=True, slots=True)
class Phrase:
    """How one fact is spoken of.

    ``subject``: what is known or unknown. ``value``: the clause that says what it is, with ``{}``
    for it; of a set, ``{}`` is what it holds, and ``without`` says that it does not. ``nothing``
    and ``something``: the clauses for an empty set and for any other.
    """

    subject: str
    value: str
    without: str = ""
    nothing: str = ""
    something: str = ""

    def holds(self, words: str) -> str:
        """The clause that says what the fact is, or holds."""
        return self.value.format(words)

    def lacks(self, words: str) -> str:
        """The clause that says what a set does not hold."""
        return self.without.format(words)


def phrase(fact: str) -> Phrase:
    """The phrase of ``fact``."""
    return PHRASES[fact]


def _found(subject: str, where: str, verb: str) -> Phrase:
    return Phrase(
        subject,
        f"{where} {verb} {{}}",
        f"{where} {'does' if verb == 'holds' else 'do'} not hold {{}}",
        f"{where} {verb} no personal data",
        f"{where} {verb} personal data",
    )


def _role(role: str) -> Phrase:
    where = {"key": "the names of fields", "other": "the fields of no known role"}.get(
        role, f"the {role} {'turns' if role in ROLES[:4] else 'part'}"
    )
    verb = "holds" if where.endswith("part") else "hold"
    return _found(f"what {where} {verb}", where, verb)


PHRASES: Mapping[str, Phrase] = MappingProxyType(
    {
        "pii.entities": _found("what personal data the row holds", "the row", "holds"),
        "pii.count": Phrase("the number of findings", "the number of findings is {}"),
        "pii.roles": Phrase(
            "whose words hold personal data",
            "personal data stands in the words of {}",
            "no personal data stands in the words of {}",
            "personal data stands in nobody's words",
            "personal data stands in somebody's words",
        ),
        **{f"{PII_IN}{role}": _role(role) for role in ROLES},
        "pii.fields": Phrase(
            "which fields hold personal data",
            "personal data stands in the field {}",
            "no personal data stands in the field {}",
            "personal data stands in no field",
            "personal data stands in some field",
        ),
        "license.id": Phrase("the licence", "the licence is {}"),
        "license.class": Phrase("the class of the licence", "the class of the licence is {}"),
        "license.terms": Phrase(
            "what the licences ask",
            "the licences ask {}",
            "the licences do not ask {}",
            "the licences ask nothing",
            "the licences ask something",
        ),
        "license.conflict": Phrase(
            "whether the declared licences differ",
            "the answer to whether the declared licences differ is {}",
        ),
        "license.from": Phrase(
            "where a licence is declared",
            "a licence is declared in the {}",
            "no licence is declared in the {}",
            "a licence is declared nowhere",
            "a licence is declared somewhere",
        ),
        "license.covers": Phrase("what the licence covers", "what the licence covers is the {}"),
        "lineage.status": Phrase("the lineage", "the lineage is {}"),
        "lineage.models": Phrase(
            "which models generated it",
            "the model {} had a part in generating it",
            "the model {} had no part in generating it",
            "no model had a part in generating it",
            "some model had a part in generating it",
        ),
        "consent.status": Phrase("the person's consent", "the person's consent is {}"),
        "consent.basis": Phrase("the lawful basis", "the lawful basis is {}"),
        "consent.by": Phrase("who gave the consent", "the one who gave the consent is the {}"),
        "subject.age": Phrase("the person's age", "the person's age is {}"),
        "subject.requests": Phrase(
            "what the person asked for",
            "the person asked for {}",
            "the person did not ask for {}",
            "the person asked for nothing",
            "the person asked for something",
        ),
        "optout.train": Phrase(
            "what the site says of training", "what the site says of training is {}"
        ),
        "optout.retrieve": Phrase(
            "what the site says of looking it up", "what the site says of looking it up is {}"
        ),
        "optout.tdm": Phrase(
            "what the site says of text and data mining",
            "what the site says of text and data mining is {}",
        ),
        "optout.signals": Phrase(
            "which signals the site gives",
            "the site gives the signal {}",
            "the site does not give the signal {}",
            "the site gives no signal",
            "the site gives some signal",
        ),
        "source.name": Phrase("the source", "the source is {}"),
        "source.jurisdictions": Phrase(
            "under which countries' law the source falls",
            "the source falls under the law of {}",
            "the source does not fall under the law of {}",
            "the source falls under no country's law",
            "the source falls under some country's law",
        ),
        "source.languages": Phrase(
            "the source's language",
            "the source is written in {}",
            "the source is not written in {}",
            "the source is written in no language",
            "the source is written in some language",
        ),
        "source.collected": Phrase(
            "the last day of the source's collection",
            "the last day of the source's collection is {}",
        ),
        "source.categories": Phrase(
            "which special data the source holds",
            "the source holds special data: {}",
            "the source does not hold special data: {}",
            "the source holds no special data",
            "the source holds some special data",
        ),
        "source.retention": Phrase(
            "the time that the source may be kept",
            "the time that the source may be kept is, beside the checkpoint's life, {}",
        ),
        "source.audience": Phrase(
            "the source's audience",
            "the source is meant for {}",
            "the source is not meant for {}",
            "the source is meant for nobody",
            "the source is meant for somebody",
        ),
        "row.characters": Phrase(
            "the number of characters", "the number of characters of the row is {}"
        ),
        "run.purpose": Phrase("the purpose of the training", "the purpose of the training is {}"),
    }
)
