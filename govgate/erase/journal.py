"""An erasure under way, on disk until its receipt is: so that one that was killed can go on.

```
erasures/.ID/needles.parquet   keyed hashes of what to search for (sieve.py); no text
erasures/.ID/rows.parquet      `run` (the register's id) and `index` of each row
erasures/.ID/terms.parquet     keyed tags of the words that were in erased rows
erasures/.ID/erasure.json      what was asked, and counts
```
The folder appears whole, under its name.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from hmac import digest
from pathlib import Path

import polars as pl

from govgate.durable import is_temporary, make_dirs, sync_dir, sync_tree, translated
from govgate.erase.plan import Plan
from govgate.erase.sieve import SCHEMA, Hashes, Sieve
from govgate.home import Home
from govgate.register.documents import Count, Document, read_document, write_document

ROWS = pl.Schema({"run": pl.String(), "index": pl.UInt64()})
TERMS = pl.Schema({"tag": pl.Binary()})
_DOMAIN = b"govgate erase sieve v1\0"
_TABLES = ("needles", "rows", "terms")


class Erasure(Document):
    """What was asked and planned: ``subjects`` and ``contents`` as keyed ids in hexadecimal.

    ``pieces``, ``vectors``: how many of each to search for; those of vectors are numbered after the
    others. ``unsearched``: rows of a partition that could not be read, so that nothing is searched
    for. ``attempts``: how many receipts there are of it.
    """

    id: str
    day: date
    plan: Plan
    subjects: tuple[str, ...]
    contents: tuple[str, ...]
    pieces: Count
    vectors: Count
    too_short: Count
    too_plain: Count
    left_out: Count
    unsearched: Count = 0
    attempts: Count = 0


@dataclass(frozen=True, slots=True)
class Journal:
    """An erasure, what it searches for, its rows by run, and the tags of its words."""

    erasure: Erasure
    needles: pl.DataFrame
    rows: dict[str, set[int]]
    terms: frozenset[bytes]


def hashes_of(key: bytes, id: str) -> Hashes:
    """The hashes of one erasure, by the home's fingerprint key."""
    return Hashes(digest(key, _DOMAIN + id.encode(), sha256))


def sieve_of(journal: Journal, key: bytes) -> Sieve:
    """The sieve of an erasure."""
    return Sieve(hashes_of(key, journal.erasure.id), journal.needles)


def keep(home: Home, journal: Journal) -> None:
    """Write the journal, whole or not at all."""
    make_dirs(home.erasures)
    draft, place = _draft(home, journal.erasure.id), _place(home, journal.erasure.id)
    listed = [(run, index) for run, rows in journal.rows.items() for index in sorted(rows)]
    tables = {
        "needles": journal.needles,
        "rows": pl.DataFrame(listed, schema=ROWS, orient="row"),
        "terms": pl.DataFrame({"tag": sorted(journal.terms)}, schema=TERMS),
    }
    with translated(draft):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        for name, table in tables.items():
            table.write_parquet(draft / f"{name}.parquet")
        write_document(draft / "erasure.json", journal.erasure)
        sync_tree(draft)
        draft.rename(place)
    sync_dir(home.erasures)


def attempted(home: Home, erasure: Erasure) -> Erasure:
    """Note that a receipt is about to be written; the erasure with that."""
    counted = erasure.model_copy(update={"attempts": erasure.attempts + 1})
    write_document(_place(home, erasure.id) / "erasure.json", counted)
    return counted


def unfinished(home: Home) -> Iterator[Journal]:
    """The erasures that were begun and have no receipt of success, the oldest first.

    The caller holds the lock: what a killed erasure left half written is removed.
    """
    for left in home.erasures.glob(".*"):
        if left.name.endswith((".draft", ".gone")):
            shutil.rmtree(left, ignore_errors=True)
        elif is_temporary(left.name):
            with translated(left, "remove"):
                left.unlink(missing_ok=True)
    for path in sorted(home.erasures.glob(".*/erasure.json")):
        erasure = read_document(path, Erasure)
        if erasure is not None:
            yield _read(path.parent, erasure)


def pending(home: Home) -> list[tuple[str, date]]:
    """Id and first day of each erasure that was begun and has not ended; nothing is changed."""
    found = (read_document(path, Erasure) for path in sorted(home.erasures.glob(".*/erasure.json")))
    kept = [one for one in found if one is not None]
    return [(one.id, one.day) for one in kept if _place(home, one.id).is_dir()]


def drop(home: Home, id: str) -> None:
    """Remove the journal of an erasure that is over."""
    place = _place(home, id)
    gone = place.with_name(f"{place.name}.gone")
    if os.path.lexists(place):
        with translated(place, "remove"):
            place.rename(gone)
            sync_dir(home.erasures)
            shutil.rmtree(gone)


def _read(folder: Path, erasure: Erasure) -> Journal:
    tables = {name: pl.read_parquet(folder / f"{name}.parquet", glob=False) for name in _TABLES}
    rows: dict[str, set[int]] = {}
    for run, index in tables["rows"].iter_rows():
        rows.setdefault(run, set()).add(index)
    needles = tables["needles"].select(SCHEMA.names()).cast(SCHEMA)
    return Journal(erasure, needles, rows, frozenset(tables["terms"]["tag"]))


def _place(home: Home, id: str) -> Path:
    return home.erasures / f".{id}"


def _draft(home: Home, id: str) -> Path:
    return home.erasures / f".{id}.draft"
