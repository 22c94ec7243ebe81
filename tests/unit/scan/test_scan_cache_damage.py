"""The content cache damaged, replaced, locked or full: it costs time, and no answer is wrong."""

import os
import secrets
import shutil
from pathlib import Path

import apsw
import pytest

from govgate.scan import cachefile
from govgate.scan.cache import clear, info
from govgate.scan.cacheentry import Entries
from govgate.scan.cachefile import NAME
from govgate.scan.question import Question
from tests.unit.scan.cached_answers import (
    ANN,
    ANSWERS,
    BOB,
    KEY,
    NOBODY,
    SCANNER,
    ended,
    filled,
    look_up,
    opened,
    program,
)


@pytest.fixture
def folder(tmp_path) -> Path:
    return filled(tmp_path / "cache")


def test_a_damaged_entry_is_noticed_counted_forgotten_and_kept_anew(folder):
    entries = Entries(KEY, SCANNER)
    value = entries.seal(entries.name(ANN), ANSWERS[ANN])
    data = (folder / NAME).read_bytes()
    assert data.count(value) == 1
    wrong = value[:-40] + bytes([value[-40] ^ 1]) + value[-39:]  # still a finding, of other places
    (folder / NAME).write_bytes(data.replace(value, wrong))
    with opened(folder) as cache:
        assert cache.look_up([ANN, BOB, NOBODY]) == [None, ANSWERS[BOB], ()]
        assert (cache.damaged, cache.misses, cache.hits, cache.note) == (1, 1, 2, None)
        assert cache.look_up([ANN]) == [None]
        assert cache.damaged == 1
        cache.add([(ANN, ANSWERS[ANN])])
    assert look_up(folder, ANN) == [ANSWERS[ANN]]
    assert info(folder).entries == 3


@pytest.mark.parametrize("length", [0, 1, 15, 50, 99, 100, 101, 1000, 4096, 4097, 8192, 12_000])
def test_a_file_cut_anywhere_costs_time_only_and_serves_the_next_run(folder, length):
    path = folder / NAME
    assert path.stat().st_size > length
    os.truncate(path, length)
    with opened(folder) as cache:
        assert all(
            seen in (None, ANSWERS[q])
            for q, seen in zip(ANSWERS, cache.look_up([*ANSWERS]), strict=True)
        )
        cache.add(ANSWERS.items())
    assert look_up(folder, *ANSWERS) == [*ANSWERS.values()]


@pytest.mark.parametrize("start", range(100, 16_000, 1500))
def test_garbage_anywhere_behind_the_head_of_the_file_costs_time_only(folder, start):
    path = folder / NAME
    data = path.read_bytes()
    noise = (b"noise" * len(data))[: len(data) - start]
    path.write_bytes(data[:start] + noise)
    with opened(folder) as cache:
        assert all(
            seen in (None, ANSWERS[q])
            for q, seen in zip(ANSWERS, cache.look_up([*ANSWERS]), strict=True)
        )
        cache.add(ANSWERS.items())
        assert cache.look_up([*ANSWERS]) == [*ANSWERS.values()]
    assert look_up(folder, *ANSWERS) == [*ANSWERS.values()]


def test_a_damaged_file_is_begun_anew_and_the_note_says_so(folder):
    path = folder / NAME
    path.write_bytes(path.read_bytes()[:100] + secrets.token_bytes(20_000))
    with opened(folder) as cache:
        cache.look_up([ANN])
    assert "was begun anew: it is damaged" in cache.note
    assert str(path) in cache.note


def test_a_file_that_is_damaged_while_it_is_open_costs_time_only(folder):
    with opened(folder) as cache:
        noise = secrets.token_bytes((folder / NAME).stat().st_size - 100)
        with (folder / NAME).open("r+b") as file:
            file.seek(100)
            file.write(noise)
        more = [Question(f"more {n}") for n in range(2000)]
        cache.add((q, ANSWERS[ANN]) for q in more)
        assert all(seen in (None, ANSWERS[ANN]) for seen in cache.look_up(more))
    with opened(folder) as cache:
        cache.add(ANSWERS.items())
    assert look_up(folder, *ANSWERS) == [*ANSWERS.values()]


def a_folder(path: Path) -> None:
    path.mkdir()
    (path / "kept").write_text("ours")


def a_link(path: Path) -> None:
    path.with_name("target").write_text("ours")
    path.symlink_to(path.with_name("target"))


def another_database(path: Path) -> None:
    import sqlite3

    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs(a)")


IN_ITS_PLACE = {
    "garbage": lambda path: path.write_bytes(secrets.token_bytes(5000)),
    "text": lambda path: path.write_text("dear diary\n"),
    "folder": a_folder,
    "link": a_link,
    "database": another_database,
}


@pytest.mark.parametrize("thing", IN_ITS_PLACE)
def test_what_is_no_cache_is_left_alone_and_the_run_goes_on_without(tmp_path, thing):
    path = tmp_path / NAME
    IN_ITS_PLACE[thing](path)
    before = path.read_bytes() if path.is_file() else sorted(path.iterdir())
    with opened(tmp_path) as cache:
        cache.add(ANSWERS.items())
        assert cache.look_up([ANN]) == [None]
    assert "is not used: something else is in its place; `govgate cache clear`" in cache.note
    assert (path.read_bytes() if path.is_file() else sorted(path.iterdir())) == before
    assert info(tmp_path).readable is False


def test_an_empty_file_is_taken_for_a_new_cache(tmp_path):
    (tmp_path / NAME).touch()
    with opened(tmp_path) as cache:
        cache.add(ANSWERS.items())
    assert cache.note is None
    assert look_up(tmp_path, ANN) == [ANSWERS[ANN]]


def test_a_file_where_its_folder_should_be_is_noted(tmp_path):
    (tmp_path / "cache").write_text("not a folder")
    with opened(tmp_path / "cache") as cache:
        assert cache.look_up([ANN]) == [None]
    assert "its folder cannot be used" in cache.note


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("there", [True, False], ids=["known", "new"])
def test_a_folder_that_cannot_be_written_to_is_noted_and_the_run_goes_on(folder, there):
    if not there:
        shutil.rmtree(folder)
        folder.mkdir()
    nobody = 65534 if os.getuid() == 0 else 0
    for path in [folder, *folder.parents][:4]:
        path.chmod(0o755)
    if nobody:
        for path in folder.iterdir():
            path.chmod(0o644)
    folder.chmod(0o555)
    done = ended(program("add", folder, "x", 100, nobody))
    folder.chmod(0o755)
    assert (done["hits"], done["misses"], done["damaged"]) == (0, 100, 0)
    assert "is not used" in done["note"]


def test_a_full_disk_is_noted_and_what_was_kept_before_stays(folder):
    done = ended(program("add", folder, "x", 20_000, 0, 300_000))
    assert "is not used" in done["note"]
    assert look_up(folder, *ANSWERS) == [*ANSWERS.values()]


def test_a_cache_that_another_program_locks_is_noted(folder, monkeypatch):
    monkeypatch.setattr(cachefile, "WAIT_MS", 50)
    other = apsw.Connection(str(folder / NAME))
    other.execute("BEGIN IMMEDIATE")
    with opened(folder) as cache:
        assert cache.look_up([ANN]) == [ANSWERS[ANN]]
        cache.add([(Question("new"), ())])
        assert cache.look_up([ANN]) == [None]
    assert "another program has locked it" in cache.note
    other.execute("ROLLBACK")
    other.close()
    assert look_up(folder, ANN, Question("new")) == [ANSWERS[ANN], None]


@pytest.mark.parametrize("thing", ["garbage", "text", "link", "database"])
def test_clearing_removes_also_what_cannot_be_read(tmp_path, thing):
    IN_ITS_PLACE[thing](tmp_path / NAME)
    assert clear(tmp_path).readable is False
    with opened(tmp_path) as cache:
        cache.add(ANSWERS.items())
    assert cache.note is None
    assert look_up(tmp_path, ANN) == [ANSWERS[ANN]]
