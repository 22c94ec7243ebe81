"""The list of what was erased."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.register.tombstones import Erasure, Tombstones, add, lift, load

ANN, BOB, TEXT = b"a" * 32, b"b" * 32, b"t" * 16
DAY = date(2026, 5, 1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_there_is_nothing_on_a_list_that_is_not_there(home: Home) -> None:
    assert not load(home)
    assert load(home) == Tombstones()
    assert lift(home, "r1") == 0
    assert not load(home).covers(None, None)


def test_what_was_erased_is_known_by_person_and_by_content(home: Home) -> None:
    add(home, [ANN], [TEXT], "r1", DAY)
    found = load(home)
    assert found
    assert (found.subjects, found.contents) == ({ANN}, {TEXT})
    assert found.covers(ANN, None)
    assert found.covers(BOB, TEXT)
    assert not found.covers(BOB, None)
    assert not found.covers(None, None)
    assert found.erasures([ANN, TEXT]) == [Erasure("r1", DAY)]
    assert found.erasures([BOB]) == []


def test_the_same_list_has_the_same_digest_however_it_came_about(tmp_path: Path) -> None:
    one, two = Home(tmp_path / "1"), Home(tmp_path / "2")
    add(one, [ANN, BOB], [], "r1", DAY)
    for key in (BOB, ANN, BOB):
        add(two, [key], [], "r1", DAY)
    assert load(one).digest == load(two).digest is not None


def test_lifting_a_receipt_leaves_what_another_erased(home: Home) -> None:
    add(home, [ANN, BOB], [TEXT], "r1", DAY)
    add(home, [ANN], [], "r2", DAY)
    assert lift(home, "r1") == 3
    assert load(home).subjects == {ANN}
    assert lift(home, "r2") == 1
    assert not load(home)
    assert load(home).digest is None


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"no table at all"])
def test_a_damaged_list_is_an_error_and_never_an_empty_one(home: Home, damage: bytes) -> None:
    add(home, [ANN], [], "r1", DAY)
    (home.register / "tombstones.parquet").write_bytes(damage)
    with pytest.raises(EvidenceError, match="damaged"):
        load(home)


def test_a_list_of_another_form_is_refused(home: Home) -> None:
    add(home, [ANN], [], "r1", DAY)
    path = home.register / "tombstones.parquet"
    table = pl.read_parquet(path)
    table.with_columns(why=pl.lit("x")).write_parquet(path)
    with pytest.raises(EvidenceError, match="does not know"):
        load(home)
    table.with_columns(key=pl.lit(b"short")).write_parquet(path)
    with pytest.raises(EvidenceError, match="no keyed id"):
        load(home)
    with pytest.raises(EvidenceError, match="no keyed id"):
        add(Home(home.path / "other"), [b"short"], [], "r1", DAY)
