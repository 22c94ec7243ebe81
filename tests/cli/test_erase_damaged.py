"""`govgate erase` where runs and stores are gone, changed, unreadable or another's."""

import json
import sqlite3
from pathlib import Path

import pytest

from govgate.home import Home
from govgate.register.runs import registered
from govgate.register.stores import register_store, stores
from tests.cli.erasing import ONCE, Place, again, begin


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return begin(tmp_path_factory.mktemp("first"))


@pytest.fixture
def place(first: Place, tmp_path: Path) -> Place:
    return again(first, tmp_path)


def test_a_run_whose_folder_is_gone_is_out_of_reach_and_said_to_be(place: Place) -> None:
    place.run.rename(place.top / "elsewhere")
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    said = place.receipt()
    assert said["runs"][0]["outcome"] == "out of reach"
    assert any(one["kind"] == "run" for one in said["outOfReach"])
    (place.top / "elsewhere").rename(place.run)
    place.cli("verify", place.run, code=5)
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert place.receipt()["runs"][0]["outcome"] == "rewritten"
    place.cli("verify", place.run)


def test_a_run_whose_record_cannot_be_read_stops_no_erasure(place: Place) -> None:
    (place.run / "record.intoto.jsonl").write_text("not a record")
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert place.receipt()["runs"][0]["outcome"] == "retired"
    assert not place.holds(place.secrets[0])


def test_what_somebody_put_into_a_retired_run_stays_and_is_searched(place: Place) -> None:
    (place.run / "copy.txt").write_text(place.secrets[0])
    done = place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    assert "copy.txt" in done.stderr
    assert not (place.run / "train").exists()
    (place.run / "copy.txt").unlink()
    place.erase("--resume", "--yes")


def test_what_stood_in_a_file_that_somebody_changed_is_searched_for(place: Place) -> None:
    path = place.run / "train" / "data.jsonl"
    path.write_bytes(path.read_bytes() + b'{"added": "by somebody"}\n')
    (place.home / "copy.txt").write_text(place.secrets[0] + place.secrets[1])
    place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    said = place.receipt()
    assert said["absence"]["pieces"] >= 8
    assert said["absence"]["unsearched"] == 0
    assert said["absence"]["found"][0]["pieces"] >= 6
    (place.home / "copy.txt").unlink()
    place.erase("--resume", "--yes")
    assert place.receipt()["runs"][0]["outcome"] == "retired"


def test_rows_whose_file_cannot_be_read_make_the_erasure_fail(place: Place) -> None:
    (place.run / "train" / "data.jsonl").unlink()
    done = place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    assert "1 row could not be read" in done.stderr
    said = place.receipt()
    assert (said["result"], said["absence"]["unsearched"]) == ("failed", 1)
    assert "unsearched 1 row" in place.erase("--verify", place.receipts()[-1]).stdout
    place.erase("--source", "nothing", "--yes")  # what nobody can mend stands in nobody's way


def record(place: Place) -> str:
    return registered(Home(place.home))[0].record


def test_a_file_of_somebody_else_that_was_registered_is_never_deleted(place: Place) -> None:
    mine = place.top / "todo.txt"
    mine.write_text("Buy milk, and bread.\n")
    register_store(Home(place.home), mine, place.run, record(place))
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert mine.read_text() == "Buy milk, and bread.\n"
    said = place.receipt()
    assert any(str(mine) in one["what"] for one in said["outOfReach"] if one["kind"] == "store")
    assert mine not in [store.path for store in stores(Home(place.home))]


def test_a_store_of_a_newer_version_stays_and_makes_the_erasure_fail(place: Place) -> None:
    store = place.top / "answers.sqlite"
    place.cli("retrieve", "build", place.run, "--store", store)
    with sqlite3.connect(store) as database:
        database.execute("PRAGMA user_version = 99")
    done = place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    assert "newer version" in done.stderr
    assert store.is_file()
    store.unlink()
    place.erase("--resume", "--yes")


def test_a_store_that_was_moved_is_out_of_reach(place: Place) -> None:
    store = place.top / "answers.sqlite"
    place.cli("retrieve", "build", place.run, "--store", store)
    store.rename(place.top / "elsewhere.sqlite")
    assert f"gone from {store}" in place.erase("--subject", "-", stdin=ONCE).stdout
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert any("gone from" in one["what"] for one in place.receipt()["outOfReach"])


def test_what_is_unfinished_is_listed_by_resume_and_by_the_plan(place: Place) -> None:
    assert "No erasure is unfinished" in place.erase("--resume").stdout
    (place.home / "copy.txt").write_text(place.secrets[0])
    place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    id = place.receipts()[0].name.removesuffix(".intoto.jsonl")
    assert id in place.erase("--resume", code=4).stdout
    assert json.loads(place.erase("--resume", "--json", code=4).stdout)["pending"][0]["id"] == id
    assert id in place.erase("--source", "tests").stdout
    (place.home / "copy.txt").unlink()
    place.erase("--resume", "--yes")
    place.erase("--resume")


def test_a_run_that_was_retired_is_told_to_be_superseded_first(place: Place) -> None:
    path = place.run / "train" / "data.jsonl"
    path.write_bytes(path.read_bytes() + b"{}\n")
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    for command in (("verify", place.run), ("run", place.run, "--", "true")):
        done = place.cli(*command, code=None)
        assert done.returncode in (5, 125)
        assert "superseded by an erasure on" in done.stdout + done.stderr
        assert "was retired" in done.stdout + done.stderr
        assert "train partition" not in done.stderr
    done = place.cli("retrieve", "search", place.run, "lighthouses", code=5)
    assert "was retired" in done.stderr
