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
        record, policy, expires, model, dims, whole = found[0]
        return About(record, policy, date.fromisoformat(expires), model, dims, bool(whole))

    def groups(self) -> Mapping[int, Group]:
        """See :class:`~govgate.retrieve.tables.Tables`; so are the others."""
        return {id: group_of(values) for id, *values in self._db.execute("SELECT * FROM groups")}

    def visible(self, scope: Scope) -> list[int]:
        return visible(self._db, scope)

    def blocks(self) -> Iterator[Block]:
        query = "SELECT id, groups, lengths, keys FROM blocks ORDER BY id"
        for id, groups, lengths, keys in self._db.execute(query):
            block = Block(id, _array(groups, "<u4"), _array(lengths, "<u4"), _unsealed(keys))
            if not len(block.groups) == len(block.lengths) == len(block.keys) // 16:
                raise Damaged("a block of arrays that differ in length")
            yield block

    def postings(self, term: str) -> Iterator[Posting]:
        query = "SELECT block, places, counts FROM postings WHERE term = ? ORDER BY block"
        for row in self._db.execute(query, (term,)):
            yield _posting(*row)

    def terms(self) -> Iterator[tuple[str, int]]:
        yield from self._db.execute("SELECT term, block FROM postings")

    def row(self, place: int) -> tuple[str, str]:
        query = "SELECT name, text FROM rows WHERE place = ?"
        for name, text in self._db.execute(query, (place,)):
            return name, text
        raise KeyError(place)

    def rows(self) -> Iterator[tuple[int, str, str]]:
        yield from self._db.execute("SELECT place, name, text FROM rows ORDER BY place")

    def names(self) -> Iterator[tuple[int, str]]:
        yield from self._db.execute("SELECT place, name FROM rows")

    def vectors(self) -> Iterator[tuple[int, F32]]:
        for part, data in self._db.execute("SELECT part, data FROM vectors ORDER BY part"):
            yield part * PART, self._vectors(data)

    def put_about(self, about: About) -> None:
        self._db.execute("DELETE FROM store")
        self._db.execute("INSERT INTO store VALUES (?, ?, ?, ?, ?, ?)", _plain(about))
        self.about = about

    def put_groups(self, groups: Mapping[int, Group]) -> None:
        self._db.execute("DELETE FROM groups")
        insert_groups(self._db, groups)

    def put_block(self, block: Block) -> None:
        arrays = (_sealed(block.groups), _sealed(block.lengths), _sealed(block.keys))
        self._db.execute(
            "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)", (block.number, *arrays)
        )

    def posting(self, term: str, block: int) -> Posting | None:
        query = "SELECT block, places, counts FROM postings WHERE term = ? AND block = ?"
        for row in self._db.execute(query, (term, block)):
            return _posting(*row)
        return None

    def put_postings(self, postings: Iterable[tuple[str, Posting]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO postings VALUES (?, ?, ?, ?)",
            ((term, p.block, _sealed(p.places), _sealed(p.counts)) for term, p in postings),
        )

    def drop_postings(self, names: Iterable[tuple[str, int]]) -> None:
        self._db.executemany("DELETE FROM postings WHERE term = ? AND block = ?", names)

    def put_rows(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, ?)",
            ((place, storable(name), storable(text)) for place, name, text in rows),
        )

    def drop_rows(self, places: Iterable[int]) -> None:
        self.dropped = True
        self._db.executemany("DELETE FROM rows WHERE place = ?", ((place,) for place in places))

    def vector_part(self, number: int) -> F32:
        query = "SELECT data FROM vectors WHERE part = ?"
        for (data,) in self._db.execute(query, (number,)):
            return self._vectors(data)
        return np.zeros((0, self.about.dims), dtype="<f4")

    def put_vectors(self, number: int, vectors: F32) -> None:
        values = (number, _sealed(np.ascontiguousarray(vectors, dtype="<f4")))
        self._db.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?)", values)

    def _vectors(self, data: bytes) -> F32:
        vectors: F32 = _array(data, "<f4").reshape(-1, self.about.dims)
        return vectors


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
        ((id, *_plain(group)) for id, group in groups.items()),
    )


def visible(connection: apsw.Connection, scope: Scope) -> list[int]:
    """The groups in the table that ``scope`` lets see."""
    query = f"SELECT id FROM groups WHERE {scope.where()}"  # noqa: S608 - conditions of ours
    return [id for (id,) in connection.execute(query, scope.values())]


def _plain(value: About | Group) -> tuple[Any, ...]:
    return tuple(map(_column, astuple(value)))


def _column(value: Any) -> Any:
    if isinstance(value, tuple):
        return storable(json.dumps(value, ensure_ascii=False))
    if isinstance(value, date):
        return value.isoformat()
    return storable(value) if isinstance(value, str) else value


def _posting(block: int, places: bytes, counts: bytes) -> Posting:
    posting = Posting(block, _array(places, "<u2"), _array(counts, "<u2"))
    if len(posting.places) != len(posting.counts):
        raise Damaged("a posting of arrays that differ in length")
    return posting


def _sealed(numbers: Any) -> bytes:
    data = bytes(numbers)
    return data + zlib.crc32(data).to_bytes(4, "little")


def _unsealed(data: Any) -> bytes:
    if not isinstance(data, bytes) or int.from_bytes(data[-4:], "little") != zlib.crc32(
        memoryview(data)[:-4]
    ):
        raise Damaged("an array is not what was written")
    return data[:-4]


def _array(data: Any, kind: str) -> Any:
    return array(_unsealed(data), kind)
