"""Checkpoints (C2SP tlog-checkpoint): a log's size and root, signed by the log as a note.

```
ORIGIN
SIZE
base64(ROOT)
```
then optional extension lines, a blank line and the signatures. We write no extension lines.
"""

from dataclasses import dataclass

from govgate.attest import merkle
from govgate.attest.encoding import from_base64, from_decimal, to_base64
from govgate.attest.note import Signer, Verifier, open_note, sign_note
from govgate.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its name, how many entries it has, and their Merkle root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> bytes:
        """The bytes that are signed."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines).encode()


class WrongEmptyRoot(EvidenceError):
    """A checkpoint of no entries has a root that no tree of no entries has."""


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The checkpoint as a note signed by its log."""
    return sign_note(checkpoint.text(), [signer])


def parse_checkpoint(text: bytes) -> Checkpoint:
    """The checkpoint in a note's text (not its signatures)."""
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise EvidenceError("the checkpoint is not UTF-8") from error
    if len(lines) < 4 or lines.pop() != "" or not all(lines):
        raise EvidenceError("the checkpoint is not origin, size and root, each on its line")
    size = from_decimal(lines[1], "the checkpoint's size")
    root = from_base64(lines[2], "the checkpoint's root", length=merkle.HASH_SIZE)
    if size == 0 and root != merkle.EMPTY_ROOT:
        raise WrongEmptyRoot("the checkpoint has no entries but not the root of an empty tree")
    return Checkpoint(lines[0], size, root, tuple(lines[3:]))


def open_checkpoint(data: bytes, *verifiers: Verifier, what: str = "") -> Checkpoint:
    """The checkpoint in the note ``data``, if the log of ``verifiers`` signed it as its own.

    ``verifiers`` are the keys of one log: it has several after a rotation, and one is enough. A
    log's key name is its origin, so a checkpoint of another log never passes. ``what`` names the
    file in errors.
    """
    try:
        checkpoint = parse_checkpoint(open_note(data, verifiers).text)
        if any(checkpoint.origin != verifier.name for verifier in verifiers):
            raise EvidenceError(f"the checkpoint is of another log than {verifiers[0].name}")
    except EvidenceError as error:
        if not what:
            raise
        raise EvidenceError(f"{what}: {error.what}", remedy=error.remedy) from error
    return checkpoint
