"""`govgate key add`: further keys in the home, each trusted in one role."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from govgate.attest.trustfile import load_trust
from tests.cli.conftest import Cli


@pytest.fixture(scope="module")
def first_home(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the key of one approver, to be looked at only."""
    home = tmp_path_factory.mktemp("keys") / "home"
    assert cli("key", "new", "--home", home).returncode == 0
    assert cli("key", "add", "alice", "--role", "approver", "--home", home).returncode == 0
    return home


@pytest.fixture
def own_home(first_home: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(first_home, tmp_path / "home"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("alice", "--role", "approver"), "lists a key called alice already"),
        (("gate", "--role", "approver"), "lists a key called gate already"),
        (("log", "--role", "approver"), "log.pem exists already"),
        (("../x", "--role", "approver"), "is no name for a key"),
        (("carol", "--role", "log"), "'log' is not one of"),
        (("carol", "--role", "approver", "--algorithm", "ml-dsa-44"), "signs with ed25519"),
        (("carol", "--role", "approver", "--not-after", "2020-01-01"), "has passed"),
        (("carol", "--role", "approver", "--not-after", "2027-02-30"), "--not-after"),
    ],
)
def test_key_add_refuses(
    cli: Cli, first_home: Path, arguments: tuple[str, ...], message: str
) -> None:
    before = (first_home / "trust.json").read_bytes()
    done = cli("key", "add", *arguments, "--home", first_home)
    assert done.returncode == 2
    assert message in done.stderr
    assert (first_home / "trust.json").read_bytes() == before


def test_key_add_makes_a_private_key_and_trusts_it_in_one_role(cli: Cli, own_home: Path) -> None:
    last = date(2099, 1, 1)
    done = cli(
        *("key", "add", "carol", "--role", "publisher", "--not-after", last, "--home", own_home),
        env={"GOVGATE_PASSPHRASE": "correct horse"},
    )
    assert done.returncode == 0, done.stderr
    path = own_home / "keys" / "carol.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    carol = load_trust(own_home / "trust.json").keys[-1]
    assert (carol.name, carol.not_after, carol.roles) == ("carol", last, {"publisher"})
