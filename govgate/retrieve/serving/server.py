"""A server at work: until somebody stops it, or its client goes away."""

import errno
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import anyio
import uvicorn
from anyio import CapacityLimiter
from mcp.server.stdio import stdio_server
from starlette.types import ASGIApp

from govgate.errors import IncompleteError
from govgate.retrieve.serving.api import THREADS
from govgate.retrieve.serving.service import Service
from govgate.retrieve.serving.tools import tools_server
from govgate.retrieve.tokens import Caller

MAX_CONNECTIONS = 256
_GRACE = 5  # seconds that answers on their way get when the server is stopped


class _Server(uvicorn.Server):
    """Ends on SIGINT and SIGTERM without handing them on: to be stopped is no failure."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        def end(_number: int, _frame: FrameType | None) -> None:
            self.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        yield


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; IncompleteError where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        if host:  # what there is no host of, create_server tells as any other error
            socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        return socket.create_server((host, port), family=family, backlog=MAX_CONNECTIONS)
    except (OSError, UnicodeError) as error:
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        what, remedy = _why(error)
        raise IncompleteError(f"cannot listen on {shown}: {what}", remedy=remedy) from error


def _why(error: OSError | UnicodeError) -> tuple[str, str]:
    """What kept us from listening, and what to do."""
    mine = "give a name or an address of this machine, such as 127.0.0.1"
    match error:
        case UnicodeError():
            return "that is no name of a host", mine
        case socket.gaierror():
            return "there is no host of that name", mine
        case OSError(errno=errno.EADDRINUSE):
            return "the port is in use", "choose another port, or stop what listens there"
        case OSError(errno=errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT):
            return "that is no address of this machine", mine
        case OSError(errno=errno.EACCES | errno.EPERM):
            return "the system does not permit it", "choose a port above 1023"
    return os.strerror(error.errno or 0).lower(), "choose another host and port"


def serve_http(app: ASGIApp, listening: socket.socket) -> None:
    """Answer over HTTP until SIGINT or SIGTERM. Nothing about a request is logged."""
    _silence()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE,
    )
    _Server(config).run(sockets=[listening])


def serve_stdio(service: Service, caller: Callable[[], Caller]) -> None:
    """Answer MCP on standard input and output until the client closes them."""
    _silence()

    async def serve() -> None:
        server = tools_server(service, lambda _: caller(), CapacityLimiter(THREADS))
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(serve)


def _silence() -> None:
    """Libraries log what they were sent; none of that is ours to keep."""
    for name in ("mcp", "uvicorn", "asyncio"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
