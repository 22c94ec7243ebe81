import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from govgate.errors import IncompleteError, UsageError
from govgate.model import Failure, Row
from govgate.scan import groups
from govgate.scan.ledger import Ledger
from govgate.scan.scan import scan_rows
from govgate.scan.shards import OtherDetectorError
from govgate.scan.workers import SHARDS_A_WORKER, no_interrupt
from govgate.scansettings import ScanSettings


def test_rows_come_out_in_order_with_the_same_findings_for_any_number_of_workers(scan, spawned):
    values = [{"text": f"{'Ann ' * (n % 7)}{n}"} for n in range(1500)]
    one, _ = scan(values, workers=1, factory=spawned.Names)
    two, ledger = scan(values, workers=2, factory=spawned.Names)
    assert [row.row.index for row in two] == list(range(1500))
    assert one == two
    assert ledger.complete


def test_a_row_that_kills_its_worker_twice_fails_alone(scan, spawned):
    values = [{"text": "Ann"}, {"text": "die"}, {"text": "Bob"}, {"text": "Ann and Bob"}]
    rows, ledger = scan(values, workers=2, factory=spawned.Names)
    assert [row.failure and row.failure.code for row in rows] == [None, "worker-died", None, None]
    assert [len(row.findings) for row in rows] == [1, 0, 1, 2]
    assert (ledger.rows.failed, ledger.strings.failed, ledger.characters.failed) == (1, 1, 3)
    assert not ledger.complete


def test_a_worker_that_is_killed_once_costs_no_row(scan, spawned, tmp_path: Path):
    values = [{"text": "Ann"}, {"text": f"die once: {tmp_path / 'mark'}"}, {"text": "Bob"}]
    rows, ledger = scan(values, factory=spawned.Names)
    assert [row.failure for row in rows] == [None, None, None]
    assert ledger.complete


def test_a_row_on_its_own_is_tried_again_before_it_fails(scan, spawned, tmp_path: Path):
    rows, ledger = scan([f"die once: {tmp_path / 'mark'}"], factory=spawned.Names)
    assert rows[0].failure is None
    assert ledger.complete


def test_a_scan_whose_workers_all_die_gives_up(scan, spawned):
    with pytest.raises(IncompleteError, match="in a row ended without a result"):
        scan([f"die {n}" for n in range(300)], factory=spawned.Names)


def test_a_detector_that_dies_while_loading_is_an_incomplete_answer(scan, spawned):
    with pytest.raises(IncompleteError, match="ended without a result"):
        scan(["Ann"], factory=spawned.DyingAtBirth)


def test_a_detector_that_refuses_its_settings_stops_before_any_row_is_read(scan, spawned):
    def rows():
        raise AssertionError("read")
        yield

    with pytest.raises(UsageError, match="the pipeline is missing; install it"):
        scan(rows(), factory=spawned.Refusing)


class Everything:
    """Answers of earlier scans to whatever is asked but what is ``new``."""

    def __init__(self, *new: str) -> None:
        self._new = new
        self.added: list[str] = []

    def look_up(self, questions):
        return [None if one.text in self._new else () for one in questions]

    def add(self, answers):
        self.added += [question.text for question, _ in answers]


def test_where_all_answers_are_known_no_detector_is_loaded(scan, spawned):
    rows, ledger = scan(
        ["Ann", "Bob"],
        cache=lambda identity: Everything(),
        expected=spawned.IDENTITY,
        factory=spawned.DyingAtBirth,
    )
    assert [row.findings for row in rows] == [(), ()]
    assert ledger.complete


def test_what_is_not_known_is_asked_of_the_expected_detector(scan, spawned):
    known = Everything("Ann")
    rows, ledger = scan(
        ["Ann", "Bob"],
        cache=lambda identity: known,
        expected=spawned.IDENTITY,
        factory=spawned.Names,
    )
    assert [len(row.findings) for row in rows] == [1, 0]
    assert known.added == ["Ann"]
    assert ledger.complete


def how_far_ahead(rows, folder, **more):
    """How many of ``rows`` were read and not emitted, at most; all are emitted in the end."""
    read = emitted = ahead = 0

    def counted():
        nonlocal read
        for row in rows:
            read += 1
            yield row

    def emit(_):
        nonlocal emitted, ahead
        ahead = max(ahead, read - emitted)
        emitted += 1

    scan_rows(
        counted(),
        settings=ScanSettings(),
        workers=1,
        fingerprint_key=b"k" * 32,
        folder=folder,
        emit=emit,
        ledger=Ledger(),
        progress=lambda rows, size: None,
        **more,
    )
    assert emitted == read
    return ahead


def test_few_known_rows_wait_for_one_that_is_being_worked_on(spawned, tmp_path):
    ahead = how_far_ahead(
        (Row(i, 0, i + 1, "Ann" if i == 0 else f"{i}") for i in range(150_000)),
        tmp_path,
        cache=lambda identity: Everything("Ann"),
        expected=spawned.IDENTITY,
        factory=spawned.Names,
    )
    assert ahead <= (SHARDS_A_WORKER + 2) * groups.ROWS
    assert list(tmp_path.iterdir()) == []


def test_another_detector_than_the_expected_one_is_found_out(scan, spawned):
    known = Everything("Ann")
    expected = replace(spawned.IDENTITY, presidio="1")
    with pytest.raises(OtherDetectorError, match="the detector changed"):
        scan(
            ["Bob", "Ann"],
            cache=lambda identity: known,
            expected=expected,
            factory=spawned.Names,
        )
    assert known.added == []


def test_no_workers_and_a_short_key_are_refused(scan, spawned):
    with pytest.raises(UsageError, match="0 workers"):
        scan(["Ann"], workers=0, factory=spawned.Names)


def test_a_failed_string_fails_its_row_and_keeps_the_other_findings(scan, spawned):
    rows, ledger = scan([{"a": "Ann", "b": "fail"}, {"a": "Bob"}], factory=spawned.Names)
    assert rows[0].failure == Failure("pattern-timed-out", "too slow", "shorten it")
    assert [f.pointer for f in rows[0].findings] == ["/a"]
    assert (ledger.strings.read, ledger.strings.failed) == (6, 1)
    assert ledger.failures == {"pattern-timed-out": 1}
    assert not ledger.complete


def test_a_row_that_could_not_be_read_is_emitted_in_its_place_and_counted(scan, spawned):
    broken = Row(1, 0, 2, None, failure=Failure("malformed-json", "not JSON"))
    rows, ledger = scan(["Ann", broken, "Bob"], factory=spawned.Names)
    assert [row.failure and row.failure.code for row in rows] == [None, "malformed-json", None]
    assert (ledger.rows.read, ledger.rows.failed, ledger.strings.read) == (3, 1, 2)


def test_dates_are_skipped_by_name_and_values_that_cannot_be_scanned_fail(scan, spawned):
    import datetime

    values = [{"born": datetime.date(1970, 1, 1)}, {"odd": 1j}, {"bytes": b"mail ann@example.com"}]
    rows, ledger = scan(values, factory=spawned.Names)
    codes = [row.failure and row.failure.code for row in rows]
    assert codes == [None, "unsupported-value", "unsupported-value"]
    assert {reason: tally.strings for reason, tally in ledger.skipped.items()} == {
        "identifier-key": 3,
        "date-or-time-value": 1,
    }


def test_nothing_to_scan_is_not_complete(scan, spawned):
    rows, ledger = scan([], factory=spawned.Names)
    assert rows == []
    assert ledger.closed
    assert not ledger.complete


def test_progress_adds_up_to_all_rows_and_bytes(spawned, tmp_path):
    told = []
    scan_rows(
        (Row(i, 0, i + 1, f"Ann {i}", raw=b'"Ann"\n') for i in range(3000)),
        settings=ScanSettings(),
        workers=1,
        fingerprint_key=b"k" * 32,
        folder=tmp_path,
        emit=lambda row: None,
        ledger=Ledger(),
        progress=lambda rows, size: told.append((rows, size)),
        factory=spawned.Names,
    )
    assert len(told) == 4  # the first ends early, for a worker to have something to do
    assert (sum(rows for rows, _ in told), sum(size for _, size in told)) == (3000, 18000)


def test_rows_are_read_only_as_far_ahead_as_the_workers_need(spawned, tmp_path):
    rows = (Row(i, 0, i + 1, f"Ann {i}") for i in range(5000))
    ahead = how_far_ahead(rows, tmp_path, factory=spawned.Names)
    assert ahead <= 5 * 1024


def test_an_interrupt_stops_workers_and_scan_at_once_without_a_word_from_the_workers(tmp_path):
    folder = Path(__file__).parent
    root = folder.parents[2]
    program = subprocess.Popen(
        [sys.executable, folder / "interrupted_scan.py", tmp_path],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(folder)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout.readline() == "scanning\n"
    time.sleep(2)
    before = time.monotonic()
    os.killpg(program.pid, signal.SIGINT)
    out, complaints = program.communicate(timeout=20)
    assert time.monotonic() - before < 5
    assert (out, complaints) == ("interrupted 0\n", "")


def test_an_interrupt_that_another_thread_receives_waits_until_the_worker_is_noted_down():
    """A thread of some library, started before, does not have the signal masked."""
    go, sent = threading.Event(), threading.Event()

    def library() -> None:
        go.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        sent.set()

    thread = threading.Thread(target=library)
    thread.start()
    steps = []

    def begin_a_worker() -> None:
        with no_interrupt():
            go.set()
            sent.wait()
            steps.extend(range(1000))

    with pytest.raises(KeyboardInterrupt):
        begin_a_worker()
    thread.join()
    assert len(steps) == 1000
