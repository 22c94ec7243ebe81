"""Cosignatures (C2SP tlog-cosignature): a witness says which tree of a log was the largest it saw.

A cosignature is one more signature line of a checkpoint::

    — NAME base64(KEY-HASH || TIME || SIGNATURE)

TIME is 8 bytes, big-endian, seconds since 1970. SIGNATURE is Ed25519's over::

    cosignature/v1
    time TIME
    ORIGIN
    SIZE
    base64(ROOT)             the checkpoint's whole text, extension lines and all

The key is written as a vkey whose signature type is 0x04. The specification has another kind,
ML-DSA-44 (type 0x06); its keys are refused, its signatures are lines of unknown keys.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from govgate.attest.encoding import MAX_NUMBER
from govgate.attest.keys import PrivateKey
from govgate.attest.note import NamedKey, NoteSignature, parse_note
from govgate.errors import EvidenceError

_TIME = 8
_SIGNATURE = 64


@dataclass(frozen=True, slots=True)
class Cosigner(NamedKey):
    """A key whose cosignatures count, listed in quorum files by its vkey."""

    KIND = b"\x04"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature: whose, of when (seconds since 1970), and its line."""

    cosigner: Cosigner
    time: int
    line: NoteSignature

    @property
    def said_at(self) -> str:
        """The time in words, such as ``2026-11-28T15:04:05Z``."""
        return in_words(self.time)


def in_words(time: int) -> str:
    """Seconds since 1970 as an ISO time in UTC; of years beyond 9999, the seconds."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{time} seconds after 1970"


def cosign(text: bytes, name: str, key: PrivateKey, time: int) -> NoteSignature:
    """The line by which ``key`` cosigns a checkpoint's text at ``time``; nothing is checked."""
    encoded = time.to_bytes(_TIME, "big")
    cosigner = Cosigner(name, key.public)
    signature = key.sign(_message(text, time))
    return NoteSignature(name, cosigner.key_hash, encoded + signature)


def check_cosignature(line: NoteSignature, text: bytes, cosigner: Cosigner) -> Cosignature:
    """The cosignature in ``line``; EvidenceError unless it is ``cosigner``'s over ``text``.

    Whether its time has come is another question (:func:`is_early`).
    """
    if (line.name, line.key_hash) != (cosigner.name, cosigner.key_hash):
        raise EvidenceError(f"the cosignature is of another key than that of {cosigner.name}")
    if len(line.signature) != _TIME + _SIGNATURE:
        raise EvidenceError(f"the cosignature of {cosigner.name} has the wrong length")
    time = int.from_bytes(line.signature[:_TIME], "big")
    if not 0 < time <= MAX_NUMBER:
        raise EvidenceError(f"the cosignature of {cosigner.name} has no time")
    if not cosigner.key.verify(line.signature[_TIME:], _message(text, time)):
        raise EvidenceError(f"the cosignature of {cosigner.name} is wrong")
    return Cosignature(cosigner, time, line)


def find_cosignatures(
    text: bytes, lines: Iterable[NoteSignature], cosigners: Sequence[Cosigner]
) -> tuple[Cosignature, ...]:
    """The cosignatures among ``lines``, one for each of ``cosigners`` at most: its first.

    Lines of unknown keys mean nothing. A known key's line that does not verify is an
    EvidenceError, as signed-note asks: nobody but a forger writes one.
    """
    known = {(one.name, one.key_hash): one for one in cosigners}
    found: dict[tuple[str, bytes], Cosignature] = {}
    for line in lines:
        identity = (line.name, line.key_hash)
        if identity in known and identity not in found:
            found[identity] = check_cosignature(line, text, known[identity])
    return tuple(found.values())


def with_cosignatures(note: bytes, cosignatures: Iterable[Cosignature]) -> bytes:
    """``note`` with these lines at its end, each in place of an older one of the same key."""
    text, lines = parse_note(note)
    added = {(c.line.name, c.line.key_hash): c.line for c in cosignatures}
    kept = [line for line in lines if (line.name, line.key_hash) not in added]
    return text + b"\n" + "".join(line.line() for line in (*kept, *added.values())).encode()


def is_early(cosignature: Cosignature, latest: int) -> bool:
    """Whether it is dated after ``latest``: a statement about a time that has not come."""
    return cosignature.time > latest


def _message(text: bytes, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % time + text
