"""What a SQLite store holds, read and written: the tables of :mod:`govgate.retrieve.sqlitefile`."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, fields
from datetime import date
from typing import Any

import apsw
import numpy as np

from govgate.errors import EvidenceError
from govgate.retrieve.scope import Scope
from govgate.retrieve.tables import (
    F32,
    KEY,
    PART,
    About,
    Block,
    Damaged,
    Group,
    Posting,
    array,
)
from govgate.retrieve.words import storable

REBUILD = "build the store again from its run"
GROUPS = """
CREATE TABLE groups(
  id INTEGER PRIMARY KEY,
  file TEXT NOT NULL,
  source TEXT,
  license TEXT,
  license_class TEXT,
  license_terms TEXT,
  consent TEXT,
  jurisdictions TEXT,
  languages TEXT,
  collected TEXT,
  audience TEXT,
  retrieve TEXT NOT NULL,
  obligations TEXT NOT NULL,
  citation TEXT NOT NULL
) STRICT;
"""
_LISTS = ("license_terms", "jurisdictions", "languages", "audience", "obligations")


class SqliteTables:
    """A :class:`~govgate.retrieve.tables.Draft` over an open connection, or what reads of it.

    ``dropped``: whether a row left, so that its pages must not be published.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection
        self.about = self._about()
        self.dropped = False

    def _about(self) -> About:
        query = "SELECT record, policy, expires, model, dims, whole FROM store"
        found: list[tuple[Any, ...]] = self._db.execute(query).fetchall()
        if len(found) != 1:
            raise EvidenceError("the retrieval store contradicts itself", remedy=REBUILD)
        return about_of(*found[0])

    def groups(self) -> Mapping[int, Group]:
        """See :class:`~govgate.retrieve.tables.Tables`; so are the others."""
        return {id: group_of(values) for id, *values in self._db.execute("SELECT * FROM groups")}

    def visible(self, scope: Scope) -> list[int]:
        return visible(self._db, scope)

    def blocks(self) -> Iterator[Block]:
        query = "SELECT id, groups, lengths, keys FROM blocks ORDER BY id"
        for id, groups, lengths, keys in self._db.execute(query):
            yield block_of(id, groups, lengths, keys)

    def postings(self, term: str) -> Iterator[Posting]:
        query = "SELECT block, places, counts FROM postings WHERE term = ? ORDER BY block"
        for row in self._db.execute(query, (term,)):
            yield posting_of(*row)

    def terms(self) -> Iterator[tuple[str, int]]:
        yield from self._db.execute("SELECT term, block FROM postings")

    def row(self, place: int) -> tuple[str, str]:
        query = "SELECT place, name, text, sum FROM rows WHERE place = ?"
        for row in self._db.execute(query, (place,)):
            return row_of(*row)[1:]
        raise KeyError(place)

    def rows(self) -> Iterator[tuple[int, str, str]]:
        for row in self._db.execute("SELECT place, name, text, sum FROM rows ORDER BY place"):
            yield row_of(*row)

    def names(self) -> Iterator[tuple[int, str]]:
        yield from self._db.execute("SELECT place, name FROM rows")

    def vectors(self) -> Iterator[tuple[int, F32]]:
        for part, data in self._db.execute("SELECT part, data FROM vectors ORDER BY part"):
            yield part * PART, self._vectors(data)

    def put_about(self, about: About) -> None:
        self._db.execute("DELETE FROM store")
        self._db.execute("INSERT INTO store VALUES (?, ?, ?, ?, ?, ?)", plain(about))
        self.about = about

    def put_groups(self, groups: Mapping[int, Group]) -> None:
        self._db.execute("DELETE FROM groups")
        insert_groups(self._db, groups)

    def put_block(self, block: Block) -> None:
        arrays = (sealed(block.groups), sealed(block.lengths), sealed(block.keys))
        self._db.execute(
            "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)", (block.number, *arrays)
        )

    def posting(self, term: str, block: int) -> Posting | None:
        query = "SELECT block, places, counts FROM postings WHERE term = ? AND block = ?"
        for row in self._db.execute(query, (term, block)):
            return posting_of(*row)
        return None

    def put_postings(self, postings: Iterable[tuple[str, Posting]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO postings VALUES (?, ?, ?, ?)",
            ((term, p.block, sealed(p.places), sealed(p.counts)) for term, p in postings),
        )

    def drop_postings(self, names: Iterable[tuple[str, int]]) -> None:
        self._db.executemany("DELETE FROM postings WHERE term = ? AND block = ?", names)

    def put_rows(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", map(summed, rows))

    def drop_rows(self, places: Iterable[int]) -> None:
        self.dropped = True
        self._db.executemany("DELETE FROM rows WHERE place = ?", ((place,) for place in places))

    def vector_part(self, number: int) -> F32:
        query = "SELECT data FROM vectors WHERE part = ?"
        for (data,) in self._db.execute(query, (number,)):
            return self._vectors(data)
        return np.zeros((0, self.about.dims), dtype="<f4")

    def put_vectors(self, number: int, vectors: F32) -> None:
        values = (number, sealed(np.ascontiguousarray(vectors, dtype="<f4")))
        self._db.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?)", values)

    def _vectors(self, data: bytes) -> F32:
        vectors: F32 = numbers(data, "<f4").reshape(-1, self.about.dims)
        return vectors


def about_of(record: str, policy: str, expires: str, model: str, dims: int, whole: int) -> About:
    """What a row of the table ``store`` says."""
    return About(record, policy, date.fromisoformat(expires), model, dims, bool(whole))


def group_of(values: Iterable[Any]) -> Group:
    """The group that a row of the table says, without its id."""
    said = dict(zip((field.name for field in fields(Group)), values, strict=True))
    for name in _LISTS:
        said[name] = None if said[name] is None else tuple(json.loads(said[name]))
    said["collected"] = said["collected"] and date.fromisoformat(said["collected"])
    return Group(**said)


def insert_groups(connection: apsw.Connection, groups: Mapping[int, Group]) -> None:
    """Fill the table of groups."""
    marks = ", ".join("?" * (1 + len(fields(Group))))
    connection.executemany(
        f"INSERT INTO groups VALUES ({marks})",  # noqa: S608 - question marks
        ((id, *plain(group)) for id, group in groups.items()),
    )


def visible(connection: apsw.Connection, scope: Scope) -> list[int]:
    """The groups in the table that ``scope`` lets see."""
    query = f"SELECT id FROM groups WHERE {scope.where()}"  # noqa: S608 - conditions of ours
    return [id for (id,) in connection.execute(query, scope.values())]


def plain(value: About | Group) -> tuple[Any, ...]:
    """The columns of the table that says ``value``."""
    return tuple(map(_column, astuple(value)))


def _column(value: Any) -> Any:
    if isinstance(value, tuple):
        return storable(json.dumps(value, ensure_ascii=False))
    if isinstance(value, date):
        return value.isoformat()
    return storable(value) if isinstance(value, str) else value


def block_of(id: int, groups: bytes, lengths: bytes, keys: bytes) -> Block:
    """A block as it was sealed."""
    block = Block(id, numbers(groups, "<u4"), numbers(lengths, "<u4"), unsealed(keys))
    if not len(block.groups) == len(block.lengths) == len(block.keys) // KEY:
        raise Damaged("a block of arrays that differ in length")
    return block


def summed(row: tuple[int, str, str]) -> tuple[int, str, str, int]:
    """Place, name and text of a row as tables keep them: with their CRC-32."""
    place, name, text = row[0], storable(row[1]), storable(row[2])
    return place, name, text, _crc(name, text)


def row_of(place: int, name: str, text: str, crc: int) -> tuple[int, str, str]:
    """The row that was kept so; Damaged where it is another by now."""
    if crc != _crc(name, text):
        raise Damaged("a row that is not what was written")
    return place, name, text


def _crc(name: str, text: str) -> int:
    return zlib.crc32(f"{name}\0{text}".encode())


def posting_of(block: int, places: bytes, counts: bytes) -> Posting:
    """A posting as it was sealed."""
    posting = Posting(block, numbers(places, "<u2"), numbers(counts, "<u2"))
    if len(posting.places) != len(posting.counts):
        raise Damaged("a posting of arrays that differ in length")
    return posting


def sealed(array: Any) -> bytes:
    """The bytes of an array, and their CRC-32."""
    data = bytes(array)
    return data + zlib.crc32(data).to_bytes(4, "little")


def unsealed(data: Any) -> bytes:
    """What was sealed; Damaged where it is no longer that."""
    if not isinstance(data, bytes) or int.from_bytes(data[-4:], "little") != zlib.crc32(
        memoryview(data)[:-4]
    ):
        raise Damaged("an array is not what was written")
    return data[:-4]


def numbers(data: Any, kind: str) -> Any:
    """The array that was sealed."""
    return array(unsealed(data), kind)
