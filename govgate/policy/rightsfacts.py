"""The facts of licence, lineage, opt-out signals and people that a policy may ask for."""

from govgate.policy.fact import Fact, Kind, words

LICENSE_CLASSES = words(
    "public-domain permissive attribution share-alike non-commercial no-derivatives academic "
    "proprietary"
)
LICENSE_TERMS = words(
    "notice attribution model-named share-alike no-derivatives non-commercial research-only "
    "use-restricted output-restricted no-license"
)
# What each class is made of, and the classes from the least to the most restrictive: as
# `policies/licenses.yaml` has it (a test compares them).
TERMS_OF = {
    "permissive": words("notice"),
    "attribution": words("attribution model-named"),
    "share-alike": words("share-alike"),
    "no-derivatives": words("no-derivatives"),
    "non-commercial": words("non-commercial"),
    "academic": words("research-only"),
    "proprietary": words("use-restricted output-restricted no-license"),
}
LICENSE_SCALE = ("public-domain", *TERMS_OF)
LICENSE_PLACES = words("row manifest card croissant spdx license-file header")
LICENSE_COVERS = words("content compilation")
LINEAGE = words("original traced cleared")
CONSENT_STATUSES = words("given refused withdrawn expired invalidated requested")
CONSENT_BASES = words(
    "consent contract legal-obligation vital-interests public-task legitimate-interests "
    "not-personal"
)
GIVEN_BY = words("subject guardian source")
AGES = words("under-13 13-15 child 16-17 minor adult")
REQUESTS = words("erasure objection restriction")
STANCES = words("allowed refused unstated")
SIGNALS = words(
    "robots content-usage content-signal tdmrep-header tdmrep-meta tdmrep-file x-robots-tag meta "
    "c2pa ai-txt domain-list subject-list"
)
YES_NO = words("yes no")


def rights_facts() -> tuple[Fact, ...]:
    """All of them, in the order of the reference."""
    return (*_license(), *_lineage(), *_consent(), *_subject(), *_optout())


def _license() -> tuple[Fact, ...]:
    fix = "name the licence in the row's licence field or in govgate.yaml, as an SPDX expression"
    unknown = (
        "no licence is given or one could not be read, the licence table does not hold it, or "
        "something that the row was made from is unknown"
    )
    trace = "give every source that the row was made from a licence, in the lineage of govgate.yaml"
    return (
        Fact(
            "license.id",
            Kind.TEXT,
            (),
            "the row's own licence as an SPDX expression",
            "the row's licence field, the source's license in govgate.yaml, and the data set's "
            "papers",
            "no licence is given, it could not be read, or two differ and one cannot be classed",
            fix,
            "CC-BY-4.0",
        ),
        Fact(
            "license.class",
            Kind.WORD,
            LICENSE_CLASSES,
            "what kind of licence holds, that of the row and of all that it was made from",
            "the licence table, for license.id and for every licence of the lineage",
            unknown,
            f"{fix}; {trace}",
            "non-commercial",
        ),
        Fact(
            "license.terms",
            Kind.SET,
            LICENSE_TERMS,
            "everything that those licences ask for or forbid",
            "the licence table, for license.id and for every licence of the lineage",
            unknown,
            f"{fix}; {trace}",
            "share-alike",
        ),
        Fact(
            "license.conflict",
            Kind.WORD,
            YES_NO,
            "whether the row, govgate.yaml and the data set's papers name different licences",
            "the comparison of all licences that are declared for the row",
            "no licence is given",
            fix,
            "yes",
        ),
        Fact(
            "license.from",
            Kind.SET,
            LICENSE_PLACES,
            "where a licence is declared for the row",
            "the row, govgate.yaml, and the papers that lie beside the data",
            "never, in a gate",
            "nothing to do",
            "card",
        ),
        Fact(
            "license.covers",
            Kind.WORD,
            LICENSE_COVERS,
            "whether the licence covers what is in the compilation, or the compilation alone",
            "the licence table, for license.id, and covers of the source in govgate.yaml",
            "license.id is unknown, or the licence table does not hold it",
            "declare in govgate.yaml what the licence covers, or what the source was made from",
            "compilation",
        ),
    )


def _lineage() -> tuple[Fact, ...]:
    where = "derived_from and generated_by of the row's source and of its sources, in govgate.yaml"
    fix = "declare in govgate.yaml what the source was made from; derived_from: [] says nothing"
    return (
        Fact(
            "lineage.status",
            Kind.WORD,
            LINEAGE,
            "whether it is known what the row was made from",
            where,
            "nothing is declared, or something that it was made from is itself unknown",
            fix,
            "traced",
        ),
        Fact(
            "lineage.models",
            Kind.SET,
            (),
            "the models that generated the row or something that it was made from",
            where,
            "nothing is declared, or something that it was made from is itself unknown",
            "declare generated_by in govgate.yaml; [] says that no model did",
            "gpt-4",
        ),
    )


def _consent() -> tuple[Fact, ...]:
    registry = "the consent registry that govgate.yaml names, for the row's subject and the purpose"
    return (
        Fact(
            "consent.status",
            Kind.WORD,
            CONSENT_STATUSES,
            "the person's consent today",
            registry,
            "there is no registry, no subject in the row, no event that counts, the last event "
            "says unknown, or a child gave it",
            "record the person's consent in the registry, and name the row's subject_field",
            "withdrawn",
        ),
        Fact(
            "consent.basis",
            Kind.WORD,
            CONSENT_BASES,
            "the lawful basis on which the data is used",
            "consent_basis of the file's source in govgate.yaml, and the event's lawful basis",
            "neither names one, or they differ",
            "declare the source's consent_basis in govgate.yaml, after asking who answers for it",
            "consent",
        ),
        Fact(
            "consent.by",
            Kind.WORD,
            GIVEN_BY,
            "who spoke for the person in the event that holds",
            registry,
            "no event holds, or it does not say",
            "record in the registry who gave the consent",
            "guardian",
        ),
    )


def _subject() -> tuple[Fact, ...]:
    return (
        Fact(
            "subject.age",
            Kind.WORD,
            AGES,
            "the person's class of age",
            "the consent registry that govgate.yaml names, for the row's subject",
            "there is no registry, no subject in the row, or no event names a class of age",
            "record the class of age in the registry, never a day of birth",
            "under-13",
        ),
        Fact(
            "subject.requests",
            Kind.SET,
            REQUESTS,
            "what the person has asked for and not taken back",
            "the consent registry that govgate.yaml names, for the row's subject",
            "there is no registry, or no subject in the row",
            "record requests in the registry, and name the row's subject_field",
            "erasure",
        ),
    )


def _optout() -> tuple[Fact, ...]:
    where = (
        "the signals captured for the row's address, and lists of people who object, that"
        " govgate.yaml names"
    )
    unknown = (
        "no signals were captured for the address or they are too old, or the row has no address"
    )
    fix = "capture the signals (govgate rights capture), and name the row's url_field"
    return (
        Fact(
            "optout.train",
            Kind.WORD,
            STANCES,
            "what the place that the row was taken from says of training",
            where,
            unknown,
            fix,
            "refused",
        ),
        Fact(
            "optout.retrieve",
            Kind.WORD,
            STANCES,
            "what the place that the row was taken from says of looking it up for answers",
            where,
            unknown,
            fix,
            "refused",
        ),
        Fact(
            "optout.tdm",
            Kind.WORD,
            STANCES,
            "whether the place that the row was taken from reserves text and data mining",
            where,
            unknown,
            fix,
            "refused",
        ),
        Fact(
            "optout.signals",
            Kind.SET,
            SIGNALS,
            "which signals said something about a use",
            where,
            unknown,
            fix,
            "robots",
        ),
    )
