"""The files of a C2SP tlog-tiles log: where tiles and entry bundles lie, and what they hold.

```
checkpoint                      the signed checkpoint
tile/LEVEL/INDEX[.p/WIDTH]      up to 256 hashes; level 0: of entries, above: of full tiles below
tile/entries/INDEX[.p/WIDTH]    the entries of a level-0 tile, each with its length before it
```
INDEX is written in groups of three digits (1234067 is ``x001/x234/067``); ``.p/WIDTH`` marks a tile
that is not full yet. A partial tile is kept until the full one is there.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from govgate.attest import merkle
from govgate.attest.files import read_bounded
from govgate.errors import EvidenceError

WIDTH = 256
MAX_ENTRY = 2**16 - 1
MAX_BUNDLE = WIDTH * (2 + MAX_ENTRY)
MAX_LEVEL = 63
ENTRIES = "entries"

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Where a tile (``level`` 0 to 63) or an entry bundle (``ENTRIES``) lies below the log."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def parse_tile_path(path: str) -> tuple[int | str, int, int]:
    """Level, index and width of :func:`tile_path`'s spelling; EvidenceError on any other."""
    match = _PATH.fullmatch(path)
    if match is not None:
        level = match["level"] if match["level"] == ENTRIES else int(match["level"])
        index = int(match["index"].replace("x", "").replace("/", ""))
        width = int(match["width"] or WIDTH)
        if tile_path(level, index, width) == path and level not in range(MAX_LEVEL + 1, 100):
            return level, index, width
    raise EvidenceError(f"{path} is not the path of a tile")


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes tile ``index`` of ``level`` has in a log of ``size`` entries."""
    return max(0, min(WIDTH, (size >> (8 * level)) - index * WIDTH))


def covered(level: int | str, first: int, count: int = 1) -> str:
    """In words, the entries below ``count`` hashes of ``level`` (or entries) from number ``first``.

    That is what a message about a tile is to say: "entry 7", "entries 256 to 511".
    """
    height = 0 if level == ENTRIES else 8 * int(level)
    begin, end = first << height, ((first + count) << height) - 1
    return f"entry {begin}" if begin == end else f"entries {begin} to {end}"


def encode_entry(entry: bytes) -> bytes:
    """An entry as it stands in a bundle: its length as a big-endian uint16, then its bytes."""
    return len(entry).to_bytes(2, "big") + entry


def decode_bundle(data: bytes, width: int, what: str) -> list[bytes]:
    """The ``width`` entries of a bundle; not one byte may be missing or left over."""
    entries: list[bytes] = []
    offset = 0
    while offset < len(data):
        end = offset + 2 + int.from_bytes(data[offset : offset + 2], "big")
        if offset + 2 > len(data) or end > len(data):
            raise EvidenceError(f"{what} ends in the middle of entry {len(entries)}")
        entries.append(data[offset + 2 : end])
        offset = end
    if len(entries) != width:
        raise EvidenceError(f"{what} holds {len(entries)} entries, not {width}")
    return entries


def split_hashes(tile: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [tile[i : i + merkle.HASH_SIZE] for i in range(0, len(tile), merkle.HASH_SIZE)]


class TileReader:
    """Reads the log in ``folder`` as it stood at ``size`` entries.

    ``new`` overlays tiles that are not written yet, by (level, index). Tiles are read once.
    Nothing is checked against a checkpoint here.
    """

    def __init__(
        self, folder: Path, size: int, new: Mapping[tuple[int, int], bytes] | None = None
    ) -> None:
        self.size = size
        self._folder = folder
        self._tiles = dict(new or {})

    def tile(self, level: int, index: int) -> bytes:
        """The tile's hashes, as many as it has at this size; from the full tile if need be."""
        width = tile_width(level, index, self.size)
        length = width * merkle.HASH_SIZE
        if (level, index) not in self._tiles:
            path, data = self._read(level, index, width, WIDTH * merkle.HASH_SIZE)
            full = path == tile_path(level, index)
            if len(data) != (WIDTH * merkle.HASH_SIZE if full else length):
                held = covered(level, index * WIDTH, width)
                raise EvidenceError(f"{self._folder / path}, of {held}, has the wrong length")
            self._tiles[level, index] = data
        return self._tiles[level, index][:length]

    def bundle(self, index: int) -> list[bytes]:
        """The entries of bundle ``index``, as many as it has at this size."""
        return self.decoded(index, *self.stored_bundle(index))

    def stored_bundle(self, index: int) -> tuple[str, bytes]:
        """The path and the bytes of bundle ``index`` as they are, well-formed or not."""
        return self._read(ENTRIES, index, tile_width(0, index, self.size), MAX_BUNDLE)

    def decoded(self, index: int, path: str, data: bytes) -> list[bytes]:
        """The entries in what :meth:`stored_bundle` read, as many as there are at this size."""
        width = tile_width(0, index, self.size)
        stored = WIDTH if path == tile_path(ENTRIES, index) else width
        return decode_bundle(data, stored, str(self._folder / path))[:width]

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree: this is a :data:`govgate.attest.merkle.Reader`."""
        height = level % 8
        first = index << height
        tile, start = self.tile(level // 8, first // WIDTH), first % WIDTH
        hashes = tile[start * merkle.HASH_SIZE : (start + (1 << height)) * merkle.HASH_SIZE]
        return merkle.complete_root(split_hashes(hashes))

    def root(self) -> bytes:
        """The root of the tree at this size, from the tiles on its right edge."""
        return merkle.root(self.size, self.node)

    def _read(self, level: int | str, index: int, width: int, limit: int) -> tuple[str, bytes]:
        """The partial tile, or the full one that has replaced it."""
        paths: Sequence[str] = [tile_path(level, index, width), tile_path(level, index)]
        for path in paths:
            try:
                return path, read_bounded(self._folder / path, limit)
            except FileNotFoundError:
                continue
        held = covered(level, index * WIDTH, width)
        raise EvidenceError(f"{self._folder / paths[0]} is missing: {held} should be there")
