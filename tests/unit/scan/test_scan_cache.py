"""The content cache as a run uses it: what it knows, what it lets go, and what cannot hurt it."""

import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import apsw
import pytest

from govgate.errors import UsageError
from govgate.scan import cachefile
from govgate.scan.cache import LARGEST, FindingCache, clear, info
from govgate.scan.cacheentry import Entries
from govgate.scan.cachefile import NAME
from govgate.scan.question import Question, Sighting

HERE = Path(__file__).parent
KEY, SCANNER = bytes(range(32)), "ab" * 32
ANN, BOB, NOBODY = Question("Ann"), Question("by Bob"), Question("no one")
ANSWERS = {
    ANN: (
        Sighting(
            start=0,
            end=3,
            entity="PERSON",
            score=0.85,
            recognizer="Names",
            view="original",
            fingerprint="9f" * 32,
        ),
    ),
    BOB: (
        Sighting(
            start=3,
            end=6,
            entity="PERSON",
            score=1 / 3,
            recognizer="Names",
            view="json",
            fingerprint="00" * 32,
            excluded="own-names",
        ),
    ),
    NOBODY: (),
}


def opened(folder: Path, scanner: str = SCANNER, key: bytes = KEY, **more) -> FindingCache:
    return FindingCache(folder, key=key, scanner=scanner, **more)


def look_up(folder: Path, *questions: Question, **more) -> list:
    with opened(folder, **more) as cache:
        return cache.look_up(list(questions))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Of a cache that knows `ANSWERS`."""
    with opened(tmp_path / "cache") as cache:
        cache.add(ANSWERS.items())
        assert cache.note is None
    return tmp_path / "cache"


def program(*arguments: object, **more) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[2])}
    command = [sys.executable, str(HERE / "cache_program.py"), *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes, **more)


def ended(process: subprocess.Popen) -> dict:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


# What it knows.


def test_what_one_run_adds_the_next_knows_also_that_nothing_was_found(folder):
    with opened(folder) as cache:
        asked = [BOB, NOBODY, Question("Eve"), ANN]
        assert cache.look_up(asked) == [ANSWERS[BOB], (), None, ANSWERS[ANN]]
    assert (cache.hits, cache.misses, cache.damaged, cache.note) == (3, 1, 0, None)


def test_it_is_known_within_the_run_that_added_it(tmp_path):
    with opened(tmp_path) as cache:
        assert cache.look_up([ANN]) == [None]
        cache.add([(ANN, ANSWERS[ANN])])
        assert cache.look_up([ANN]) == [ANSWERS[ANN]]


@pytest.mark.parametrize(
    "other",
    [
        {"question": ANN._replace(context=("name",))},
        {"question": ANN._replace(opens=False)},
        {"question": Question("ann")},
        {"scanner": "ac" * 32},
        {"key": bytes(range(1, 33))},
    ],
    ids=["context", "kind", "text", "scanner", "key"],
)
def test_another_text_kind_context_scanner_or_key_misses(folder, other):
    question = other.pop("question", ANN)
    assert look_up(folder, question, **other) == [None]
    assert look_up(folder, ANN) == [ANSWERS[ANN]]


def test_a_changed_scanner_misses_and_the_old_one_still_knows(folder):
    with opened(folder, "cd" * 32) as cache:
        assert cache.look_up([ANN]) == [None]
        cache.add([(ANN, ())])
    assert look_up(folder, ANN, scanner="cd" * 32) == [()]
    assert look_up(folder, ANN) == [ANSWERS[ANN]]


def test_a_short_key_is_refused(tmp_path):
    with pytest.raises(UsageError, match="fingerprint key"):
        opened(tmp_path, key=b"short")


def test_before_it_is_entered_and_after_it_is_left_it_does_nothing(tmp_path):
    cache = opened(tmp_path)
    cache.add([(ANN, ())])
    assert cache.look_up([ANN]) == [None]
    with cache:
        cache.add([(ANN, ())])
    assert cache.look_up([ANN]) == [None]
    assert look_up(tmp_path, ANN) == [()]


def test_an_answer_too_large_to_keep_is_asked_again(tmp_path):
    many = ANSWERS[ANN] * (LARGEST // 50)
    with opened(tmp_path) as cache:
        cache.add([(ANN, many), (BOB, ANSWERS[BOB])])
        assert cache.look_up([ANN, BOB]) == [None, ANSWERS[BOB]]


# What it gives away.


def test_the_files_hold_no_text_and_no_digest_that_can_be_made_without_the_key(tmp_path):
    needles = [secrets.token_hex(24) for _ in range(20)]
    with opened(tmp_path) as cache:
        cache.add((Question(n, context=(f"in {n}",)), ANSWERS[ANN]) for n in needles)
        cache.add((Question(n), ()) for n in needles)
        cache.look_up([Question(n) for n in needles])
        held = [p.read_bytes() for p in tmp_path.iterdir()]
    held += [p.read_bytes() for p in tmp_path.iterdir()]
    assert sum(map(len, held)) > 10_000
    digests = [hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512, hashlib.blake2b]
    digests.append(lambda data: hashlib.blake2b(data, digest_size=32))
    for text in [*needles, KEY.hex(), SCANNER]:
        plain = text.encode()
        secret = [plain, text.encode("utf-16-le"), *(digest(plain).digest() for digest in digests)]
        secret += [digest(plain).hexdigest().encode() for digest in digests]
        assert not [s for s in secret for data in held if s in data]
    assert not any(KEY in data for data in held)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_nobody_else_may_read_it(folder):
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600
    folder.chmod(0o755)
    (folder / NAME).chmod(0o644)
    look_up(folder, ANN)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


# What a scan makes of it.


@pytest.fixture
def scans(scan, spawned, folder):
    """Scans with the cache; ``asking`` what is not known makes its row fail."""
    import cache_program

    def run(values, *, asking=True, scanner=SCANNER):
        factory = spawned.Names if asking else cache_program.NotAsked
        with opened(folder, scanner) as cache:
            return scan(values, factory=factory, cache=lambda identity: cache)

    return run


def test_a_second_scan_asks_nothing_and_finds_the_same(scans):
    values = [{"text": f"{'Ann ' * (n % 3)}{n}", "tags": ["Bob", n]} for n in range(3000)]
    first, ledger = scans(values)
    second, again = scans(values, asking=False)
    assert first == second
    assert sum(len(row.findings) for row in first) == 6000
    assert ledger.as_dict() == again.as_dict()


def test_a_second_scan_asks_for_what_changed_alone(scans):
    values = [{"text": f"Ann {n}"} for n in range(2000)]
    scans(values)
    values[1234] = {"text": "Ann 1234!"}
    rows, ledger = scans(values, asking=False)
    assert [row.row.index for row in rows if row.failure] == [1234]
    assert ledger.strings.failed == 1


def test_a_second_scan_with_another_scanner_asks_for_everything(scans):
    values = [{"text": f"Ann {n}"} for n in range(10)]
    scans(values)
    rows, _ = scans(values, asking=False, scanner="cd" * 32)
    assert all(row.failure for row in rows)


def test_a_failure_is_not_remembered(scans):
    for _ in range(2):
        rows, _ = scans(["fail", "Ann"])
        assert [row.failure and row.failure.code for row in rows] == ["pattern-timed-out", None]


# What cannot hurt it.


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


# Its size.


def test_it_stays_within_its_limit_and_the_newest_entries_stay(tmp_path):
    limit = 2**18
    with opened(tmp_path, limit=limit) as cache:
        for start in range(0, 20_000, 100):
            cache.add((Question(f"q {n}"), ANSWERS[ANN]) for n in range(start, start + 100))
            assert (tmp_path / NAME).stat().st_size <= limit + 100 * 200 + 2**16
        newest = [Question(f"q {n}") for n in range(19_900, 20_000)]
        assert None not in cache.look_up(newest)
        assert cache.look_up([Question("q 0")]) == [None]
    assert cache.note is None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2 * limit + 2**20


def test_what_is_still_asked_for_outlives_what_is_not(tmp_path):
    limit = 2**18
    asked, unasked = Question("asked"), Question("unasked")
    with opened(tmp_path, limit=limit) as cache:
        cache.add([(asked, ANSWERS[ANN]), (unasked, ANSWERS[ANN])])
        for start in range(0, 10_000, 100):
            cache.add((Question(f"q {n}"), ANSWERS[ANN]) for n in range(start, start + 100))
            assert cache.look_up([asked]) == [ANSWERS[ANN]]
        assert cache.look_up([unasked]) == [None]


def test_entries_of_a_scanner_not_used_for_longest_go_first(tmp_path):
    limit = 2**18
    for day, scanner in enumerate(["aa" * 32, "bb" * 32], 1):
        with opened(tmp_path, scanner, limit=limit, today=date(2026, 1, day)) as cache:
            cache.add((Question(f"q {n}"), ANSWERS[ANN]) for n in range(400))
    with opened(tmp_path, "aa" * 32, limit=limit, today=date(2026, 1, 3)) as cache:
        cache.look_up([Question("q 0")])
    number = 0
    with opened(tmp_path, "cc" * 32, limit=limit, today=date(2026, 1, 4)) as cache:
        while {"aa", "bb"} <= (left := scanners_in(tmp_path)):
            assert number < 3000
            cache.add((Question(f"q {n}"), ANSWERS[ANN]) for n in range(number, number + 100))
            number += 100
    assert left == {"aa", "cc"}


def scanners_in(folder: Path) -> set[str]:
    labels = {Entries(KEY, name * 32).label: name for name in ("aa", "bb", "cc")}
    return {labels[one.scanner] for one in info(folder).scanners}


# Several at once.


def test_two_processes_at_once_lose_nothing(tmp_path):
    one, two = (program("add", tmp_path, prefix, 2000) for prefix in "ab")
    assert [ended(p)["note"] for p in (one, two)] == [None, None]
    for prefix in "ab":
        done = ended(program("add", tmp_path, prefix, 2000))
        assert (done["hits"], done["damaged"], done["note"]) == (2000, 0, None)
    assert info(tmp_path).entries == 4000


def test_two_processes_that_add_the_same_keep_it_once(tmp_path):
    one, two = (program("add", tmp_path, "same", 1000) for _ in range(2))
    for done in (ended(one), ended(two)):
        assert (done["damaged"], done["note"]) == (0, None)
        assert done["hits"] + done["misses"] == 1000
    assert info(tmp_path).entries == 1000


def test_a_killed_process_leaves_a_cache_that_others_go_on_with(folder):
    for _ in range(3):
        process = program("forever", folder, "killed")
        for _ in range(20):
            assert process.stdout.readline() == "adding\n"
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = ended(program("add", folder, "killed", 1000))
    assert (done["hits"], done["damaged"], done["note"]) == (1000, 0, None)
    assert look_up(folder, *ANSWERS) == [*ANSWERS.values()]


# Looking at it, and clearing it.


def test_info_tells_entries_by_scanner_and_the_days_of_use_and_changes_nothing(tmp_path):
    for day, scanner in enumerate(["aa" * 32, "bb" * 32], 1):
        with opened(tmp_path, scanner, today=date(2026, 1, day)) as cache:
            cache.add(list(ANSWERS.items())[: day + 1])
    before = {p: p.read_bytes() for p in (tmp_path / NAME, tmp_path / (NAME + "-wal"))}
    found = info(tmp_path)
    assert (found.entries, found.oldest, found.newest) == (5, date(2026, 1, 1), date(2026, 1, 2))
    assert [one.entries for one in found.scanners] == [3, 2]
    assert found == info(tmp_path)
    assert {p: p.read_bytes() for p in before} == before


def test_the_day_of_use_moves_with_hits_alone(folder):
    look_up(folder, ANN, today=date(2100, 1, 1))
    assert info(folder).newest == date(2100, 1, 1)


def test_there_is_nothing_to_tell_of_no_cache_and_nothing_is_made(tmp_path):
    assert info(tmp_path / "none") is clear(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("thing", ["garbage", "text", "link", "database"])
def test_clearing_removes_also_what_cannot_be_read(tmp_path, thing):
    IN_ITS_PLACE[thing](tmp_path / NAME)
    assert clear(tmp_path).readable is False
    with opened(tmp_path) as cache:
        cache.add(ANSWERS.items())
    assert cache.note is None
    assert look_up(tmp_path, ANN) == [ANSWERS[ANN]]


def test_clearing_removes_every_byte_and_says_what_was_there(folder):
    assert clear(folder).entries == 3
    assert {p.name: p.stat().st_size for p in folder.iterdir()} == {"lock": 0}
    assert info(folder) is None
    assert look_up(folder, ANN) == [None]


def test_clearing_while_a_run_uses_it_harms_neither(folder):
    with opened(folder) as cache:
        assert cache.look_up([ANN]) == [ANSWERS[ANN]]
        clear(folder)
        with opened(folder) as newer:
            assert newer.look_up([ANN]) == [None]
            cache.add((Question(f"old {n}"), ()) for n in range(500))
            newer.add([(BOB, ANSWERS[BOB])])
            assert cache.look_up([Question("old 1")]) in ([()], [None])
            assert newer.look_up([Question("old 1")]) == [None]
    assert (cache.note, newer.note) == (None, None)
    assert look_up(folder, ANN, BOB, Question("old 1")) == [None, ANSWERS[BOB], None]


def test_clearing_while_another_process_adds_harms_neither(folder):
    process = program("forever", folder, "x")
    for _ in range(5):
        for _ in range(5):
            assert process.stdout.readline() == "adding\n"
        clear(folder)
    process.kill()
    process.communicate()
    with opened(folder) as cache:
        cache.add(ANSWERS.items())
    assert cache.note is None
    assert look_up(folder, *ANSWERS) == [*ANSWERS.values()]
