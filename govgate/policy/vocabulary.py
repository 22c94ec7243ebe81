"""The facts a policy may ask for: each one's name, kind and closed list of words.

The words of roles, licence classes and consent repeat those that ``scan`` and ``rights`` write;
policy is their sibling and may not import them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

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


ENTITIES = _words(
    """
    ABA_ROUTING_NUMBER AGE AU_ABN AU_ACN AU_MEDICARE AU_TFN CA_POSTAL_CODE CA_SIN CREDIT_CARD
    CRYPTO DATE_TIME DE_BSNR DE_FUEHRERSCHEIN DE_HANDELSREGISTER DE_HEALTH_INSURANCE DE_ID_CARD
    DE_KFZ DE_LANR DE_PASSPORT DE_PLZ DE_SOCIAL_SECURITY DE_TAX_ID DE_TAX_NUMBER DE_VAT_ID EMAIL
    EMAIL_ADDRESS ES_NIE ES_NIF ES_PASSPORT FI_PERSONAL_IDENTITY_CODE IBAN_CODE ID IN_AADHAAR
    IN_GSTIN IN_PAN IN_PASSPORT IN_VEHICLE_REGISTRATION IN_VOTER IP_ADDRESS IT_DRIVER_LICENSE
    IT_FISCAL_CODE IT_IDENTITY_CARD IT_PASSPORT IT_VAT_CODE KR_BRN KR_DRIVER_LICENSE KR_FRN
    KR_PASSPORT KR_RRN LOCATION MAC_ADDRESS MEDICAL_LICENSE NG_NIN NG_VEHICLE_REGISTRATION NRP
    ORGANIZATION PERSON PHONE_NUMBER PH_PASSPORT PH_TIN PH_UMID PL_PESEL SE_ORGANISATIONSNUMMER
    SE_PERSONNUMMER SG_NRIC_FIN SG_UEN TH_TNIN TR_LICENSE_PLATE TR_NATIONAL_ID
    UK_DRIVING_LICENCE UK_NHS UK_NINO UK_PASSPORT UK_POSTCODE UK_VEHICLE_REGISTRATION URL
    US_BANK_NUMBER US_CLAIM_NUMBER US_DRIVER_LICENSE US_HEALTH_INSURANCE_MEMBER_ID US_ITIN US_MBI
    US_NPI US_PASSPORT US_PRESCRIPTION_NUMBER US_PRIOR_AUTHORIZATION_NUMBER US_PROVIDER_TAX_ID
    US_REFERRAL_NUMBER US_SSN UUID ZA_COMPANY_REGISTRATION ZA_DRIVER_LICENSE ZA_ID_NUMBER
    ZA_INCOME_TAX_NUMBER ZA_LICENSE_PLATE ZA_MOBILE_NUMBER ZA_PASSPORT ZA_TELEPHONE_NUMBER
    ZA_TRAFFIC_REGISTER_NUMBER ZA_VAT_NUMBER
    """
)
"""Entities of Presidio 2.2.366's recognizers; a policy declares others in ``scan``."""

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
