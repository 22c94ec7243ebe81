"""Waivers and their revocations as they are signed: DSSE envelopes over canonical JSON.

A waiver's payload, of type ``application/vnd.govgate.waiver+json``::

    {"version":1,"id":"w-1f0c8e52ab90","policy":"default","rule":"license-noncommercial",
     "ruleSha256":HEX,"uses":["train"],"rows":["row:chats.jsonl:17","file:faq/*.jsonl"],
     "reason":"…","ticket":"LEGAL-12","grantedOn":"2026-03-01","until":"2026-06-01",
     "maxRows":20,"purposes":["fine-tuning"]}

``id`` is ``w-`` and the first 12 hex digits of the SHA-256 of the canonical JSON of all other
members. ``until`` is the first day on which the waiver no longer holds. ``purposes`` may be left
out: it then holds for all of them. ``uses`` is empty where ``rule`` is ``incomplete``, and only
there.

A revocation's payload, of type ``application/vnd.govgate.waiver-revocation+json``::

    {"version":1,"waiver":"w-1f0c8e52ab90","revokedOn":"2026-04-01","reason":"…"}
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from govgate.attest import dsse, jcs
from govgate.attest.encoding import is_sha256
from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Role, Trust
from govgate.errors import EvidenceError
from govgate.model import Purpose, Use

WAIVER_TYPE = "application/vnd.govgate.waiver+json"
REVOCATION_TYPE = "application/vnd.govgate.waiver-revocation+json"
MAX_TEXT = 1000
MAX_WAIVER = 256 * 2**10
MAX_ROWS = 10**12

_ID = re.compile(r"w-[0-9a-f]{12}")
_SCOPE = {"policy", "rule", "ruleSha256", "uses", "rows", "maxRows"}
_REQUIRED = frozenset({"version", "id", "reason", "ticket", "grantedOn", "until", *_SCOPE})


@dataclass(frozen=True, slots=True)
class Grant:
    """What the approvers of a waiver signed. ``purposes``: empty for all."""

    policy: str
    rule: str
    rule_sha256: str
    uses: tuple[Use, ...]
    rows: tuple[str, ...]
    reason: str
    ticket: str
    granted_on: date
    until: date
    max_rows: int
    purposes: tuple[Purpose, ...] = ()

    @property
    def id(self) -> str:
        """Its name, which follows from its content."""
        return f"w-{hashlib.sha256(jcs.canonical(self._members())).hexdigest()[:12]}"

    def encode(self) -> bytes:
        """The payload to sign."""
        return jcs.canonical({**self._members(), "id": self.id})

    def _members(self) -> dict[str, Any]:
        members: dict[str, Any] = {
            "version": 1,
            "policy": self.policy,
            "rule": self.rule,
            "ruleSha256": self.rule_sha256,
            "uses": [use.value for use in self.uses],
            "rows": list(self.rows),
            "reason": self.reason,
            "ticket": self.ticket,
            "grantedOn": self.granted_on.isoformat(),
            "until": self.until.isoformat(),
            "maxRows": self.max_rows,
        }
        named = {"purposes": [purpose.value for purpose in self.purposes]} if self.purposes else {}
        return members | named


@dataclass(frozen=True, slots=True)
class Revocation:
    """The end of the waiver with this id."""

    waiver: str
    revoked_on: date
    reason: str

    def encode(self) -> bytes:
        """The payload to sign."""
        return jcs.canonical(
            {
                "version": 1,
                "waiver": self.waiver,
                "revokedOn": self.revoked_on.isoformat(),
                "reason": self.reason,
            }
        )


@dataclass(frozen=True, slots=True)
class Signed:
    """One envelope with what it says; no signature in it has been checked."""

    envelope: dsse.Envelope
    said: Grant | Revocation

    @property
    def line(self) -> bytes:
        """The envelope in its one spelling, with its newline."""
        return self.envelope.encode()


def sign(said: Grant | Revocation, keys: Sequence[PrivateKey]) -> bytes:
    """The envelope, signed by each of ``keys``, as one line."""
    kind = WAIVER_TYPE if isinstance(said, Grant) else REVOCATION_TYPE
    return dsse.sign(said.encode(), kind, keys)


def parse(data: bytes) -> Signed:
    """The waiver or revocation in ``data``; EvidenceError where it is neither, or is misspelt."""
    if len(data) > MAX_WAIVER:
        raise EvidenceError(f"the envelope is larger than {MAX_WAIVER} bytes")
    envelope = dsse.parse_envelope(data)
    if envelope.payload_type == WAIVER_TYPE:
        return Signed(envelope, _grant(envelope.payload))
    if envelope.payload_type == REVOCATION_TYPE:
        return Signed(envelope, _revocation(envelope.payload))
    raise EvidenceError("the envelope holds neither a waiver nor a revocation of one")


def merge(copies: Sequence[Signed]) -> Signed:
    """One envelope with the signatures of all ``copies``, which say the same."""
    first = copies[0]
    if any(copy.envelope.payload != first.envelope.payload for copy in copies):
        raise ValueError("copies of one envelope say the same")
    signatures = dict.fromkeys(s for copy in copies for s in copy.envelope.signatures)
    ordered = tuple(sorted(signatures, key=lambda one: (one.keyid, one.sig)))
    envelope = dsse.Envelope(first.envelope.payload, first.envelope.payload_type, ordered)
    return Signed(envelope, first.said)


def add_signatures(signed: Signed, keys: Sequence[PrivateKey]) -> Signed:
    """The same with the signatures of ``keys`` too."""
    return merge([signed, parse(sign(signed.said, keys))])


@dataclass(frozen=True, slots=True)
class Approval:
    """A signature that holds: by whom, and why it does not count, if it does not.

    Two keys of one name are one ``person``.
    """

    keyid: str
    person: str
    objection: str | None


def approvals(signed: Signed, trust: Trust, days: Sequence[date]) -> tuple[Approval, ...]:
    """The signatures of listed keys, judged as those of an approver on each of ``days``."""
    listed = {key.keyid: key for key in trust.keys}
    publics = {keyid: key.public for keyid, key in listed.items()}
    try:
        accepted = dsse.open_envelope(signed.line, publics).accepted
    except EvidenceError:
        return ()
    found = []
    for one in accepted:
        key = listed[one.keyid]
        objections = [key.objection(Role.APPROVER, day) for day in days]
        objection = next(filter(None, objections), None)
        found.append(Approval(one.keyid, key.name or one.keyid, objection))
    return tuple(found)


def check_text(text: str, what: str) -> str:
    """``text`` as it may be signed and printed: 1 to 1000 printable characters, none at the ends
    a space; EvidenceError otherwise."""
    if not text or text != text.strip() or not text.isprintable() or len(text) > MAX_TEXT:
        raise EvidenceError(f"the {what} is not 1 to {MAX_TEXT} printable characters on one line")
    return text


def _grant(payload: bytes) -> Grant:
    members = _members(payload, _REQUIRED, "the waiver", optional={"purposes"})
    rule = check_text(_string(members, "rule"), "rule")
    grant = Grant(
        policy=check_text(_string(members, "policy"), "policy"),
        rule=rule,
        rule_sha256=_string(members, "ruleSha256"),
        uses=tuple(_words(members, "uses", Use)),
        rows=tuple(_rows(members)),
        reason=check_text(_string(members, "reason"), "reason"),
        ticket=check_text(_string(members, "ticket"), "ticket"),
        granted_on=_day(members, "grantedOn"),
        until=_day(members, "until"),
        max_rows=_number(members, "maxRows"),
        purposes=tuple(_words(members, "purposes", Purpose)) if "purposes" in members else (),
    )
    if not is_sha256(grant.rule_sha256):
        raise EvidenceError("the waiver's ruleSha256 is not a SHA-256 digest")
    if bool(grant.uses) == (rule == "incomplete"):
        raise EvidenceError("the waiver names uses where it may not, or none where it must")
    if members["id"] != grant.id or ("purposes" in members and not grant.purposes):
        raise EvidenceError("the waiver's id is not that of its content")
    return grant


def _revocation(payload: bytes) -> Revocation:
    names = frozenset({"version", "waiver", "revokedOn", "reason"})
    members = _members(payload, names, "the revocation")
    waiver = _string(members, "waiver")
    if not _ID.fullmatch(waiver):
        raise EvidenceError("the revocation names no waiver")
    reason = check_text(_string(members, "reason"), "reason")
    return Revocation(waiver, _day(members, "revokedOn"), reason)


def _members(
    payload: bytes,
    names: frozenset[str],
    what: str,
    optional: frozenset[str] | set[str] = frozenset(),
) -> dict[str, Any]:
    members = jcs.parse_canonical(payload, what)
    if not isinstance(members, dict) or not names <= set(members) <= names | optional:
        raise EvidenceError(f"{what} does not have the fields of version 1")
    if members["version"] != 1 or isinstance(members["version"], bool):
        raise EvidenceError(f"{what} is of a version that this govgate does not know")
    return members


def _string(members: dict[str, Any], name: str) -> str:
    if not isinstance(members[name], str):
        raise EvidenceError(f"{name} is not a string")
    return str(members[name])


def _number(members: dict[str, Any], name: str) -> int:
    number = members[name]
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MAX_ROWS:
        raise EvidenceError(f"{name} is not a whole number from 1")
    return number


def _day(members: dict[str, Any], name: str) -> date:
    text = _string(members, name)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise EvidenceError(f"{name} is not a day written YYYY-MM-DD") from error
    if day.isoformat() != text:
        raise EvidenceError(f"{name} is not a day written YYYY-MM-DD")
    return day


def _words(members: dict[str, Any], name: str, kind: Any) -> list[Any]:
    words, known = members[name], {one.value for one in kind}
    listed = isinstance(words, list) and all(isinstance(word, str) for word in words)
    if not listed or not set(words) <= known or sorted(set(words)) != words:
        raise EvidenceError(f"{name} is not a sorted list of {', '.join(sorted(known))}")
    return [kind(word) for word in words]


def _rows(members: dict[str, Any]) -> list[str]:
    rows = members["rows"]
    listed = isinstance(rows, list) and all(isinstance(one, str) for one in rows)
    if not listed or not rows or not all(one.isprintable() for one in rows):
        raise EvidenceError("rows is not a list of selector items")
    return list(rows)
