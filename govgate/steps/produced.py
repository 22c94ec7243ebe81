"""What the configuration and the scan are set to find out, for lint."""

from typing import Final

from govgate.config import Config
from govgate.entities import BY_COUNTRY, GENERAL
from govgate.policy.lint.produced import Produced
from govgate.policy.load import Policy
from govgate.rights.licenses import REF_NOT_IN_TABLE, license_ids, read_license
from govgate.spelling import did_you_mean

BY_DEFAULT: Final = frozenset(
    (
        "CREDIT_CARD",
        "CRYPTO",
        "DATE_TIME",
        "EMAIL_ADDRESS",
        "IBAN_CODE",
        "IP_ADDRESS",
        "LOCATION",
        "MAC_ADDRESS",
        "MEDICAL_LICENSE",
        "NRP",
        "PERSON",
        "PHONE_NUMBER",
        "UK_NHS",
        "URL",
        "US_BANK_NUMBER",
        "US_DRIVER_LICENSE",
        "US_ITIN",
        "US_PASSPORT",
        "US_SSN",
        "UUID",
    )
)
"""What is looked for in English by a policy that names no countries and no entities."""
_OF_LANGUAGES: Final = {
    "es": frozenset(("ES_NIE", "ES_NIF")),
    "it": frozenset(BY_COUNTRY["it"]),
    "pl": frozenset(("PL_PESEL",)),
}
_OPTIONAL: Final = "ORGANIZATION"
_BY_MODELS_ALONE: Final = frozenset(("AGE", "EMAIL", "ID"))
"""General names that no detector reports unless a model does."""


def produced(config: Config, policy: Policy) -> Produced:
    """What is produced for ``policy`` with ``config``, which may be the defaults."""
    return Produced(
        config=None if config.path is None else str(config.path),
        silent=_silent(config),
        entities=looked_for(policy),
        models=frozenset(e for model in config.tools.models for e in model.labels.values()),
        sources=frozenset(source.name for source in config.sources),
        license_doubt=license_doubt,
    )


def license_doubt(text: str) -> str | None:
    """None where a row's ``license.id`` can be ``text``; otherwise a hint, which may be empty.

    A LicenseRef is a row's ``license.id`` only where the licence table holds it.
    """
    facts = read_license(text)
    if facts.id == text:
        return None
    if facts.why == REF_NOT_IN_TABLE:
        return " (the licence table does not hold it, so a row with it has an unknown licence)"
    if facts.id is not None:
        return f" (did you mean {facts.id}?)"
    return did_you_mean(text, license_ids())


def looked_for(policy: Policy) -> frozenset[str]:
    """The entities that the detectors which come with govgate look for."""
    looks = policy.looks
    found = set(BY_DEFAULT)
    for language in looks.languages:
        found |= _OF_LANGUAGES.get(language, frozenset())
    if "en" not in looks.languages:
        found -= {"UK_NHS", *(e for e in BY_COUNTRY["us"] if e != "MEDICAL_LICENSE")}
    if looks.countries is not None:
        found = set(GENERAL) - {_OPTIONAL, *_BY_MODELS_ALONE}
        found |= {e for country in looks.countries for e in BY_COUNTRY[country]}
    found |= set(looks.declared)
    if looks.entities is None:
        return frozenset(found)
    return frozenset((found | {_OPTIONAL}).intersection(looks.entities))


def _silent(config: Config) -> dict[str, str]:
    """Facts that are unknown for every row, and why."""
    sources = config.sources
    where = str(config.path)
    declared = {
        "source.name": (bool(sources), "has no sources"),
        "consent.basis": (
            any(source.consent_basis is not None for source in sources),
            "declares no consent_basis of any source",
        ),
        "source.jurisdictions": (
            any(source.jurisdictions for source in sources),
            "declares no jurisdictions of any source",
        ),
        "source.languages": (
            any(source.languages for source in sources),
            "declares no languages of any source",
        ),
        "source.collected": (
            any(source.collected is not None for source in sources),
            "does not declare until when any source was collected",
        ),
        "source.categories": (
            any(source.special_categories is not None for source in sources),
            "declares no special_categories of any source",
        ),
        "source.retention": (
            config.kept_until is not None and any(source.retain_until for source in sources),
            "does not declare both a source's retain_until and the checkpoint's kept_until",
        ),
        "source.audience": (
            any(source.audience for source in sources),
            "declares no audience of any source",
        ),
    }
    silent = {fact: f"{where} {why}" for fact, (there, why) in declared.items() if not there}
    for facts, why in ((_OF_PEOPLE, _nobody(config)), (_OF_SITES, _nowhere(config))):
        silent |= dict.fromkeys(facts, why) if why else {}
    return silent


_OF_SITES = ("optout.train", "optout.retrieve", "optout.tdm", "optout.signals")
_OF_PEOPLE = ("consent.status", "consent.by", "subject.age", "subject.requests")


def _nowhere(config: Config) -> str | None:
    """Why no row has an address whose signals are known."""
    if config.signals is None:
        return f"{config.path} names no captured signals"
    if not any(source.url_field is not None for source in config.sources):
        return f"{config.path} names no url_field of any source"
    return None


def _nobody(config: Config) -> str | None:
    """Why no row has a person whose events are known."""
    if config.registry is None:
        return f"{config.path} names no consent registry"
    if not any(source.subject_field is not None for source in config.sources):
        return f"{config.path} names no subject_field of any source"
    return None
