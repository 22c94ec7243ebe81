"""The witness as a state machine, and its memory on the disk."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from govgate import durable
from govgate.attest import merkle
from govgate.attest.checkpoint import Checkpoint, sign_checkpoint
from govgate.attest.cosignature import find_cosignatures
from govgate.attest.encoding import to_base64
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
from govgate.attest.note import Signer, parse_note, parse_signatures, sign_note
from govgate.attest.witnessing import (
    MAX_REQUEST,
    SIZE,
    Reply,
    Request,
    States,
    Witness,
    parse_request,
    parse_size,
)
from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.locking import claimed

ORIGIN = "example.com/log"
NOW = 1_790_000_000
KEY = PrivateKey.from_seed(b"\x03" * 32)


@pytest.fixture
def witness(log: Log) -> Witness:
    return Witness("w.example", KEY, {ORIGIN: [log.verifier]})


@pytest.fixture
def states(tmp_path: Path, witness: Witness) -> States:
    states = States(tmp_path / "state", witness)
    states.claim()
    return states


def body(log: Log, old: int, proof: tuple[bytes, ...] | None = None) -> bytes:
    size = log.checkpoint().size
    if proof is None:
        proof = log.prove_consistency(old) if 0 < old < size else ()
    return Request(old, proof, log.signed_checkpoint()).encode()


def add(states: States, data: bytes, now: int) -> Reply:
    return states.add_checkpoint(data, lambda: now)


def cosigns(states: States, reply: Reply, log: Log) -> bool:
    """Whether the answer is the witness's cosignature of the log's newest checkpoint."""
    if reply.status != 200:
        return False
    text, _ = parse_note(log.signed_checkpoint())
    lines = parse_signatures(reply.body)
    return len(find_cosignatures(text, lines, [states.witness.cosigner])) == len(lines) == 1


def seen(states: States) -> int:
    latest = states.latest(ORIGIN)
    return latest.checkpoint.size if latest else 0


def test_a_log_that_grows_is_cosigned_each_time(states: States, log: Log, grow):
    for old, more in ((0, 1), (1, 1), (2, 5), (7, 1), (8, 300), (308, 0)):
        grow(log, more)
        assert cosigns(states, add(states, body(log, old), NOW + old), log)
        assert seen(states) == log.checkpoint().size


def test_a_wrong_old_size_gets_the_right_one(states: States, log: Log, grow):
    grow(log, 3)
    assert add(states, body(log, 2), NOW) == Reply(409, b"0\n", SIZE)
    add(states, body(log, 0), NOW)
    grow(log, 2)
    for old in (0, 1, 2, 4, 5):
        assert add(states, body(log, old), NOW) == Reply(409, b"3\n", SIZE)
    assert seen(states) == 3


def test_an_old_size_beyond_the_checkpoint_is_a_bad_request(states: States, log: Log, grow):
    grow(log, 3)
    assert add(states, body(log, 4, ()), NOW).status == 400


def test_a_fork_is_never_cosigned(states: States, log: Log, grow, tmp_path: Path, key):
    grow(log, 4)
    add(states, body(log, 0), NOW)
    fork = Log.create(tmp_path / "fork", ORIGIN, key)
    for n in range(4):
        fork.append(b"another %d" % n)
    # The same size with another root, then a longer one with its own honest proof.
    assert add(states, body(fork, 4), NOW).status == 422
    fork.append(b"more")
    assert add(states, body(fork, 4), NOW).status == 422
    assert seen(states) == 4
    grow(log, 1)
    assert cosigns(states, add(states, body(log, 4), NOW), log)


def test_no_entries_with_the_root_of_some_are_inconsistent(states: States, log: Log):
    text = log.signed_checkpoint().replace(to_base64(merkle.EMPTY_ROOT).encode(), b"A" * 43 + b"=")
    assert add(states, Request(0, (), text).encode(), NOW).status == 422
    assert add(states, Request(0, (), b"no" + text[:9]).encode(), NOW).status == 400


def test_a_key_that_fails_promises_nothing(states: States, log: Log, grow, witness: Witness):
    grow(log, 1)

    def gone(_: bytes) -> bytes:
        raise IncompleteError("the token is gone")

    without = replace(witness, key=PrivateKey(KEY.public, gone))
    assert add(States(states.folder, without), body(log, 0), NOW).status == 500
    assert seen(states) == 0
    assert cosigns(states, add(states, body(log, 0), NOW), log)


def test_a_rolled_back_log_is_never_cosigned(states: States, log: Log, grow):
    grow(log, 2)
    older = log.signed_checkpoint()
    grow(log, 2)
    add(states, body(log, 0), NOW)
    for old in (0, 2):
        assert add(states, Request(old, (), older).encode(), NOW).status == 409
    assert add(states, Request(4, (), older).encode(), NOW).status == 400
    assert seen(states) == 4


def test_a_bad_proof_is_refused(states: States, log: Log, grow):
    grow(log, 5)
    add(states, body(log, 0), NOW)
    grow(log, 6)
    good = log.prove_consistency(5)
    for bad in ((), good[1:], good[:-1], (*good, good[0]), good[::-1], (bytes(32),) * len(good)):
        assert add(states, body(log, 5, bad), NOW).status == 422
    assert seen(states) == 5
    assert cosigns(states, add(states, body(log, 5, good), NOW), log)


def test_a_proof_from_nothing_or_between_equal_sizes_must_be_empty(states: States, log, grow):
    grow(log, 1)
    assert add(states, body(log, 0, (bytes(32),)), NOW).status == 422
    assert cosigns(states, add(states, body(log, 0), NOW), log)
    assert add(states, body(log, 1, (bytes(32),)), NOW).status == 422


def test_an_empty_log_can_be_cosigned_and_then_grows(states: States, log: Log, grow):
    assert cosigns(states, add(states, body(log, 0), NOW), log)
    grow(log, 2)
    assert cosigns(states, add(states, body(log, 0), NOW), log)
    assert seen(states) == 2


def test_an_unknown_log_is_404_and_a_stranger_under_a_known_name_403(states: States, log: Log):
    stranger = PrivateKey.from_seed(b"\x09" * 32)
    for origin, status in (("example.com/other", 404), (ORIGIN, 403)):
        point = Checkpoint(origin, 0, merkle.EMPTY_ROOT)
        note = sign_checkpoint(point, Signer(origin, stranger))
        assert add(states, Request(0, (), note).encode(), NOW).status == status
    assert states.latest(ORIGIN) is None


def test_a_wrong_signature_of_the_log_is_403(states: States, log: Log, grow):
    grow(log, 1)
    text, lines = parse_note(log.signed_checkpoint())
    wrong = text.replace(b"\n1\n", b"\n2\n") + b"\n" + lines[0].line().encode()
    assert add(states, Request(0, (), wrong).encode(), NOW).status == 403


def test_either_key_of_a_log_with_two_is_enough(tmp_path: Path, log: Log, grow):
    new = Signer(ORIGIN, PrivateKey.from_seed(b"\x08" * 32))
    witness = Witness("w.example", KEY, {ORIGIN: [log.verifier, new.verifier]})
    states = States(tmp_path / "two", witness)
    states.claim()
    grow(log, 1)
    assert cosigns(states, add(states, body(log, 0), NOW), log)
    grow(log, 1)
    text, _ = parse_note(log.signed_checkpoint())
    request = Request(1, log.prove_consistency(1), sign_note(text, [new]))
    assert cosigns(states, add(states, request.encode(), NOW), log)


def test_what_a_witness_keeps_has_the_known_signatures_alone(states: States, log: Log, grow):
    grow(log, 1)
    stranger = Signer("stranger", PrivateKey.from_seed(b"\x09" * 32))
    text, _ = parse_note(log.signed_checkpoint())
    extra = sign_note(text, [stranger]).removeprefix(text + b"\n")
    note = log.signed_checkpoint() + extra
    reply = add(states, Request(0, (), note).encode(), NOW)
    latest = states.latest(ORIGIN)
    assert latest is not None
    assert latest.note == log.signed_checkpoint() + reply.body


def test_a_clock_that_was_set_back_cosigns_nothing(states: States, log: Log, grow):
    grow(log, 1)
    add(states, body(log, 0), NOW)
    grow(log, 1)
    assert add(states, body(log, 1), NOW - 1).status == 503
    assert seen(states) == 1
    assert cosigns(states, add(states, body(log, 1), NOW), log)


def test_the_same_again_within_a_second_writes_nothing(states: States, log: Log, grow, monkeypatch):
    grow(log, 1)
    first = add(states, body(log, 0), NOW)
    with monkeypatch.context() as patch:
        patch.setattr(durable, "write_durably", lambda *_: pytest.fail("it wrote"))
        assert add(states, body(log, 1), NOW) == first
    later = add(states, body(log, 1), NOW + 1)
    assert cosigns(states, later, log)
    assert later != first


def test_extension_lines_are_part_of_what_is_cosigned(states: States, log: Log, key, grow):
    """The same size and root with another extension line, in the same second, is another text."""
    grow(log, 1)
    first = add(states, body(log, 0), NOW)
    point = log.checkpoint()
    extended = Checkpoint(point.origin, point.size, point.root, ("more",))
    note = sign_checkpoint(extended, Signer(ORIGIN, key))
    reply = add(states, Request(1, (), note).encode(), NOW)
    assert (reply.status, reply.body == first.body) == (200, False)
    lines = parse_signatures(reply.body)
    assert find_cosignatures(extended.text(), lines, [states.witness.cosigner])


BAD = [
    b"",
    b"old 0\n",
    b"old 0\n\n",
    b"old 00\n\nNOTE",
    b"old -1\n\nNOTE",
    b"old  1\n\nNOTE",
    b"Old 0\n\nNOTE",
    b"0\n\nNOTE",
    b"old 0\nAAAA\n\nNOTE",
    b"old 0\nAAAA=\n\nNOTE",
    b"old 9223372036854775808\n\nNOTE",
    b"old 0\r\n\r\nNOTE",
    b"old 0\xff\n\nNOTE",
    b"old 0\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\nNOTE",
    b"old 0\n\nNOTE" + b"x" * MAX_REQUEST,
]


@pytest.mark.parametrize("bad", BAD)
def test_a_malformed_request_is_400(states: States, log: Log, bad: bytes):
    note = log.signed_checkpoint()
    assert add(states, b"old 0\n\n" + note, NOW).status == 200
    assert add(states, bad.replace(b"NOTE", note, 1), NOW).status == 400


def test_requests_and_sizes_have_one_spelling():
    request = Request(7, (b"\x01" * 32, b"\x02" * 32), b"note\n")
    assert parse_request(request.encode()) == request
    assert parse_size(b"12\n") == 12
    for bad in (b"", b"12", b"012\n", b"-1\n", b"1 \n", b"\xd9\xa1\n", b"1\n\n"):
        with pytest.raises(EvidenceError):
            parse_size(bad)


def test_garbage_never_gets_a_cosignature_nor_an_exception(states: States, log: Log, grow):
    grow(log, 3)
    good = body(log, 0)
    dice = random.Random(20)
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(dice.randrange(1, 4)):
            place = dice.randrange(len(data))
            data[place : place + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        if bytes(data) != good:
            reply = add(states, bytes(data), NOW)
            # A change that only touches a line of an unknown key may still be a good request.
            assert reply.status in (400, 403, 404, 409, 422) or cosigns(states, reply, log)


def test_a_changed_memory_is_noticed_and_nothing_signed(states: States, log: Log, grow):
    grow(log, 2)
    add(states, body(log, 0), NOW)
    (path,) = (file for file in states.folder.iterdir() if len(file.name) == 64)
    kept = path.read_bytes()
    forgotten = [kept.replace(b"\n2\n", b"\n1\n", 1), b"", kept[:-1], log.signed_checkpoint()]
    for changed in forgotten:
        path.write_bytes(changed)
        assert add(states, body(log, 2), NOW).status == 500
    path.write_bytes(kept)
    assert cosigns(states, add(states, body(log, 2), NOW + 1), log)


def test_the_memory_of_another_log_is_noticed(tmp_path: Path, states: States, log: Log, grow):
    grow(log, 1)
    add(states, body(log, 0), NOW)
    other = Log.create(tmp_path / "other", "example.com/b", PrivateKey.from_seed(b"\x05" * 32))
    both = Witness("w.example", KEY, {ORIGIN: [log.verifier], "example.com/b": [other.verifier]})
    again = States(states.folder, both)
    again.claim()
    assert add(again, body(other, 0), NOW).status == 200
    one, two = (file for file in states.folder.iterdir() if len(file.name) == 64)
    one.write_bytes(two.read_bytes())
    assert {add(again, body(x, 0), NOW).status for x in (log, other)} <= {500, 200, 409}
    with pytest.raises(EvidenceError, match="of another log"):
        [again.latest(origin) for origin in both.logs]


def test_nothing_leaves_before_it_is_on_the_disk(states: States, log: Log, grow, monkeypatch):
    grow(log, 1)
    add(states, body(log, 0), NOW)
    grow(log, 1)

    def full(*_: object) -> None:
        raise durable.explain(OSError(28, "full"), states.folder, "write")

    with monkeypatch.context() as patch:
        patch.setattr(durable, "write_durably", full)
        assert add(states, body(log, 1), NOW).status == 500
    assert seen(states) == 1
    assert cosigns(states, add(states, body(log, 1), NOW), log)


def test_a_witness_killed_after_the_write_goes_on_from_there(states, log, grow, monkeypatch):
    """What it answered is lost; asked again, it says where it is and cosigns the same tree."""

    class Killed(BaseException):
        pass

    def write(path: Path, data: bytes, real: Callable = durable.write_durably) -> None:
        real(path, data)
        raise Killed

    grow(log, 1)
    with monkeypatch.context() as patch:
        patch.setattr(durable, "write_durably", write)
        with pytest.raises(Killed):
            add(states, body(log, 0), NOW)
    again = States(states.folder, states.witness)
    again.claim()
    assert add(again, body(log, 0), NOW) == Reply(409, b"1\n", SIZE)
    assert cosigns(again, add(again, body(log, 1), NOW), log)


def test_of_two_forks_at_once_one_alone_is_cosigned(witness, log, grow, tmp_path, key):
    """Both continue what was seen; the check and the write are one step, or both would pass."""
    grow(log, 1)
    fork = Log.create(tmp_path / "fork", ORIGIN, key)
    fork.append(b"entry 0")
    first = body(log, 0)
    log.append(b"one")
    fork.append(b"another")
    for n in range(10):
        states = States(tmp_path / str(n), witness)
        states.claim()
        add(states, first, NOW)
        with ThreadPoolExecutor(8) as pool:
            both = [body(log, 1), body(fork, 1)] * 4
            replies = list(pool.map(lambda b, s=states: add(s, b, NOW), both))
        assert sum(reply.status == 200 for reply in replies) == 1
        assert {reply.status for reply in replies} == {200, 409}


def test_a_request_that_waited_for_its_turn_is_not_behind_the_clock(witness, log, grow, tmp_path):
    """Two requests at the turn of a second: the later one was answered first."""
    grow(log, 1)
    states = States(tmp_path / "turn", witness)
    states.claim()

    def clock() -> float:
        assert not free_to_lock(states.folder / ".lock")
        return NOW

    assert states.add_checkpoint(body(log, 0), clock).status == 200


def free_to_lock(path: Path) -> bool:
    try:
        with claimed(path, "busy"):
            return True
    except UsageError:
        return False


def test_another_key_or_name_may_not_go_on_from_a_memory(states: States, log: Log):
    logs = states.witness.logs
    for name, seed in (("w.example", b"\x04"), ("v.example", b"\x03")):
        other = Witness(name, PrivateKey.from_seed(seed * 32), logs)
        with pytest.raises(UsageError, match="another witness"):
            States(states.folder, other).claim()
    States(states.folder, states.witness).claim()


def test_a_memory_without_its_name_is_not_taken_up(states: States, log: Log):
    add(states, body(log, 0), NOW)
    (states.folder / "witness").unlink()
    with pytest.raises(UsageError, match="not the name of their witness"):
        states.claim()


def test_the_key_of_a_log_cannot_be_its_witness(log: Log, key: PrivateKey):
    with pytest.raises(UsageError, match="the key of a log"):
        Witness("w.example", key, {ORIGIN: [log.verifier]})


def test_the_last_cosigned_checkpoint_is_published(states: States, log: Log, grow):
    import hashlib

    name = hashlib.sha256(ORIGIN.encode()).hexdigest()
    assert states.published(name).status == 404
    grow(log, 2)
    reply = add(states, body(log, 0), NOW)
    assert states.published(name).body == log.signed_checkpoint() + reply.body
    assert states.published("0" * 64).status == 404
