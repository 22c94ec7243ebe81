"""in-toto Statements v1: which files are meant (by digest alone), and what is said of them.

```
{"_type": "https://in-toto.io/Statement/v1",
 "subject": [{"name": NAME, "digest": {"sha256": HEX}}, …],
 "predicateType": URI,
 "predicate": {…}}
```
A consumer matches subjects by digest and nothing else, so only what a statement is true of may be
a subject. We write statements in canonical JSON (RFC 8785) and read back nothing else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from govgate.attest import jcs
from govgate.attest.encoding import is_sha256
from govgate.errors import EvidenceError
from govgate.model import Use

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
DECISION_TYPE = "tag:govgate,2026:decision/v1"
SVR_TYPE = "https://in-toto.io/attestation/svr/v0.2"
VSA_TYPE = "https://slsa.dev/verification_summary/v1"
VERIFIER_ID = "tag:govgate,2026:gate/v1"
PROPERTIES = {Use.TRAIN: "GOVGATE_TRAINABLE", Use.RETRIEVE: "GOVGATE_RETRIEVABLE"}

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_RESOURCE = "tag:govgate,2026:train/sha256:"
_POLICY = "tag:govgate,2026:policy/"
_VSA_FIELDS = {
    "verifier",
    "timeVerified",
    "resourceUri",
    "policy",
    "inputAttestations",
    "verificationResult",
    "verifiedLevels",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing by name and SHA-256 (hex): a file of the train partition, or a policy."""

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if not self.name or not self.name.isprintable():
            raise EvidenceError("a subject's name is empty or not printable")
        if not is_sha256(self.sha256):
            raise EvidenceError("a subject's digest is not 64 lower-case hexadecimal digits")

    def as_dict(self) -> dict[str, Any]:
        """As an in-toto ResourceDescriptor."""
        return {"name": self.name, "digest": {"sha256": self.sha256}}


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said (``predicate``, of type ``predicate_type``) of which ``subjects``."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not self.subjects:
            raise EvidenceError("a statement has no subject")
        if len({s.name for s in self.subjects}) != len(self.subjects):
            raise EvidenceError("two subjects of a statement share a name")

    def encode(self) -> bytes:
        """The payload to sign."""
        return jcs.canonical(
            {
                "_type": STATEMENT_TYPE,
                "subject": [subject.as_dict() for subject in self.subjects],
                "predicateType": self.predicate_type,
                "predicate": dict(self.predicate),
            }
        )


class Summary(StrEnum):
    """The forms of the small statement beside the decision."""

    SVR = "svr"  # in-toto Simple Verification Result v0.2
    VSA = "vsa"  # SLSA Verification Summary Attestation v1


@dataclass(frozen=True, slots=True)
class Result:
    """What a summary says: the uses that ``verifier`` found allowed, by which policies.

    ``decision``: the SHA-256 of the decision's payload, which only a VSA states.
    """

    verifier: str
    policies: tuple[Subject, ...]
    created: datetime
    uses: frozenset[Use]
    decision: str | None = None


def parse_statement(payload: bytes, predicate_type: str | None = None) -> Statement:
    """The statement in a verified payload; ``predicate_type``: the only acceptable one."""
    members = _object(jcs.parse_canonical(payload, "the statement"), "the statement")
    if members.get("_type") != STATEMENT_TYPE:
        raise EvidenceError(f"the payload is not a statement of type {STATEMENT_TYPE}")
    _exactly(members, {"_type", "subject", "predicateType", "predicate"}, "the statement")
    kind = members["predicateType"]
    if not isinstance(kind, str) or not kind:
        raise EvidenceError("the statement's predicateType is not a string")
    if predicate_type is not None and kind != predicate_type:
        raise EvidenceError(f"the statement's predicate is not of type {predicate_type}")
    subjects = _descriptors(members["subject"], "the statement's subject")
    return Statement(subjects, kind, _object(members["predicate"], "the statement's predicate"))


def summary_of(
    kind: Summary,
    decision: Statement,
    uses: Collection[Use],
    *,
    policy: Subject,
    created: datetime,
) -> Statement:
    """The summary of ``decision``: the allowed ``uses`` and no others, over the same subjects."""
    if kind is Summary.SVR:
        return svr(decision.subjects, uses, policies=[policy], created=created)
    return vsa(decision, uses, policy=policy, created=created)


def svr(
    subjects: Sequence[Subject],
    uses: Collection[Use],
    *,
    policies: Sequence[Subject],
    created: datetime,
    verifier: str = VERIFIER_ID,
) -> Statement:
    """The SVR v0.2 statement whose properties are the allowed ``uses`` and no others."""
    if not uses:
        raise ValueError("a verification result without a property says nothing")
    predicate = {
        "verifier": {"id": verifier, "policies": [policy.as_dict() for policy in policies]},
        "timeCreated": time_text(created),
        "properties": [PROPERTIES[use] for use in Use if use in uses],
    }
    return Statement(tuple(subjects), SVR_TYPE, predicate)


def vsa(
    decision: Statement, uses: Collection[Use], *, policy: Subject, created: datetime
) -> Statement:
    """The SLSA VSA v1 statement whose verified levels are the allowed ``uses``.

    Levels of one's own are allowed as long as they do not begin with ``SLSA_``. ``resourceUri``
    names the train partition by its root, as it has no address; the decision, by the digest of its
    payload, is the attestation that went in.
    """
    if not uses:
        raise ValueError("a verification summary without a level says nothing")
    predicate = {
        "verifier": {"id": VERIFIER_ID},
        "timeVerified": time_text(created),
        "resourceUri": f"{_RESOURCE}{decision.subjects[0].sha256}",
        "policy": {"uri": f"{_POLICY}{policy.name}", "digest": {"sha256": policy.sha256}},
        "inputAttestations": [
            {"uri": DECISION_TYPE, "digest": {"sha256": sha256(decision.encode()).hexdigest()}}
        ],
        "verificationResult": "PASSED",
        "verifiedLevels": [PROPERTIES[use] for use in Use if use in uses],
    }
    return Statement(decision.subjects, VSA_TYPE, predicate)


def parse_summary(statement: Statement) -> Result:
    """What a summary of ours says, of either form."""
    return (parse_vsa if statement.predicate_type == VSA_TYPE else parse_svr)(statement)


def parse_vsa(statement: Statement) -> Result:
    """What a VSA v1 statement of ours says; an unknown level or field is an error."""
    if statement.predicate_type != VSA_TYPE:
        raise EvidenceError(f"the statement's predicate is not of type {VSA_TYPE}")
    what = "the verification summary"
    predicate = _object(statement.predicate, what)
    _exactly(predicate, _VSA_FIELDS, what)
    if predicate["verifier"] != {"id": VERIFIER_ID}:
        raise EvidenceError("the verifier of the summary is not this gate")
    if predicate["verificationResult"] != "PASSED":
        raise EvidenceError("the verification summary does not say PASSED")
    if predicate["resourceUri"] != f"{_RESOURCE}{statement.subjects[0].sha256}":
        raise EvidenceError("the verification summary is about another resource than its subject")
    policy = _descriptor(predicate["policy"], "the summary's policy", "uri")
    inputs = predicate["inputAttestations"]
    if not isinstance(inputs, list) or len(inputs) != 1:
        raise EvidenceError("the verification summary does not name one decision")
    decision = _descriptor(inputs[0], "the summary's decision", "uri")
    if decision.name != DECISION_TYPE or not policy.name.startswith(_POLICY):
        raise EvidenceError("the verification summary's policy or decision is malformed")
    return Result(
        VERIFIER_ID,
        (Subject(policy.name.removeprefix(_POLICY), policy.sha256),),
        parse_time(predicate["timeVerified"], "timeVerified"),
        _uses(predicate["verifiedLevels"]),
        decision.sha256,
    )


def parse_svr(statement: Statement) -> Result:
    """What an SVR v0.2 statement of ours says; an unknown property or field is an error."""
    if statement.predicate_type != SVR_TYPE:
        raise EvidenceError(f"the statement's predicate is not of type {SVR_TYPE}")
    predicate = _object(statement.predicate, "the verification result")
    _exactly(predicate, {"verifier", "timeCreated", "properties"}, "the verification result")
    verifier = _object(predicate["verifier"], "the verifier")
    _exactly(verifier, {"id", "policies"}, "the verifier")
    if not isinstance(verifier["id"], str) or not verifier["id"]:
        raise EvidenceError("the verifier's id is not a string")
    return Result(
        verifier["id"],
        _descriptors(verifier["policies"], "the verifier's policies"),
        parse_time(predicate["timeCreated"], "timeCreated"),
        _uses(predicate["properties"]),
    )


def _uses(properties: Any) -> frozenset[Use]:
    known = {word: use for use, word in PROPERTIES.items()}
    listed = isinstance(properties, list) and all(isinstance(p, str) for p in properties)
    if not listed or properties != [word for word in known if word in properties]:
        raise EvidenceError("the verification result's properties are not those of govgate")
    return frozenset(known[word] for word in properties)


def time_text(moment: datetime) -> str:
    """``moment`` in UTC, to the second, as statements write it."""
    if moment.tzinfo is None:
        raise ValueError("the time of a statement needs its zone")
    return moment.astimezone(UTC).strftime(_TIME)


def parse_time(value: Any, what: str) -> datetime:
    """The moment that ``value`` is the only spelling of; ``what`` says where it stands."""
    try:
        moment = datetime.strptime(value, _TIME).replace(tzinfo=UTC)
    except (TypeError, ValueError) as error:
        raise EvidenceError(f"{what} is not a time in UTC") from error
    if moment.strftime(_TIME) != value:
        raise EvidenceError(f"{what} is not written as YYYY-MM-DDTHH:MM:SSZ")
    return moment


def _descriptors(value: Any, what: str) -> tuple[Subject, ...]:
    if not isinstance(value, list):
        raise EvidenceError(f"{what} is not a list")
    return tuple(_descriptor(item, what) for item in value)


def _descriptor(value: Any, what: str, called: str = "name") -> Subject:
    """A ResourceDescriptor with its digest, which is ``called`` by its name or its uri."""
    members = _object(value, f"an item of {what}")
    _exactly(members, {called, "digest"}, f"an item of {what}")
    digest = _object(members["digest"], "a digest")
    _exactly(digest, {"sha256"}, "a digest")
    if not isinstance(members[called], str) or not isinstance(digest["sha256"], str):
        raise EvidenceError(f"an item of {what} is malformed")
    return Subject(members[called], digest["sha256"])


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise EvidenceError(f"{what} is not a JSON object")
    return value


def _exactly(members: Mapping[str, Any], names: set[str], what: str) -> None:
    missing, unknown = names - set(members), set(members) - names
    if missing:
        raise EvidenceError(f"{what} has no {', '.join(sorted(missing))}")
    if unknown:
        raise EvidenceError(f"{what} has fields that this version does not know")
