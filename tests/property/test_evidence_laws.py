"""The law of evidence: no bit of it is free. Flip any, and verification fails and says where."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate import rundir
from govgate.attest.audit import audit
from govgate.attest.checkpoint import Checkpoint
from govgate.attest.cosignature import Cosigner, check_cosignature, cosign, with_cosignatures
from govgate.attest.keys import PrivateKey
from govgate.attest.membership import Tree
from govgate.attest.note import parse_note
from govgate.attest.proof import parse_proof
from govgate.attest.quorum import Quorum, parse_quorum
from govgate.attest.trust import Role, Trust
from govgate.attest.trustfile import load_trust, parse_trust
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.prove import Answer, Id, check_answer
from govgate.verify import Verification, verify
from tests.cli.conftest import run_govgate, write_data
from tests.laws import law

ROW = Id(Tree.ROWS, "rows.jsonl:2")
LAW = law(300)


@dataclass(frozen=True)
class Evidence:
    """A run that three keys of two kinds signed and a witness saw; an answer; and their home."""

    home: Home
    run: Path
    answer: Path
    quorum: Quorum
    trust: Trust

    def verify(self, trust: Trust | None = None) -> Verification:
        today = datetime.now(UTC).date()
        return verify(self.run, trust or self.trust, today=today, quorum=self.quorum)

    def check_answer(self) -> Answer:
        today = datetime.now(UTC).date()
        return check_answer(self.answer, ROW, self.trust, today=today)

    def verify_log(self) -> Checkpoint:
        log = self.trust.verifiers_for(Role.LOG, datetime.now(UTC).date())
        return audit(self.home.log, (self.home.log / "checkpoint").read_bytes, *log)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    top = tmp_path_factory.mktemp("evidence")
    home, run, data = Home(top / "home"), top / "run", write_data(top / "data")
    said = ("--home", home.path)
    for line in [
        ("key", "new", "--post-quantum", *said),
        ("key", "add", "audit", "--role", "gate", *said),
        ("gate", data, "--out", top / "earlier", *said),
        ("gate", data, "--out", run, *said),
        ("countersign", run, "--key", home.path / "keys/audit.pem", *said),
        ("key", "require", "gate", "--signers", "2", *said),
        ("prove", run, "--row", ROW.text, "--out", top / "answer.jsonl", *said),
    ]:
        done = run_govgate(*line)
        assert done.returncode == 0, done.stderr
    trust = load_trust(home.trust)
    return Evidence(home, run, top / "answer.jsonl", witnessed(run, trust), trust)


def witnessed(run: Path, trust: Trust) -> Quorum:
    """A quorum of one witness, which cosigns the checkpoint in the run's proof."""
    path, key = run / rundir.PROOF, PrivateKey.from_seed(b"\x05" * 32)
    witness = Cosigner("example.com/witness", key.public)
    checkpoint = parse_proof(path.read_bytes()).checkpoint
    text, _ = parse_note(checkpoint)
    line = cosign(text, witness.name, key, int(datetime.now(UTC).timestamp()))
    seen = with_cosignatures(checkpoint, [check_cosignature(line, text, witness)])
    path.write_bytes(path.read_bytes().removesuffix(checkpoint) + seen)
    log = trust.verifiers_for(Role.LOG, datetime.now(UTC).date())[0]
    return parse_quorum(f"log {log.vkey}\nwitness w {witness.vkey}\nquorum w\n".encode())


def files(top: Path) -> list[Path]:
    return sorted(p for p in top.rglob("*") if p.is_file() and p.name != ".lock")


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    """``path`` with one bit of it flipped, while it lasts."""
    good = path.read_bytes()
    bad = bytearray(good)
    bad[bit // 8] ^= 1 << bit % 8
    path.write_bytes(bad)
    try:
        yield
    finally:
        path.write_bytes(good)


def draw_bit(data: st.DataObject, path: Path) -> int:
    return data.draw(st.integers(0, 8 * path.stat().st_size - 1), f"bit of {path.name}")


def test_unchanged_everything_verifies(evidence: Evidence) -> None:
    assert evidence.verify().failure is None
    decision = (evidence.run / rundir.RECORD).read_bytes().split(b"\n")[0]
    assert len(json.loads(decision)["signatures"]) == 3
    assert evidence.check_answer().present
    assert evidence.verify_log().size == 2


@LAW
@given(data=st.data())
def test_a_flipped_bit_of_the_record_fails_one_of_the_first_five_steps(
    evidence: Evidence, data: st.DataObject
) -> None:
    path = evidence.run / rundir.RECORD
    with flipped(path, draw_bit(data, path)):
        failure = evidence.verify().failure
    assert failure is not None
    assert failure.number <= 5
    assert failure.detail


@LAW
@given(data=st.data())
def test_a_flipped_bit_of_the_proof_with_its_cosignatures_fails_the_fifth_step(
    evidence: Evidence, data: st.DataObject
) -> None:
    path = evidence.run / rundir.PROOF
    with flipped(path, draw_bit(data, path)):
        failure = evidence.verify().failure
    assert failure is not None
    assert (failure.number, failure.title) == (5, "the log holds it")


@LAW
@given(data=st.data())
def test_a_flipped_bit_of_any_other_file_of_the_run_is_found_and_the_file_named(
    evidence: Evidence, data: st.DataObject
) -> None:
    signed = {evidence.run / rundir.RECORD, evidence.run / rundir.PROOF}
    path = data.draw(st.sampled_from([p for p in files(evidence.run) if p not in signed]))
    name = path.relative_to(evidence.run).as_posix()
    with flipped(path, draw_bit(data, path)):
        failure = evidence.verify().failure
    assert failure is not None
    assert failure.number == (7 if name.startswith("train/") else 8)
    assert failure.detail.startswith(f"{name} is not the file")


@LAW
@given(data=st.data())
def test_a_flipped_bit_of_a_row_proof_is_found(evidence: Evidence, data: st.DataObject) -> None:
    with (
        flipped(evidence.answer, draw_bit(data, evidence.answer)),
        pytest.raises(EvidenceError),
    ):
        evidence.check_answer()


@LAW
@given(data=st.data())
def test_a_flipped_bit_of_checkpoint_tile_or_entry_is_found_and_it_is_named(
    evidence: Evidence, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(files(evidence.home.log)))
    with flipped(path, draw_bit(data, path)), pytest.raises(EvidenceError) as caught:
        evidence.verify_log()
    if "tile" in path.parts:
        tile = path.relative_to(evidence.home.log).as_posix()
        assert tile in str(caught.value) or "entry " in str(caught.value)
    else:
        assert str(path) in str(caught.value)


@LAW
@given(data=st.data(), number=st.integers(0, 3))
def test_a_flipped_bit_of_a_public_key_or_its_id_is_found(
    evidence: Evidence, data: st.DataObject, number: int
) -> None:
    text = evidence.home.trust.read_bytes()
    entry = json.loads(text)["keys"][number]
    what = data.draw(st.sampled_from(["public", "keyid"]))
    value = entry[what].encode()
    place = text.index(value) + data.draw(st.integers(0, len(value) - 1))
    bad = bytearray(text)
    bad[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(EvidenceError, match=r"trust\.json"):
        parse_trust(bytes(bad), "trust.json")


@LAW
@given(data=st.data(), number=st.integers(0, 3))
def test_another_public_key_under_its_own_id_is_found(
    evidence: Evidence, data: st.DataObject, number: int
) -> None:
    """A key whose id was made to fit is a key that did not sign."""
    document = json.loads(evidence.home.trust.read_bytes())
    entry = document["keys"][number]
    raw = bytearray(base64.b64decode(entry["public"]))
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    entry["public"] = base64.b64encode(raw).decode()
    try:
        parse_trust(json.dumps(document).encode(), "trust.json")
    except EvidenceError as error:
        # The message gives the id that such a key would have.
        entry["keyid"] = str(error).rpartition(" ")[2]
    try:
        trust = parse_trust(json.dumps(document).encode(), "trust.json")
    except EvidenceError:
        return  # no point of the curve, or one of low order
    assert not evidence.verify(trust).holds
