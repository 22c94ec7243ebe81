"""`govgate log`: every entry holds, and an older state is noticed."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, remember, write_data


@dataclass(frozen=True)
class TwoEntries:
    """A home whose log has two entries, and its log as it was after the first."""

    home: Path
    older_log: Path


@pytest.fixture(scope="session")
def two_entries(cli: Cli, home: Path, tmp_path_factory: pytest.TempPathFactory) -> TwoEntries:
    top = tmp_path_factory.mktemp("two")
    assert cli("key", "new", "--home", top / "home").returncode == 0
    remember(top / "home", home)
    data = write_data(top / "data")
    _gate(cli, data, top / "first", top / "home", day="2026-01-01")
    shutil.copytree(top / "home" / "log", top / "older")
    _gate(cli, data, top / "second", top / "home", day="2026-01-02")
    return TwoEntries(top / "home", top / "older")


def _gate(cli: Cli, data: Path, out: Path, home: Path, *, day: str) -> None:
    """The day makes the records differ: within a second, two of one day would be the same."""
    done = cli("gate", data, "--out", out, "--home", home, "--as-of", day)
    assert done.returncode == 0, done.stderr


def test_log_show_lists_every_entry(cli: Cli, two_entries: TwoEntries) -> None:
    done = cli("log", "show", "--home", two_entries.home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith((two_entries.home / "log" / "checkpoint").read_text("utf-8"))
    assert [line.split()[:2] for line in done.stdout.splitlines()[-2:]] == [
        ["0", "train"],
        ["1", "train"],
    ]
    answer = json.loads(cli("log", "show", "--home", two_entries.home, "--json").stdout)
    assert answer["size"] == len(answer["entries"]) == 2
    # The same data under the same keys is the same partition.
    assert len({entry["subject"] for entry in answer["entries"]}) == 1
    assert len({entry["signed"] for entry in answer["entries"]}) == 2


def test_log_verify_continues_an_older_checkpoint(cli: Cli, two_entries: TwoEntries) -> None:
    plain = cli("log", "verify", "--home", two_entries.home)
    assert plain.returncode == 0, plain.stderr
    assert "2 entries, every one holds" in plain.stdout
    since = ("--since", two_entries.older_log / "checkpoint")
    done = cli("log", "verify", "--home", two_entries.home, *since)
    assert done.returncode == 0, done.stderr
    assert "continues the checkpoint given" in done.stdout


def test_a_log_put_back_to_an_older_state_is_found(
    cli: Cli, two_entries: TwoEntries, tmp_path: Path
) -> None:
    home = shutil.copytree(two_entries.home, tmp_path / "home")
    shutil.copy(home / "log" / "checkpoint", tmp_path / "kept")
    shutil.rmtree(home / "log")
    shutil.copytree(two_entries.older_log, home / "log")
    done = cli("log", "verify", "--home", home, "--since", tmp_path / "kept")
    assert done.returncode == 5
    assert "has 1 entries but had 2: it was rolled back" in done.stderr
    # Without a checkpoint kept elsewhere, a whole older copy is an honest log.
    assert cli("log", "verify", "--home", home).returncode == 0


def test_an_older_checkpoint_put_back_alone_is_found(
    cli: Cli, two_entries: TwoEntries, tmp_path: Path
) -> None:
    home = shutil.copytree(two_entries.home, tmp_path / "home")
    shutil.move(home / "log" / "checkpoint", tmp_path / "kept")
    shutil.copy(two_entries.older_log / "checkpoint", home / "log" / "checkpoint")
    done = cli("log", "verify", "--home", home, "--since", tmp_path / "kept")
    assert done.returncode == 5
    assert "it was rolled back" in done.stderr


def test_a_changed_entry_is_found(cli: Cli, two_entries: TwoEntries, tmp_path: Path) -> None:
    home = shutil.copytree(two_entries.home, tmp_path / "home")
    (entries,) = (home / "log" / "tile" / "entries").rglob("2")
    entries.write_bytes(entries.read_bytes().replace(b"train", b"block", 1))
    done = cli("log", "verify", "--home", home)
    assert done.returncode == 5
    assert "entry 0 does not match its hash" in done.stderr
