"""What is left of a row that was removed: nothing, in any file, under any name."""

import base64
import random
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from govgate.retrieve.change import Embedder
from govgate.retrieve.embed import load_embedder
from govgate.retrieve.removal import remove
from govgate.retrieve.store import reading
from govgate.retrieve.words import terms
from tests.unit.retrieve.models import WORDS, static_model
from tests.unit.retrieve.stores import ask, build, contents, document, left_beside
from tests.unit.retrieve.test_retrieve_build import environment

GONE = range(40, 60)
HALF = 48  # bytes of half a vector
FEW_OR_MANY = pytest.mark.parametrize("points", [3, pytest.param(30, marks=pytest.mark.slow)])


def needle(number: int) -> str:
    """200 characters that no compression can shorten much, and so would be found as they are."""
    return base64.b64encode(random.Random(number).randbytes(150)).decode()


def filler(number: int) -> str:
    return " ".join(random.Random(-number).choices(WORDS, k=12))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return load_embedder(static_model(tmp_path_factory.mktemp("models") / "tiny"))


def rows(gone: Iterable[int] = ()) -> list:
    return [
        document(f"row-{needle(-n)[:24]}", f"{filler(n)} {needle(n)}", f"file{n % 3}")
        for n in range(300)
        if n not in gone
    ]


def traces(model: Embedder) -> list[bytes]:
    """What a removed row could be known by: text, name, words, and its vector."""
    found: list[bytes] = []
    for row in (rows()[n] for n in GONE):
        own = row.text.split()[-1]
        words = [own, own[60:140], row.name, *(t for t in terms(own) if len(t) > 12)]
        found += [word.encode(coding) for word in words for coding in ("utf-8", "utf-16-le")]
        [vector] = model.encode([row.text])
        data = vector.astype("<f4").tobytes()
        found += [data[:HALF], data[HALF:]]  # a file may hold one in two pieces
    return found


def held(store: Path, found: Iterable[bytes]) -> list[bytes]:
    """Those in any file of the store or beside it, in the raw bytes or in what LanceDB reads."""
    places = [*contents(store).values(), *lance_values(store)]
    return [one for one in found if any(one in data for data in places)]


def lance_values(store: Path) -> list[bytes]:
    if not store.is_dir():
        return []
    import lancedb

    values = []
    for table in store.glob("gen-*/*.lance"):
        opened = lancedb.connect(table.parent).open_table(table.stem)
        columns = opened.to_arrow().columns
        listed = [value for column in columns for value in column.to_pylist()]
        values += [v.encode() if isinstance(v, str) else v for v in listed if v is not None]
    return [v if isinstance(v, bytes) else str(v).encode() for v in values]


def test_the_traces_are_there_before(store: Path, model: Embedder) -> None:
    build(store, rows(), embedder=model)
    found = held(store, traces(model))
    vectors = [one for one in traces(model) if len(one) == HALF]
    assert len(set(found) & set(vectors)) >= len(GONE)
    own = [row.text.split()[-1] for row in (rows()[n] for n in GONE)]
    assert all(word.encode() in found for word in own)


def test_nothing_of_a_removed_row_is_left(store: Path, model: Embedder) -> None:
    build(store, rows(), embedder=model)
    gone = {rows()[n].name for n in GONE}
    assert remove(store, lambda file, name, text: name in gone, record="sha256:bb") == len(GONE)
    assert held(store, traces(model)) == []
    assert left_beside(store) == []
    result = ask(store, "harbour moon", embedder=model, limit=400)
    assert (result.record, result.rows) == ("sha256:bb", 280)
    assert not gone & {hit.row for hit in result.hits}
    kept = {term for row in rows(GONE) for term in terms(row.text)}
    with reading(store) as tables:
        assert {term for term, _ in tables.terms()} == kept


def test_nothing_of_a_row_that_a_run_no_longer_lets_through_is_left(
    store: Path, model: Embedder
) -> None:
    build(store, rows(), embedder=model)
    build(store, rows(GONE), record="sha256:bb", embedder=model)
    assert held(store, traces(model)) == []
    assert left_beside(store) == []


def test_nothing_is_left_of_the_only_row(store: Path, model: Embedder) -> None:
    build(store, [rows()[n] for n in GONE], embedder=model)
    assert remove(store, lambda file, name, text: True) == len(GONE)
    assert held(store, traces(model)) == []
    assert ask(store, "harbour", embedder=model).hits == ()
    build(store, rows(GONE), record="sha256:cc", embedder=model)
    assert ask(store, "harbour", embedder=model).rows == 280


def test_a_store_where_rows_were_removed_ranks_as_if_they_had_never_been(
    store: Path, model: Embedder
) -> None:
    build(store, rows(), embedder=model)
    gone = {rows()[n].name for n in GONE}
    remove(store, lambda file, name, text: name in gone)
    never = store.with_name(f"never{store.suffix}")
    build(never, rows(GONE), embedder=model)
    for question in ("harbour", "moon and tide", "gull light rock rope"):
        for embedder in (None, model):
            assert (
                ask(store, question, limit=300, embedder=embedder).hits
                == ask(never, question, limit=300, embedder=embedder).hits
            )


KILLED = """
import os, signal, sys
from pathlib import Path
store, act, fatal = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate"}
done = 0
def watch(event, args):
    global done
    if event not in CHANGES or not isinstance(args[0], (str, os.PathLike)):
        return
    if event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        return
    if store.name in os.fspath(args[0]):
        done += 1
        if done == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
from govgate.retrieve.removal import remove
from tests.unit.retrieve.stores import build
from tests.unit.retrieve.test_retrieve_forget import GONE, rows
names = {row.name for row in (rows()[n] for n in GONE)}
sys.addaudithook(watch)
if act == "remove":
    remove(store, lambda file, name, text: name in names, record="sha256:bb")
else:
    build(store, rows(GONE), record="sha256:bb")
print(done)
"""


@FEW_OR_MANY
@pytest.mark.parametrize("act", ["remove", "build"])
def test_a_change_that_is_killed_leaves_old_or_new_and_the_next_one_nothing_else(
    store: Path, act: str, points: int
) -> None:
    """Killed at an even choice of the operations that change the disk."""
    gone = {rows()[n].name for n in GONE}
    build(store, rows())
    operations = count_of(store, act)
    assert operations >= 3
    for fatal in chosen(operations, points):
        build(store, rows(), record="sha256:aa")
        assert run(store, act, fatal).returncode == -signal.SIGKILL, fatal
        result = ask(store, "harbour", limit=1000)
        assert (result.record, result.rows) in (("sha256:aa", 300), ("sha256:bb", 280)), fatal
        if act == "remove":
            remove(store, lambda file, name, text: name in gone, record="sha256:bb")
        else:
            build(store, rows(GONE), record="sha256:bb")
        assert (ask(store, "harbour").rows, left_beside(store)) == (280, []), fatal
        words = [rows()[n].text.split()[-1].encode() for n in GONE]
        assert held(store, words) == [], fatal


@FEW_OR_MANY
def test_a_first_build_that_is_killed_leaves_nothing_for_the_next(store: Path, points: int) -> None:
    operations = count_of(store, "build")
    for fatal in chosen(operations, points):
        for path in (store, *store.parent.iterdir()):
            subprocess.run(["rm", "-rf", str(path)], check=True)
        assert run(store, "build", fatal).returncode == -signal.SIGKILL, fatal
        build(store, rows(), record="sha256:aa")
        assert (ask(store, "harbour").rows, left_beside(store)) == (300, []), fatal


def chosen(operations: int, points: int) -> list[int]:
    every = max(1, operations // points)
    return list(range(every, operations + 1, every))


def count_of(store: Path, act: str) -> int:
    """How many operations of Python's own there are; LanceDB's and SQLite's lie between them."""
    done = run(store, act, 0)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def run(store: Path, act: str, fatal: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(store), act, str(fatal)],
        env=environment(),
        capture_output=True,
        text=True,
    )
