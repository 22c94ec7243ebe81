"""Signed notes (C2SP signed-note): text, a blank line, and one line for each signature.

```
TEXT
<blank line>
— NAME base64(KEY-HASH || SIGNATURE)
```
A key is written ``NAME+HASH+base64(0x01 || PUBLIC)`` (verifier key, "vkey"), as Go's sumdb/note has
it; HASH is ``SHA-256(NAME || "\\n" || 0x01 || PUBLIC)[:4]``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from govgate.attest.encoding import from_base64, to_base64
from govgate.attest.keys import PrivateKey, PublicKey
from govgate.errors import EvidenceError

MAX_NOTE = 2**20
MAX_SIGNATURES = 100
_ED25519 = b"\x01"
_DASH = "— "
_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A named public key; each signature type (one byte, ``KIND``) is a class of its own."""

    KIND: ClassVar[bytes]

    name: str
    key: PublicKey

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def key_hash(self) -> bytes:
        """The four bytes that stand before each of this key's signatures."""
        encoded = self.name.encode() + b"\n" + self.KIND + self.key.raw
        return hashlib.sha256(encoded).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key in one line, to hand to whoever checks."""
        return f"{self.name}+{self.key_hash.hex()}+{to_base64(self.KIND + self.key.raw)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key of a vkey; only the spelling that :attr:`vkey` gives back."""
        parts = text.split("+", 2)  # names hold no plus; base64 may
        if len(parts) != 3:
            raise EvidenceError("the verifier key is not NAME+HASH+KEY")
        encoded = from_base64(parts[2], "the verifier key")
        if encoded[:1] != cls.KIND:
            kind = encoded[:1].hex() or "none"
            raise EvidenceError(f"the verifier key is of type {kind}, not {cls.KIND.hex()}")
        key = cls(parts[0], PublicKey(encoded[1:]))
        if key.vkey != text:
            raise EvidenceError("the verifier key's hash does not fit its name and key")
        return key


@dataclass(frozen=True, slots=True)
class Verifier(NamedKey):
    """A key whose signatures of notes are believed."""

    KIND = _ED25519


@dataclass(frozen=True, slots=True)
class Signer:
    """A named private key that signs notes."""

    name: str
    key: PrivateKey

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def verifier(self) -> Verifier:
        """The public half under the same name."""
        return Verifier(self.name, self.key.public)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who is said to have signed, with which key, and the signature."""

    name: str
    key_hash: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in the note, with its newline."""
        return f"{_DASH}{self.name} {to_base64(self.key_hash + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """An opened note: the exact signed bytes, who verifiably signed, and all other signatures."""

    text: bytes
    verified: tuple[NoteSignature, ...]
    unverified: tuple[NoteSignature, ...]


def check_name(name: str) -> None:
    """A key name: not empty, no space of any kind, no plus sign, no control character."""
    bad = any(c.isspace() or c == "+" or ord(c) < 0x20 or "\ud800" <= c <= "\udfff" for c in name)
    if bad or not name:
        raise EvidenceError("a key name is empty or holds a space, a plus or a control character")


def parse_skey(text: str) -> Signer:
    """The signer of a sumdb/note private key, ``PRIVATE+KEY+NAME+HASH+base64(0x01 || SEED)``."""
    parts = text.removeprefix(_PRIVATE).split("+", 2)
    if not text.startswith(_PRIVATE) or len(parts) != 3:
        raise EvidenceError("the signer key is not PRIVATE+KEY+NAME+HASH+KEY")
    encoded = from_base64(parts[2], "the signer key", length=33)
    if encoded[:1] != _ED25519:
        raise EvidenceError("the signer key is of an unknown algorithm")
    signer = Signer(parts[0], PrivateKey.from_seed(encoded[1:]))
    if signer.verifier.key_hash.hex() != parts[1]:
        raise EvidenceError("the signer key's hash does not fit its name and key")
    return signer


def sign_note(text: bytes, signers: Sequence[Signer]) -> bytes:
    """``text`` (UTF-8 ending in a newline) as a note signed by each of ``signers``."""
    _check_text(text)
    if not text.endswith(b"\n") or not signers:
        raise EvidenceError("a note needs text that ends in a newline, and a signer")
    lines = (NoteSignature(s.name, s.verifier.key_hash, s.key.sign(text)).line() for s in signers)
    return text + b"\n" + "".join(lines).encode()


def parse_note(data: bytes) -> tuple[bytes, tuple[NoteSignature, ...]]:
    """The text and all signature lines of a note, in order; nothing is verified."""
    _check_text(data)
    split = data.rfind(b"\n\n")
    if split < 0 or not data.endswith(b"\n") or split + 2 == len(data):
        raise EvidenceError("the note has no signatures after a blank line")
    return data[: split + 1], parse_signatures(data[split + 2 :])


def parse_signatures(data: bytes) -> tuple[NoteSignature, ...]:
    """Signature lines alone, as they stand at the end of a note; at least one."""
    _check_text(data)
    if not data.endswith(b"\n"):
        raise EvidenceError("the signatures do not end in a newline")
    lines = data[:-1].decode().split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise EvidenceError(f"the note has more than {MAX_SIGNATURES} signatures")
    return tuple(map(_parse_line, lines))


def open_note(data: bytes, verifiers: Sequence[Verifier]) -> Note:
    """The note, if at least one of ``verifiers`` signed it and no known key's signature is wrong.

    Signatures of unknown keys are kept apart and mean nothing; repeated ones count once.
    """
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        if (verifier.name, verifier.key_hash) in known:
            raise EvidenceError(f"two known keys share the name and hash of {verifier.name}")
        known[verifier.name, verifier.key_hash] = verifier
    text, signatures = parse_note(data)
    verified: dict[tuple[str, bytes], NoteSignature] = {}
    unverified: dict[NoteSignature, None] = {}
    for signature in signatures:
        identity = (signature.name, signature.key_hash)
        signer = known.get(identity)
        if signer is None:
            unverified[signature] = None
        elif identity in verified:
            continue
        elif signer.key.verify(signature.signature, text):
            verified[identity] = signature
        else:
            raise EvidenceError(f"the signature of {signature.name} on the note is wrong")
    if not verified:
        raise EvidenceError("the note has no signature of a trusted key")
    return Note(text, tuple(verified.values()), tuple(unverified))


def _check_text(data: bytes) -> None:
    if len(data) > MAX_NOTE:
        raise EvidenceError(f"the note is larger than {MAX_NOTE} bytes")
    if any(byte < 0x20 and byte != 0x0A for byte in data):
        raise EvidenceError("the note holds a control character")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EvidenceError("the note is not UTF-8") from error


def _parse_line(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not (line.startswith(_DASH) and space):
        raise EvidenceError("the note has a line after its text that is not a signature")
    check_name(name)
    data = from_base64(encoded, "a signature of the note")
    if len(data) < 5:
        raise EvidenceError("a signature of the note is too short")
    return NoteSignature(name, data[:4], data[4:])
