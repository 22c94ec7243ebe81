"""The closed words of an event, ours and those of DPV 2.2 (names and IRIs), and what each becomes.

DPV (W3C Data Privacy Vocabulary) is the vocabulary that its community group publishes for records
of ISO/IEC TS 27560. An IRI is read in the namespaces below and nowhere else.
"""

from collections.abc import Iterable, Mapping

from govgate.codes import COUNTRIES
from govgate.rights.manifest import Basis

DPV = ("https://w3id.org/dpv#", "http://w3id.org/dpv#", "https://www.w3.org/ns/dpv#",
       "http://www.w3.org/ns/dpv#", "dpv:")  # fmt: skip
LOC = ("https://w3id.org/dpv/loc#", "loc:")
GDPR = ("https://w3id.org/dpv/legal/eu/gdpr#", "eu-gdpr:")

UNKNOWN, GIVEN, LIFTED = "unknown", "given", "lifted"

COMES_TO = {
    "given": GIVEN,
    "renewed": GIVEN,
    "refused": "refused",
    "withdrawn": "withdrawn",
    "revoked": "invalidated",
    "expired": "expired",
    "invalidated": "invalidated",
    "requested": "requested",
    "deferred": "requested",
    UNKNOWN: UNKNOWN,
}
"""Status words of consent events, and what each counts as."""

STRICTNESS = (GIVEN, UNKNOWN, "requested", "expired", "invalidated", "refused", "withdrawn")
"""Of two events of one instant, and of subject and source, the later in this list stands."""

MADE = "made"
REQUEST_STATUSES = (LIFTED, MADE)  # at one instant the later stands
REQUESTS = ("erasure", "objection", "restriction")  # GDPR art. 17, 21, 18

BY = ("subject", "guardian")

YOUNGEST = {"under-13": 0, "child": 0, "minor": 0, "13-15": 13, "16-17": 16, "adult": 18}
"""Age classes and the youngest age in each. ``child``: below the age of consent, whatever it is;
``minor``: below 18, no more is known."""

_DPV_STATUS = {
    "ConsentGiven": "given",
    "RenewedConsentGiven": "renewed",
    "ConsentRefused": "refused",
    "ConsentWithdrawn": "withdrawn",
    "ConsentRevoked": "revoked",
    "ConsentExpired": "expired",
    "ConsentInvalidated": "invalidated",
    "ConsentRequested": "requested",
    "ConsentRequestDeferred": "deferred",
    "ConsentUnknown": UNKNOWN,
}
_DPV_BASIS = {
    "Consent": Basis.CONSENT,
    "Contract": Basis.CONTRACT,
    "LegalObligation": Basis.LEGAL_OBLIGATION,
    "VitalInterest": Basis.VITAL_INTERESTS,
    "PublicInterest": Basis.PUBLIC_TASK,
    "OfficialAuthorityOfController": Basis.PUBLIC_TASK,
    "LegitimateInterest": Basis.LEGITIMATE_INTERESTS,
}
_GDPR_BASIS = {
    "A6-1-a": Basis.CONSENT,
    "A6-1-b": Basis.CONTRACT,
    "A6-1-c": Basis.LEGAL_OBLIGATION,
    "A6-1-d": Basis.VITAL_INTERESTS,
    "A6-1-e": Basis.PUBLIC_TASK,
    "A6-1-f": Basis.LEGITIMATE_INTERESTS,
}
_GDPR_RIGHTS = {"A17": "erasure", "A18": "restriction", "A21": "objection"}


def spelled(terms: Mapping[str, str], prefixes: Iterable[str], *, bare: bool) -> dict[str, str]:
    """Every spelling of a vocabulary's terms, folded, to what each becomes."""
    heads = (*prefixes, *([""] if bare else []))
    return {f"{head}{term}".lower(): word for head in heads for term, word in terms.items()}


def _own(words: Iterable[str]) -> dict[str, str]:
    return {word: word for word in words}


STATUS_SPELLINGS = spelled(_DPV_STATUS, DPV, bare=True) | _own(COMES_TO) | _own(REQUEST_STATUSES)
REQUEST_SPELLINGS = spelled(_GDPR_RIGHTS, GDPR, bare=False) | _own(REQUESTS)
BASIS_SPELLINGS = (
    spelled({t: b.value for t, b in _DPV_BASIS.items()}, DPV, bare=True)
    | spelled({t: b.value for t, b in _GDPR_BASIS.items()}, GDPR, bare=False)
    | _own(basis.value for basis in Basis)
)
BY_SPELLINGS = _own(BY)
AGE_SPELLINGS = _own(YOUNGEST)
JURISDICTION_SPELLINGS = spelled({code: code for code in (*COUNTRIES, "EU")}, LOC, bare=True)
