"""The register of runs: whole entries, one writer, and rows that can be taken out."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.home import Home
from govgate.model import Outcome, Purpose
from govgate.register.documents import writing
from govgate.register.runs import (
    ROWS,
    RegisteredRun,
    Standing,
    forget_others,
    forget_rows,
    forget_run,
    register_run,
    registered,
    replace_run,
    row_batches,
    rows_of,
)
from tests.faults import Fault, Killed, failing

RECORD = "a1" * 32


def run(record: str = RECORD, *, path: str = "/runs/one", day: int = 1) -> RegisteredRun:
    return RegisteredRun(
        record=record,
        path=Path(path),
        finished_on=datetime(2026, 5, day, tzinfo=UTC),
        outcome=Outcome.TRAIN,
        purpose=Purpose.FINE_TUNING,
        policy="default",
        policy_version=1,
        files=("rows.jsonl",),
    )


def rows(count: int = 4, first: int = 0) -> pl.DataFrame:
    entries = [
        (n, "rows.jsonl", bytes([n]) * 16, None, None, bytes([n]) * 16, "train", "acme", "MIT")
        for n in range(first, first + count)
    ]
    return pl.DataFrame(entries, schema=ROWS, orient="row")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_a_run_is_listed_with_its_rows(home: Home) -> None:
    assert registered(home) == []
    noted = register_run(home, run(), [rows(2), rows(2, first=2)])
    assert (noted.id, noted.rows) == (RECORD[:16], 4)
    assert registered(home) == [noted]
    assert rows_of(home, noted.id).collect().equals(rows())
    assert pl.concat(row_batches(home, noted.id)).equals(rows())
    assert noted.standing is Standing.GONE


def test_runs_are_listed_the_oldest_first_and_two_of_one_record_are_two(home: Home) -> None:
    late = register_run(home, run("b2" * 32, day=2), [])
    one, two = (register_run(home, run(path=path), []) for path in ("/a", "/b"))
    assert two.id == f"{one.id}-2"
    assert registered(home) == [one, two, late]


def test_rows_that_are_forgotten_are_in_no_file_of_the_register(home: Home) -> None:
    noted = register_run(home, run(), [rows()])
    assert forget_rows(home, noted.id, [1, 3, 99]) == 2
    assert rows_of(home, noted.id).collect()["index"].to_list() == [0, 2]
    assert registered(home)[0].rows == 2
    assert forget_rows(home, noted.id, []) == 0
    assert len(list((home.register / "runs" / noted.id).iterdir())) == 2


def test_a_run_whose_record_changed_is_known_by_both_records(home: Home) -> None:
    old = register_run(home, run(), [rows()])
    new = replace_run(home, old.id, run("b2" * 32, day=2))
    assert registered(home) == [new]
    assert new.records == {RECORD, "b2" * 32}
    assert rows_of(home, new.id).collect().equals(rows())
    newest = replace_run(home, new.id, run("c3" * 32, day=3), [rows(1)])
    assert newest.records == {RECORD, "b2" * 32, "c3" * 32}
    assert rows_of(home, newest.id).collect().height == 1


def test_of_the_runs_at_one_path_the_last_stays_and_those_that_models_came_of(home: Home) -> None:
    other = register_run(home, run("d4" * 32, path="/runs/two"), [])
    register_run(home, run("b2" * 32), [])
    trained = register_run(home, run("c3" * 32), [])
    last = register_run(home, run(day=2), [])
    forget_others(home, Path("/runs/one"), but=last.id, trained={"c3" * 32})
    assert registered(home) == [trained, other, last]


def test_a_run_can_be_taken_out_more_than_once(home: Home) -> None:
    noted = register_run(home, run(), [])
    forget_run(home, noted.id)
    forget_run(home, noted.id)
    assert registered(home) == []
    with pytest.raises(UsageError, match="no run"):
        rows_of(home, noted.id)


@pytest.mark.parametrize("name", ["run.json", "rows.parquet"])
@pytest.mark.parametrize("damage", [b"", b"{}", b"no"])
def test_a_damaged_entry_is_a_clear_error(home: Home, name: str, damage: bytes) -> None:
    noted = register_run(home, run(), [rows()])
    (home.register / "runs" / noted.id / name).write_bytes(damage)
    with pytest.raises(EvidenceError, match=f"{name} is damaged"):
        rows_of(home, noted.id)


def test_an_entry_without_its_document_is_damaged_and_one_of_a_newer_form_says_so(
    home: Home,
) -> None:
    noted = register_run(home, run(), [])
    document = home.register / "runs" / noted.id / "run.json"
    document.write_text(document.read_text().replace('"version": 1', '"version": 2', 1))
    with pytest.raises(EvidenceError, match="format version 2, and this govgate knows 1"):
        registered(home)
    document.unlink()
    with pytest.raises(EvidenceError, match=r"it has no run\.json"):
        registered(home)


def test_a_document_that_names_a_table_elsewhere_is_refused(home: Home) -> None:
    noted = register_run(home, run(), [])
    document = home.register / "runs" / noted.id / "run.json"
    document.write_text(document.read_text().replace("rows.parquet", "../rows.parquet"))
    with pytest.raises(EvidenceError, match="no name of an entry"):
        rows_of(home, noted.id)


CHANGES = {
    "register": lambda home, known: register_run(home, run("b2" * 32, day=2), [rows()]),
    "replace": lambda home, known: replace_run(home, known, run("b2" * 32, day=2)),
    "forget rows": lambda home, known: forget_rows(home, known, [0]),
    "forget": lambda home, known: forget_run(home, known),
}


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.FULL])
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_fails_the_old_or_the_new_is_listed(
    tmp_path: Path, change: str, fault: Fault
) -> None:
    step, ended = 0, False
    while not ended:
        step += 1
        home = Home(tmp_path / str(step))
        known = register_run(home, run(), [rows()]).id
        before = _state(home)
        ended = True
        with failing(home.path, step, fault):
            try:
                CHANGES[change](home, known)
            except (Killed, IncompleteError):
                ended = False
        assert step < 200
        fresh = Home(tmp_path / f"{step}-whole")
        register_run(fresh, run(), [rows()])
        CHANGES[change](fresh, known)
        assert _state(home) in (before, _state(fresh))
        with writing(home):
            pass  # whoever was stopped holds no lock


def _state(home: Home) -> list[object]:
    return [(one, rows_of(home, one.id).collect().rows()) for one in registered(home)]
