"""What a LanceDB store holds, read and written: the tables of :mod:`govgate.retrieve.lancefolder`.

Arrays are kept as a SQLite store keeps them. Who may see a row is asked of its groups in SQL, by
SQLite in memory: the same conditions give the same answers, whoever keeps the rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import apsw
import numpy as np

from govgate.errors import EvidenceError
from govgate.retrieve.lancetable import Kept, Spec, batches, greatest, quoted, rows_where
from govgate.retrieve.scope import Scope
from govgate.retrieve.sqlite import (
    GROUPS,
    REBUILD,
    about_of,
    block_of,
    group_of,
    insert_groups,
    numbers,
    plain,
    posting_of,
    row_of,
    sealed,
    summed,
    visible,
)
from govgate.retrieve.tables import F32, PART, About, Block, Damaged, Group, Posting

_TEXTS = "file source license license_class license_terms consent jurisdictions languages"
_TEXTS += " collected audience retrieve obligations citation"
SPECS: Final = {
    spec.name: spec
    for spec in (
        Spec(
            "store",
            dict.fromkeys(("record", "policy", "expires", "model"), "text")
            | {"dims": "int", "whole": "int"},
            "whole",
        ),
        Spec("groups", {"id": "int"} | dict.fromkeys(_TEXTS.split(), "text"), "id"),
        Spec(
            "rows",
            {"place": "int", "name": "long", "text": "long", "sum": "int"},
            "place",
            "",
            "place",
            4096,
        ),
        Spec("blocks", {"id": "int", "groups": "bytes", "lengths": "bytes", "keys": "bytes"}, "id"),
        Spec(
            "postings",
            {"term": "text", "block": "int", "places": "bytes", "counts": "bytes"},
            "block",
            "term",
            "term",
        ),
        Spec("vectors", {"part": "int", "data": "bytes"}, "part", "", "part"),
    )
}
_TOGETHER: Final = {"rows": 16_384, "vectors": 64}  # rows that are read at once, in order


class LanceTables:
    """A store opened to read; ``find`` gives LanceDB's table of a name."""

    def __init__(self, find: Callable[[str], Any]) -> None:
        self._find = find
        found = list(self._all("store"))
        if len(found) != 1:
            raise EvidenceError("the retrieval store contradicts itself", remedy=REBUILD)
        self.about = about_of(*found[0])
        self._groups = {id: group_of(values) for id, *values in self._all("groups")}
        self._memory = _in_memory(self._groups)

    def groups(self) -> Mapping[int, Group]:
        """See :class:`~govgate.retrieve.tables.Tables`; so are the others."""
        return self._groups

    def visible(self, scope: Scope) -> list[int]:
        return visible(self._memory, scope)

    def blocks(self) -> Iterator[Block]:
        for row in sorted(self._all("blocks")):
            yield block_of(*row)

    def postings(self, term: str) -> Iterator[Posting]:
        found = self._where("postings", f"term = {quoted(term)}")
        for _, *row in sorted(found, key=lambda row: row[1]):
            yield posting_of(*row)

    def terms(self) -> Iterator[tuple[str, int]]:
        for batch in batches(self._find("postings"), ["term", "block"]):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def row(self, place: int) -> tuple[str, str]:
        for row in self._where("rows", f"place = {place}"):
            return row_of(*row)[1:]
        raise KeyError(place)

    def rows(self) -> Iterator[tuple[int, str, str]]:
        for row in self._in_order("rows"):
            yield row_of(*row)

    def names(self) -> Iterator[tuple[int, str]]:
        for batch in batches(self._find("rows"), ["place", "name"]):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def vectors(self) -> Iterator[tuple[int, F32]]:
        for part, data in self._in_order("vectors"):
            yield part * PART, self._unpacked(data)

    def _unpacked(self, data: bytes) -> F32:
        vectors: F32 = numbers(data, "<f4").reshape(-1, self.about.dims)
        return vectors

    def _all(self, name: str) -> Iterator[Any]:
        for batch in batches(self._find(name), list(SPECS[name].columns)):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def _where(self, name: str, condition: str) -> list[Any]:
        return rows_where(self._find(name), SPECS[name], condition)

    def _in_order(self, name: str) -> Iterator[Any]:
        """LanceDB reads a table in no order, so it is asked for a part after the other."""
        table, spec, many = self._find(name), SPECS[name], _TOGETHER[name]
        for first in range(0, greatest(table, spec) + 1, many):
            condition = f"{spec.order} >= {first} AND {spec.order} < {first + many}"
            yield from sorted(rows_where(table, spec, condition))


class LanceDraft(LanceTables):
    """A :class:`~govgate.retrieve.tables.Draft` in the folder of ``database``; ``before``: that of
    the store's tables, if it is one that changes."""

    def __init__(self, database: Any, before: Path | None) -> None:
        self._kept = {
            name: Kept(database, spec, before and before / f"{name}.lance")
            for name, spec in SPECS.items()
        }
        if before is None:
            self.put_about(About("", "", date.min))
        super().__init__(lambda name: self._kept[name].settled())

    def finish(self, folder: Path) -> None:
        """Leave all tables in ``folder``, whole."""
        for kept in self._kept.values():
            kept.finish(folder)

    def put_about(self, about: About) -> None:
        for whole in (0, 1):
            self._kept["store"].drop(whole)
        self._kept["store"].put((*plain(about)[:-1], int(about.whole)))
        self.about = about

    def put_groups(self, groups: Mapping[int, Group]) -> None:
        for id in self._groups.keys() - groups.keys():
            self._kept["groups"].drop(id)
        for id, group in groups.items():
            if self._groups.get(id) != group:
                self._kept["groups"].put((id, *plain(group)))
        self._groups = dict(groups)
        self._memory = _in_memory(self._groups)

    def put_block(self, block: Block) -> None:
        arrays = (sealed(block.groups), sealed(block.lengths), sealed(block.keys))
        self._kept["blocks"].put((block.number, *arrays))

    def posting(self, term: str, block: int) -> Posting | None:
        found = self._kept["postings"].get((term, block))
        return None if found is None else posting_of(*found[1:])

    def put_postings(self, postings: Iterable[tuple[str, Posting]]) -> None:
        for term, p in postings:
            self._kept["postings"].put((term, p.block, sealed(p.places), sealed(p.counts)))

    def drop_postings(self, names: Iterable[tuple[str, int]]) -> None:
        for name in names:
            self._kept["postings"].drop(name)

    def row(self, place: int) -> tuple[str, str]:
        found = self._kept["rows"].get(place)
        if found is None:
            raise KeyError(place)
        return row_of(*found)[1:]

    def put_rows(self, rows: Iterable[tuple[int, str, str]]) -> None:
        for row in rows:
            self._kept["rows"].put(summed(row))

    def drop_rows(self, places: Iterable[int]) -> None:
        for place in places:
            self._kept["rows"].drop(int(place))

    def vector_part(self, number: int) -> F32:
        found = self._kept["vectors"].get(number)
        return self._unpacked(found[1]) if found else np.zeros((0, self.about.dims), dtype="<f4")

    def put_vectors(self, number: int, vectors: F32) -> None:
        data = sealed(np.ascontiguousarray(vectors, dtype="<f4"))
        self._kept["vectors"].put((number, data))


def _in_memory(groups: Mapping[int, Group]) -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute(GROUPS)
    try:
        insert_groups(connection, groups)
    except apsw.Error as error:
        raise Damaged("groups that are none") from error
    return connection
