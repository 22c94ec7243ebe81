"""Inclusion proofs in a file of their own (C2SP tlog-proof), checked offline.

```
c2sp.org/tlog-proof@v1
extra BASE64             only if there is extra data, which nothing vouches for
index INDEX
BASE64                   one hash a line, the leaf's sibling first
<blank line>
CHECKPOINT               the signed checkpoint, verbatim
```
"""

from dataclasses import dataclass

from govgate.attest import merkle
from govgate.attest.checkpoint import Checkpoint, open_checkpoint
from govgate.attest.encoding import from_base64, from_decimal, to_base64
from govgate.attest.note import MAX_NOTE, Verifier
from govgate.errors import EvidenceError

_HEADER = "c2sp.org/tlog-proof@v1"
_MAX_HASHES = 63
_MAX_PROOF = 2 * MAX_NOTE


@dataclass(frozen=True, slots=True)
class Proof:
    """An inclusion proof as read: nothing in it is verified. ``extra`` never is."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """The bytes of a ``.tlog-proof`` file."""
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(f"extra {to_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(map(to_base64, self.hashes))
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint


def parse_proof(data: bytes) -> Proof:
    """The proof in ``data``; only the bytes that :meth:`Proof.encode` gives back."""
    if len(data) > _MAX_PROOF:
        raise EvidenceError(f"the proof is larger than {_MAX_PROOF} bytes")
    head, blank, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise EvidenceError("the proof's own lines are not ASCII") from error
    if not blank or not checkpoint:
        raise EvidenceError("the proof has no checkpoint after a blank line")
    if lines.pop(0) != _HEADER:
        raise EvidenceError(f"the proof does not begin with {_HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "), "the proof's extra data")
    if not lines or not lines[0].startswith("index "):
        raise EvidenceError("the proof has no index line")
    index = from_decimal(lines.pop(0).removeprefix("index "), "the proof's index")
    if len(lines) > _MAX_HASHES:
        raise EvidenceError(f"the proof has more than {_MAX_HASHES} hashes")
    hashes = tuple(
        from_base64(line, "a hash of the proof", length=merkle.HASH_SIZE) for line in lines
    )
    return Proof(index, hashes, checkpoint, extra)


def verify_inclusion(proof: Proof | bytes, leaf: bytes, verifier: Verifier) -> Checkpoint:
    """The checkpoint under which ``leaf`` (the entry's bytes) is in ``verifier``'s log.

    EvidenceError: malformed, not signed by that log, or the leaf is not where the proof says.
    """
    if isinstance(proof, bytes):
        proof = parse_proof(proof)
    checkpoint = open_checkpoint(proof.checkpoint, verifier)
    merkle.check_inclusion(
        proof.index, checkpoint.size, merkle.leaf_hash(leaf), proof.hashes, checkpoint.root
    )
    return checkpoint
