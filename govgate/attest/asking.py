"""Asking one witness for its cosignature, over HTTP (C2SP tlog-witness, the client's side).

Only the URL of the quorum file is asked. A witness that is behind is sent
the proof from where it is. Whatever it answers, nothing counts but a cosignature that verifies.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from govgate.attest.checkpoint import parse_checkpoint
from govgate.attest.cosignature import Cosignature, find_cosignatures, in_words, is_early
from govgate.attest.note import parse_note, parse_signatures
from govgate.attest.quorum import TOLERANCE, Witness
from govgate.attest.witnessing import Request, parse_size
from govgate.errors import GovgateError
from govgate.posting import post

MAX_REPLY = 256 * 1024
ATTEMPTS = 4  # others may move the witness on between two of ours
WAIT = 10.0  # seconds for one step of a connection, and for the whole of an answer's body

Prove = Callable[[int], Sequence[bytes]]
_REFUSED = {
    400: "it does not understand the request",
    403: "it does not trust the key that signs the log",
    404: "it does not know the log, or its URL is wrong",
    422: "it refused the consistency proof: this is not the log that it saw before (a fork)",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: the cosignature, or why there is none."""

    witness: Witness
    said: str
    cosignature: Cosignature | None = None
    ahead: int | None = None  # the size that the witness has seen, if that is more than ours


def ask(witness: Witness, signed: bytes, prove: Prove, now: Callable[[], int]) -> Asked:
    """Ask ``witness`` to cosign the checkpoint ``signed``.

    ``prove`` gives the consistency proof from a smaller size to the checkpoint's. ``now`` is the
    time in seconds since 1970: a cosignature dated later than that, give or take, does not count.
    """
    text, _ = parse_note(signed)
    size = parse_checkpoint(text).size
    old = 0
    for _ in range(ATTEMPTS):
        try:
            proof = prove(old) if 0 < old < size else ()
            status, body = _post(witness, Request(old, tuple(proof), signed).encode())
            if status == 200:
                return _cosigned(witness, text, body, now())
            if status == 422 and old == size:
                return Asked(witness, _another_tree(size))
            if status != 409:
                why = _REFUSED.get(status, f"it answered with HTTP status {status}")
                return Asked(witness, why)
            theirs = parse_size(body)
        except GovgateError as error:
            return Asked(witness, str(error))
        if theirs > size:
            return Asked(witness, f"it has seen {theirs} entries of this log", ahead=theirs)
        if theirs == old:  # the answer of witnesses older than version 1.1.0 of the specification
            return Asked(witness, _another_tree(theirs))
        old = theirs
    return Asked(witness, "it was asked by others at the same time, again and again")


def _another_tree(size: int) -> str:
    return f"it has seen another tree of {size} entries than this log has (a fork)"


def _cosigned(witness: Witness, text: bytes, body: bytes, now: int) -> Asked:
    found = find_cosignatures(text, parse_signatures(body), [witness.cosigner])
    if not found:
        return Asked(witness, "it answered without a cosignature of the key in the quorum file")
    if is_early(found[0], now + TOLERANCE):
        return Asked(witness, f"it dated its cosignature in the future, {found[0].said_at}")
    return Asked(witness, f"cosigned at {in_words(found[0].time)}", found[0])


def _post(witness: Witness, body: bytes) -> tuple[int, bytes]:
    url = f"{(witness.url or '').rstrip('/')}/add-checkpoint"
    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "govgate"}
    return post(url, body, headers, most=MAX_REPLY, seconds=WAIT)
