"""The ASGI application: the JSON API and MCP, behind one guard.

```
POST /v1/search    POST /v1/context    GET /v1/about    GET /openapi.json    POST /mcp
GET  /healthz      without a token
```
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from govgate.retrieve.serving.endpoint import WellFormed, sessions
from govgate.retrieve.serving.guard import CALLER, HEALTH, Guard, answer
from govgate.retrieve.serving.openapi import document
from govgate.retrieve.serving.problem import Problem, failed
from govgate.retrieve.serving.rate import Buckets, Rate
from govgate.retrieve.serving.service import Service
from govgate.retrieve.serving.tools import Context, tools_server
from govgate.retrieve.serving.wire import ContextRequest, SearchRequest, invalid
from govgate.retrieve.tokens import Caller

THREADS = 8  # that answer at once; checks of tokens have their own
R = TypeVar("R", bound=BaseModel)


def application(
    service: Service,
    *,
    bearer: Callable[[str], Caller | None],
    names: frozenset[str],
    rate: Rate,
) -> ASGIApp:
    """``service`` over HTTP. ``bearer``: who bears a token. ``names``: of the hosts it serves."""
    limiter = CapacityLimiter(THREADS)
    server = tools_server(service, _caller_of_mcp, limiter)
    manager = sessions(server)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    app = Starlette(
        routes=[
            Route("/v1/search", _posted(service.search, SearchRequest, limiter), methods=["POST"]),
            Route(
                "/v1/context", _posted(service.context, ContextRequest, limiter), methods=["POST"]
            ),
            Route("/v1/about", _about(service, limiter)),
            Route("/openapi.json", _openapi),
            Route(HEALTH, _health),
            Route("/mcp", WellFormed(manager.handle_request), methods=["POST"]),
        ],
        exception_handlers={HTTPException: _http, Problem: _problem, Exception: _failed},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # there is one address for each thing
    return Guard(app, names, bearer, Buckets(rate), CapacityLimiter(THREADS))


def _posted(
    act: Callable[[R, Caller], BaseModel], model: type[R], limiter: CapacityLimiter
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(400, "the request is not of Content-Type application/json")
        body, caller = await request.body(), request.scope[CALLER]

        def answered() -> bytes:
            try:
                asked = model.model_validate_json(body, strict=True)
            except ValidationError as error:
                raise invalid(error) from error
            return act(asked, caller).model_dump_json().encode()

        text = await to_thread.run_sync(answered, limiter=limiter)
        return Response(text, media_type="application/json")

    return endpoint


def _about(service: Service, limiter: CapacityLimiter) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        about = await to_thread.run_sync(service.about, limiter=limiter)
        return Response(about.model_dump_json(), media_type="application/json")

    return endpoint


async def _openapi(_: Request) -> Response:
    return JSONResponse(document())


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - it is registered for it
    return answer(error)


async def _http(_: Request, error: Exception) -> Response:
    """What Starlette refuses: a path that is not there, a method that it does not know."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for it
    wrong = {404: "there is nothing here; see /openapi.json", 405: "not by this method"}
    said = wrong.get(error.status_code, "the request cannot be answered")
    return answer(Problem(error.status_code, said, headers=dict(error.headers or {})))


async def _failed(_: Request, _error: Exception) -> Response:
    return answer(failed())


def _caller_of_mcp(asked: Context) -> Caller:
    assert asked.request is not None  # noqa: S101 - HTTP has brought it
    caller: Caller = asked.request.scope[CALLER]
    return caller
