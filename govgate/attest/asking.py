"""Asking one witness for its cosignature, over HTTP (C2SP tlog-witness, the client's side).

Only the URL of the quorum file is asked: no redirect is followed. A witness that is behind is sent
the proof from where it is. Whatever it answers, nothing counts but a cosignature that verifies.
"""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from govgate.attest.checkpoint import parse_checkpoint
from govgate.attest.cosignature import Cosignature, find_cosignatures, in_words, is_early
from govgate.attest.note import parse_note, parse_signatures
from govgate.attest.quorum import TOLERANCE, Witness
from govgate.attest.witnessing import Request, parse_size
from govgate.errors import EvidenceError, GovgateError

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
            status, body = _post(witness.url or "", Request(old, tuple(proof), signed).encode())
            if status == 200:
                return _cosigned(witness, text, body, now())
            if status != 409:
                why = _REFUSED.get(status, f"it answered with HTTP status {status}")
                return Asked(witness, why)
            theirs = parse_size(body)
        except GovgateError as error:
            return Asked(witness, str(error))
        if theirs > size:
            return Asked(witness, f"it has seen {theirs} entries of this log", ahead=theirs)
        if theirs == old:
            return Asked(
                witness, f"it has seen another tree of {theirs} entries than this log has (a fork)"
            )
        old = theirs
    return Asked(witness, "it was asked by others at the same time, again and again")


def _cosigned(witness: Witness, text: bytes, body: bytes, now: int) -> Asked:
    found = find_cosignatures(text, parse_signatures(body), [witness.cosigner])
    if not found:
        return Asked(witness, "it answered without a cosignature of the key in the quorum file")
    if is_early(found[0], now + TOLERANCE):
        return Asked(witness, f"it dated its cosignature in the future, {found[0].said_at}")
    return Asked(witness, f"cosigned at {in_words(found[0].time)}", found[0])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _post(url: str, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer; EvidenceError where there is none within the limits."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise EvidenceError("its URL in the quorum file is not one of http or https")
    request = urllib.request.Request(  # noqa: S310  (the scheme was checked)
        f"{url.rstrip('/')}/add-checkpoint",
        data=body,
        headers={"Content-Type": "text/plain; charset=utf-8", "User-Agent": "govgate"},
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        try:
            answer = opener.open(request, timeout=WAIT)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return answer.status, _bounded(answer)
    except urllib.error.URLError as error:
        raise EvidenceError(f"it cannot be reached: {_reason(error.reason)}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise EvidenceError(f"it cannot be reached: {_reason(error)}") from error


def _bounded(answer: Any) -> bytes:
    until, parts, length = monotonic() + WAIT, [], 0
    while part := answer.read1(65536):
        parts.append(part)
        length += len(part)
        if length > MAX_REPLY:
            raise EvidenceError(f"its answer is larger than {MAX_REPLY} bytes")
        if monotonic() > until:
            raise EvidenceError("its answer takes too long")
    return b"".join(parts)


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it takes too long"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__ if isinstance(error, Exception) else str(error)
