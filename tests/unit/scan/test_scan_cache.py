"""The content cache as a run uses it: what it knows, what it lets go, and what cannot hurt it."""

import hashlib
import os
import secrets
import signal
from datetime import date
from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.scan.cache import LARGEST, clear, info
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
