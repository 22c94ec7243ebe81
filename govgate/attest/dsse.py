"""DSSE v1 envelopes: what is signed is the payload with its type, never the envelope's JSON.

An envelope is one line of JSON::

    {"payload":BASE64,"payloadType":TYPE,"signatures":[{"keyid":ID,"sig":BASE64}]}

The signature covers ``PAE(TYPE, PAYLOAD)`` (:func:`pae`). As the protocol asks of readers, both
base64 alphabets are accepted and unknown fields are ignored; the key id is a hint and decides
nothing. Of the files that this project writes more is asked, so that no bit of them is free: one
spelling (:func:`split_envelopes`) and true key ids (:func:`check_stated`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from govgate.attest import jcs
from govgate.attest.encoding import from_base64, to_base64
from govgate.attest.keys import PrivateKey, PublicKey
from govgate.errors import EvidenceError

MAX_ENVELOPE = 16 * 2**20
MAX_SIGNATURES = 64
MAX_ENVELOPES = 16
_URL_SAFE = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature as the envelope states it; ``keyid`` is "" where it states none."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope as parsed: nothing in it is verified."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The envelope as one line of canonical JSON with its newline."""
        line = jcs.canonical(
            {
                "payload": to_base64(self.payload),
                "payloadType": self.payload_type,
                "signatures": [
                    {"keyid": one.keyid, "sig": to_base64(one.sig)} for one in self.signatures
                ],
            }
        )
        if len(line) + 1 > MAX_ENVELOPE:
            raise EvidenceError(f"the statement is too large to sign ({len(self.payload)} bytes)")
        return line + b"\n"


@dataclass(frozen=True, slots=True)
class Verified:
    """What verification returns: use this payload, and never parse the envelope again.

    ``accepted``: the signatures that hold, one for each key, under the trusted key's own id.
    ``keyid`` and ``signature`` are those of the first.
    """

    payload: bytes
    payload_type: str
    accepted: tuple[Signature, ...]

    @property
    def keyid(self) -> str:
        """The id of the trusted key whose signature comes first."""
        return self.accepted[0].keyid

    @property
    def signature(self) -> bytes:
        """The first signature that holds."""
        return self.accepted[0].sig

    @property
    def signed(self) -> bytes:
        """The exact bytes that the signatures cover."""
        return pae(self.payload_type, self.payload)


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: lengths make type and payload unambiguous."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, payload_type: str, keys: Sequence[PrivateKey]) -> bytes:
    """An envelope signed by each of ``keys``, as one line of canonical JSON with its newline."""
    if not keys:
        raise ValueError("an envelope needs a key to sign with")
    message = pae(payload_type, payload)
    return Envelope(
        payload, payload_type, tuple(Signature(key.keyid, key.sign(message)) for key in keys)
    ).encode()


def add_signatures(data: bytes, keys: Sequence[PrivateKey]) -> bytes:
    """The envelope in ``data`` with the signatures that it has, then those of ``keys``.

    Nothing is verified: read the payload first, so that nobody signs something else by mistake.
    """
    envelope = parse_envelope(data)
    message = pae(envelope.payload_type, envelope.payload)
    made = {key.keyid: Signature(key.keyid, key.sign(message)) for key in keys}
    kept = tuple(one for one in envelope.signatures if one.keyid not in made)
    return replace(envelope, signatures=(*kept, *made.values())).encode()


def split_envelopes(data: bytes) -> tuple[bytes, ...]:
    """The lines of a ``.intoto.jsonl`` file, each one envelope as :meth:`Envelope.encode` writes
    it, with its newline; at most 16 of them."""
    if not data.endswith(b"\n"):
        raise EvidenceError("the record does not end in a newline, so it may have been cut off")
    lines = tuple(line + b"\n" for line in data[:-1].split(b"\n"))
    if len(lines) > MAX_ENVELOPES:
        raise EvidenceError(
            f"the record holds {len(lines)} envelopes; at most {MAX_ENVELOPES} may be"
        )
    for number, line in enumerate(lines, start=1):
        if parse_envelope(line).encode() != line:
            raise EvidenceError(f"line {number} is not an envelope in its one canonical spelling")
    return lines


def check_stated(data: bytes, keys: Mapping[str, PublicKey]) -> None:
    """EvidenceError unless what the envelope states of ``keys`` (by id) is true.

    A signature that states the id of one of them must be that key's, and one that is such a key's
    must state its id; each of them signs once. Nothing can be said of signatures by other keys.
    """
    envelope = parse_envelope(data)
    message = pae(envelope.payload_type, envelope.payload)
    stated = [signature.keyid for signature in envelope.signatures]
    if twice := {keyid for keyid in stated if keyid in keys and stated.count(keyid) > 1}:
        raise EvidenceError(f"key {min(twice)[:16]} signed the envelope more than once")
    for signature in envelope.signatures:
        match = _signer(signature, message, keys)
        if match is None and signature.keyid in keys:
            raise EvidenceError(f"the signature of key {signature.keyid[:16]} does not hold")
        if match is not None and match != signature.keyid:
            raise EvidenceError(f"a signature of key {match[:16]} states another key's id, or none")


def parse_envelope(data: bytes) -> Envelope:
    """The envelope in ``data``, unverified."""
    if len(data) > MAX_ENVELOPE:
        raise EvidenceError(f"the envelope is larger than {MAX_ENVELOPE} bytes")
    members = jcs.parse(data, "the envelope")
    if not isinstance(members, dict):
        raise EvidenceError("the envelope is not a JSON object")
    signatures = members.get("signatures")
    if not isinstance(signatures, list) or not signatures:
        raise EvidenceError("the envelope carries no signatures")
    if len(signatures) > MAX_SIGNATURES:
        raise EvidenceError(
            f"the envelope carries {len(signatures)} signatures; at most {MAX_SIGNATURES} may be"
        )
    kind = _text(members, "payloadType", "the envelope")
    payload = _base64(_text(members, "payload", "the envelope"), "the envelope's payload")
    return Envelope(payload, kind, tuple(map(_signature, signatures)))


def open_envelope(
    data: bytes,
    keys: Mapping[str, PublicKey],
    *,
    payload_type: str | None = None,
    threshold: int = 1,
) -> Verified:
    """The payload of ``data``, if at least ``threshold`` different ``keys`` signed it.

    ``keys``: the trusted keys by id. ``payload_type``: the only type that is acceptable.
    """
    if threshold < 1:
        raise ValueError("a threshold below 1 would accept unsigned envelopes")
    envelope = parse_envelope(data)
    message = pae(envelope.payload_type, envelope.payload)
    accepted: dict[bytes, Signature] = {}
    for signature in envelope.signatures:
        match = _signer(signature, message, keys)
        if match is not None:
            accepted.setdefault(keys[match].raw, Signature(match, signature.sig))
    if len(accepted) < threshold:
        raise EvidenceError(_too_few(envelope, len(accepted), threshold))
    if payload_type is not None and envelope.payload_type != payload_type:
        raise EvidenceError(f"the envelope's payload is not of type {payload_type}")
    return Verified(envelope.payload, envelope.payload_type, tuple(accepted.values()))


def _signer(signature: Signature, message: bytes, keys: Mapping[str, PublicKey]) -> str | None:
    """The id of the key that made ``signature``. A known key id narrows the search, no more."""
    candidates = [signature.keyid] if signature.keyid in keys else list(keys)
    return next((k for k in candidates if keys[k].verify(signature.sig, message)), None)


def _too_few(envelope: Envelope, count: int, threshold: int) -> str:
    named = ", ".join(sorted({s.keyid[:16] or "unnamed" for s in envelope.signatures})[:4])
    return (
        f"the envelope has {count} valid signatures of trusted keys where {threshold} must be "
        f"(it names {_printable(named)})"
    )


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _signature(member: Any) -> Signature:
    if not isinstance(member, dict):
        raise EvidenceError("a signature of the envelope is not a JSON object")
    keyid = member.get("keyid", "")
    if not isinstance(keyid, str):
        raise EvidenceError("a signature's keyid is not a string")
    return Signature(keyid, _base64(_text(member, "sig", "a signature"), "a signature"))


def _text(members: dict[str, Any], name: str, what: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise EvidenceError(f"{what} has no {name}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise EvidenceError(f"{what} has a {name} that is not Unicode text") from error
    return value


def _base64(text: str, what: str) -> bytes:
    """Either alphabet (DSSE protocol), but not both in one string."""
    if set(text) & set("-_"):
        if set(text) & set("+/"):
            raise EvidenceError(f"{what} mixes two base64 alphabets")
        text = text.translate(_URL_SAFE)
    return from_base64(text, what)
