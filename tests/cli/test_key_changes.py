"""Keys that are rotated, revoked, trusted and counted, through the real command line."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from govgate.attest import dsse
from govgate.attest.keyfile import load_key
from govgate.attest.keys import Algorithm, PrivateKey
from govgate.attest.statement import DECISION_TYPE, PAYLOAD_TYPE, parse_statement

from .conftest import Cli, remember, write_data


@pytest.fixture(scope="module")
def quantum(cli: Cli, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home that signs twice, its first run, and a copy of its trust file."""
    top = tmp_path_factory.mktemp("quantum")
    made = cli(
        "key", "new", "--post-quantum", "--origin", "example.com/log", "--home", top / "home"
    )
    assert made.returncode == 0, made.stderr
    remember(top / "home", home)
    shutil.copy(top / "home" / "trust.json", top / "kept.json")
    done = cli(
        "gate",
        write_data(top / "data"),
        "--out",
        top / "run",
        "--summary",
        "vsa",
        "--home",
        top / "home",
    )
    assert done.returncode == 0, done.stderr
    return top


def test_a_home_that_signs_twice_makes_records_that_verify_with_both(quantum, cli):
    done = cli("verify", quantum / "run", "--home", quantum / "home")
    assert done.returncode == 0, done.stdout
    assert " are trusted as gate" in done.stdout


def test_a_record_without_the_second_signature_is_refused(quantum, cli, tmp_path):
    shutil.copytree(quantum / "run", tmp_path / "run")
    _edit_signatures(tmp_path / "run", lambda signatures: signatures[:1])
    done = cli("verify", tmp_path / "run", "--home", quantum / "home")
    assert done.returncode == 5
    assert "no ml-dsa-44 key signed" in done.stdout
    assert "does not count yet" in done.stdout.splitlines()[-1]


def test_rotated_keys_go_on_and_an_old_trust_file_follows_them(quantum, cli, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(quantum / "home", home)
    for which in ("gate", "log", "gate-ml-dsa-44"):
        done = cli("key", "rotate", which, "--home", home)
        assert done.returncode == 0, done.stderr
    assert cli("log", "verify", "--home", home).returncode == 0
    data = write_data(tmp_path / "data")
    assert cli("gate", data, "--out", tmp_path / "run", "--home", home).returncode == 0
    since = cli("log", "verify", "--home", home, "--since", quantum / "home" / "log" / "checkpoint")
    assert since.returncode == 0, since.stderr
    kept = tmp_path / "kept.json"
    shutil.copy(quantum / "kept.json", kept)
    assert cli("verify", tmp_path / "run", "--trust", kept).returncode == 5
    followed = cli("key", "accept", home / "rotations.jsonl", "--trust", kept)
    assert followed.returncode == 0, followed.stderr
    assert "3 rotations followed" in followed.stdout
    assert cli("verify", tmp_path / "run", "--trust", kept).returncode == 0
    assert cli("verify", quantum / "run", "--trust", kept).returncode == 0
    again = cli("key", "accept", home / "rotations.jsonl", "--trust", kept)
    assert "0 rotations followed, 3 known" in again.stdout


def test_two_signers_are_asked_for_and_a_second_one_signs(quantum, cli, tmp_path):
    home, run = tmp_path / "home", tmp_path / "run"
    shutil.copytree(quantum / "home", home)
    shutil.copytree(quantum / "run", run)
    early = cli("key", "require", "gate", "--signers", "2", "--home", home)
    assert early.returncode == 2
    assert "nothing could ever verify" in early.stderr
    assert cli("key", "add", "audit", "--role", "gate", "--home", home).returncode == 0
    assert cli("key", "require", "gate", "--signers", "2", "--home", home).returncode == 0
    short = cli("verify", run, "--home", home)
    assert short.returncode == 5
    assert "1 of the 2 signers" in short.stdout
    last = short.stdout.splitlines()[-1]
    assert last.startswith(f"{run} does not count yet, do not train on it. What is there holds; ")
    assert last.endswith("have another sign: govgate countersign.")
    told = json.loads(cli("verify", run, "--home", home, "--json").stdout)
    assert set(told["steps"][-1]) == {"number", "title", "holds", "detail"}
    changed = tmp_path / "changed"
    shutil.copytree(run, changed)
    (changed / "coverage.json").write_bytes(b"{}")
    tampered = cli("verify", changed, "--home", home)
    assert tampered.returncode == 5
    assert "find out who changed it. Step 8, " in tampered.stdout.splitlines()[-1]
    key = home / "keys" / "audit.pem"
    signed = cli("countersign", run, "--key", key, "--home", home)
    assert signed.returncode == 0, signed.stderr
    assert cli("verify", run, "--home", home).returncode == 0
    again = cli("countersign", run, "--key", key, "--home", home)
    assert again.returncode == 2
    assert "already" in again.stderr
    _edit_signatures(run, lambda signatures: signatures[::-1])
    assert cli("verify", run, "--home", home).returncode == 0


def test_a_false_signature_under_a_listed_key_s_id_is_named_and_nobody_signs_beside_it(
    quantum, cli, tmp_path
):
    home, run = tmp_path / "home", tmp_path / "run"
    shutil.copytree(quantum / "home", home)
    shutil.copytree(quantum / "run", run)
    added = cli("key", "add", "audit", "--role", "gate", "--home", home)
    keyid = next(
        key["keyid"]
        for key in json.loads((home / "trust.json").read_text())["keys"]
        if key.get("name") == "audit"
    )
    assert keyid[:16] in added.stdout
    _edit_signatures(run, lambda signatures: [*signatures, {**signatures[0], "keyid": keyid}])
    signed = cli("countersign", run, "--key", home / "keys" / "audit.pem", "--home", home)
    assert signed.returncode == 5
    assert f"the signature of key {keyid[:16]} does not hold" in signed.stderr
    assert cli("verify", run, "--home", home).returncode == 5


def test_the_gate_says_that_others_must_sign_before_the_run_counts(quantum, cli, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(quantum / "home", home)
    assert cli("key", "add", "audit", "--role", "gate", "--home", home).returncode == 0
    assert cli("key", "require", "gate", "--signers", "2", "--home", home).returncode == 0
    done = cli("gate", quantum / "data", "--out", tmp_path / "run", "--home", home)
    assert done.returncode == 4, done.stderr
    assert done.stdout.startswith("NOT YET: the run does not verify")
    assert "the outcome itself is TRAIN" in done.stdout
    assert "signers    NOT enough: 1 of the 2 signers" in done.stdout
    assert "govgate countersign" in done.stdout
    started = cli("run", tmp_path / "run", "--home", home, "--", "true")
    assert started.returncode == 125


def test_a_gate_whose_key_was_revoked_stops_before_it_scans(quantum, cli, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(quantum / "home", home)
    keyid = json.loads((home / "trust.json").read_text())["keys"][0]["keyid"]
    assert cli("key", "revoke", keyid, "--home", home).returncode == 0
    done = cli("gate", quantum / "data", "--out", tmp_path / "run", "--home", home)
    assert done.returncode == 2
    assert "the gate cannot sign" in done.stderr
    assert not (tmp_path / "run").exists()


def test_nobody_countersigns_a_run_that_does_not_verify(quantum, cli, tmp_path):
    home, run = tmp_path / "home", tmp_path / "run"
    shutil.copytree(quantum / "home", home)
    shutil.copytree(quantum / "run", run)
    assert cli("key", "add", "audit", "--role", "gate", "--home", home).returncode == 0
    with (run / "train" / "rows.jsonl").open("ab") as file:
        file.write(b"{}\n")
    before = (run / "record.intoto.jsonl").read_bytes()
    done = cli("countersign", run, "--key", home / "keys" / "audit.pem", "--home", home)
    assert done.returncode == 5
    assert (run / "record.intoto.jsonl").read_bytes() == before


def test_a_revoked_key_counts_for_nothing_and_an_unknown_one_is_an_error(quantum, cli, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(quantum / "home", home)
    assert cli("key", "add", "alice", "--role", "approver", "--home", home).returncode == 0
    assert cli("key", "revoke", "alice", "--home", home).returncode == 0
    assert '"revoked"' in (home / "trust.json").read_text()
    unknown = cli("key", "revoke", "nobody", "--home", home)
    assert unknown.returncode == 2
    assert "lists no key" in unknown.stderr


def test_a_public_key_in_pem_is_trusted_once(quantum, cli, tmp_path):
    (tmp_path / "bob.pem").write_text(PrivateKey.generate().public.pem())
    asked = (
        "key",
        "trust",
        tmp_path / "bob.pem",
        "--role",
        "approver",
        "--name",
        "bob",
        "--trust",
        tmp_path / "trust.json",
    )
    assert cli(*asked).returncode == 0
    assert cli(*asked).returncode == 2
    (tmp_path / "bad.pem").write_text("not a key")
    bad = cli(
        "key", "trust", tmp_path / "bad.pem", "--role", "gate", "--trust", tmp_path / "t.json"
    )
    assert bad.returncode == 2
    assert not (tmp_path / "t.json").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timeVerified": "2026-01-01T00:00:00Z"}, "of another time than the decision"),
        (
            {"inputAttestations": [{"digest": {"sha256": "00" * 32}, "uri": DECISION_TYPE}]},
            "the summary is of another decision",
        ),
        (
            {"policy": {"digest": {"sha256": "00" * 32}, "uri": "tag:govgate,2026:policy/x@1"}},
            "another verifier or policy",
        ),
        (
            {"verifiedLevels": ["GOVGATE_RETRIEVABLE"]},
            "allows other uses than the decision",
        ),
    ],
)
def test_a_summary_that_says_something_else_than_its_decision_is_refused_though_it_is_signed(
    quantum, cli, tmp_path, change, message
):
    run = tmp_path / "run"
    shutil.copytree(quantum / "run", run)
    keys = quantum / "home" / "keys"
    signers = [
        load_key(keys / "gate.pem"),
        load_key(keys / "gate-ml-dsa-44.pem", algorithm=Algorithm.ML_DSA_44),
    ]
    decision, summary = dsse.split_envelopes((run / "record.intoto.jsonl").read_bytes())
    said = parse_statement(dsse.parse_envelope(summary).payload)
    lie = replace(said, predicate={**said.predicate, **change})
    forged = dsse.sign(lie.encode(), PAYLOAD_TYPE, signers)
    (run / "record.intoto.jsonl").write_bytes(decision + forged)
    done = cli("verify", run, "--home", quantum / "home")
    assert done.returncode == 5
    assert message in done.stdout


def _edit_signatures(run: Path, change: Callable[[list[dict]], list[dict]]) -> None:
    record = run / "record.intoto.jsonl"
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    for line in lines:
        line["signatures"] = change(line["signatures"])
    record.write_text(
        "".join(json.dumps(x, separators=(",", ":"), sort_keys=True) + "\n" for x in lines)
    )
