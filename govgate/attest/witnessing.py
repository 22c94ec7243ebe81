"""The witness (C2SP tlog-witness): cosigns a checkpoint only if the log grew from the last one.

A request is the body of ``POST PREFIX/add-checkpoint``::

    old SIZE                 of the checkpoint that the witness cosigned last; 0 for none
    base64(HASH)             the consistency proof from there, at most 63 lines
    <blank line>
    CHECKPOINT               the signed checkpoint

The answer to a good one is the witness's cosignature, one signature line. What it remembers of a
log is the last checkpoint that it cosigned, with its own cosignature (:class:`States`). Losing that
memory means losing the promise, so a witness whose folder is lost needs a new key.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from govgate import durable
from govgate.attest import merkle
from govgate.attest.checkpoint import Checkpoint, WrongEmptyRoot, parse_checkpoint
from govgate.attest.cosignature import (
    Cosignature,
    Cosigner,
    check_cosignature,
    cosign,
    find_cosignatures,
)
from govgate.attest.encoding import from_base64, from_decimal, to_base64
from govgate.attest.files import read_bounded
from govgate.attest.keys import PrivateKey
from govgate.attest.note import MAX_NOTE, Verifier, open_note, parse_note
from govgate.errors import EvidenceError, GovgateError, IncompleteError, UsageError
from govgate.locking import exclusive

MAX_REQUEST = 256 * 1024
MAX_HASHES = 63
PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as read: nothing in it is verified."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The body to send."""
        lines = [f"old {self.old}", *map(to_base64, self.proof)]
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint


@dataclass(frozen=True, slots=True)
class Reply:
    """What the witness answers: HTTP status, body and media type."""

    status: int
    body: bytes
    media_type: str = PLAIN

    @classmethod
    def refusing(cls, status: int, why: str) -> "Reply":
        """A refusal in words."""
        return cls(status, f"{why}\n".encode())


@dataclass(frozen=True, slots=True)
class Submission:
    """A request whose checkpoint a known log signed. ``note`` has these signatures alone."""

    request: Request
    checkpoint: Checkpoint
    text: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class Latest:
    """The last checkpoint of a log that this witness cosigned; ``note`` is how it is kept."""

    checkpoint: Checkpoint
    cosignature: Cosignature
    note: bytes

    @property
    def text(self) -> bytes:
        """The bytes that were cosigned."""
        return parse_note(self.note)[0]


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns, and for which logs: the keys of each, by origin."""

    name: str
    key: PrivateKey
    logs: Mapping[str, Sequence[Verifier]]

    def __post_init__(self) -> None:
        for verifiers in self.logs.values():
            if any(one.key == self.key.public for one in verifiers):
                raise UsageError(
                    "the witness's key is the key of a log", remedy="make a key of its own"
                )

    @property
    def cosigner(self) -> Cosigner:
        """The public half, to be listed in quorum files."""
        return Cosigner(self.name, self.key.public)

    def examine(self, body: bytes) -> Submission | Reply:
        """The request in ``body``, or the refusal where it or its signature is not good."""
        try:
            request = parse_request(body)
            text, _ = parse_note(request.checkpoint)
            checkpoint = parse_checkpoint(text)
        except EvidenceError as error:
            status = 422 if isinstance(error, WrongEmptyRoot) else 400
            return Reply.refusing(status, error.what)
        verifiers = self.logs.get(checkpoint.origin)
        if verifiers is None:
            return Reply.refusing(404, "this witness does not know the log")
        try:
            opened = open_note(request.checkpoint, verifiers)
        except EvidenceError as error:
            return Reply.refusing(403, error.what)
        if request.old > checkpoint.size:
            return Reply.refusing(400, "the old size is larger than the checkpoint's")
        lines = "".join(signature.line() for signature in opened.verified)
        return Submission(request, checkpoint, text, text + b"\n" + lines.encode())

    def advance(
        self, submission: Submission, latest: Latest | None, now: int
    ) -> tuple[Reply, Latest | None]:
        """The answer, and what to keep durably before it leaves; ``latest`` where it is refused.

        ``now``: seconds since 1970. ``latest`` is of the same log.
        """
        refusal = _refusal(submission, latest.checkpoint if latest else None)
        if refusal is not None:
            return refusal, latest
        text = submission.text
        if latest is not None and now < latest.cosignature.time:
            return Reply.refusing(503, "the clock is behind the last cosignature"), latest
        if latest is not None and (now, text) == (latest.cosignature.time, latest.text):
            # The same again within a second: nothing new to say, so nothing to write.
            return Reply(200, latest.cosignature.line.line().encode()), latest
        line = cosign(text, self.name, self.key, now)
        cosigned = check_cosignature(line, text, self.cosigner)
        kept = Latest(submission.checkpoint, cosigned, submission.note + line.line().encode())
        return Reply(200, line.line().encode()), kept

    def recall(self, note: bytes, what: str) -> Latest:
        """What ``advance`` gave to keep; EvidenceError unless this witness cosigned it."""
        try:
            text, lines = parse_note(note)
            found = find_cosignatures(text, lines, [self.cosigner])
            if not found:
                raise EvidenceError(f"it is not cosigned by {self.name}")
            return Latest(parse_checkpoint(text), found[0], note)
        except EvidenceError as error:
            raise EvidenceError(f"{what} is not what this witness kept: {error.what}") from error


def parse_request(body: bytes) -> Request:
    """The request in ``body``; only the bytes that :meth:`Request.encode` gives back."""
    if len(body) > MAX_REQUEST:
        raise EvidenceError(f"the request is larger than {MAX_REQUEST} bytes")
    head, blank, checkpoint = body.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise EvidenceError("the request's own lines are not ASCII") from error
    if not blank or not checkpoint:
        raise EvidenceError("the request has no checkpoint after a blank line")
    if not first.startswith("old "):
        raise EvidenceError("the request does not begin with the old size")
    if len(hashes) > MAX_HASHES:
        raise EvidenceError(f"the request has more than {MAX_HASHES} hashes")
    return Request(
        from_decimal(first.removeprefix("old "), "the old size"),
        tuple(from_base64(h, "a hash of the request", length=merkle.HASH_SIZE) for h in hashes),
        checkpoint,
    )


def parse_size(body: bytes) -> int:
    """The size in the body of a 409: a decimal and a newline."""
    if not body.endswith(b"\n") or not body.isascii():
        raise EvidenceError("the witness's size is not a number on a line")
    return from_decimal(body[:-1].decode("ascii"), "the witness's size")


def _refusal(submission: Submission, latest: Checkpoint | None) -> Reply | None:
    """Why the checkpoint does not follow ``latest``; None if it does."""
    request, new = submission.request, submission.checkpoint
    size = latest.size if latest else 0
    if request.old != size:
        return Reply(409, b"%d\n" % size, SIZE)
    if latest is None or size == 0:
        if request.proof:
            return Reply.refusing(422, "nothing grows from an empty log by a proof")
        return None
    try:
        merkle.check_consistency(size, new.size, latest.root, new.root, request.proof)
    except EvidenceError as error:
        return Reply.refusing(422, error.what)
    return None


class States:
    """The folder of what a witness remembers: one file for each log, each durable when written.

    ```
    witness                  the witness's own vkey: another key may not go on from here
    HEX                      SHA-256 of a log's origin: its last cosigned checkpoint, as a note
    ```
    """

    def __init__(self, folder: Path, witness: Witness) -> None:
        self.folder = folder
        self.witness = witness

    def claim(self) -> None:
        """Make the folder this witness's own; UsageError where it is another's."""
        durable.make_dirs(self.folder)
        path = self.folder / "witness"
        ours = f"{self.witness.cosigner.vkey}\n".encode()
        with exclusive(self.folder / ".lock"):
            try:
                kept = read_bounded(path, MAX_NOTE)
            except FileNotFoundError:
                kept = None
            if kept is None and any(len(file.name) == 64 for file in self.folder.iterdir()):
                raise UsageError(
                    f"{self.folder} holds checkpoints but not the name of their witness",
                    remedy="restore the folder, or begin a new one with a new key",
                )
            if kept is None:
                durable.write_durably(path, ours)
            elif kept != ours:
                raise UsageError(
                    f"{self.folder} is the memory of another witness",
                    remedy="use its key and name, or another --state folder",
                )

    def add_checkpoint(self, body: bytes, clock: Callable[[], float]) -> Reply:
        """Answer a request. What it changes is on the disk before this returns.

        ``clock`` gives seconds since 1970. It is read when the request has its turn: read before,
        it would be behind a cosignature that another request got while this one waited.
        """
        submission = self.witness.examine(body)
        if isinstance(submission, Reply):
            return submission
        origin = submission.checkpoint.origin
        try:
            with exclusive(self.folder / ".lock"):
                latest = self.latest(origin)
                reply, kept = self.witness.advance(submission, latest, int(clock()))
                if kept is not None and kept is not latest:
                    durable.write_durably(self._path(origin), kept.note)
        except GovgateError:  # its memory, or a token with its key; the disk holds what it held
            return Reply.refusing(500, "the witness cannot use its memory or its key")
        return reply

    def latest(self, origin: str) -> Latest | None:
        """The last checkpoint of a log that was cosigned; EvidenceError where it was changed."""
        path = self._path(origin)
        try:
            note = read_bounded(path, 2 * MAX_NOTE)
        except FileNotFoundError:
            return None
        latest = self.witness.recall(note, str(path))
        if latest.checkpoint.origin != origin:
            raise EvidenceError(f"{path} is of another log")
        return latest

    def published(self, name: str) -> Reply:
        """``GET PREFIX/NAME/checkpoint``: the last cosigned checkpoint of the log whose origin
        has this SHA-256, for whoever compares it with what the log shows."""
        known = (o for o in self.witness.logs if self._path(o).name == name)
        try:
            latest = next((self.latest(origin) for origin in known), None)
        except (EvidenceError, IncompleteError):
            return Reply.refusing(500, "the witness's memory cannot be read")
        return Reply(200, latest.note) if latest else Reply.refusing(404, "nothing cosigned yet")

    def _path(self, origin: str) -> Path:
        return self.folder / hashlib.sha256(origin.encode()).hexdigest()
