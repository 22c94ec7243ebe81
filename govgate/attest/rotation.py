"""A key's successor, signed by the key itself: how trust passes on without a new hand-over.

One DSSE envelope on a line, payload type ``application/vnd.govgate.rotation+json``, over canonical
JSON (RFC 8785)::

    {"version":1,"old":KEYID,"public":BASE64,"roles":["gate"],"name":NAME,"on":"2026-11-28"}

``public`` is the new key; ``name`` may be left out. Both keys sign: the old one because it is
believed, the new one to show that whoever holds it agreed. On the day ``on`` both count.
"""

from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from govgate.attest import dsse, jcs
from govgate.attest.encoding import is_sha256, to_base64
from govgate.attest.keys import PrivateKey, PublicKey, parse_public
from govgate.attest.trust import Role, Trust, TrustedKey
from govgate.attest.trustfile import parse_day, parse_roles
from govgate.errors import EvidenceError

PAYLOAD_TYPE = "application/vnd.govgate.rotation+json"
MAX_ROTATION = 64 * 2**10
_REQUIRED = {"version", "old", "public", "roles", "on"}


@dataclass(frozen=True, slots=True)
class Rotation:
    """From which key (by id) to which, for what, from which day on."""

    old: str
    new: PublicKey
    roles: frozenset[Role]
    name: str | None
    on: date

    def encode(self) -> bytes:
        """The payload to sign."""
        members: dict[str, Any] = {
            "version": 1,
            "old": self.old,
            "public": to_base64(self.new.raw),
            "roles": sorted(role.value for role in self.roles),
            "on": self.on.isoformat(),
        }
        return jcs.canonical(members | ({"name": self.name} if self.name is not None else {}))


def rotate(trusted: TrustedKey, old: PrivateKey, new: PrivateKey, on: date) -> bytes:
    """The signed line by which ``old``, listed as ``trusted``, names ``new``."""
    said = Rotation(trusted.keyid, new.public, trusted.roles, trusted.name, on)
    return dsse.sign(said.encode(), PAYLOAD_TYPE, [old, new])


def apply(trust: Trust, line: bytes, today: date) -> Trust:
    """``trust`` after the rotation in ``line``: the new key counts from its day, the old until it.

    The new key gets no longer life than the old one has. EvidenceError: not signed by both keys; by
    an old key that is not listed, was revoked, or did not count on that day, or does not
    ``today`` (who finds a retired key can write any day); with other roles or another name than the
    old key has. UsageError where the new key is listed already.
    """
    if len(line) > MAX_ROTATION:
        raise EvidenceError(f"the rotation is larger than {MAX_ROTATION} bytes")
    said = parse_rotation(dsse.parse_envelope(line).payload)
    old = next((key for key in trust.keys if key.keyid == said.old), None)
    if old is None:
        raise EvidenceError(f"the rotation is from key {said.old[:16]}, which nobody trusts")
    keys = {said.old: old.public, said.new.keyid: said.new}
    dsse.open_envelope(line, keys, payload_type=PAYLOAD_TYPE, threshold=2)
    _check_old(old, said, today)
    grown = trust.add(
        said.new, said.roles, name=said.name, not_before=said.on, not_after=old.not_after
    )
    return grown.retire(said.old, said.on)


def is_applied(trust: Trust, line: bytes) -> bool:
    """Whether the new key of ``line`` is listed already."""
    new = parse_rotation(dsse.parse_envelope(line).payload).new
    return any(key.public == new for key in trust.keys)


def parse_rotation(payload: bytes) -> Rotation:
    """The rotation in a payload; only bytes that :meth:`Rotation.encode` gives back."""
    members = jcs.parse_canonical(payload, "the rotation")
    if not isinstance(members, dict) or not _REQUIRED <= set(members) <= _REQUIRED | {"name"}:
        raise EvidenceError("the rotation does not have the fields of version 1")
    if members["version"] != 1 or isinstance(members["version"], bool):
        raise EvidenceError("the rotation is of a version that this govgate does not know")
    texts = [members[name] for name in ("old", "public", "on", "name") if name in members]
    if not all(isinstance(text, str) for text in texts) or not is_sha256(members["old"]):
        raise EvidenceError("the rotation's keys, name or day are malformed")
    rotation = Rotation(
        members["old"],
        parse_public(members["public"]),
        parse_roles(members["roles"]),
        members.get("name"),
        parse_day(members["on"]),
    )
    if rotation.encode() != payload:
        raise EvidenceError("the rotation is not written as it must be")
    return rotation


def _check_old(old: TrustedKey, said: Rotation, today: date) -> None:
    if old.roles != said.roles or old.name != said.name:
        raise EvidenceError(f"the rotation gives key {old.title} other roles or another name")
    if old.public.algorithm is not said.new.algorithm:
        raise EvidenceError("the rotation is to a key of another kind")
    for role, day in product(sorted(old.roles), (said.on, today)):
        if objection := old.objection(role, day):
            raise EvidenceError(
                f"the rotation of {said.on} does not count: {objection}",
                remedy="ask the new key's owner for it, and add it with: govgate key trust",
            )
