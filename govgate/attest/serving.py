"""The witness over HTTP: two paths, and limits that hold whatever a client sends.

```
POST /add-checkpoint         govgate.attest.witnessing
GET  /HEX/checkpoint         the last cosigned checkpoint of the log of this origin's SHA-256
```
Nothing about a client is logged.
"""

import re
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from time import time
from typing import Any

from govgate.attest.witnessing import MAX_REQUEST, Reply, States

MAX_CONNECTIONS = 64
IDLE = 10.0  # seconds without a byte
LIFETIME = 60.0  # seconds of a connection, however busy it keeps
_PUBLISHED = re.compile(r"/([0-9a-f]{64})/checkpoint")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "govgate"
    sys_version = ""
    timeout = IDLE
    server: "WitnessServer"

    def setup(self) -> None:
        super().setup()
        self.end = threading.Timer(LIFETIME, _shut, [self.connection])
        self.end.daemon = True
        self.end.start()

    def finish(self) -> None:
        self.end.cancel()
        super().finish()

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            return self._send(Reply.refusing(404, "there is nothing here"), close=True)
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or self.headers.get("Transfer-Encoding"):
            return self._send(Reply.refusing(411, "say how long the request is"), close=True)
        if len(length) > 9 or int(length) > MAX_REQUEST:
            return self._send(Reply.refusing(413, "the request is too large"), close=True)
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self.close_connection = True
            return None
        reply = self.server.states.add_checkpoint(body, time)
        self.server.say(reply, body)
        return self._send(reply)

    def do_GET(self) -> None:
        found = _PUBLISHED.fullmatch(self.path)
        # A body that nobody reads must not be taken for the next request.
        if found is None:
            return self._send(Reply.refusing(404, "there is nothing here"), close=True)
        return self._send(self.server.states.published(found[1]), close=True)

    def _send(self, reply: Reply, *, close: bool = False) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.body)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the lines would hold addresses of clients."""


class WitnessServer(ThreadingHTTPServer):
    """Serves ``states`` at ``address``, at most `MAX_CONNECTIONS` at a time.

    ``say`` is told each answer and its request.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(
        self, address: tuple[str, int], states: States, say: Callable[[Reply, bytes], None]
    ) -> None:
        self.states = states
        self.say = say
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        """Where it answers: the submission prefix for quorum files."""
        host, port = self.server_address[:2]
        shown = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{shown}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own; close at once where all places are taken."""
        if not self._places.acquire(blocking=False):
            return self.shutdown_request(request)
        try:
            return super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def server_bind(self) -> None:
        """Bind without asking anybody for the machine's full name, as `HTTPServer` would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Name the error's kind alone; a client that went away is none."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, (ConnectionError, TimeoutError)):
            print(f"govgate: a request failed: {type(error).__name__}", file=sys.stderr)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
