"""`govgate key`: keys are made once, private, and sign with their passphrase."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


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
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    home, right = tmp_path / "home", {"GOVGATE_PASSPHRASE": "correct horse battery"}
    assert cli("key", "new", "--home", home, env=right).returncode == 0
    assert b"ENCRYPTED PRIVATE KEY" in (home / "keys" / "gate.pem").read_bytes()
    assert b"ENCRYPTED PRIVATE KEY" in (home / "keys" / "log.pem").read_bytes()

    def gate(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        return cli("gate", data, "--out", tmp_path / "run", "--home", home, env=env)

    for env in ({}, {"GOVGATE_PASSPHRASE": "wrong horse"}):
        refused = gate(env)
        assert refused.returncode == 2
        assert "passphrase" in refused.stderr.lower()
        assert "wrong horse" not in refused.stderr
        assert not (tmp_path / "run").exists()
    done = gate(right)
    assert done.returncode == 0, done.stderr
    assert cli("verify", tmp_path / "run", "--home", home).returncode == 0
