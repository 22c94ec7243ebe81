"""Databases kept on disk: equal to compiled ones, sealed, bounded, and never in the way."""

import os
import pickle
import stat

import hyperscan
import pytest

from govgate.scan.cache import info
from govgate.scan.cachefile import DATABASES, remove_files, sizes
from govgate.scan.fast import databases as module
from govgate.scan.fast.databases import Databases

FLAGS = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH
PATTERNS = {3: (rb"\d{3}-\d{4}", FLAGS), 5: (b"[a-z]+@[a-z]+", FLAGS)}
KEY = b"k" * 32


def found(database, text):
    seen = set()
    database.scan(text, match_event_handler=lambda number, *rest: seen.add(number))
    return seen


@pytest.fixture
def compiles(monkeypatch):
    """How often a database was compiled."""
    calls = []
    own = module.compiled
    monkeypatch.setattr(module, "compiled", lambda p: (calls.append(p), own(p))[1])
    return calls


def kept(folder):
    return sorted((folder / DATABASES).iterdir())


def test_a_kept_database_finds_what_the_compiled_one_finds(tmp_path, compiles):
    for _ in range(3):
        database = Databases(tmp_path, KEY).made(PATTERNS)
        assert found(database, b"call 555-0134 or a@b") == {3, 5}
        assert found(database, b"call me") == set()
    assert len(compiles) == 1


def test_nothing_is_kept_without_a_folder(tmp_path, compiles):
    assert found(Databases().made(PATTERNS), b"a@b") == {5}
    assert found(Databases().made(PATTERNS), b"a@b") == {5}
    assert len(compiles) == 2
    assert list(tmp_path.iterdir()) == []


def test_other_patterns_and_another_key_have_files_of_their_own(tmp_path, compiles):
    Databases(tmp_path, KEY).made(PATTERNS)
    Databases(tmp_path, KEY).made({4: PATTERNS[3]})
    Databases(tmp_path, b"j" * 32).made(PATTERNS)
    assert len(kept(tmp_path)) == len(compiles) == 3


def test_what_was_not_sealed_for_just_these_patterns_is_compiled_anew(tmp_path, compiles):
    one, other = Databases(tmp_path, KEY), {4: PATTERNS[3]}
    one.made(PATTERNS)
    (first,) = kept(tmp_path)
    one.made(other)
    second = next(path for path in kept(tmp_path) if path != first)
    good = first.read_bytes()
    for damaged in (second.read_bytes(), good[:-1], good + b"x", b"", b"\0" + good[1:]):
        first.write_bytes(damaged)
        before = len(compiles)
        assert found(one.made(PATTERNS), b"a@b") == {5}
        assert len(compiles) == before + 1
        assert first.read_bytes() == good


def test_what_hyperscan_does_not_take_is_compiled_anew(tmp_path, compiles):
    """As for a database made for another processor: the seal holds, loading fails."""
    one = Databases(tmp_path, KEY)
    one.made(PATTERNS)
    (path,) = kept(tmp_path)
    one._write(path, b"no database" * 100)
    assert found(one.made(PATTERNS), b"a@b") == {5}
    assert len(compiles) == 2


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda p: os.symlink(p, p)])
def test_something_else_in_a_files_place_is_no_obstacle(tmp_path, make):
    one = Databases(tmp_path, KEY)
    one.made(PATTERNS)
    (path,) = kept(tmp_path)
    path.unlink()
    make(path)
    assert found(one.made(PATTERNS), b"a@b") == {5}


def test_a_file_in_the_folders_place_is_no_obstacle(tmp_path):
    (tmp_path / DATABASES).write_text("mine")
    assert found(Databases(tmp_path, KEY).made(PATTERNS), b"a@b") == {5}
    assert (tmp_path / DATABASES).read_text() == "mine"


def test_files_are_few_and_for_their_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 2)
    for number in range(5):
        Databases(tmp_path, KEY).made({number: PATTERNS[3]})
        os.utime(max(kept(tmp_path), key=lambda p: p.stat().st_mtime_ns), (number, number))
    assert len(kept(tmp_path)) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept(tmp_path)} == {0o600}


def test_what_is_used_stays(tmp_path, monkeypatch, compiles):
    monkeypatch.setattr(module, "KEPT", 2)
    for number in range(4):
        Databases(tmp_path, KEY).made({number: PATTERNS[3]})
        for path in kept(tmp_path):
            os.utime(path, (path.stat().st_mtime - 100,) * 2)
        Databases(tmp_path, KEY).made({0: PATTERNS[3]})
    assert len(compiles) == 4


def test_one_that_is_too_large_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 100)
    assert found(Databases(tmp_path, KEY).made(PATTERNS), b"a@b") == {5}
    assert not (tmp_path / DATABASES).exists()


def test_a_folder_with_the_name_of_a_database_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 1)
    odd = tmp_path / DATABASES / ("a" * 32)
    odd.mkdir(parents=True)
    for number in range(3):
        Databases(tmp_path, KEY).made({number: PATTERNS[3]})
    assert len(kept(tmp_path)) == 2
    remove_files(tmp_path)
    assert kept(tmp_path) == [odd]


def test_databases_alone_are_a_cache_without_entries(tmp_path):
    Databases(tmp_path / "cache", KEY).made(PATTERNS)
    told = info(tmp_path / "cache")
    assert (told.readable, told.entries) == (True, 0)
    assert told.bytes > 1000
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


def test_only_our_files_are_counted_and_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 1)
    Databases(tmp_path, KEY).made(PATTERNS)
    mine = tmp_path / DATABASES / "notes.txt"
    mine.write_text("mine")
    Databases(tmp_path, KEY).made({4: PATTERNS[3]})
    assert len(kept(tmp_path)) == 2
    assert mine not in sizes(tmp_path)
    remove_files(tmp_path)
    assert kept(tmp_path) == [mine]


def test_a_link_to_a_folder_elsewhere_is_not_cleared(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    precious = elsewhere / ("a" * 32)
    precious.write_text("mine")
    (tmp_path / DATABASES).symlink_to(elsewhere)
    assert sizes(tmp_path) == {}
    remove_files(tmp_path)
    assert precious.exists()


def test_it_can_be_sent_to_a_worker(tmp_path, compiles):
    Databases(tmp_path, KEY).made(PATTERNS)
    sent = pickle.loads(pickle.dumps(Databases(tmp_path, KEY)))
    assert found(sent.made(PATTERNS), b"a@b") == {5}
    assert len(compiles) == 1
