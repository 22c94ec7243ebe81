"""What stands before every request over HTTP, whether of the JSON API or of MCP.

1. ``Host``, and ``Origin`` where there is one, are names that we serve: else 403. A page that had
   its own name resolve to this machine (DNS rebinding) names itself there.
2. Only ``GET /healthz`` is answered without a token; a token that does not hold: 401.
3. The token's bucket holds a request: else 429 with ``Retry-After``.
4. The body is at most `MAX_BODY` bytes: else 413.
"""

import math
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from govgate.errors import GovgateError
from govgate.retrieve.serving.problem import MEDIA_TYPE, Problem, failed, unauthorised
from govgate.retrieve.serving.rate import Buckets
from govgate.retrieve.serving.standing import tell
from govgate.retrieve.tokens import Caller

MAX_BODY: Final = 2 * 2**20
CALLER: Final = "govgate.caller"
HEALTH: Final = "/healthz"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Guard:
    """The ASGI application ``app`` behind these checks.

    ``names``: the hosts that we serve. ``bearer``: who bears a token, or None. What it finds is in
    the scope of ``app`` as `CALLER`. An exception that ``app`` lets out is a 500 that says nothing.
    """

    app: ASGIApp
    names: frozenset[str]
    bearer: Callable[[str], Caller | None]
    buckets: Buckets
    limiter: CapacityLimiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                named = [(k.lower().encode(), v.encode()) for k, v in _HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *named]}
            await send(message)

        try:
            return await self.app(scope, await self._admitted(scope, receive), sending)
        except Problem as problem:
            refusal = problem
        except Exception as error:
            # Its text may hold anything, a question too.
            print(f"govgate: a request failed: {type(error).__name__}", file=sys.stderr, flush=True)
            refusal = failed()
        if not begun:
            await answer(refusal)(scope, receive, sending)
        return None

    async def _admitted(self, scope: Scope, receive: Receive) -> Receive:
        headers = Headers(scope=scope)
        self._check_names(headers)
        if scope["path"] == HEALTH:
            return receive
        caller = await self._caller(headers)
        wait = self.buckets.wait(caller.name, monotonic())
        if wait:
            seconds = math.ceil(wait)
            raise Problem(
                429,
                f"too many requests with this token; wait {seconds} s",
                headers={"Retry-After": str(seconds)},
            )
        scope[CALLER] = caller
        return replaying(await _body(headers, receive), receive)

    def _check_names(self, headers: Headers) -> None:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or _host(hosts[0]) not in self.names:
            raise Problem(403, "the request is for a host that is not served here")
        for origin in origins:
            scheme, _, authority = origin.partition("://")
            if scheme not in ("http", "https") or _host(authority) not in self.names:
                raise Problem(403, "the request is from a page of another origin")

    async def _caller(self, headers: Headers) -> Caller:
        said = headers.getlist("authorization")
        scheme, _, secret = said[0].partition(" ") if len(said) == 1 else ("", "", "")
        asked = secret.strip() if scheme.lower() == "bearer" else ""
        try:
            caller = await to_thread.run_sync(self.bearer, asked, limiter=self.limiter)
        except GovgateError as error:
            tell(error)
            raise Problem(503, "the tokens cannot be read, so nobody is admitted") from error
        if caller is None:
            raise unauthorised()
        return caller


def answer(problem: Problem) -> JSONResponse:
    """A problem as a response."""
    return JSONResponse(
        problem.members(), problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def served_names(host: str, more: Iterable[str]) -> frozenset[str]:
    """The names under which a server bound to ``host`` is asked."""
    named = LOOPBACK if host in LOOPBACK else {host}
    return frozenset(name.lower().strip("[]") for name in (*named, *more))


def _host(authority: str) -> str | None:
    found = _AUTHORITY.fullmatch(authority)
    return found[1].strip("[]").lower() if found else None


async def _body(headers: Headers, receive: Receive) -> bytes:
    """The request's body, never more of it than is allowed."""
    too_large = Problem(413, f"the request has more than {MAX_BODY} bytes")
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        raise Problem(400, "the request's length is not a number")
    if int(length[:20]) > MAX_BODY:
        raise too_large
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "the request ended before its body did")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY:
            raise too_large
    return bytes(body)


def replaying(body: bytes, receive: Receive) -> Receive:
    """``body`` in one message, and then what ``receive`` has."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
