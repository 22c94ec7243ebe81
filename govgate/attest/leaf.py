"""What the log holds of a record: which bytes were signed, by whom, over what, with what answer.

Canonical JSON, so that whoever holds the record computes the same bytes::

    {"keyid":ID,"outcome":"train","signature":BASE64,"signed":HEX,"subject":HEX,"type":TYPE}

``signed`` is the SHA-256 of the DSSE pre-authentication encoding (type and payload), ``subject``
the digest that the record's statement is about. The envelope itself stays with its owner.
"""

import hashlib
from dataclasses import dataclass, replace

from govgate.attest import jcs
from govgate.attest.dsse import Verified
from govgate.attest.encoding import from_base64, is_sha256, to_base64
from govgate.errors import EvidenceError
from govgate.model import Outcome

SIGNATURE_SIZE = 64
LEAF_TYPE = "tag:govgate,2026:leaf/v1"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log. ``signed`` and ``subject`` are SHA-256 digests in hexadecimal."""

    signed: str
    signature: bytes
    keyid: str
    subject: str
    outcome: Outcome

    def encode(self) -> bytes:
        """The entry's bytes."""
        return jcs.canonical(
            {
                "type": LEAF_TYPE,
                "signed": self.signed,
                "signature": to_base64(self.signature),
                "keyid": self.keyid,
                "subject": self.subject,
                "outcome": self.outcome.value,
            }
        )


def leaf(verified: Verified, *, subject: str, outcome: Outcome) -> bytes:
    """The entry for a verified envelope, by its first accepted signature.

    ``subject``: the SHA-256 (hex) that stands for the statement's subjects.
    """
    digest = hashlib.sha256(verified.signed).hexdigest()
    entry = Leaf(digest, verified.signature, verified.keyid, subject, outcome)
    return entry.encode()


def leaves(verified: Verified, *, subject: str, outcome: Outcome) -> list[bytes]:
    """The entries that may stand for a verified envelope: one for each Ed25519 signature.

    The log has that of whoever made the record; a countersignature may come before it.
    """
    return [
        leaf(replace(verified, accepted=(one,)), subject=subject, outcome=outcome)
        for one in verified.accepted
        if len(one.sig) == SIGNATURE_SIZE
    ]


def parse_leaf(data: bytes) -> Leaf:
    """The leaf in an entry's bytes; only bytes that :meth:`Leaf.encode` gives back."""
    members = jcs.parse_canonical(data, "the log entry")
    names = {"type", "signed", "signature", "keyid", "subject", "outcome"}
    if not isinstance(members, dict) or set(members) != names or members["type"] != LEAF_TYPE:
        raise EvidenceError(f"the log entry is not a {LEAF_TYPE}")
    digests = (members["signed"], members["subject"], members["keyid"])
    if not all(map(is_sha256, digests)) or not isinstance(members["signature"], str):
        raise EvidenceError("the log entry's digests or signature are malformed")
    try:
        outcome = Outcome(members["outcome"])
    except ValueError as error:
        raise EvidenceError("the log entry's outcome is unknown") from error
    signature = from_base64(
        members["signature"], "the log entry's signature", length=SIGNATURE_SIZE
    )
    return Leaf(members["signed"], signature, members["keyid"], members["subject"], outcome)
