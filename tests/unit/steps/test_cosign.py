"""Cosignatures are gathered from real witnesses on loopback, and from servers that lie."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from govgate import rundir
from govgate.attest import asking
from govgate.attest.cosignature import Cosigner, cosign
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
from govgate.attest.note import parse_note
from govgate.attest.proof import parse_proof, verify_inclusion
from govgate.attest.quorum import Quorum, parse_quorum
from govgate.attest.serving import WitnessServer
from govgate.attest.trust import Role, Trust
from govgate.attest.witnessing import States, Witness, parse_request
from govgate.errors import EvidenceError
from govgate.steps import cosign as steps
from govgate.steps.cosign import Gathered, refresh

ORIGIN = "example.com/log"
NOBODY = Trust()  # lists no witness, so the quorum file's word is all there is


def gather(log: Log, quorum: Quorum, trust: Trust = NOBODY, **clock: Callable[[], int]) -> Gathered:
    return steps.gather(log, quorum, trust, **clock)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log.create(tmp_path / "log", ORIGIN, PrivateKey.from_seed(b"\x01" * 32))
    log.append(b"entry 0")
    return log


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def key(n: int) -> PrivateKey:
    return PrivateKey.from_seed(bytes([n]) * 32)


def line(n: int, url: str) -> str:
    return f"witness w{n} {Cosigner(f'w{n}.example', key(n).public).vkey} {url}".rstrip() + "\n"


@pytest.fixture
def start(log: Log, tmp_path: Path) -> Iterator[Callable[[int], str]]:
    """Start witness N and get its line of the quorum file."""
    running = []

    def begin(n: int) -> str:
        states = States(
            tmp_path / f"w{n}", Witness(f"w{n}.example", key(n), {ORIGIN: [log.verifier]})
        )
        states.claim()
        context = serving(WitnessServer(("127.0.0.1", 0), states, lambda *_: None))
        running.append(context)
        return line(n, context.__enter__())

    yield begin
    for context in running:
        context.__exit__(None, None, None)


@contextmanager
def answering(reply: Callable[[BaseHTTPRequestHandler, bytes], None]) -> Iterator[str]:
    """A server that is no honest witness: ``reply`` gets the handler and the request's body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reply(self, self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            pytest.fail("nobody asks for that")

        def log_message(self, *_: object) -> None:
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


def saying(status: int, body: bytes, **headers: str) -> Callable[..., None]:
    def reply(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def quorum(*lines: str, needed: str) -> Quorum:
    return parse_quorum("".join((*lines, needed)).encode())


def test_two_of_three_are_enough_when_one_is_down(log: Log, start):
    lines = [start(3), start(4), line(5, closed_port())]
    got = gather(log, quorum(*lines, needed="group g 2 w3 w4 w5\nquorum g\n"))
    assert got.standing.reached
    assert [a.said.split(" at ")[0] for a in got.answers[:2]] == ["cosigned", "cosigned"]
    assert got.answers[2].said == "it cannot be reached: connection refused"
    assert got.checkpoint == log.signed_checkpoint()
    # The log goes on as ever, and its next checkpoint is nobody's yet.
    assert log.verify().size == 1
    assert log.append(b"entry 1") == 1
    assert len(parse_note(log.signed_checkpoint())[1]) == 1
    assert log.verify(since=got.checkpoint).size == 2
    assert verify_inclusion(log.prove(0, got.checkpoint), b"entry 0", log.verifier).size == 1


def test_one_of_two_is_kept_though_it_is_not_enough(log: Log, start):
    lines = [start(3), line(4, closed_port())]
    missing = quorum(*lines, needed="group g all w3 w4\nquorum g\n")
    got = gather(log, missing)
    assert (got.standing.reached, got.standing.lacking) == (False, "w4")
    assert len(parse_note(log.signed_checkpoint())[1]) == 2
    # Later the other answers; the one that cosigned is not asked again.
    later = gather(
        log, quorum(line(3, closed_port()), start(4), needed="group g all w3 w4\nquorum g\n")
    )
    assert later.standing.reached
    assert later.answers[0].said.endswith(", before")


def test_a_witness_that_is_behind_is_sent_the_proof_from_there(log: Log, start):
    needed = quorum(start(3), needed="quorum w3\n")
    for _ in range(3):
        assert gather(log, needed).standing.reached
        for n in range(5):
            log.append(b"more %d" % n)
    assert gather(log, needed).standing.checkpoint.size == 16


def test_a_log_that_was_rolled_back_is_told_so(log: Log, start, tmp_path: Path):
    needed = quorum(start(3), needed="quorum w3\n")
    shutil.copytree(log.folder, tmp_path / "older")
    log.append(b"entry 1")
    assert gather(log, needed).standing.reached
    shutil.rmtree(log.folder)
    shutil.copytree(tmp_path / "older", log.folder)
    got = gather(log, needed)
    assert not got.standing.reached
    assert got.answers[0].said == (
        "it has seen 2 entries of this log, which has 1 now: it was rolled back, or its key signs "
        "elsewhere"
    )


def test_a_log_that_was_forked_is_told_so(log: Log, start, tmp_path: Path):
    needed = quorum(start(3), needed="quorum w3\n")
    assert gather(log, needed).standing.reached
    fork = Log.create(tmp_path / "fork", ORIGIN, PrivateKey.from_seed(b"\x01" * 32))
    fork.append(b"another")
    assert "another tree of 1 entries" in gather(fork, needed).answers[0].said
    fork.append(b"more")
    assert "(a fork)" in gather(fork, needed).answers[0].said


def test_a_log_that_grows_while_it_is_cosigned_is_taken_up_again(log: Log, start):
    """Two gates at once: the other's entry was cosigned before ours was asked for."""
    needed = quorum(start(3), needed="quorum w3\n")
    real, grown = log.signed_checkpoint, []

    def overtaken() -> bytes:
        before = real()
        if not grown:
            grown.append(True)
            other = Log(log.folder, ORIGIN, PrivateKey.from_seed(b"\x01" * 32))
            other.append(b"of another gate")
            assert gather(other, needed).standing.reached
        return before

    log.signed_checkpoint = overtaken  # type: ignore[method-assign]
    got = gather(log, needed)
    assert got.standing.reached
    assert got.standing.checkpoint.size == 2


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"", "the signatures do not end in a newline"),
        (200, b"hello\n", "the note has a line after its text that is not a signature"),
        (200, "— w3.example AAAA\n".encode(), "a signature of the note is too short"),
        (200, "— other AAAAAAAA\n".encode(), "it answered without a cosignature of the key"),
        (400, b"", "it does not understand the request"),
        (403, b"", "it does not trust the key that signs the log"),
        (404, b"", "it does not know the log"),
        (409, b"x\n", "the witness's size is not a whole number"),
        (409, b"0\n", "it has seen another tree of 0 entries"),
        (422, b"", "it refused the consistency proof"),
        (503, b"", "it answered with HTTP status 503"),
        (200, b"x" * (asking.MAX_REPLY + 1), "its answer is larger than"),
    ],
)
def test_an_answer_that_is_no_cosignature_counts_for_nothing(log: Log, status, body, said):
    before = log.signed_checkpoint()
    with answering(saying(status, body)) as url:
        got = gather(log, quorum(line(3, url), needed="quorum w3\n"))
    assert got.answers[0].said.startswith(said)
    assert not got.standing.reached
    assert log.signed_checkpoint() == before


def test_a_redirect_is_not_followed(log: Log):
    asked = []

    def elsewhere(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.append(body)
        saying(200, b"")(handler, body)

    with answering(elsewhere) as trap:
        for status in (301, 302, 303, 307, 308):
            with answering(saying(status, b"", Location=f"{trap}/add-checkpoint")) as url:
                got = gather(log, quorum(line(3, url), needed="quorum w3\n"))
            assert got.answers[0].said == f"it answered with HTTP status {status}"
    assert not asked


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "nothing", "http://["])
def test_only_http_is_asked(log: Log, url: str):
    got = gather(log, quorum(line(3, url), needed="quorum w3\n"))
    assert got.answers[0].cosignature is None
    assert got.answers[0].said == "the address does not begin with http:// or https:// and a host"


def test_no_users_name_is_sent(log: Log):
    got = gather(log, quorum(line(3, "http://me:s3cret@127.0.0.1:9"), needed="quorum w3\n"))
    assert got.answers[0].said == "the address has a user's name in it, which is not sent"


def test_a_witness_without_a_url_is_said(log: Log):
    got = gather(log, quorum(line(3, ""), needed="quorum w3\n"))
    assert got.answers[0].said == "the quorum file does not say where w3 answers"


def test_cosignatures_of_others_forged_and_from_the_future_do_not_count(log: Log):
    def by(signing: PrivateKey, time: int) -> Callable[..., None]:
        def reply(handler: BaseHTTPRequestHandler, body: bytes) -> None:
            text, _ = parse_note(parse_request(body).checkpoint)
            honest = cosign(text, "w3.example", key(3), time)
            made = cosign(text, "w3.example", signing, time)
            forged = type(made)(made.name, honest.key_hash, made.signature)
            saying(200, forged.line().encode())(handler, body)

        return reply

    now = 1_790_000_000
    cases = [
        (by(key(4), now), "the cosignature of w3.example is wrong"),
        (by(key(3), now + 301), "it dated its cosignature in the future"),
    ]
    for reply, said in cases:
        with answering(reply) as url:
            got = gather(log, quorum(line(3, url), needed="quorum w3\n"), clock=lambda: now)
        assert got.answers[0].said.startswith(said)
        assert len(parse_note(log.signed_checkpoint())[1]) == 1
    with answering(by(key(3), now + 300)) as url:
        assert gather(
            log, quorum(line(3, url), needed="quorum w3\n"), clock=lambda: now
        ).standing.reached


def test_the_trust_file_has_a_say_about_the_witnesses_that_it_lists(log: Log, start):
    needed = quorum(start(3), needed="quorum w3\n")
    assert gather(log, needed).standing.reached
    listed = Trust().add(key(3).public, [Role.WITNESS], name="w3.example")
    assert gather(log, needed, listed).standing.reached
    revoked = listed.revoke(key(3).public.keyid, date(2026, 1, 1))
    retired = listed.retire(key(3).public.keyid, date(2026, 1, 1))
    other = Trust().add(key(3).public, [Role.GATE], name="gate")
    for trust, why in (
        (revoked, "was revoked on 2026-01-01"),
        (retired, "expired after 2026-01-01"),
        (other, "is not trusted as witness"),
    ):
        standing = gather(log, needed, trust).standing
        assert (standing.reached, standing.lacking) == (False, "w3")
        assert why in standing.remarks[0]


def test_a_witness_that_hangs_keeps_the_others_from_nothing(log: Log, start, monkeypatch):
    monkeypatch.setattr(steps, "PATIENCE", 1.0)
    free = threading.Event()
    with answering(lambda *_: free.wait(20)) as url:
        got = gather(log, quorum(start(3), line(4, url), needed="group g any w3 w4\nquorum g\n"))
        free.set()
    assert got.standing.reached
    assert got.answers[1].said == "it did not answer in time"


def test_the_proof_of_a_run_is_put_under_the_cosigned_checkpoint(log: Log, start, tmp_path: Path):
    run = tmp_path / "run"
    run.mkdir()
    before = log.prove(0).encode()
    (run / rundir.PROOF).write_bytes(before)
    log.append(b"entry 1")
    nobody = gather(log, quorum(line(3, closed_port()), needed="quorum w3\n"))
    refresh(run, log, nobody)
    assert (run / rundir.PROOF).read_bytes() == before
    got = gather(log, quorum(start(3), needed="quorum w3\n"))
    refresh(run, log, got)
    proof = parse_proof((run / rundir.PROOF).read_bytes())
    assert proof.checkpoint == got.checkpoint
    assert verify_inclusion(proof, b"entry 0", log.verifier).size == 2


def test_a_run_of_another_log_is_left_as_it_was(log: Log, start, tmp_path: Path):
    run = tmp_path / "run"
    run.mkdir()
    got = gather(log, quorum(start(3), needed="quorum w3\n"))
    with pytest.raises(EvidenceError, match="is missing"):
        refresh(run, log, got)
    other = Log.create(tmp_path / "other", ORIGIN, PrivateKey.from_seed(b"\x01" * 32))
    other.append(b"another")
    (run / rundir.PROOF).write_bytes(other.prove(0).encode())
    with pytest.raises(EvidenceError, match="not about entry 0 of this log"):
        refresh(run, log, got)
    assert (run / rundir.PROOF).read_bytes() == other.prove(0).encode()
