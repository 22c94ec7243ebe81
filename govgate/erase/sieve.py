"""Many byte strings searched for at once, known by keyed hashes alone.

A needle is the hash of its first bytes (32, or 12 of a short one), its length and an HMAC of the
whole. So the set can be kept on disk while an erasure is under way, and tells nobody the text. The
hash of every window of a buffer is found in a few passes of numpy, however many needles there are:
a matcher that compiles its patterns (Hyperscan, which the scan uses) would take longer to build
than to search once there are millions.

The hash is a polynomial over 64-bit words: ``H(ab) = H(a) * M**len(b) + H(b)``, each byte standing
for a word of a secret table. What it lets through is checked by the HMAC.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

LONG, SHORT = 32, 12
BLOCK = 2**20
_TAG = 16
SCHEMA = pl.Schema(
    {"width": pl.UInt8(), "hash": pl.UInt64(), "length": pl.UInt16(), "tag": pl.Binary()}
    | {"piece": pl.UInt32()}
)
_Words = np.ndarray[Any, np.dtype[np.uint64]]


class Hashes:
    """Hashes of windows and tags of needles, by ``key`` (derived for one erasure alone)."""

    def __init__(self, key: bytes) -> None:
        words = np.frombuffer(
            hashlib.shake_256(b"govgate sieve v1\0" + key).digest(8 * 257), dtype="<u8"
        ).astype(np.uint64)
        self._table, self._key = words[:256], key
        one = int(words[256]) | 1
        self._powers = {n: np.uint64(pow(one, n, 2**64)) for n in (1, 2, 4, 8, 16)}

    def windows(self, data: bytes | memoryview, width: int) -> _Words:
        """The hash of each window of ``width`` (12 or 32) bytes of ``data``, by where it begins."""
        levels = {1: self._table[np.frombuffer(data, dtype=np.uint8)]}
        for half in (1, 2, 4, 8, 16)[: 5 if width == LONG else 3]:
            levels[2 * half] = self._joined(levels[half], levels[half], half, half)
            if half != 4:
                del levels[half]
        if width == LONG:
            return levels[32]
        return self._joined(levels[8], levels[4], 8, 4)

    def tag(self, data: bytes) -> bytes:
        """By which a needle is known for certain."""
        return hmac.digest(self._key, data, "sha256")[:_TAG]

    def _joined(self, first: _Words, second: _Words, at: int, width: int) -> _Words:
        count = max(0, len(second) - at)
        return first[:count] * self._powers[width] + second[at : at + count]


def needle_table(hashes: Hashes, needles: Iterable[tuple[int, bytes]]) -> pl.DataFrame:
    """Needles, each with the number of its piece, as a table of SCHEMA; sorted by hash."""
    rows = []
    by_width: dict[int, list[tuple[int, bytes]]] = {LONG: [], SHORT: []}
    for piece, data in needles:
        by_width[LONG if len(data) >= LONG else SHORT].append((piece, data))
    for width, listed in by_width.items():
        if not listed:
            continue
        heads = b"".join(data[:width] for _, data in listed)
        found = hashes.windows(heads, width)[::width]
        rows += [
            (width, int(value), len(data), hashes.tag(data), piece)
            for value, (piece, data) in zip(found, listed, strict=True)
        ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("width", "hash")


@dataclass(frozen=True)
class Sieve:
    """Finds the needles of ``table`` in bytes."""

    hashes: Hashes
    table: pl.DataFrame

    @cached_property
    def _layers(self) -> "tuple[_Layer, ...]":
        parts = self.table.partition_by("width", maintain_order=True)
        return tuple(_Layer(self.hashes, part) for part in parts)

    @property
    def overlap(self) -> int:
        """How many bytes of a block the next one must begin with, so that nothing is cut in two."""
        longest: Any = self.table["length"].max()
        return max(0, int(longest or 0) - 1)

    def search(self, data: bytes | memoryview, found: set[int]) -> None:
        """Add to ``found`` the pieces that ``data`` holds, in any spelling."""
        for layer in self._layers:
            layer.search(data, found)

    def stream(self, blocks: Iterable[bytes | memoryview], found: set[int]) -> int:
        """The same for bytes that come in blocks of any size; how many there were."""
        tail, size = b"", 0
        for block in blocks:
            size += len(block)
            for start in range(0, len(block), BLOCK):
                whole = tail + bytes(block[start : start + BLOCK])
                self.search(whole, found)
                tail = whole[-self.overlap :] if self.overlap else b""
        return size


class _Layer:
    """The needles whose windows have one width."""

    def __init__(self, hashes: Hashes, table: pl.DataFrame) -> None:
        self._hashes, self._width = hashes, int(table["width"][0])
        values = table["hash"].to_numpy()
        self._values, self._starts = np.unique(values, return_index=True)
        self._ends = np.append(self._starts[1:], len(values))
        self._needles = list(table.select("length", "tag", "piece").iter_rows())
        bits = min(24, max(12, len(values).bit_length() + 6))
        self._shift = np.uint64(64 - bits)
        self._may = np.zeros(2**bits, dtype=bool)
        self._may[self._values >> self._shift] = True

    def search(self, data: bytes | memoryview, found: set[int]) -> None:
        if len(data) < self._width:
            return
        windows = self._hashes.windows(data, self._width)
        places = np.flatnonzero(self._may[windows >> self._shift])
        if not len(places):
            return
        at = np.searchsorted(self._values, windows[places])
        at[at == len(self._values)] = 0
        hits = self._values[at] == windows[places]
        for place, entry in self._pairs(places[hits], at[hits]):
            self._check(data, place, entry, found)

    def _pairs(self, places: Any, entries: Any) -> Iterator[tuple[int, int]]:
        return zip(places.tolist(), entries.tolist(), strict=True)

    def _check(self, data: bytes | memoryview, place: int, entry: int, found: set[int]) -> None:
        for length, tag, piece in self._needles[self._starts[entry] : self._ends[entry]]:
            if piece in found:
                continue
            if self._hashes.tag(bytes(data[place : place + length])) == tag:
                found.add(piece)
