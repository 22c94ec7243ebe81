"""Building a store: whole or not at all."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from govgate.errors import IncompleteError, UsageError
from govgate.retrieve.partition import Document
from tests.unit.retrieve.stores import ask, build, contents, document, left_beside

ROOT = Path(__file__).resolve().parents[3]


def environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def lighthouses(count: int) -> list[Document]:
    return [document(f"f:{number}", f"lighthouse number{number}") for number in range(1, count + 1)]


def test_a_store_says_how_much_it_holds(store: Path) -> None:
    result = build(store, lighthouses(7), record="sha256:aa")
    assert (result.documents, result.bytes) == (7, sum(map(len, contents(store).values())))
    assert left_beside(store) == []


def test_no_documents_make_an_empty_store(store: Path) -> None:
    assert build(store, []).documents == 0
    assert ask(store, "lighthouse").hits == ()
    build(store, lighthouses(2), record="sha256:bb")
    build(store, [], record="sha256:cc")
    assert ask(store, "lighthouse").hits == ()


def test_the_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.db", "b.db"):
        build(tmp_path / name, lighthouses(300), record="sha256:aa")
    assert (tmp_path / "a.db").read_bytes() == (tmp_path / "b.db").read_bytes()


def test_a_new_build_replaces_the_old_store(store: Path) -> None:
    build(store, [document("f:1", "lighthouse")], record="sha256:old")
    build(store, [document("f:1", "harbour")], record="sha256:new")
    assert ask(store, "harbour").record == "sha256:new"
    assert ask(store, "lighthouse").hits == ()
    assert not [name for name, data in contents(store).items() if b"lighthouse" in data]


def test_documents_that_fail_halfway_leave_the_old_store(store: Path) -> None:
    def breaking() -> Iterator[Document]:
        yield from lighthouses(3)
        raise IncompleteError("changed while it was being read")

    build(store, [document("f:1", "harbour")], record="sha256:old")
    before = contents(store)
    with pytest.raises(IncompleteError, match="changed"):
        build(store, breaking(), record="sha256:new")
    assert contents(store) == before
    assert left_beside(store) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.unit.retrieve.stores import build, document
reads = []
def documents():
    reads.append(1)
    yield document("f:1", "harbour")
    for number in range(5000):
        yield document(str(number), f"new{number} " * 50)
    if len(reads) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
build(Path(sys.argv[1]), documents, record="sha256:new")
"""


def test_a_killed_build_leaves_the_old_store_and_the_next_one_starts_over(store: Path) -> None:
    build(store, [document("f:1", "harbour")], record="sha256:old")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(store)], env=environment())
    assert killed.returncode == -signal.SIGKILL
    assert len(left_beside(store)) == 2
    assert ask(store, "harbour new7").rows == 1
    build(store, [document("f:1", "quay")], record="sha256:new")
    assert left_beside(store) == []
    assert ask(store, "quay").record == "sha256:new"


def test_two_builds_of_one_store_do_not_mix(store: Path) -> None:
    def meanwhile() -> Iterator[Document]:
        yield document("f:1", "harbour")
        with pytest.raises(UsageError, match="another build"):
            build(store, [document("f:1", "quay")], record="sha256:second")

    build(store, meanwhile, record="sha256:first")
    assert ask(store, "harbour quay").record == "sha256:first"


def test_a_reader_keeps_its_store_while_a_new_one_takes_the_name(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    build(store, lighthouses(50), record="sha256:old")
    reader = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY)
    cursor = reader.execute("SELECT text FROM rows")
    next(cursor)
    build(store, [document("f:1", "harbour")], record="sha256:new")
    assert len(cursor.fetchall()) == 49
    reader.close()


def test_nul_and_lone_surrogates_in_a_row_are_stored_readably(store: Path) -> None:
    build(store, [document("f:1", "before\0after \ud800 harbour")], record="sha256:aa")
    [hit] = ask(store, "after").hits
    assert hit.text == "before after ? harbour"
    assert "harbour" in hit.snippet


def test_a_missing_folder_is_made(store: Path) -> None:
    deep = store.parent / "none" / store.name
    build(deep, lighthouses(1))
    assert ask(deep, "lighthouse").rows == 1


def test_a_folder_in_the_place_of_the_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a folder"):
        build(tmp_path, [], record="sha256:aa")


def test_a_symlink_planted_at_the_draft_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    (tmp_path / ".store.db.building").symlink_to(precious)
    build(tmp_path / "store.db", lighthouses(1), record="sha256:aa")
    assert not (tmp_path / "store.db").is_symlink()
    assert precious.read_text() == "keep me"


LIMITED = """
import resource, signal, sys
from pathlib import Path
from govgate.errors import IncompleteError
from tests.unit.retrieve.stores import build, document
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
rows = [document("f:1", "harbour"), *(document(str(n), f"word{n} " * 200) for n in range(2000))]
try:
    build(Path(sys.argv[1]), rows, record="sha256:new")
except IncompleteError as error:
    print(error)
    sys.exit(4)
"""


def test_a_disk_that_takes_no_more_leaves_the_old_store(store: Path) -> None:
    build(store, [document("f:1", "harbour")], record="sha256:old")
    full = subprocess.run(
        [sys.executable, "-c", LIMITED, str(store)],
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert full.returncode == 4, full.stderr
    assert "free some space" in full.stdout
    assert left_beside(store) == []
    assert ask(store, "harbour word7").rows == 1
