"""What was erased is found wherever it is left: in any spelling, and within any wrapping."""

import base64
import gzip
import json
import os
import sqlite3
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pytest
import zstandard

from govgate.erase.absence import managed_files, search
from govgate.erase.needles import CHUNK, Pieces, pieces_of, spellings
from govgate.erase.sieve import BLOCK, Hashes, Sieve, needle_table
from govgate.home import Home

TEXT = base64.b64encode(os.urandom(120)).decode()
NAMES = "Jürgen Größmann, Straße des 17. Juni 135, 10623 Berlin, Wohnung 4"


def sieve_for(*values: object) -> tuple[Sieve, list[str]]:
    pieces = Pieces()
    for value in values:
        pieces.add(value, 1000)
    texts = list(pieces.texts)
    needles = ((number, data) for number, text in enumerate(texts) for data in spellings(text))
    hashes = Hashes(os.urandom(32))
    return Sieve(hashes, needle_table(hashes, needles)), texts


def found_in(path: Path, *values: object) -> set[str]:
    sieve, texts = sieve_for(*values)
    searched = search([path], sieve)
    assert not searched.unread
    return {texts[piece] for piece in searched.pieces}


def test_a_string_is_cut_where_json_escapes_and_every_piece_is_long_enough():
    text = "a" * 3 + "0123456789" * 7 + '"' + "short" + "\n" + "exactly twelve"
    assert list(pieces_of(text)) == [
        ("aaa" + "0123456789" * 7)[:CHUNK],
        ("aaa" + "0123456789" * 7)[CHUNK : 2 * CHUNK],
        ("aaa" + "0123456789" * 7)[-CHUNK:],
        "exactly twelve",
    ]


def test_strings_by_which_nothing_can_be_told_are_counted():
    pieces = Pieces()
    pieces.add({"a": "short", "b": "=" * 64, "c": " \n ", "d": [TEXT]}, 1000)
    assert (pieces.too_short, pieces.too_plain) == (1, 2)
    assert len(pieces.texts) == len(list(pieces_of(TEXT)))


def test_pieces_beyond_the_most_are_spread_and_counted():
    pieces = Pieces()
    pieces.add(TEXT, 2)
    assert len(pieces.texts) == 2
    assert pieces.left_out == len(list(pieces_of(TEXT))) - 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [TEXT, NAMES])
def test_plain_text_is_found_in_every_encoding(tmp_path, text, encoding):
    path = tmp_path / "copy"
    path.write_bytes(b"odd" + text.encode(encoding))
    assert found_in(path, text) == set(pieces_of(text))


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_is_found_with_its_escapes(tmp_path, ascii_only):
    path = tmp_path / "copy"
    path.write_text(json.dumps({"text": NAMES}, ensure_ascii=ascii_only), encoding="utf-8")
    assert found_in(path, {"text": NAMES}) == set(pieces_of(NAMES))


def test_escapes_in_capitals_and_escaped_slashes_are_found(tmp_path):
    path = tmp_path / "copy"
    text = "https://example.org/a/b/c/d/e/ftp"
    capitals = "".join(c if ord(c) < 128 else f"\\u{ord(c):04X}" for c in NAMES)
    path.write_text(capitals + "|" + text.replace("/", "\\/"))
    assert found_in(path, [NAMES, text]) == {*pieces_of(NAMES), *pieces_of(text)}


def test_a_short_string_is_found_whole_and_not_by_its_beginning(tmp_path):
    path = tmp_path / "copy"
    path.write_text("jane.doe@example.com")
    assert not found_in(path, "jane.doe@example.org")
    assert found_in(path, "jane.doe@example.com") == {"jane.doe@example.com"}


@pytest.mark.parametrize("before", [0, 1, BLOCK - 40, BLOCK - 1, BLOCK, 3 * BLOCK - 17])
def test_nothing_is_lost_between_two_blocks(tmp_path, before):
    path = tmp_path / "copy"
    path.write_bytes(b"x" * before + TEXT.encode("utf-16-le"))
    assert found_in(path, TEXT) == set(pieces_of(TEXT))


def wrapped(path: Path) -> None:
    line = json.dumps({"text": TEXT}).encode()
    frame = pl.DataFrame({"row": [1, 2], "deep": [[{"t": TEXT}], [{"t": "no"}]]})
    match path.name:
        case "a.gz":
            path.write_bytes(gzip.compress(b"other") + gzip.compress(line))
        case "a.zst":
            path.write_bytes(zstandard.compress(b"other") + zstandard.compress(line * 999))
        case "a.parquet":
            frame.write_parquet(path, compression="zstd")
        case "a.arrow":
            frame.write_ipc(path, compression="zstd")
        case "a.parquet.gz":
            frame.write_parquet(path.with_name("b"), compression="zstd")
            path.write_bytes(gzip.compress(path.with_name("b").read_bytes()))
        case "dictionary.arrow":
            column = pa.array([TEXT, "x"]).dictionary_encode()
            options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
            table = pa.table({"t": column})
            with pyarrow.ipc.new_file(path, table.schema, options=options) as out:
                out.write_table(table)
        case "a.sqlite":
            base = sqlite3.connect(path)
            base.execute("PRAGMA encoding = 'UTF-16'")
            base.execute("CREATE VIRTUAL TABLE t USING fts5(text)")
            base.execute("INSERT INTO t VALUES (?)", (TEXT,))
            base.commit()
            base.close()


@pytest.mark.parametrize(
    "name",
    "a.gz a.zst a.parquet a.arrow a.parquet.gz dictionary.arrow a.sqlite".split(),
)
def test_what_is_wrapped_is_opened(tmp_path, name):
    path = tmp_path / name
    wrapped(path)
    assert found_in(path, TEXT) == set(pieces_of(TEXT))
    assert not found_in(path, base64.b64encode(os.urandom(120)).decode())


@pytest.mark.parametrize("name", "a.gz a.zst a.parquet a.arrow a.sqlite".split())
def test_a_file_that_cannot_be_opened_is_named(tmp_path, name):
    path = tmp_path / name
    wrapped(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    sieve, _ = sieve_for("something else entirely, long enough")
    assert set(search([path], sieve).unread) == {path}


def test_a_tower_of_wrappings_is_named_and_not_climbed_for_ever(tmp_path):
    path = tmp_path / "tower.gz"
    data = TEXT.encode()
    for _ in range(9):
        data = gzip.compress(data)
    path.write_bytes(data)
    assert set(search([path], sieve_for(TEXT)[0]).unread) == {path}


def test_leftovers_beside_runs_and_stores_are_under_management(tmp_path):
    home, run, store = tmp_path / "home", tmp_path / "runs" / "run", tmp_path / "s" / "a.sqlite"
    for folder in (home / "log", run, run.parent / ".run.old", store.parent):
        folder.mkdir(parents=True)
    wanted = [home / "log" / "tile", run / "record", run.parent / ".run.old" / "left"]
    names = ("a.sqlite", "a.sqlite-wal", ".a.sqlite.building")
    wanted += [store.parent / name for name in names]
    for path in (*wanted, store.parent / "other.sqlite", run.parent / "other"):
        path.write_text("x")
    (run / "link").symlink_to(tmp_path / "elsewhere")
    (run.parent / ".run.partial").symlink_to(run)
    assert set(managed_files(Home(home), [run, run], [store])) == set(wanted)


def test_no_needle_is_in_the_table_as_text(tmp_path):
    sieve, texts = sieve_for(TEXT, "jane.doe@example.com")
    path = tmp_path / "needles.parquet"
    sieve.table.write_parquet(path, compression="uncompressed")
    data = path.read_bytes()
    assert all(text.encode()[:12] not in data for text in texts)
