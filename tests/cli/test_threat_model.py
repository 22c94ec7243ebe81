"""Attacks of `docs/threat-model.md` that no other test makes, those that succeed among them."""

import base64
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govgate import prove
from govgate.attest import dsse
from govgate.attest.cosignature import Cosigner
from govgate.attest.keyfile import load_key
from govgate.attest.keys import PrivateKey
from govgate.attest.membership import MembershipKey, Tree, member_of
from govgate.attest.statement import PAYLOAD_TYPE
from govgate.attest.trustfile import load_trust
from govgate.home import Home, fingerprint_key
from tests.cli.conftest import ROWS, Cli, remember, write_data


def test_a_record_that_is_not_in_the_log_does_not_verify(
    cli: Cli, home: Path, gated: Path, tmp_path: Path
) -> None:
    """The owner signs the record anew, a second later; the log has the entry of the first."""
    run = shutil.copytree(gated, tmp_path / "run")
    record, key = run / "record.intoto.jsonl", load_key(home / "keys/gate.pem")
    signed = []
    for line in record.read_bytes().splitlines(keepends=True):
        payload = dsse.parse_envelope(line).payload
        said = json.loads(payload)["predicate"]
        moment = (said.get("finishedOn") or said["timeCreated"]).encode()
        other = moment[:-3] + (b"58Z" if moment[-3:] == b"59Z" else b"59Z")
        signed.append(dsse.sign(payload.replace(moment, other), PAYLOAD_TYPE, [key]))
    record.write_bytes(b"".join(signed))
    done = cli("verify", run)
    assert done.returncode == 5
    assert "5  FAIL  the log holds it" in done.stdout
    assert "no trusted log vouches for the record" in done.stdout


def test_a_checkpoint_put_back_by_one_entry_makes_a_fork_that_only_a_kept_one_shows(
    cli: Cli, home: Path, data: Path, tmp_path: Path
) -> None:
    """The one entry beyond a checkpoint could be what a killed append left, so it is replaced."""
    own = ("--home", tmp_path / "home")
    assert cli("key", "new", *own).returncode == 0
    remember(tmp_path / "home", home)
    checkpoint, kept = tmp_path / "home/log/checkpoint", tmp_path / "kept"
    before = checkpoint.read_bytes()
    assert cli("gate", data, "--out", tmp_path / "first", *own).returncode == 0
    kept.write_bytes(checkpoint.read_bytes())
    checkpoint.write_bytes(before)
    assert cli("gate", data, "--out", tmp_path / "second", "--soft-fail", *own).returncode == 0
    for run in ("first", "second"):
        done = cli("verify", tmp_path / run, *own)
        assert done.returncode == 0
        assert "entry 0 of " in done.stdout
    assert cli("log", "verify", *own).returncode == 0
    done = cli("log", "verify", "--since", kept, *own)
    assert done.returncode == 5
    assert "forked" in done.stderr


def test_whoever_has_the_keys_can_lie_about_an_absence_and_an_auditor_with_them_sees_it(
    cli: Cli, home: Path, gated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about, now = prove.Id(Tree.ROWS, "rows.jsonl:9"), datetime.now(UTC)
    trust, secret = load_trust(home / "trust.json"), fingerprint_key(Home(home))
    signer = load_key(home / "keys/gate.pem")
    honest, lie = tmp_path / "honest", tmp_path / "lie"
    honest.write_bytes(prove.prove(gated, about, secret, signer, trust, now=now))

    class Liar(MembershipKey):
        def opening(self, tree: Tree, id: str) -> bytes:
            return b"\x01" * 32

        def member(self, tree: Tree, id: str) -> bytes:
            return member_of(tree, self.opening(tree, id), id)

    monkeypatch.setattr(prove, "MembershipKey", Liar)
    lie.write_bytes(prove.prove(gated, about, secret, signer, trust, now=now))
    said = cli("verify-proof", honest, "--row", about.text)
    assert (said.returncode, "was in the train partition" in said.stdout) == (0, True)
    said = cli("verify-proof", lie, "--row", about.text)
    assert (said.returncode, "was not in the train partition" in said.stdout) == (0, True)
    assert "rests on the gate's signed word" in said.stdout
    again = cli("prove", gated, "--row", about.text, "--out", tmp_path / "again")
    assert "was in the train partition" in again.stdout


def test_data_that_is_swapped_and_swapped_back_under_the_command_is_not_noticed(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(gated, tmp_path / "run")
    program = (
        "import sys, pathlib; p = pathlib.Path(sys.argv[1]); old = p.read_bytes();"
        " p.write_text('other'); print(p.read_text()); p.write_bytes(old)"
    )
    done = cli("run", run, "--", sys.executable, "-c", program, run / "train/rows.jsonl")
    assert done.returncode == 0
    assert "other" in done.stdout


def test_who_brings_their_own_quorum_asks_for_it_though_the_home_does_not(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    assert cli("verify", gated).returncode == 0
    witness = Cosigner("example.com/w", PrivateKey.from_seed(b"\x09" * 32).public)
    quorum = tmp_path / "quorum"
    quorum.write_text(f"witness w {witness.vkey}\nquorum w\n")
    done = cli("verify", gated, "--quorum", quorum)
    assert done.returncode == 5
    assert "5  FAIL  the log holds it" in done.stdout


def test_a_record_verifies_without_its_log(
    cli: Cli, home: Path, gated: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "auditor"
    alone.mkdir()
    shutil.copy(home / "trust.json", alone)
    assert cli("verify", gated, "--home", alone).returncode == 0


def test_a_file_that_may_only_be_looked_up_is_no_subject_of_any_statement(
    cli: Cli, tmp_path: Path
) -> None:
    rows = [dict(row, license="CC-BY-NC-4.0") if n % 9 == 4 else row for n, row in enumerate(ROWS)]
    data = write_data(tmp_path / "data", rows[4:])
    (data / "more.jsonl").write_text((data / "rows.jsonl").read_text().splitlines()[0] + "\n")
    run = tmp_path / "run"
    assert cli("gate", data, "--out", run).returncode == 0
    looked_up = [p for p in (run / "retrieve").rglob("*") if p.is_file()]
    assert looked_up
    for line in (run / "record.intoto.jsonl").read_bytes().splitlines():
        statement = json.loads(base64.b64decode(json.loads(line)["payload"]))
        names = {subject["name"] for subject in statement["subject"]}
        assert names == {"train"} | {
            p.relative_to(run).as_posix() for p in (run / "train").rglob("*") if p.is_file()
        }


def test_nothing_keeps_a_command_from_other_files(cli: Cli, gated: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text("not gated")
    program = "import sys; print(open(sys.argv[1]).read())"
    done = cli("run", gated, "--", sys.executable, "-c", program, other)
    assert done.returncode == 0
    assert "not gated" in done.stdout


def test_what_a_detector_does_not_see_passes_and_the_record_says_which_looked(
    cli: Cli, tmp_path: Path
) -> None:
    """A disguise that no reading sees through passes, and the record says what looked."""
    data = write_data(tmp_path / "data", [*ROWS[4:], *ROWS[4:]])
    hidden = {"prompt": "Write to ann at home dot example please.", "completion": "I will."}
    with (data / "rows.jsonl").open("a") as file:
        file.write(json.dumps(hidden) + "\n")
    run = tmp_path / "run"
    assert cli("gate", data, "--out", run).returncode == 0
    assert "ann at home dot example" in (run / "train/rows.jsonl").read_text()
    line = (run / "record.intoto.jsonl").read_bytes().splitlines()[0]
    detector = json.loads(base64.b64decode(json.loads(line)["payload"]))["predicate"]["detector"]
    assert detector["presidio"]
    assert detector["recognizers"]
    assert all(len(one["sha256"]) == 64 for one in detector["pipelines"])
