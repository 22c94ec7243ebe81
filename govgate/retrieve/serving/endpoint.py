"""The MCP endpoint over streamable HTTP: each request is one POST, and is answered at once.

There are no sessions and no streams, so that a request is admitted by its own token or not at all.
"""

from dataclasses import dataclass
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from govgate.retrieve.serving.guard import MAX_BODY, replaying
from govgate.retrieve.serving.problem import Problem


def sessions(server: Server[Any]) -> StreamableHTTPSessionManager:
    """What answers the endpoint's requests for ``server``; to be run while the application is."""
    return StreamableHTTPSessionManager(
        server, json_response=True, stateless=True, max_request_body_size=MAX_BODY
    )


@dataclass(frozen=True, slots=True)
class WellFormed:
    """``app`` for messages of JSON-RPC alone: what the SDK says of others quotes them."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await Request(scope, receive).body()
        try:
            jsonrpc_message_adapter.validate_json(body, by_name=False)
        except ValidationError as error:
            raise Problem(400, "the request is no message of JSON-RPC") from error
        await self.app(scope, replaying(body, receive), send)
