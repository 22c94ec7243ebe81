"""Witnesses as processes of their own, and a gate, a verifier and `run` that ask for a quorum."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, remember, start, write_data


@dataclass
class Party:
    """A home whose quorum is two of three witnesses, w1 and w2 of which can be started."""

    cli: Cli
    top: Path
    vkey: str
    third: str
    running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.top / "home"

    def begin(self, name: str, port: int = 0, *more: str) -> None:
        process = start(
            "log", "witness", "--key", self.top / f"{name}.pem", "--name", f"{name}.example",
            "--log", self.vkey, "--state", self.top / f"{name}-state",
            "--listen", f"127.0.0.1:{port}", *more, home=self.top,
        )  # fmt: skip
        self.running[name] = process
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("witness "):
                self.printed.append(line)
                _, short, rest = line.split(" ", 2)
                assert short.startswith(f"{name}.example-")
                self.lines[name] = f"witness {name} {rest}"
                return
        pytest.fail(process.communicate()[1])

    def end(self, name: str, number: int = signal.SIGTERM) -> tuple[int, str]:
        process = self.running.pop(name)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
        return process.returncode, err

    def port(self, name: str) -> int:
        return int(self.lines[name].rsplit(":", 1)[1])

    def write_quorum(self) -> None:
        # Of the third nobody has heard yet: a key, and no answer at its address.
        text = (
            f"log {self.vkey}\n{self.lines['w1']}{self.lines['w2']}"
            f"witness w3 {as_cosigner(self.third)} http://127.0.0.1:9\n"
            "group two 2 w1 w2 w3\nquorum two\n"
        )
        (self.home / "quorum").write_text(text, "utf-8")

    def gate(self, out: str) -> "subprocess.CompletedProcess[str]":
        if not (self.top / "data").exists():
            write_data(self.top / "data")
        return self.cli(
            "gate", self.top / "data", "--out", self.top / out, "--home", self.home, "--json"
        )

    def run(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return self.cli(*arguments, "--home", self.home)


def as_cosigner(vkey: str) -> str:
    """The same key as one for cosignatures."""
    from govgate.attest.cosignature import Cosigner
    from govgate.attest.note import Verifier

    verifier = Verifier.parse(vkey)
    return Cosigner(verifier.name, verifier.key).vkey


@dataclass(frozen=True)
class Hosts:
    """A home with an empty log, and a further one whose log's key can be a witness's."""

    top: Path
    vkey: str
    third: str


@pytest.fixture(scope="module")
def hosts(cli: Cli, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    top = tmp_path_factory.mktemp("hosts")
    keys = []
    for name, more in (("home", ()), ("third", ("--origin", "w3.example"))):
        made = cli("key", "new", "--home", top / name, *more)
        assert made.returncode == 0, made.stderr
        keys.append(cli("key", "show", "--vkey", "--home", top / name).stdout.strip())
    remember(top / "home", home)
    return Hosts(top, *keys)


@pytest.fixture
def party(cli: Cli, hosts: Hosts, tmp_path: Path) -> Iterator[Party]:
    shutil.copytree(hosts.top, tmp_path, dirs_exist_ok=True)
    party = Party(cli, tmp_path, hosts.vkey, hosts.third)
    party.begin("w1")
    party.begin("w2")
    party.write_quorum()
    yield party
    for process in party.running.values():
        process.kill()
        process.communicate()


def test_a_gate_has_its_record_witnessed_and_everybody_asks_for_that(party: Party):
    done = party.gate("run")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["witnesses"]["reached"] is True
    assert [a["witness"] for a in answer["witnesses"]["answers"]] == ["w1", "w2", "w3"]
    assert answer["witnesses"]["answers"][2]["cosignedAt"] is None
    verified = party.run("verify", party.top / "run")
    assert verified.returncode == 0, verified.stdout
    assert "which had 1, cosigned by w1 at 20" in verified.stdout
    training = [sys.executable, "-c", "pass"]
    run = ("run", party.top / "run", "--home", party.home)
    trained = party.cli(*run, "--", *training)
    assert trained.returncode == 0, trained.stderr
    # The log goes on; a proof under an older checkpoint stays good.
    assert party.gate("second").returncode == 0
    assert party.run("verify", party.top / "run").returncode == 0
    assert party.run("log", "verify").returncode == 0
    code, said = party.end("w1")
    assert code == 0
    lines = said.splitlines()
    assert lines[0].startswith("govgate: cosigned 1 entries of govgate-log/")
    assert lines[-1].startswith("govgate: cosigned 2 entries of govgate-log/")


def test_without_the_quorum_nothing_verifies_until_it_is_made_up_for(party: Party):
    port = party.port("w2")
    assert party.end("w2", signal.SIGINT)[0] == 0
    done = party.gate("run")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["exitCode"], answer["outcome"]) == (4, 4, "train")
    assert answer["next"][0].startswith(f"govgate log cosign {party.top / 'run'}")
    assert answer["witnesses"]["missing"] == "1 of (w2, w3)"
    run = party.top / "run"
    verified = party.run("verify", run)
    assert verified.returncode == 5
    assert "5  FAIL  the log holds it: " in verified.stdout
    assert "1 of (w2, w3) is missing, it is cosigned by w1 at 20" in verified.stdout
    last = verified.stdout.splitlines()[-1]
    assert last.startswith(f"{run} does not count yet")
    assert last.endswith("where the log is kept, run: govgate log cosign RUN.")
    refused = party.cli("run", run, "--home", party.home, "--", sys.executable, "-c", "1/0")
    assert refused.returncode == 125
    assert "1 of (w2, w3) is missing" in refused.stderr
    assert party.cli("retrieve", "build", run, "--home", party.home).returncode == 5
    proof = (run / "proof.tlog-proof").read_bytes()
    failed = party.run("log", "cosign", run)
    assert failed.returncode == 5
    assert "w2: it cannot be reached" in failed.stdout
    assert (run / "proof.tlog-proof").read_bytes() == proof
    party.begin("w2", port)
    done = party.run("log", "cosign", run, "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["proof"] == {"run": str(run), "index": 0, "refreshed": True}
    assert party.run("verify", run).returncode == 0


def test_the_answer_for_people_says_it_loudly(party: Party):
    party.end("w1")
    party.end("w2")
    write_data(party.top / "data")
    done = party.run("gate", party.top / "data", "--out", party.top / "run", "--soft-fail")
    assert done.returncode == 4
    first, second = done.stdout.splitlines()[:2]
    assert first.startswith("NOT YET: the run does not verify")
    assert second == "  the outcome itself is TRAIN: the train partition may be trained on"
    assert "quorum     NOT reached" in done.stdout
    assert "w3: it cannot be reached: connection refused" in done.stdout


def test_the_lines_that_witnesses_print_stand_in_one_quorum_file(party: Party):
    names = [line.split()[1] for line in party.printed]
    text = "".join(party.printed) + f"group both all {' '.join(names)}\nquorum both\n"
    (party.home / "quorum").write_text(text, "utf-8")
    done = party.gate("run")
    assert done.returncode == 0, done.stderr
    assert [a["witness"] for a in json.loads(done.stdout)["witnesses"]["answers"]] == names


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("example.org/w1", "w1"),
        ("none", "none"),
        ("#", "witness"),
        ("é/", "witness"),
        ("a\x7fb" * 40, "ab" * 16),
    ],
)
def test_a_printed_name_is_one_for_quorum_files(name: str, short: str):
    from govgate.attest.keys import PrivateKey
    from govgate.attest.witnessing import Witness
    from govgate.cli.serving import short_name

    witness = Witness(name, PrivateKey.generate(), {})
    assert short_name(witness) == f"{short}-{witness.cosigner.key_hash.hex()}"


def test_verify_asks_for_the_quorum_that_it_is_given(party: Party, cli: Cli):
    (party.home / "quorum").rename(party.top / "quorum")
    assert party.gate("run").returncode == 0
    run = party.top / "run"
    assert party.run("verify", run).returncode == 0
    done = party.run("verify", run, "--quorum", party.top / "quorum")
    assert done.returncode == 5
    assert "it is cosigned by nobody" in done.stdout
    assert party.run("verify", run, "--quorum", party.top / "nothing").returncode == 2


def test_a_quorum_file_that_cannot_be_read_stops_a_gate_before_it_begins(party: Party):
    quorum = party.home / "quorum"
    good = quorum.read_text("utf-8")
    quorum.write_text(good.replace("quorum two", "quorum tow"), "utf-8")
    done = party.gate("run")
    assert done.returncode == 2
    assert f"{quorum}:6: tow is not defined on a line before (did you mean two?)" in done.stderr
    quorum.write_text(good.replace(party.vkey, party.third), "utf-8")
    done = party.gate("run")
    assert done.returncode == 5
    assert "does not list the log" in done.stderr
    assert not (party.top / "run").exists()
    assert party.run("log", "show").stdout.splitlines()[1] == "0"


def test_a_forked_and_a_rolled_back_log_find_no_witness(party: Party):
    shutil.copytree(party.home / "log", party.top / "empty")
    assert party.gate("run").returncode == 0
    shutil.rmtree(party.home / "log")
    shutil.copytree(party.top / "empty", party.home / "log")
    back = party.run("log", "cosign")
    assert back.returncode == 5
    assert back.stdout.count("it was rolled back, or its key signs elsewhere") == 2
    assert party.gate("fork").returncode == 4
    fork = party.run("log", "cosign", party.top / "fork")
    assert fork.returncode == 5
    assert fork.stdout.count("another tree of 1 entries than this log has (a fork)") == 2


def test_a_witness_that_was_killed_remembers(party: Party):
    shutil.copytree(party.home / "log", party.top / "empty")
    assert party.gate("run").returncode == 0
    for name in ("w1", "w2"):
        port = party.port(name)
        assert party.end(name, signal.SIGKILL)[0] == -signal.SIGKILL
        party.begin(name, port)
    shutil.rmtree(party.home / "log")
    shutil.copytree(party.top / "empty", party.home / "log")
    back = party.run("log", "cosign")
    assert back.returncode == 5
    assert back.stdout.count("it has seen 1 entries of this log, which has 0 now") == 2


def test_a_witness_does_not_begin_again_without_its_key_or_its_memory(party: Party):
    party.end("w1")
    again = ("log", "witness", "--name", "w1.example", "--log", party.vkey)
    key, state = party.top / "w1.pem", party.top / "w1-state"
    for arguments, said in [
        (("--key", party.top / "gone.pem", "--state", state), "does not exist"),
        (("--key", party.top / "w2.pem", "--state", state), "the memory of another witness"),
        (("--key", key, "--state", state, "--name", "other"), "the memory of another witness"),
        (("--key", key, "--state", state, "--name", "a b"), "a key name is empty or holds a space"),
        (("--key", key, "--state", state, "--log", "x"), "the verifier key is not NAME+HASH+KEY"),
        (("--key", key, "--state", state, "--listen", "1"), "is not HOST:PORT"),
        (("--key", key, "--state", state, "--listen", f"127.0.0.1:{party.port('w2')}"), "in use"),
    ]:
        free = () if "--listen" in arguments else ("--listen", "127.0.0.1:0")
        done = party.cli(*again, *arguments, *free)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr.replace("\n", " "), done.stderr


def test_a_witness_that_lost_its_memory_cosigns_nothing_more_with_its_key(party: Party):
    shutil.copytree(party.home / "log", party.top / "empty")
    assert party.gate("run").returncode == 0
    port = party.port("w1")
    party.end("w1")
    party.end("w2")
    shutil.rmtree(party.home / "log")
    shutil.copytree(party.top / "empty", party.home / "log")
    state = party.top / "w1-state"
    asked = (
        "log", "witness", "--key", party.top / "w1.pem", "--name", "w1.example", "--log",
        party.vkey, "--state", state, "--listen", f"127.0.0.1:{port}",
    )  # fmt: skip
    for gone in (lambda: shutil.rmtree(state), state.mkdir):
        gone()
        done = party.cli(*asked)
        assert done.returncode == 2, done.stderr
        said = done.stderr.replace("\n", " ")
        assert "would cosign a fork of it" in said
        assert "begin with a new key" in said
        assert done.stdout == ""
        assert not list(state.iterdir() if state.exists() else [])
    fork = party.gate("fork")
    assert fork.returncode == 4
    assert not any(a["cosignedAt"] for a in json.loads(fork.stdout)["witnesses"]["answers"])


def test_a_key_that_is_there_before_its_witness_begins_once(party: Party):
    party.end("w1")
    assert party.cli("key", "add", "w4", "--role", "approver", "--home", party.home).returncode == 0
    (party.home / "keys" / "w4.pem").rename(party.top / "w4.pem")
    party.begin("w4", 0, "--begin")
    party.end("w4")
    again = (
        "log", "witness", "--key", party.top / "w4.pem", "--name", "w4.example", "--log",
        party.vkey, "--state", party.top / "w4-state", "--listen", "127.0.0.1:0", "--begin",
    )  # fmt: skip
    done = party.cli(*again)
    assert done.returncode == 2
    assert "leave --begin out" in done.stderr
    party.begin("w4")


def test_no_key_is_made_for_a_name_that_no_witness_can_have(party: Party):
    key, state = party.top / "w5.pem", party.top / "w5-state"
    asked = ("--key", key, "--name", "a b", "--log", party.vkey, "--state", state)
    assert party.cli("log", "witness", *asked).returncode == 2
    assert not key.exists()


def test_cosign_without_a_quorum_file_is_a_mistake(cli: Cli, home: Path):
    done = cli("log", "cosign")
    assert done.returncode == 2
    assert f"there is no quorum file {home / 'quorum'}" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="modes of files")
def test_a_witnesss_new_key_is_its_own(party: Party):
    assert (party.top / "w1.pem").stat().st_mode & 0o077 == 0
