"""A key's successor, signed by the key itself: how trust passes on without a new hand-over.

One DSSE envelope on a line, payload type ``application/vnd.govgate.rotation+json``, over canonical
JSON (RFC 8785)::

    {"version":1,"old":KEYID,"public":BASE64,"roles":["gate"],"name":NAME,"on":"2026-11-28"}

``public`` is the new key; ``name`` may be left out. Both keys sign: the old one because it is
believed, the new one to show that whoever holds it agreed. On the day ``on`` both count.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from govgate.attest import dsse, jcs
from govgate.attest.encoding import is_sha256, to_base64
from govgate.attest.keys import PrivateKey, PublicKey, parse_public
from govgate.attest.trust import Role, Trust, TrustedKey
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


def apply(trust: Trust, line: bytes) -> Trust:
    """``trust`` after the rotation in ``line``: the new key counts from its day, the old until it.

    EvidenceError: not signed by both keys, by an old key that is not listed, was revoked, or did
    not count on that day, or with other roles or another name than the old key has. UsageError
    where the new key is listed already.
    """
    if len(line) > MAX_ROTATION:
        raise EvidenceError(f"the rotation is larger than {MAX_ROTATION} bytes")
    said = parse_rotation(dsse.parse_envelope(line).payload)
    old = next((key for key in trust.keys if key.keyid == said.old), None)
    if old is None:
        raise EvidenceError(f"the rotation is from key {said.old[:16]}, which nobody trusts")
    keys = {said.old: old.public, said.new.keyid: said.new}
    dsse.open_envelope(line, keys, payload_type=PAYLOAD_TYPE, threshold=2)
    _check_old(old, said)
    return trust.add(said.new, said.roles, name=said.name, not_before=said.on).retire(
        said.old, min(said.on, old.not_after or said.on)
    )


def parse_rotation(payload: bytes) -> Rotation:
    """The rotation in a payload; only bytes that :meth:`Rotation.encode` gives back."""
    members = jcs.parse_canonical(payload, "the rotation")
    if not isinstance(members, dict) or not _REQUIRED <= set(members) <= _REQUIRED | {"name"}:
        raise EvidenceError("the rotation does not have the fields of version 1")
    if members["version"] != 1 or isinstance(members["version"], bool):
        raise EvidenceError("the rotation is of a version that this govgate does not know")
    roles, name = members["roles"], members.get("name")
    known = {role.value for role in Role}
    if not isinstance(roles, list) or not roles or not all(r in known for r in map(str, roles)):
        raise EvidenceError(f"the rotation's roles are not a list of {', '.join(sorted(known))}")
    if not is_sha256(members["old"]) or not isinstance(members["public"], str):
        raise EvidenceError("the rotation's keys are malformed")
    if "name" in members and not isinstance(name, str):
        raise EvidenceError("the rotation's name is not a string")
    rotation = Rotation(
        members["old"], parse_public(members["public"]), _roles(roles), name, _day(members["on"])
    )
    if rotation.encode() != payload:
        raise EvidenceError("the rotation is not written as it must be")
    return rotation


def _roles(words: Collection[str]) -> frozenset[Role]:
    return frozenset(map(Role, words))


def _check_old(old: TrustedKey, said: Rotation) -> None:
    if old.roles != said.roles or old.name != said.name:
        raise EvidenceError(f"the rotation gives key {old.title} other roles or another name")
    if old.public.algorithm is not said.new.algorithm:
        raise EvidenceError("the rotation is to a key of another kind")
    for role in sorted(old.roles):
        if objection := old.objection(role, said.on):
            raise EvidenceError(f"the rotation of {said.on} does not count: {objection}")


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise EvidenceError("the rotation's day is not written YYYY-MM-DD") from error


def is_applied(trust: Trust, line: bytes) -> bool:
    """Whether the new key of ``line`` is listed already."""
    new = parse_rotation(dsse.parse_envelope(line).payload).new
    return any(key.public == new for key in trust.keys)
