"""Another implementation's witness, `aics-witness`, as a process that cosigns our log over HTTP."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from govgate.attest.note import Verifier
from govgate.attest.quorum import find_quorum, weigh
from govgate.errors import EvidenceError
from tests.cli.conftest import ROOT, run_govgate, write_data

PROGRAM = Path(os.environ.get("WITNESS_VENV", ROOT / ".venv-witness")) / "bin" / "aics-witness"
NAME = "witness.example.org/w1"
pytestmark = pytest.mark.evidence


@dataclass
class Witnessed:
    """A home whose quorum is the one witness, and that witness at work."""

    top: Path
    vkey: str
    process: "subprocess.Popen[str]"

    @property
    def home(self) -> Path:
        return self.top / "home"

    def govgate(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return run_govgate(*arguments, "--home", self.home)

    def gate(self, out: str) -> "subprocess.CompletedProcess[str]":
        return self.govgate("gate", self.top / "data", "--out", self.top / out, "--json")

    def witness(self, *arguments: str) -> str:
        return _witness(self.top, *arguments)


@pytest.fixture
def witnessed(tmp_path: Path) -> Iterator[Witnessed]:
    if not PROGRAM.is_file():
        pytest.fail("aics-witness is missing: run `make evidence-tools`")
    home = tmp_path / "home"
    assert run_govgate("key", "new", "--home", home, "--origin", "log.example/g").returncode == 0
    write_data(tmp_path / "data")
    log = run_govgate("key", "show", "--vkey", "--home", home).stdout.strip()
    vkey = _witness(tmp_path, "init", "--name", NAME).strip()
    _witness(tmp_path, "add-log", "--origin", "log.example/g", "--vkey", log)
    process = subprocess.Popen(
        [PROGRAM, "serve", "--config", tmp_path / "witness.json", "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        heard = (re.search(r"listening on (http://\S+)", line) for line in process.stderr)
        url = next(found[1] for found in heard if found)
        (home / "quorum").write_text(f"log {log}\nwitness w1 {vkey} {url}\nquorum w1\n", "utf-8")
        yield Witnessed(tmp_path, log, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def _witness(top: Path, *arguments: str) -> str:
    done = subprocess.run(
        [PROGRAM, arguments[0], "--config", top / "witness.json", *arguments[1:]],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_cosigns_what_two_gates_append(witnessed: Witnessed) -> None:
    quorum = find_quorum(witnessed.home / "quorum")
    assert quorum is not None
    (asked,) = quorum.witnesses
    checkpoints = []
    for size, out in enumerate(("first", "second"), 1):
        done = witnessed.gate(out)
        assert done.returncode == 0, done.stderr + done.stdout
        (answer,) = json.loads(done.stdout)["witnesses"]["answers"]
        assert answer["witness"] == "w1"
        assert answer["cosignedAt"] is not None
        checkpoints.append((witnessed.home / "log" / "checkpoint").read_bytes())
        assert f"\n— {NAME} ".encode() in checkpoints[-1]
        standing = weigh(quorum, checkpoints[-1], [Verifier.parse(witnessed.vkey)], latest=2**40)
        assert standing.reached
        assert standing.checkpoint.size == size
        assert list(dict(standing.cosigned)) == [asked]
    for out in ("first", "second"):
        verified = witnessed.govgate("verify", witnessed.top / out)
        assert verified.returncode == 0, verified.stdout
        assert "cosigned by w1 at 20" in verified.stdout
    (log,) = json.loads(witnessed.witness("status", "--json"))["logs"]
    assert (log["size"], log["evidence"]) == (2, 0)
    # A cosignature is over its own checkpoint and no other.
    signed, _, _ = checkpoints[0].rpartition(b"\xe2\x80\x94 ")
    _, mark, cosignature = checkpoints[1].rpartition(b"\xe2\x80\x94 ")
    with pytest.raises(EvidenceError, match=f"the cosignature of {NAME} is wrong"):
        weigh(quorum, signed + mark + cosignature, [Verifier.parse(witnessed.vkey)], latest=2**40)


@pytest.mark.parametrize("honest", [1, 2], ids=["of the same size", "that went on"])
def test_it_refuses_a_forked_log_and_govgate_says_so(witnessed: Witnessed, honest: int) -> None:
    log = witnessed.home / "log"
    shutil.copytree(log, witnessed.top / "empty")
    assert witnessed.gate("true").returncode == 0
    shutil.rmtree(log)
    shutil.copytree(witnessed.top / "empty", log)
    if honest == 2:  # two entries that the witness never saw, in place of the one that it saw
        quorum = (witnessed.home / "quorum").rename(witnessed.top / "quorum")
        assert witnessed.gate("unseen").returncode == 0
        quorum.rename(witnessed.home / "quorum")
    forked = witnessed.gate("fork")
    assert forked.returncode == 4
    said = json.loads(forked.stdout)["witnesses"]
    assert said["reached"] is False
    asked = witnessed.govgate("log", "cosign", witnessed.top / "fork")
    assert asked.returncode == 5
    assert "(a fork)" in asked.stdout
    verified = witnessed.govgate("verify", witnessed.top / "fork")
    assert verified.returncode == 5
    assert "5  FAIL  the log holds it" in verified.stdout
    (seen,) = json.loads(witnessed.witness("status", "--json"))["logs"]
    assert seen["size"] == 1
    assert seen["evidence"] > 0


def test_it_is_said_when_the_log_was_rolled_back(witnessed: Witnessed) -> None:
    log = witnessed.home / "log"
    shutil.copytree(log, witnessed.top / "empty")
    assert witnessed.gate("true").returncode == 0
    shutil.rmtree(log)
    shutil.copytree(witnessed.top / "empty", log)
    back = witnessed.govgate("log", "cosign")
    assert back.returncode == 5
    assert "it has seen 1 entries of this log, which has 0 now: it was rolled back" in back.stdout
