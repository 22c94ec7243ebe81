"""What was erased, by keyed ids: such rows and people are kept out of every later run.

`register/tombstones.parquet`, one entry for each id and receipt: `kind` (`subject` or `content`),
`key` (32 or 16 bytes, see ``content.py``), `receipt` (the erasure's id) and `day`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from govgate.attest.files import read_bounded
from govgate.durable import write_durably
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.register.documents import writing

SCHEMA = pl.Schema(
    {"kind": pl.String(), "key": pl.Binary(), "receipt": pl.String(), "day": pl.Date()}
)
_SIZES = {"subject": 32, "content": 16}
_MAX_BYTES = 2**32


@dataclass(frozen=True, slots=True)
class Erasure:
    """By which receipt, and on which day, an id was erased."""

    receipt: str
    day: date


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The erased ids. ``digest``: SHA-256 of the list as it was read; None where it is empty."""

    subjects: frozenset[bytes] = frozenset()
    contents: frozenset[bytes] = frozenset()
    digest: str | None = None
    table: pl.DataFrame = field(default_factory=SCHEMA.to_frame, repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.subjects or self.contents)

    def covers(self, subject: bytes | None, content: bytes | None) -> bool:
        """Whether a row about ``subject``, or with this content, is erased."""
        return subject in self.subjects or content in self.contents

    def erasures(self, keys: Iterable[bytes]) -> list[Erasure]:
        """The erasures of any of these ids, each receipt once, the oldest first."""
        wanted = pl.Series(list(keys), dtype=pl.Binary).implode()
        found = self.table.filter(pl.col("key").is_in(wanted)).select("day", "receipt").unique()
        return [Erasure(receipt, day) for day, receipt in found.sort("day", "receipt").iter_rows()]


def load(home: Home) -> Tombstones:
    """The list of the home, empty where there is none.

    EvidenceError where it is damaged or of a newer form: what was erased must not come back.
    """
    path = home.tombstones
    try:
        data = read_bounded(path, _MAX_BYTES)
    except FileNotFoundError:
        return Tombstones()
    table = _parse(path, data)
    kinds = {kind: table.filter(pl.col("kind") == kind)["key"].to_list() for kind in _SIZES}
    return Tombstones(
        subjects=frozenset(kinds["subject"]),
        contents=frozenset(kinds["content"]),
        digest=sha256(data).hexdigest() if table.height else None,
        table=table,
    )


def add(
    home: Home, subjects: Iterable[bytes], contents: Iterable[bytes], receipt_id: str, day: date
) -> None:
    """Put ids on the list under a receipt; those that stand there by it already stay once."""
    ids = [("subject", key) for key in subjects] + [("content", key) for key in contents]
    fresh = pl.DataFrame(
        [(kind, key, receipt_id, day) for kind, key in ids], schema=SCHEMA, orient="row"
    )
    with writing(home):
        _write(home, pl.concat([load(home).table, fresh]))


def lift(home: Home, receipt_id: str) -> int:
    """Take off what a receipt put on the list; how many ids. Other receipts' entries stay."""
    with writing(home):
        table = load(home).table
        kept = table.filter(pl.col("receipt") != receipt_id)
        if kept.height < table.height:
            _write(home, kept)
        return table.height - kept.height


def _write(home: Home, table: pl.DataFrame) -> None:
    """In an order of its own, so that the same ids give the same bytes."""
    ordered = table.unique(["kind", "key", "receipt"], keep="first", maintain_order=True)
    ordered = ordered.sort("kind", "key", "receipt")
    _check(home.tombstones, ordered)
    out = BytesIO()
    pq.write_table(ordered.to_arrow(compat_level=pl.CompatLevel.oldest()), out, compression="zstd")
    write_durably(home.tombstones, out.getvalue())


def _parse(path: Path, data: bytes) -> pl.DataFrame:
    try:
        table = pl.from_arrow(pq.ParquetFile(BytesIO(data)).read())
    except (pa.ArrowException, OSError) as error:
        raise EvidenceError(f"{path} is damaged: it is not a whole table") from error
    if not isinstance(table, pl.DataFrame) or table.columns != SCHEMA.names():
        raise EvidenceError(
            f"{path} has columns that this version does not know",
            remedy="use the version of govgate that wrote it",
        )
    try:
        table = table.cast(SCHEMA)
    except pl.exceptions.PolarsError as error:
        raise EvidenceError(f"{path} is damaged: its columns are of other types") from error
    _check(path, table)
    return table


def _check(path: Path, table: pl.DataFrame) -> None:
    sizes = pl.col("kind").replace_strict(_SIZES, default=None, return_dtype=pl.UInt32)
    good = (pl.col("key").bin.size() == sizes).fill_null(False) & pl.col("receipt").is_not_null()
    if not table.select(good.all()).item():
        raise EvidenceError(f"{path} is damaged: an entry is no keyed id of a subject or a content")
