"""Stores that LanceDB keeps: what lies in the folder, and who may be reading it."""

import json
import os
import random
import shutil
from importlib import metadata
from pathlib import Path

import pytest

from govgate.errors import EvidenceError, GovgateError, IncompleteError, UsageError
from govgate.retrieve import lancefolder, lancetable
from govgate.retrieve.removal import remove
from govgate.retrieve.scope import Scope
from govgate.retrieve.search import Searcher
from govgate.retrieve.store import reading
from tests.unit.retrieve.stores import TODAY, ask, build, document, left_beside

SECRET = "quetzalcoatlus"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.lance"
    texts = (f"harbour {SECRET} crane{number} " * 30 for number in range(200))
    build(path, [document(str(n), text, source="s") for n, text in enumerate(texts)])
    return path


def tell(store: Path, **changed: object) -> None:
    told = json.loads((store / "CURRENT").read_bytes())
    (store / "CURRENT").write_text(json.dumps({**told, **changed}))


def test_a_searcher_goes_on_while_stores_are_replaced(store: Path) -> None:
    with Searcher(store) as searcher:
        assert searcher.search("harbour", Scope(TODAY)).rows == 200
        assert remove(store, lambda file, name, text: name == "7", record="sha256:bb") == 1
        result = searcher.search("harbour crane7", Scope(TODAY))
        assert (result.rows, result.record) == (199, "sha256:bb")


def test_a_store_that_is_replaced_while_it_is_asked_is_asked_again(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from govgate.retrieve import search as module

    found = module.asked

    def replaced_first(*args: object) -> object:
        monkeypatch.setattr(module, "asked", found)
        remove(store, lambda file, name, text: name == "7", record="sha256:bb")
        return found(*args)  # type: ignore[arg-type]

    with Searcher(store) as searcher:
        searcher.search("harbour", Scope(TODAY))
        monkeypatch.setattr(module, "asked", replaced_first)
        assert searcher.search("crane8", Scope(TODAY)).record == "sha256:bb"


def test_tables_that_a_change_does_not_touch_are_linked(store: Path) -> None:
    def rows() -> set[int]:
        return {p.stat().st_ino for p in store.glob("gen-*/rows.lance/data/*")}

    before = rows()
    texts = (f"harbour {SECRET} crane{number} " * 30 for number in range(200))
    same = [document(str(n), text, source="other") for n, text in enumerate(texts)]
    build(store, same, record="sha256:bb")
    assert rows() == before
    assert ask(store, "harbour", sources=frozenset({"other"})).rows == 200


def test_a_change_larger_than_memory_goes_in_pieces(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lancetable, "HELD", 5000)
    rows = [document(str(n), f"quay pier{n} word{n % 7}") for n in range(300)]
    build(store, rows, record="sha256:bb")
    build(store, [*rows[100:], document("new", "quay tower")], record="sha256:cc")
    plain = store.with_name("plain.sqlite")
    build(plain, [*rows[100:], document("new", "quay tower")], record="sha256:cc")
    for question in ("quay", "pier250", "word3 tower", "harbour"):
        assert ask(store, question, limit=300) == ask(plain, question, limit=300)
    with reading(store) as tables:
        assert [name for _, name, _ in tables.rows()] == [*map(str, range(100, 300)), "new"]


def test_a_store_of_a_newer_version_says_so(store: Path) -> None:
    tell(store, version=lancefolder.VERSION + 1)
    with pytest.raises(UsageError, match="newer version of govgate"):
        ask(store, "harbour")
    with pytest.raises(UsageError, match="newer version of govgate"):
        build(store, [])


def test_a_store_of_an_earlier_version_is_built_anew(store: Path) -> None:
    tell(store, version=0)
    with pytest.raises(UsageError, match="earlier version of govgate"):
        ask(store, "harbour")


@pytest.mark.parametrize("content", [b"", b"gen-1", b"[]", b"{}", b"\xff"])
def test_another_folder_is_no_store_and_stays_as_it_is(store: Path, content: bytes) -> None:
    (store / "CURRENT").write_bytes(content)
    before = sorted(store.rglob("*"))
    for act in (lambda: ask(store, "harbour"), lambda: build(store, [])):
        with pytest.raises(UsageError, match="not a retrieval store"):
            act()
    assert sorted(store.rglob("*")) == before


def test_a_folder_of_other_files_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "notes.lance").mkdir()
    (tmp_path / "notes.lance" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="a folder of other files"):
        build(tmp_path / "notes.lance", [])
    (tmp_path / "file.lance").write_text("mine")
    with pytest.raises(UsageError, match="a file, not a folder"):
        build(tmp_path / "file.lance", [])
    with pytest.raises(UsageError, match="no retrieval store here"):
        ask(tmp_path / "file.lance", "harbour")


@pytest.mark.parametrize("name", ["store", "rows", "blocks", "postings", "groups"])
def test_a_store_without_one_of_its_tables_is_damaged(store: Path, name: str) -> None:
    shutil.rmtree(next(store.glob(f"gen-*/{name}.lance")))
    with pytest.raises(EvidenceError, match="damaged; build the store again"):
        ask(store, "harbour")


def test_a_generation_elsewhere_is_damage(store: Path) -> None:
    tell(store, generation="../other")
    with pytest.raises(EvidenceError, match="damaged"):
        ask(store, "harbour")


def test_garbled_files_never_end_in_a_traceback_and_are_not_quoted(
    store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    messages = []
    for number, path in enumerate(sorted(p for p in store.glob("gen-*/**/*") if p.is_file())):
        whole = path.read_bytes()
        for start in range(0, len(whole), max(512, len(whole) // 4)):
            noise = random.Random(number + start).randbytes(min(512, len(whole) - start))
            path.write_bytes(whole[:start] + noise + whole[start + len(noise) :])
            try:
                ask(store, f"harbour {SECRET}", limit=200)
            except GovgateError as error:
                messages.append(str(error))
        path.write_bytes(whole)
    assert len(messages) > 10
    assert SECRET not in "".join(messages)
    assert SECRET not in capfd.readouterr().err


def test_a_damaged_store_can_be_built_anew(store: Path) -> None:
    shutil.rmtree(next(store.glob("gen-*/blocks.lance")))
    build(store, [document("1", "quay")], record="sha256:bb")
    assert ask(store, "quay").record == "sha256:bb"
    assert left_beside(store) == []


def test_a_damaged_table_stops_a_change_and_leaves_the_store(store: Path) -> None:
    for path in store.glob("gen-*/rows.lance/data/*"):
        os.truncate(path, 100)
    with pytest.raises((EvidenceError, IncompleteError)):
        remove(store, lambda file, name, text: name == "7")
    assert left_beside(store) == []


def test_a_missing_package_names_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    lancefolder.check_package.cache_clear()
    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(UsageError, match=r'pip install "govgate\[lance\]"'):
        build(tmp_path / "store.lance", [])
