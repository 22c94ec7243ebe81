"""How fast is a log of 100,000 records? Appending, verifying one record, verifying the whole.

    python bench/log.py [--records 100000] [--appends 500] [--folder DIR]

The log is built tile by tile without waiting for the disk; the appends that are timed go on from
there, each durable as always, and verification shows that what was built is a log. Beside them, in
the same folder: one SQLite INSERT with synchronous=FULL, and one write and fsync of the record
alone, which is the least that any durable append can take. Prints the figures, and whether they are
within the limits; exits 1 if not.
"""

import argparse
import os
import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from govgate.attest import merkle
from govgate.attest.checkpoint import Checkpoint, sign_checkpoint
from govgate.attest.keys import PrivateKey
from govgate.attest.leaf import Leaf
from govgate.attest.log import Log
from govgate.attest.note import Signer
from govgate.attest.proof import verify_inclusion
from govgate.attest.tiles import ENTRIES, WIDTH, TileReader, encode_entry, tile_path
from govgate.model import Outcome

APPEND, ONE, WHOLE = 0.020, 0.050, 30.0  # limits in seconds


def record(number: int) -> bytes:
    """An entry as a gate writes it."""
    digest = f"{number:064x}"
    return Leaf(digest, number.to_bytes(64, "big"), digest, digest, Outcome.TRAIN).encode()


def build(folder: Path, records: int, signer: Signer) -> Log:
    """A log of so many records, as that many appends leave it."""
    log = Log.create(folder, signer.name, signer.key)
    entries = [record(number) for number in range(records)]
    _tiles(folder, ENTRIES, [encode_entry(entry) for entry in entries])
    level, hashes = 0, [merkle.leaf_hash(entry) for entry in entries]
    while hashes:
        full = _tiles(folder, level, hashes)
        level, hashes = level + 1, [merkle.complete_root(tile) for tile in full]
    root = TileReader(folder, records).root()
    signed = sign_checkpoint(Checkpoint(signer.name, records, root), signer)
    (folder / "checkpoint").write_bytes(signed)
    return log


def _tiles(folder: Path, level: int | str, items: list[bytes]) -> list[list[bytes]]:
    """Write the tiles of a level; those that are full."""
    tiles = [items[start : start + WIDTH] for start in range(0, len(items), WIDTH)]
    for index, tile in enumerate(tiles):
        path = folder / tile_path(level, index, len(tile))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(tile))
    return [tile for tile in tiles if len(tile) == WIDTH]


def times(count: int, act: Callable[[int], object]) -> list[float]:
    """Seconds that each of ``count`` calls took, sorted."""
    taken = []
    for number in range(count):
        start = perf_counter()
        act(number)
        taken.append(perf_counter() - start)
    return sorted(taken)


def show(what: str, taken: list[float], limit: float | None = None) -> bool:
    """Print median and 95th percentile; whether the median is within ``limit``."""
    median, late = statistics.median(taken), taken[int(len(taken) * 0.95)]
    held = limit is None or median < limit
    said = (
        "" if limit is None else f"   limit {1000 * limit:,.0f} ms: {'met' if held else 'MISSED'}"
    )
    print(f"{what:<44}{1000 * median:>10,.2f} ms  p95 {1000 * late:>10,.2f} ms{said}", flush=True)
    return held


def sqlite_insert(folder: Path) -> Callable[[int], object]:
    """Insert a record into a table, one durable transaction each."""
    database = sqlite3.connect(folder / "peer.sqlite", isolation_level=None)
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE log (entry BLOB)")
    return lambda n: database.execute("INSERT INTO log VALUES (?)", (record(n),))


def bare_write(folder: Path) -> Callable[[int], object]:
    """Append a record to a file and sync it."""
    descriptor = os.open(folder / "peer.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(number: int) -> None:
        os.write(descriptor, record(number))
        os.fsync(descriptor)

    return write


def prove_and_verify(log: Log, index: int) -> None:
    """What `govgate verify` does about the log for one record, and the proof made before it."""
    verify_inclusion(log.prove(index).encode(), record(index), log.verifier)


def main() -> int:
    """Grow, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--appends", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="where to put the log; tells which disk")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        return measure(Path(name), asked.records, asked.appends)


def measure(folder: Path, records: int, appends: int) -> int:
    """All figures of a log in ``folder``; the exit code."""
    log = build(folder / "log", records, Signer("example.com/bench", PrivateKey.generate()))
    os.sync()  # so that the first append does not wait for all of that
    print(f"a log of {log.verify().size:,} records", flush=True)
    held = [
        show("append, durable", times(appends, lambda n: log.append(record(records + n))), APPEND)
    ]
    show("  peer: SQLite INSERT, synchronous=FULL", times(appends, sqlite_insert(folder)))
    show("  peer: write and fsync alone", times(appends, bare_write(folder)))
    proof = log.prove(records // 3).encode()
    entry = record(records // 3)
    held += [
        show(
            "verify one record offline, by its proof",
            times(200, lambda _: verify_inclusion(proof, entry, log.verifier)),
            ONE,
        ),
        show(
            "prove and verify any record from the log",
            times(200, lambda n: prove_and_verify(log, n * records // 200)),
            ONE,
        ),
        show("verify the whole log", times(3, lambda _: log.verify()), WHOLE),
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
