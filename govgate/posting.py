"""One POST over HTTP within limits: to a time-stamp authority, to a witness.

No redirect is followed, for a POST would become another request. What came back is whoever calls
to judge; messages hold no part of the address but what the caller adds.
"""

import socket
import ssl
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from govgate.errors import EvidenceError, IncompleteError, UsageError

if TYPE_CHECKING:
    from urllib.request import OpenerDirector


def host_of(url: str) -> str:
    """The host that ``url`` names; UsageError unless it is http or https, with no user's name."""
    try:
        parts = urlsplit(url)
        host, named = parts.hostname, parts.username is not None
    except ValueError:
        host, named = None, False
    if host is None or parts.scheme not in ("http", "https"):
        raise UsageError("the address does not begin with http:// or https:// and a host")
    if named:
        raise UsageError("the address has a user's name in it, which is not sent")
    return host


def post(
    url: str, body: bytes, headers: dict[str, str], *, most: int, seconds: float
) -> tuple[int, bytes]:
    """Status and body of the answer.

    ``seconds`` bound each step of the connection, and the whole of the answer's body; ``most`` the
    body's bytes. IncompleteError where no answer comes, EvidenceError where it is too large.
    """
    from urllib.error import HTTPError, URLError
    from urllib.request import Request

    host_of(url)
    asked = Request(url, data=body, headers=headers)  # noqa: S310  (the scheme was checked)
    try:
        try:
            answer = _opener().open(asked, timeout=seconds)
        except HTTPError as refusal:
            answer = refusal
        with answer:
            return answer.status, _bounded(answer, most, seconds)
    except URLError as error:
        raise IncompleteError(f"it cannot be reached: {_reason(error.reason)}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise IncompleteError(f"it cannot be reached: {_reason(error)}") from error


def _bounded(answer: HTTPResponse, most: int, seconds: float) -> bytes:
    until, data = monotonic() + seconds, b""
    while part := answer.read1(65536):
        data += part
        if len(data) > most:
            raise EvidenceError(f"its answer is larger than {most} bytes")
        if monotonic() > until:
            raise IncompleteError("its answer takes too long")
    return data


def _reason(error: object) -> str:
    """In words that hold nothing of the address."""
    if isinstance(error, TimeoutError):
        return "it takes too long"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate does not hold"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


def _opener() -> "OpenerDirector":
    from urllib.request import HTTPRedirectHandler, build_opener

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *_: object, **__: object) -> None:
            return None

    return build_opener(NoRedirects)
