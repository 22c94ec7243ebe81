"""Why a request got no answer: RFC 9457 problem details, over HTTP and in MCP alike.

No problem holds what was asked, where files lie, or what went on inside.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """``status``: of HTTP. ``detail``: what happened and what to do. ``more``: further members.
    ``headers``: that go with the answer."""

    def __init__(
        self,
        status: int,
        detail: str,
        more: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = dict(more or {})
        self.headers = dict(headers or {})

    def members(self) -> dict[str, Any]:
        """The JSON object of RFC 9457; its type is the status, so it has no address of its own."""
        title = HTTPStatus(self.status).phrase
        said = {"type": "about:blank", "title": title, "status": self.status}
        return {**said, "detail": self.detail, **self.more}


def unauthorised() -> Problem:
    """The one answer to a token that is missing, malformed, unknown, expired or revoked."""
    return Problem(
        401,
        "a bearer token that holds is needed",
        headers={"WWW-Authenticate": 'Bearer realm="govgate"'},
    )


def failed() -> Problem:
    """The answer to what went wrong inside."""
    return Problem(500, "an internal error; it was reported to the operator")
