"""The lists of trained models and of retrieval stores."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.register.models import forget_training, models, register_model, training_ended
from govgate.register.stores import Store, forget_store, register_store, stores

NOW = datetime(2026, 5, 1, tzinfo=UTC)
RECORD = "a1" * 32


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def note(home: Home, *checkpoints: str) -> str:
    return register_model(
        home,
        checkpoints,
        command="/usr/bin/python3",
        record=RECORD,
        run=Path("/runs/one"),
        started_on=NOW,
    )


def test_a_training_is_known_before_it_ends_by_each_of_its_checkpoints(home: Home) -> None:
    assert models(home) == []
    first = note(home, "/m/a.pt", "/m/b.pt")
    assert [(one.model, one.exit) for one in models(home)] == [("/m/a.pt", None), ("/m/b.pt", None)]
    second = note(home)
    training_ended(home, first, 0)
    training_ended(home, second, 130)
    assert [one.exit for one in models(home)] == [0, 0, 130]
    last = models(home)[-1]
    assert (last.model, last.command, last.record) == (None, "python3", RECORD)
    assert (last.run, last.started_on) == (Path("/runs/one"), NOW)


def test_a_training_that_did_not_start_is_forgotten(home: Home) -> None:
    kept, gone = note(home, "/m/a.pt"), note(home, "/m/b.pt", "/m/c.pt")
    forget_training(home, gone)
    training_ended(home, kept, 1)
    assert [(one.model, one.exit) for one in models(home)] == [("/m/a.pt", 1)]


def test_notes_at_the_same_time_are_all_kept(home: Home) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: note(home, str(n)), range(24)))
    assert {one.model for one in models(home)} == set(map(str, range(24)))


def test_a_store_is_listed_once_with_the_run_it_was_built_of_last(home: Home) -> None:
    path, run = home.path / "store.db", home.path / "run"
    register_store(home, path, run, RECORD)
    register_store(home, path, run, "b2" * 32)
    assert stores(home) == [Store(path, run, "b2" * 32)]
    forget_store(home, path)
    forget_store(home, path)
    assert stores(home) == []


@pytest.mark.parametrize("name", ["models.json", "stores.json"])
def test_a_list_that_is_damaged_or_of_a_newer_form_is_a_clear_error(home: Home, name: str) -> None:
    note(home)
    register_store(home, home.path / "store.db", home.path, RECORD)
    path, read = home.register / name, models if name == "models.json" else stores
    text = path.read_text()
    for found, message in {
        text.replace('"version": 1', '"version": 7'): "format version 7",
        text.replace(RECORD, "short"): "damaged, at",
        text[:-9]: "not JSON",
        "[]": "names no format version",
    }.items():
        path.write_text(found)
        with pytest.raises(EvidenceError, match=message):
            read(home)
