"""`govgate key`: keys are made once, private, and sign with their passphrase."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from govgate.attest.keyfile import load_key
from govgate.attest.keys import PrivateKey
from govgate.attest.note import Verifier
from govgate.attest.trustfile import load_trust
from tests.cli.conftest import Cli, remember


def test_keys_are_never_overwritten_and_readable_by_their_owner_alone(
    cli: Cli, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert cli("key", "new", "--home", home).returncode == 0
    keys = {p: p.read_bytes() for p in (home / "keys").iterdir()}
    assert {p.name for p in keys} == {"gate.pem", "log.pem", "fingerprint.key"}
    assert {p.stat().st_mode & 0o777 for p in keys} == {0o600}
    assert (home / "keys").stat().st_mode & 0o777 == 0o700
    again = cli("key", "new", "--home", home)
    assert again.returncode == 2
    assert "gate.pem exists already" in again.stderr
    assert {p: p.read_bytes() for p in (home / "keys").iterdir()} == keys


@pytest.mark.parametrize("name", ["gate.pem", "log.pem", "fingerprint.key"])
def test_a_key_that_others_can_read_is_refused(
    cli: Cli, home: Path, data: Path, tmp_path: Path, name: str
) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    (copy / "keys" / name).chmod(0o644)
    done = cli("gate", data, "--out", tmp_path / "run", "--home", copy)
    assert done.returncode == 2
    assert f"chmod 600 {copy / 'keys' / name}" in done.stderr
    assert not (tmp_path / "run").exists()


def test_encrypted_keys_sign_with_their_passphrase_alone(
    cli: Cli, home: Path, data: Path, tmp_path: Path
) -> None:
    own, right = tmp_path / "home", {"GOVGATE_PASSPHRASE": "correct horse battery"}
    assert cli("key", "new", "--home", own, env=right).returncode == 0
    remember(own, home)
    assert b"ENCRYPTED PRIVATE KEY" in (own / "keys" / "gate.pem").read_bytes()
    assert b"ENCRYPTED PRIVATE KEY" in (own / "keys" / "log.pem").read_bytes()

    def gate(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        return cli("gate", data, "--out", tmp_path / "run", "--home", own, env=env)

    for env in ({}, {"GOVGATE_PASSPHRASE": "wrong horse"}):
        refused = gate(env)
        assert refused.returncode == 2
        assert "passphrase" in refused.stderr.lower()
        assert "wrong horse" not in refused.stderr
        assert not (tmp_path / "run").exists()
    done = gate(right)
    assert done.returncode == 0, done.stderr
    assert cli("verify", tmp_path / "run", "--home", own).returncode == 0


def test_one_key_is_shown_in_pem_by_its_role_or_the_beginning_of_its_id(
    cli: Cli, home: Path
) -> None:
    gate, log = load_trust(home / "trust.json").keys
    for which, key in (("gate", gate), ("log", log), (gate.keyid[:8], gate), (log.keyid, log)):
        done = cli("key", "show", "--pem", which)
        assert done.returncode == 0, done.stderr
        assert done.stdout == key.public.pem()
        assert done.stdout.count("BEGIN") == 1


def test_a_pem_of_no_key_or_of_several_is_refused(cli: Cli, home: Path) -> None:
    gate, log = load_trust(home / "trust.json").keys
    several = cli("key", "show", "--pem")
    assert several.returncode == 2
    assert several.stdout == ""
    assert gate.keyid[:16] in several.stderr
    assert log.keyid[:16] in several.stderr
    for which in ("approver", "gat", gate.keyid + "0", ""):
        none = cli("key", "show", "--pem", which)
        assert none.returncode == 2, which
        assert none.stdout == ""
        assert f"lists no key {which!a}" in none.stderr


def test_a_revoked_key_is_found_by_its_id_and_not_by_its_role(
    cli: Cli, home: Path, tmp_path: Path
) -> None:
    shutil.copytree(home, tmp_path / "home")
    trust = json.loads((tmp_path / "home" / "trust.json").read_bytes())
    trust["keys"][0]["revoked"] = "2026-01-01"
    (tmp_path / "home" / "trust.json").write_text(json.dumps(trust), encoding="utf-8")
    at = ("--home", tmp_path / "home")
    assert cli("key", "show", "--pem", "gate", *at).returncode == 2
    assert cli("key", "show", "--pem", trust["keys"][0]["keyid"], *at).returncode == 0


def test_the_log_key_is_shown_as_a_verifier_of_notes(cli: Cli, home: Path) -> None:
    _, log = load_trust(home / "trust.json").keys
    for which in ((), ("log",), (log.keyid[:8],)):
        done = cli("key", "show", "--vkey", *which)
        assert done.returncode == 0, done.stderr
        verifier = Verifier.parse(done.stdout.removesuffix("\n"))
        assert (verifier.name, verifier.key) == (log.name, log.public)
    listed = json.loads(cli("key", "show", "--json").stdout)
    assert [key.get("vkey") for key in listed] == [None, verifier.vkey]


def test_a_key_that_is_not_a_logs_has_no_vkey(cli: Cli) -> None:
    done = cli("key", "show", "--vkey", "gate")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "is not a log's" in done.stderr


def test_two_forms_of_showing_a_key_exclude_each_other(cli: Cli) -> None:
    done = cli("key", "show", "--pem", "--vkey", "log")
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


def test_a_role_means_the_key_that_signs_now(cli: Cli, tmp_path: Path) -> None:
    home = tmp_path / "home"
    at = ("--home", home)
    assert cli("key", "new", "--post-quantum", *at).returncode == 0

    def shown(*which: str) -> str:
        done = cli("key", "show", *which, *at)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def private(name: str) -> PrivateKey:
        return load_key(home / "keys" / f"{name}.pem")

    first = {name: private(name).public for name in ("gate", "log")}
    assert shown("--pem", "gate") == first["gate"].pem()
    for _ in range(2):
        for name in ("gate", "log", "gate-ml-dsa-44"):
            assert cli("key", "rotate", name, *at).returncode == 0
        assert shown("--pem", "gate") == private("gate").public.pem()
        assert shown("--pem", "log") == private("log").public.pem()
        verifier = Verifier.parse(shown("--vkey").removesuffix("\n"))
        assert verifier.key == private("log").public
        assert shown("--vkey", "log") == shown("--vkey")
    assert private("gate").public != first["gate"]
    for key in load_trust(home / "trust.json").keys:
        assert shown("--pem", key.keyid) == key.public.pem()
    assert len(json.loads(shown("gate", "--json"))) == 6


def test_of_several_gates_the_homes_own_is_meant_and_without_it_none(
    cli: Cli, home: Path, tmp_path: Path
) -> None:
    ours = shutil.copytree(home, tmp_path / "home")
    at = ("--home", ours)
    gate, log = load_trust(ours / "trust.json").keys
    assert cli("key", "add", "audit", "--role", "gate", *at).returncode == 0
    other = cli("key", "new", "--origin", "other", "--home", tmp_path / "other")
    assert other.returncode == 0
    theirs = load_trust(tmp_path / "other" / "trust.json").keys[1]
    (tmp_path / "their.pem").write_text(theirs.public.pem())
    asked = ("--role", "log", "--name", "other", *at)
    assert cli("key", "trust", tmp_path / "their.pem", *asked).returncode == 0
    assert cli("key", "show", "--pem", "gate", *at).stdout == gate.public.pem()
    assert cli("key", "show", "--pem", "log", *at).stdout == log.public.pem()
    shutil.rmtree(ours / "keys")  # as whoever verifies has it
    done = cli("key", "show", "--pem", "gate", *at)
    assert done.returncode == 2
    assert "2 keys could be meant" in done.stderr
    assert cli("key", "show", "--pem", "log", *at).stdout == log.public.pem()


def test_a_key_whose_days_are_over_is_shown_by_its_id_alone(
    cli: Cli, home: Path, tmp_path: Path
) -> None:
    ours = shutil.copytree(home, tmp_path / "home")
    trust = json.loads((ours / "trust.json").read_bytes())
    trust["keys"][0]["not_after"] = "2026-01-01"
    (ours / "trust.json").write_text(json.dumps(trust), encoding="utf-8")
    done = cli("key", "show", "--pem", "gate", "--home", ours)
    assert done.returncode == 2
    assert "expired after 2026-01-01" in done.stderr
    by_id = cli("key", "show", "--pem", trust["keys"][0]["keyid"], "--home", ours)
    assert by_id.returncode == 0


def test_the_list_can_be_of_one_role(cli: Cli, home: Path) -> None:
    gate, _ = load_trust(home / "trust.json").keys
    assert [key["keyid"] for key in json.loads(cli("key", "show", "gate", "--json").stdout)] == [
        gate.keyid
    ]
    assert cli("key", "show").stdout.count("BEGIN PUBLIC KEY") == 2
