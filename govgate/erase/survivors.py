"""Which pieces also stand in what was not erased, so that finding them there proves nothing.

A piece is excused where a row says it that stays (a row of a partition whose content is on no list
of erased ones), or the policy, a waiver, or the name of a source or licence of a row that stays.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.erase.needles import strings_of
from govgate.erase.parts import standing_rows
from govgate.erase.sieve import BLOCK, Hashes, Sieve
from govgate.errors import GovgateError
from govgate.home import Home
from govgate.register.content import content_key
from govgate.register.runs import RegisteredRun, row_batches
from govgate.register.tombstones import Tombstones
from govgate.retrieve.store import reading
from govgate.retrieve.text import row_text
from govgate.retrieve.words import terms


def excused(
    home: Home,
    found: Iterable[int],
    sieve: Sieve,
    runs: Iterable[RegisteredRun],
    stores: Iterable[Path],
    erased: Tombstones,
    key: bytes,
) -> frozenset[int]:
    """Those of the pieces ``found`` that something says which stays."""
    wanted = pl.Series(sorted(set(found)), dtype=pl.UInt32)
    if wanted.is_empty():
        return frozenset()
    rest = Sieve(sieve.hashes, sieve.table.filter(pl.col("piece").is_in(wanted.implode())))
    said: set[int] = set()
    for run in runs:
        for block in _joined(_texts(home, run, erased, key)):
            rest.search(block, said)
    for store in stores:
        _vectors(store, rest, said)
    return frozenset(said)


def words_left(store: Path, hashes: Hashes, tags: frozenset[bytes]) -> int:
    """How many words of erased rows the store still files that no row of it says."""
    left = 0
    with reading(store) as tables:
        texts: dict[int, frozenset[str]] = {}
        for term in {term for term, _ in tables.terms()} if tags else ():
            if hashes.tag(term.encode("utf-8", "surrogatepass")) not in tags:
                continue
            places = [p.block * 65_536 + int(p.places[0]) for p in tables.postings(term)]
            for place in places:
                if place not in texts:
                    texts[place] = frozenset(_words(tables.row(place)[1]))
            left += not all(term in texts[place] for place in places)
    return left


def _words(text: str) -> list[str]:
    return terms(text)


def _texts(home: Home, run: RegisteredRun, erased: Tombstones, key: bytes) -> Iterator[bytes]:
    for name in (rundir.POLICY, rundir.WAIVERS):
        if (run.path / name).is_file():
            yield (run.path / name).read_bytes()
    yield from _named(home, run)
    if not (run.path / rundir.VERDICTS).is_file():
        return
    try:
        for row in standing_rows(run.path):
            if content_key(row.value, key) not in erased.contents:
                said = (*strings_of(row.value), row_text(row.value))
                yield "\0".join(said).encode("utf-8", "surrogatepass")
    except GovgateError:  # of a run that somebody changed nothing more is excused
        return


def _named(home: Home, run: RegisteredRun) -> Iterator[bytes]:
    """Names of the sources and licences of the run's rows."""
    for batch in row_batches(home, run.id):
        for column in ("source", "license"):
            yield "\0".join(batch[column].drop_nulls().unique()).encode()


def _joined(texts: Iterator[bytes]) -> Iterator[bytes]:
    held, size = [], 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= BLOCK:
            yield b"\0".join(held)
            held, size = [], 0
    yield b"\0".join(held)


def _vectors(store: Path, rest: Sieve, said: set[int]) -> None:
    """Vectors of rows that stay: one of the same text has the same."""
    try:
        with reading(store) as tables:
            if not tables.about.dims:
                return
            kept = set()
            for place, _, text in tables.rows():
                own: set[int] = set()
                rest.search(text.encode(), own)
                if own <= said:
                    kept.add(place)
            for first, vectors in tables.vectors():
                for at, vector in enumerate(vectors):
                    if first + at in kept:
                        rest.search(vector.tobytes(), said)
    except GovgateError:
        return
