"""A log recomputed from its entries: every bit of every file in it, or the name of what differs.

Every message says which entry is concerned, or from which to which where no more can be known.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from govgate import durable
from govgate.attest import merkle
from govgate.attest.checkpoint import Checkpoint, open_checkpoint
from govgate.attest.files import read_bounded
from govgate.attest.note import Verifier
from govgate.attest.tiles import (
    ENTRIES,
    MAX_BUNDLE,
    WIDTH,
    TileReader,
    covered,
    encode_entry,
    parse_tile_path,
    split_hashes,
    tile_path,
    tile_width,
)
from govgate.errors import EvidenceError


def audit(
    folder: Path,
    read_checkpoint: Callable[[], bytes],
    *verifiers: Verifier,
    since: bytes | None = None,
) -> Checkpoint:
    """Verify the whole log in ``folder`` and return its checkpoint.

    ``since``: a signed checkpoint kept from earlier; without one, a log that was replaced by an
    older copy of itself cannot be told from an honest one. EvidenceError names the first bad
    entry, tile or file. Appends that happen meanwhile do no harm.
    """
    # 1. The checkpoint is signed by this log, and so is the kept one, which is not newer.
    checkpoint = open_checkpoint(read_checkpoint(), *verifiers, what=str(folder / "checkpoint"))
    kept = None
    if since is not None:
        kept = open_checkpoint(since, *verifiers, what="the checkpoint kept from earlier")
        check_not_older(checkpoint.size, kept.size)
    # 2. Every entry gives its hash in level 0, and every full tile its hash in the level above.
    reader = TileReader(folder, checkpoint.size)
    hashes = _check_entries(folder, reader)
    level = 1
    while hashes:
        hashes = _check_level(folder, reader, level, hashes)
        level += 1
    # 3. The tiles give the root that was signed, and the kept root for its size.
    if reader.root() != checkpoint.root:
        raise EvidenceError(
            f"the {checkpoint.size} entries in {folder} do not give the root that the checkpoint "
            f"signs: one of {covered(0, 0, checkpoint.size)} was changed along with its hash, or "
            "the checkpoint is of a fork"
        )
    if kept is not None and merkle.root(kept.size, reader.node) != kept.root:
        raise EvidenceError(
            f"the first {kept.size} entries are not those of the checkpoint kept from earlier: "
            f"one of {covered(0, 0, kept.size)} differs, so the log was forked"
        )
    # 4. Nothing else lies among the tiles.
    _check_nothing_else(folder, read_checkpoint, verifiers)
    return checkpoint


def check_not_older(size: int, had: int) -> None:
    """EvidenceError when a log that ``had`` so many entries has fewer now."""
    if size < had:
        raise EvidenceError(
            f"the log has {size} entries but had {had}: it was rolled back, and entry {size} is "
            "the first that is gone"
        )


def _check_entries(folder: Path, reader: TileReader) -> list[bytes]:
    """Check bundles and level 0; the roots of the full tiles of level 0."""
    roots: list[bytes] = []
    for index in range(-(-reader.size // WIDTH)):
        entries = _bundle(folder, reader, index)
        computed = list(map(merkle.leaf_hash, entries))
        _compare(folder, reader, 0, index, computed)
        _check_copies(folder, ENTRIES, index, list(map(encode_entry, entries)))
        if len(computed) == WIDTH:
            roots.append(merkle.complete_root(computed))
    return roots


def _bundle(folder: Path, reader: TileReader, index: int) -> list[bytes]:
    """The entries of a bundle; where it is missing or malformed, the first bad entry is named."""
    wanted = folder / tile_path(ENTRIES, index, tile_width(0, index, reader.size))
    try:
        path, data = reader.stored_bundle(index)
    except EvidenceError as error:
        first = index * WIDTH + max([0, *_widths(folder / tile_path(ENTRIES, index))])
        if first >= reader.size or wanted.exists():
            raise
        raise EvidenceError(
            f"{wanted} is missing: the checkpoint signs {reader.size} entries, and entry {first} "
            "is the first that is in no file. Files were removed, or the checkpoint is of another "
            "state of the log"
        ) from error
    try:
        return reader.decoded(index, path, data)
    except EvidenceError as error:
        number = index * WIDTH + _first_bad(data, split_hashes(reader.tile(0, index)))
        raise EvidenceError(f"entry {number} does not match its hash: {error.what}") from error


def _first_bad(bundle: bytes, hashes: list[bytes]) -> int:
    """The position of the first entry of a malformed ``bundle`` that is not the one hashed."""
    offset = 0
    for position, expected in enumerate(hashes):
        end = offset + 2 + int.from_bytes(bundle[offset : offset + 2], "big")
        if end > len(bundle) or merkle.leaf_hash(bundle[offset + 2 : end]) != expected:
            return position
        offset = end
    return len(hashes) - 1  # all are there, and something follows the last


def _check_level(folder: Path, reader: TileReader, level: int, hashes: list[bytes]) -> list[bytes]:
    """Check the tiles of ``level``, whose hashes must be ``hashes``; the roots of the full ones."""
    roots: list[bytes] = []
    for index in range(-(-len(hashes) // WIDTH)):
        computed = hashes[index * WIDTH : (index + 1) * WIDTH]
        _compare(folder, reader, level, index, computed)
        if len(computed) == WIDTH:
            roots.append(merkle.complete_root(computed))
    return roots


def _compare(
    folder: Path, reader: TileReader, level: int, index: int, computed: list[bytes]
) -> None:
    stored = split_hashes(reader.tile(level, index))
    for position, (ours, theirs) in enumerate(zip(computed, stored, strict=True)):
        if ours != theirs:
            number = index * WIDTH + position
            path = folder / tile_path(level, index, tile_width(level, index, reader.size))
            what = f"entry {number}" if level == 0 else f"tile {level - 1}/{number}"
            below = f" ({covered(level, number)})" if level else ""
            raise EvidenceError(f"{what} does not match its hash in {path}{below}")
    _check_copies(folder, level, index, computed)


def _check_copies(folder: Path, level: int | str, index: int, items: list[bytes]) -> None:
    """Every stored width of a tile, full or partial, holds the same first items and no more.

    A width beyond ``items`` is what a killed append left: only its beginning can be checked.
    """
    full = folder / tile_path(level, index)
    for width in [*_widths(full), WIDTH]:
        path = folder / tile_path(level, index, width)
        try:
            stored = read_bounded(path, MAX_BUNDLE)
        except FileNotFoundError:
            continue  # the full tile is not there yet, or an append has just tidied up
        expected = b"".join(items[:width])
        if width > len(items):
            stored = stored[: len(expected)]
        if stored != expected:
            number = index * WIDTH + _first_different(stored, items[:width])
            raise EvidenceError(
                f"{path} does not match the entries of the log: {covered(level, number)} differs"
            )


def _widths(full: Path) -> list[int]:
    """The widths of the partial tiles that lie beside the place of a full one."""
    partials = full.with_name(f"{full.name}.p")
    names = [p.name for p in partials.iterdir()] if partials.is_dir() else []
    return sorted(int(name) for name in names if name.isdecimal())


def _first_different(stored: bytes, items: list[bytes]) -> int:
    """The position of the first of ``items`` that does not stand in ``stored`` in its place."""
    offset = 0
    for position, item in enumerate(items):
        if stored[offset : offset + len(item)] != item:
            return position
        offset += len(item)
    return len(items) - 1  # all are there, and something follows the last


def _below(folder: Path) -> Iterator[Path]:
    """Every file and folder below ``folder``."""
    for top, folders, files in durable.walk(folder):
        yield from (top / name for name in (*folders, *files))


def _check_nothing_else(
    folder: Path, read_checkpoint: Callable[[], bytes], verifiers: Sequence[Verifier]
) -> None:
    """Each file is a tile of the log, or of the one entry that a killed append leaves behind."""
    found = [p.relative_to(folder).as_posix() for p in _below(folder / "tile")]
    # Read after listing: it only grows.
    size = open_checkpoint(read_checkpoint(), *verifiers, what=str(folder / "checkpoint")).size
    for path in sorted(found):
        if durable.is_temporary(path.rpartition("/")[2]) or (folder / path).is_dir():
            continue
        level, index, width = parse_tile_path(path)
        held = (size + 1) >> (0 if level == ENTRIES else 8 * int(level))
        if index * WIDTH + width > held:
            raise EvidenceError(
                f"{folder / path} lies beyond the checkpoint's {size} entries, so an older "
                f"checkpoint was put back: {covered(level, index * WIDTH + width - 1)} is not in it"
            )
