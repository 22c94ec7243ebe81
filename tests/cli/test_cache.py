"""The cache of earlier scans, by the command line: it saves time, and no answer depends on it."""

import hashlib
import json
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from govgate.scan.detectornotes import DetectorNotes
from govgate.scansettings import ScanSettings
from govgate.steps.open import named_policy
from tests.cli.conftest import CARD, MAIL, ROOT, ROWS, Cli, write_data

TABLES = ("verdicts.parquet", "findings.parquet", "facts.parquet", "withheld.parquet")


@dataclass(frozen=True)
class Cached:
    """A home of its own whose cache three runs over ``data`` have used, or not."""

    home: Path
    data: Path
    runs: dict[str, Path]
    needle: str

    @property
    def file(self) -> Path:
        return self.home / "cache" / "findings.sqlite"


@pytest.fixture(scope="module")
def cached(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Cached:
    top = tmp_path_factory.mktemp("remembered")
    home, needle = top / "home", secrets.token_hex(16)
    assert cli("key", "new", "--home", home).returncode == 0
    rows = [*ROWS, {"prompt": f"What is {needle}?", "completion": f"Ask {needle}@example.com."}]
    data = write_data(top / "data", rows)
    runs = {name: top / name for name in ("without", "cold", "warm")}
    for name, run in runs.items():
        options = ["--no-cache"] if name == "without" else []
        done = cli("gate", data, "--out", run, "--home", home, *options)
        assert done.returncode == 0, done.stderr
        assert "content cache" not in done.stdout + done.stderr
        assert (home / "cache").exists() == (name != "without")
    return Cached(home, data, runs, needle)


def digests(run: Path) -> dict[str, str]:
    """Of partitions and tables: all but the record, which has the time in it."""
    return {
        path.relative_to(run).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in run.rglob("*")
        if path.is_file() and (path.parent != run or path.name in (*TABLES, "coverage.json"))
    }


def test_without_a_cache_with_a_new_one_and_with_a_full_one_the_bytes_are_the_same(
    cached: Cached,
) -> None:
    without, cold, warm = (digests(run) for run in cached.runs.values())
    assert without == cold == warm
    assert set(TABLES) < set(cold)
    assert any(name.startswith("train/") for name in cold)


def test_the_cache_holds_nothing_of_the_rows(cached: Cached) -> None:
    files = [path for path in (cached.home / "cache").rglob("*") if path.is_file()]
    assert any(path.parent.name == "patterns" for path in files)
    held = b"".join(path.read_bytes() for path in files)
    assert len(held) > 8000
    for secret in (cached.needle, MAIL, CARD, "warranty", "Ship", "prompt"):
        assert secret.encode() not in held


def test_info_says_how_much_is_remembered(cli: Cli, cached: Cached) -> None:
    told = cli("cache", "info", "--home", cached.home)
    assert told.returncode == 0
    answer = json.loads(cli("cache", "info", "--json", "--home", cached.home).stdout)
    assert (answer["exists"], answer["readable"]) == (True, True)
    assert answer["cache"] == str(cached.home / "cache")
    assert answer["entries"] >= 2 * len(ROWS)
    (scanner,) = answer["scanners"]
    assert scanner["entries"] == answer["entries"]
    assert answer["oldestUse"] == answer["newestUse"] == scanner["lastUse"]
    for said in (
        f"{answer['entries']:,} strings scanned before",
        f"{answer['bytes']:,} bytes",
        "1 configuration",
        scanner["scanner"][:16],
        answer["newestUse"],
    ):
        assert said in told.stdout


def test_a_damaged_entry_is_scanned_anew_and_said(cli: Cli, cached: Cached, tmp_path: Path) -> None:
    data = bytearray(cached.file.read_bytes())
    for place in _values(bytes(data))[:3]:
        data[place] ^= 1
    cached.file.write_bytes(data)
    done = cli("gate", cached.data, "--out", tmp_path / "run", "--home", cached.home)
    assert done.returncode == 0, done.stderr
    assert "3 damaged entries of the content cache were scanned anew" in done.stdout
    assert digests(tmp_path / "run") == digests(cached.runs["without"])


def _values(data: bytes) -> list[int]:
    """Where answers without findings lie in a cache file: a record of two blobs, 32 and 16 bytes
    (SQLite's serial types 12 + 2 × length: 0x4c and 0x2c), whose header has 3 bytes."""
    head = bytes([3, 0x4C, 0x2C])
    found, place = [], data.find(head)
    while place >= 0:
        found.append(place + len(head) + 32)
        place = data.find(head, place + 1)
    return found


def test_garbage_in_its_place_is_said_and_cleared(
    cli: Cli, cached: Cached, data: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert cli("key", "new", "--home", home).returncode == 0
    (home / "cache").mkdir()
    (home / "cache" / "findings.sqlite").write_bytes(secrets.token_bytes(1000))
    done = cli("gate", data, "--out", tmp_path / "run", "--home", home)
    assert done.returncode == 0, done.stderr
    assert "is not used: something else is in its place" in done.stdout
    assert "govgate cache clear" in done.stdout
    told = cli("cache", "info", "--home", home).stdout
    size = sum(path.stat().st_size for path in (home / "cache").rglob("*") if path.is_file())
    assert f"{size:,} bytes that cannot be read as a cache\nnext: govgate cache clear" in told
    assert json.loads(cli("cache", "info", "--home", home, "--json").stdout)["readable"] is False
    assert f"removed 0 strings, {size:,} bytes" in cli("cache", "clear", "--home", home).stdout
    assert "no cache here" in cli("cache", "info", "--home", home).stdout


def test_where_all_is_known_no_worker_is_started(cli: Cli, cached: Cached, tmp_path: Path) -> None:
    """There is nothing to load a detector from: spaCy cannot be imported."""
    (tmp_path / "spacy.py").write_text("raise RuntimeError('no detector is to be loaded')")
    place = {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    gate = ("gate", cached.data, "--home", cached.home, "--out")
    known = cli(*gate, tmp_path / "known", env=place)
    assert known.returncode == 0, known.stderr
    assert digests(tmp_path / "known") == digests(cached.runs["without"])
    asked = cli(*gate, tmp_path / "asked", "--no-cache", env=place)
    assert (asked.returncode, "could not be loaded" in asked.stderr) == (4, True)


def test_a_note_of_another_detector_is_found_out_and_made_anew(
    cli: Cli, cached: Cached, tmp_path: Path
) -> None:
    policy = named_policy("default")
    settings = ScanSettings(looks=policy.looks, thresholds=policy.outer_thresholds)
    key = bytes.fromhex((cached.home / "keys" / "fingerprint.key").read_text())
    notes = DetectorNotes(cached.home / "cache", key=key, settings=settings)
    true = notes.recall()
    assert true is not None
    notes.keep(replace(true, presidio="0.0.1"))
    done = cli("gate", cached.data, "--out", tmp_path / "run", "--home", cached.home)
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "run") == digests(cached.runs["without"])
    assert notes.recall() == true


def test_clear_removes_it_and_says_what_was_in_it(cli: Cli, cached: Cached) -> None:
    """Runs last of those that use the cache."""
    before = json.loads(cli("cache", "info", "--json", "--home", cached.home).stdout)
    removed = json.loads(cli("cache", "clear", "--json", "--home", cached.home).stdout)
    assert removed == {"removed": before}
    assert not cached.file.exists()
    told = cli("cache", "clear", "--home", cached.home)
    assert (told.returncode, "nothing to remove" in told.stdout) == (0, True)
    again = cli("cache", "clear", "--json", "--home", cached.home)
    assert json.loads(again.stdout)["removed"]["exists"] is False


def test_without_a_cache_info_says_so_and_makes_none(cli: Cli, tmp_path: Path) -> None:
    told = cli("cache", "info", "--home", tmp_path / "home")
    assert told.returncode == 0
    assert "no cache here; the next scan makes one" in told.stdout
    answer = json.loads(cli("cache", "info", "--json", "--home", tmp_path / "home").stdout)
    assert answer == {"cache": str(tmp_path / "home" / "cache"), "exists": False}
    assert not (tmp_path / "home").exists()


def test_a_cache_that_cannot_be_removed_is_an_incomplete_answer(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "cache" / "findings.sqlite").mkdir(parents=True)
    done = cli("cache", "clear", "--home", tmp_path)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "cache") in done.stderr


def test_an_option_that_is_not_there_is_a_usage_error(cli: Cli) -> None:
    assert cli("cache", "info", "--nothing").returncode == 2
    assert cli("cache", "forget").returncode == 2
