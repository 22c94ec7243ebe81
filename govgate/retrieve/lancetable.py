"""Tables of LanceDB: asked by a key, and changed by writing them anew.

LanceDB keeps what was deleted until a table is compacted, and a name or a word of it in its notes
after that. So nothing is deleted here: what changes is kept in memory, and goes into a table that
is written as a whole, from what stays. Rows behind the last one are added to a table of our own.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from govgate.retrieve.tables import Damaged

HELD: Final = 256 << 20  # bytes of changes in memory, about
_EACH: Final = 256  # bytes that Python needs for a row of the changes, about
_SUFFIX: Final = ".lance"  # of LanceDB's own folders

Key = int | tuple[str, int]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """A table: columns with their kinds; the column of whole numbers that orders its rows, and the
    one that tells those of a number apart, if there are many; what to index; how many numbers to
    read at once when one is asked for."""

    name: str
    columns: dict[str, str]
    order: str
    word: str = ""
    index: str = ""
    page: int = 1

    def key(self, row: Row) -> Key:
        names = list(self.columns)
        number: int = row[names.index(self.order)]
        return (row[names.index(self.word)], number) if self.word else number

    def schema(self) -> Any:
        import pyarrow as pa

        kinds = {
            "int": pa.int64(),
            "text": pa.string(),
            "long": pa.large_string(),
            "bytes": pa.large_binary(),
        }
        return pa.schema([(name, kinds[kind]) for name, kind in self.columns.items()])


def number_of(key: Key) -> int:
    """The number that orders a row of this key."""
    return key if isinstance(key, int) else key[1]


def quoted(text: str) -> str:
    """``text`` in a condition of LanceDB."""
    return "'" + text.replace("'", "''") + "'"


def rows_where(table: Any, spec: Spec, condition: str) -> list[Row]:
    """The rows that meet ``condition``, in no order."""
    found = table.search().where(condition).select(list(spec.columns)).to_arrow()
    return list(zip(*(found[name].to_pylist() for name in spec.columns), strict=True))


def batches(table: Any, columns: Sequence[str]) -> Iterator[Any]:
    """All of a table, in no order."""
    yield from table.search().select(list(columns)).to_batches()


def greatest(table: Any, spec: Spec) -> int:
    """The greatest number in a table; -1 if it has none."""
    found = [batch.column(0).to_numpy() for batch in batches(table, [spec.order])]
    return max((int(numbers.max()) for numbers in found if len(numbers)), default=-1)


class Kept:
    """A table of a draft, in the folder of ``database``: changes in memory over what is on disk.

    ``source``: the table of the store that is changed, which stays as it is.
    """

    def __init__(self, database: Any, spec: Spec, source: Path | None) -> None:
        self._database = database
        self._spec = spec
        self._origin = source
        self._made = 0  # tables that were written so far
        self._added = 0  # times that rows were added to the last one
        self._pending: dict[Key, Row | None] = {}
        self._held = 0
        self._page: tuple[int, dict[Key, Row]] | None = None
        if source is None:
            self._table = self._create(spec.schema().empty_table())
        else:
            self._table = opened(source)
        self._top = greatest(self._table, spec)

    def get(self, key: Key) -> Row | None:
        """The row of this key."""
        if key in self._pending:
            return self._pending[key]
        return None if number_of(key) > self._top else self._paged(number_of(key)).get(key)

    def put(self, row: Row) -> None:
        """Have a row, in place of the one with its key."""
        self._pending[self._spec.key(row)] = row
        self._hold(_EACH + sum(len(value) for value in row if isinstance(value, str | bytes)))

    def drop(self, key: Key) -> None:
        """Have no row of this key."""
        self._pending[key] = None
        self._hold(_EACH)

    def settled(self) -> Any:
        """The table with all that was put and without what was dropped."""
        self._flush()
        return self._table

    def finish(self, folder: Path) -> None:
        """Leave the table in ``folder`` under its name: written in one go, or linked where nothing
        changed."""
        self._flush()
        place = folder / f"{self._spec.name}{_SUFFIX}"
        if self._origin is not None and not self._made:
            shutil.copytree(self._origin, place, copy_function=_link)
            return
        if self._added:
            self._rewrite()
        last = self._place()
        self._table = None
        os.rename(last, place)
        table = opened(place)
        if self._spec.index and table.count_rows():
            from lancedb.index import BTree

            table.create_index(self._spec.index, config=BTree())

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > HELD:
            self._flush()

    def _paged(self, number: int) -> dict[Key, Row]:
        """The rows of ``number`` and its neighbours."""
        spec = self._spec
        page = number // spec.page
        if self._page is None or self._page[0] != page:
            first = page * spec.page
            condition = f"{spec.order} >= {first} AND {spec.order} < {first + spec.page}"
            found = rows_where(self._table, spec, condition)
            self._page = page, {spec.key(row): row for row in found}
        return self._page[1]

    def _flush(self) -> None:
        """Put the changes on disk."""
        if not self._pending:
            return
        behind = all(row and number_of(key) > self._top for key, row in self._pending.items())
        if behind and self._made:
            self._table.add(self._changes())
            self._added += 1
        else:
            self._rewrite()
        self._top = max(self._top, *map(number_of, self._pending))
        self._pending, self._held, self._page = {}, 0, None

    def _rewrite(self) -> None:
        import pyarrow as pa

        before = self._place() if self._made else None
        reader = pa.RecordBatchReader.from_batches(self._spec.schema(), self._whole())
        self._table = self._create(reader)
        self._added = 0
        if before is not None:
            shutil.rmtree(before)

    def _whole(self) -> Iterator[Any]:
        """What stays, and what is new."""
        gone = _Gone(self._spec, self._pending)
        for batch in batches(self._table, list(self._spec.columns)):
            yield gone.without(batch)
        yield from self._changes().to_batches()

    def _changes(self) -> Any:
        """The rows that were put."""
        import pyarrow as pa

        rows = [row for row in self._pending.values() if row is not None]
        columns = list(zip(*rows, strict=True)) or [()] * len(self._spec.columns)
        return pa.table(dict(zip(self._spec.columns, columns, strict=True)), self._spec.schema())

    def _create(self, data: Any) -> Any:
        self._made += 1
        return self._database.create_table(f"{self._spec.name}-{self._made}", data)

    def _place(self) -> Path:
        return Path(self._database.uri, f"{self._spec.name}-{self._made}{_SUFFIX}")


class _Gone:
    """Keys of rows that leave a table."""

    def __init__(self, spec: Spec, keys: dict[Key, Row | None]) -> None:
        import pyarrow as pa

        self._spec = spec
        self._numbers = np.unique(np.fromiter(map(number_of, keys), np.int64, len(keys)))
        self._words: dict[int, Any] = {}
        if spec.word:
            words: dict[int, list[str]] = {}
            for word, number in keys:  # type: ignore[misc]
                words.setdefault(number, []).append(word)
            self._words = {number: pa.array(found) for number, found in words.items()}

    def without(self, batch: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        numbers = batch.column(self._spec.order).to_numpy()
        gone = np.isin(numbers, self._numbers)
        if self._spec.word and gone.any():
            words = batch.column(self._spec.word)
            touched, gone = np.unique(numbers[gone]).tolist(), np.zeros(len(numbers), bool)
            for number in touched:
                named = pc.is_in(words, self._words[number]).to_numpy(zero_copy_only=False)
                gone |= named & (numbers == number)
        return batch.filter(pa.array(~gone))


def opened(place: Path) -> Any:
    """The table of LanceDB in this folder."""
    import lancedb

    if not place.is_dir():  # LanceDB would make it
        raise Damaged("a table is missing")
    return lancedb.connect(place.parent).open_table(place.name.removesuffix(_SUFFIX))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
