"""Files that are no store, or no longer one."""

import os
import random
from pathlib import Path

import apsw
import pytest

from govgate.errors import EvidenceError, GovgateError, UsageError
from govgate.retrieve.sqlitefile import VERSION
from tests.unit.retrieve.stores import ask, build, document

SECRET = "quetzalcoatlus"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    texts = (f"harbour {SECRET} crane{number} " * 30 for number in range(200))
    build(path, [document(str(n), text, source="s") for n, text in enumerate(texts)])
    return path


def test_a_missing_store_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no retrieval store here; build one"):
        ask(tmp_path / "none.db", "harbour")
    assert os.listdir(tmp_path) == []


def test_a_folder_or_a_pipe_is_no_store(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(UsageError, match="no retrieval store"):
            ask(path, "harbour")


def test_sqlite_names_for_memory_are_plain_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    build(Path(":memory:"), [document("1", "harbour")])
    assert os.listdir(tmp_path) == [":memory:"]
    assert ask(Path(":memory:"), "harbour").hits


@pytest.mark.parametrize("content", [b"", b"row,text\n1,harbour\n" * 500, b"SQLite format 3\0"])
def test_another_file_is_no_store(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a retrieval store"):
        ask(path, "harbour")


def test_another_sqlite_file_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE store(record TEXT)")
    connection.close()
    with pytest.raises(UsageError, match="not a retrieval store"):
        ask(path, "harbour")


def test_a_store_of_a_newer_version_says_so(store: Path) -> None:
    connection = apsw.Connection(str(store))
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(UsageError, match="newer version of govgate"):
        ask(store, "harbour")


def test_a_store_without_its_tables_is_damaged(store: Path) -> None:
    connection = apsw.Connection(str(store))
    connection.execute("DROP TABLE postings")
    connection.close()
    with pytest.raises(EvidenceError, match="damaged; build the store again"):
        ask(store, "harbour")


def test_a_store_whose_record_is_gone_is_damaged(store: Path) -> None:
    connection = apsw.Connection(str(store))
    connection.execute("DELETE FROM store")
    connection.close()
    with pytest.raises(EvidenceError, match="contradicts itself"):
        ask(store, "harbour")


def test_obligations_that_cannot_be_read_are_damage(store: Path) -> None:
    connection = apsw.Connection(str(store))
    connection.execute("UPDATE groups SET obligations = '{broken'")
    connection.close()
    with pytest.raises(EvidenceError, match="damaged"):
        ask(store, "harbour")


def test_a_truncated_store_is_damaged(store: Path) -> None:
    os.truncate(store, store.stat().st_size // 2)
    with pytest.raises(EvidenceError, match="damaged"):
        ask(store, "harbour")


def test_a_garbled_page_never_ends_in_a_traceback_and_is_not_quoted(store: Path) -> None:
    whole = store.read_bytes()
    messages = []
    for page in range(len(whole) // 4096):
        noise = random.Random(page).randbytes(4096)
        store.write_bytes(whole[: page * 4096] + noise + whole[(page + 1) * 4096 :])
        try:
            ask(store, f"harbour {SECRET}", limit=200)
        except GovgateError as error:
            messages.append(str(error))
    assert len(messages) > 10
    assert SECRET not in "".join(messages)
