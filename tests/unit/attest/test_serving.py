"""The witness over HTTP: a real server, and clients that behave badly."""

import hashlib
import http.client
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from govgate.attest import serving
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
from govgate.attest.serving import WitnessServer
from govgate.attest.witnessing import MAX_REQUEST, Request, States, Witness


@pytest.fixture
def server(tmp_path: Path, log: Log) -> Iterator[WitnessServer]:
    key = PrivateKey.from_seed(b"\x03" * 32)
    states = States(
        tmp_path / "state", Witness("w.example", key, {"example.com/log": [log.verifier]})
    )
    states.claim()
    server = WitnessServer(("127.0.0.1", 0), states, lambda *_: None)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def connect(server: WitnessServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)


def post(server: WitnessServer, body: bytes, path: str = "/add-checkpoint") -> tuple[int, bytes]:
    connection = connect(server)
    connection.request("POST", path, body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def raw(server: WitnessServer, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := client.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


def good(log: Log) -> bytes:
    return Request(0, (), log.signed_checkpoint()).encode()


def test_one_connection_serves_several_requests(server: WitnessServer, log: Log, grow):
    connection = connect(server)
    for old in (0, 1, 2):
        grow(log, 1)
        proof = log.prove_consistency(old)
        connection.request(
            "POST", "/add-checkpoint", Request(old, proof, log.signed_checkpoint()).encode()
        )
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:3]) == (200, "—".encode())
    connection.request("POST", "/add-checkpoint", good(log))
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (409, "text/x.tlog.size")
    assert answer.read() == b"3\n"
    name = hashlib.sha256(b"example.com/log").hexdigest()
    connection.request("GET", f"/{name}/checkpoint")
    published = connection.getresponse().read()
    assert published.startswith(log.signed_checkpoint())


def test_other_paths_and_methods_are_not_there(server: WitnessServer, log: Log):
    for path in ("/", "/add-checkpoint/", "/add-checkpoint?x", "/../etc/passwd", "/witness"):
        assert post(server, good(log), path)[0] == 404
    for method, path in (("GET", "/add-checkpoint"), ("GET", f"/{'g' * 64}/checkpoint")):
        connection = connect(server)
        connection.request(method, path)
        assert connection.getresponse().status == 404
    connection = connect(server)
    connection.request("PUT", "/add-checkpoint", good(log))
    assert connection.getresponse().status == 501


def test_a_request_without_a_length_or_too_long_is_refused_unread(server: WitnessServer):
    for length in ("", "Content-Length: x\r\n", "Content-Length: -1\r\n", "Content-Length: ²\r\n"):
        head = f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n{length}\r\n".encode("latin-1")
        assert b" 411 " in raw(server, head).split(b"\r\n")[0]
    chunked = (
        b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    assert b" 411 " in raw(server, chunked).split(b"\r\n")[0]
    for length in (MAX_REQUEST + 1, 10**30):
        head = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % length
        assert b" 413 " in raw(server, head).split(b"\r\n")[0]


def test_a_body_that_ends_early_changes_nothing(server: WitnessServer, log: Log):
    body = good(log)
    head = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % (
        len(body) + 1
    )
    assert raw(server, head + body) == b""
    assert server.states.latest("example.com/log") is None


def test_garbage_on_the_wire_does_not_end_the_server(server: WitnessServer, log: Log, capsys):
    dice = random.Random(7)
    for n in range(100):
        data = dice.randbytes(dice.randrange(1, 400))
        raw(server, (b"POST /add-checkpoint HTTP/1.1\r\n" if n % 2 else b"") + data)
    raw(server, b"GET " + b"/" * 70000 + b" HTTP/1.1\r\n\r\n")
    raw(server, b"POST /add-checkpoint HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n")
    assert post(server, good(log))[0] == 200
    assert "Traceback" not in capsys.readouterr().err


def test_many_clients_at_once_each_get_an_answer(server: WitnessServer, log: Log):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: post(server, good(log))[0], range(64)))
    assert set(answers) == {200}


def test_a_client_that_dawdles_is_cut_off(server: WitnessServer, log: Log, monkeypatch):
    """Bytes that trickle in would otherwise hold a place for ever."""
    with monkeypatch.context() as patch:
        patch.setattr(serving, "LIFETIME", 0.3)
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as client:
            client.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost:")
            assert client.recv(100) == b""
    assert post(server, good(log))[0] == 200


def test_clients_beyond_the_places_are_turned_away_and_the_others_served(
    server: WitnessServer, log: Log
):
    held = [
        socket.create_connection(("127.0.0.1", server.server_port), timeout=5)
        for _ in range(serving.MAX_CONNECTIONS)
    ]
    wait(lambda: not answers(server, log))
    for client in held:
        client.close()
    wait(lambda: answers(server, log))


def answers(server: WitnessServer, log: Log) -> bool:
    try:
        return post(server, good(log))[0] == 200
    except (ConnectionError, http.client.HTTPException):
        return False


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)
