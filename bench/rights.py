"""How long do 10 million rows take to resolve against 1 million consent events and 10,000 sources?

    python bench/rights.py [--rows 10000000] [--events 1000000] [--sources 10000] [--rounds 3]

Makes a consent registry (Parquet), a lineage (JSON lines) and rows that name a source, a licence of
their own in some, and a subject in most. Timed is all that a gate does with them: reading and
checking both files, hashing subjects, solving the lineage, what every subject last said, and the
facts of every row, a batch at a time; making the data is not. Beside it SQLite joins a tenth of the
rows with the same events and with sources whose lineage was solved for it, in memory: the least
that anybody would do. Prints seconds, peak memory and the ratio per row with its spread, and
whether the limits hold (60 s, 4 GiB); exits 1 if not.
"""

import argparse
import json
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl

from govgate.model import Purpose
from govgate.rights.consent.registry import load_registry
from govgate.rights.lineage.nodes import by_name, read_lineage
from govgate.rights.lineage.solve import Doubt, Lineage
from govgate.rights.manifest import Source
from govgate.rights.origins import FileRights
from govgate.rights.resolve import Rights
from govgate.rights.subjects import subject_keys

SECONDS, GIB = 60.0, 4.0
BATCH = 250_000
KEY = b"a key for the benchmark, 32 bytes"
DAY = date(2026, 11, 29)
LICENSES = ("MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "CC-BY-NC-4.0", "Apache-2.0", "ODbL-1.0")
STATUSES = ("given", "given", "given", "renewed", "withdrawn", "refused", "requested")


def write_events(path: Path, events: int, dice: np.random.Generator) -> None:
    """Events of half as many subjects, over two years, in no order."""
    start = datetime(2025, 1, 1)
    minutes = dice.integers(0, 700 * 24 * 60, events)
    pl.DataFrame(
        {
            "subject": [f"u-{n}" for n in dice.integers(0, events // 2, events)],
            "purpose": dice.choice(["any", "fine-tuning", "pretraining"], events),
            "status": dice.choice(STATUSES, events),
            "time": [(start + timedelta(minutes=int(m))).isoformat() + "Z" for m in minutes],
        }
    ).write_parquet(path)


def write_lineage(path: Path, sources: int, dice: random.Random) -> None:
    """Sources that were made from up to three earlier ones, a third of them by a model as well."""
    with path.open("w", encoding="utf-8") as out:
        for number in range(sources):
            above = min(number, dice.choice((0, 1, 2, 3)))
            node = {
                "name": f"source-{number}",
                "license": dice.choice(LICENSES),
                "derived_from": sorted({f"source-{dice.randrange(number)}" for _ in range(above)}),
                "generated_by": dice.choice(([], [], ["gpt-4"])),
            }
            out.write(json.dumps(node) + "\n")


def batches(rows: int, events: int, sources: int, seed: int) -> Iterator[pl.DataFrame]:
    """The rows as the scan leaves them; their subjects are keyed hashes."""
    dice = np.random.default_rng(seed)
    keys = pl.Series(subject_keys([f"u-{n}" for n in range(events)], KEY), dtype=pl.String)
    names = pl.Series([f"source-{n}" for n in range(sources)])
    own = pl.Series([None, None, None, *LICENSES], dtype=pl.String)
    for first in range(0, rows, BATCH):
        count = min(BATCH, rows - first)
        yield pl.DataFrame(
            {
                "index": np.arange(first, first + count, dtype=np.uint64),
                "file": np.zeros(count, dtype=np.uint32),
                "license_raw": own.gather(dice.integers(0, len(own), count)),
                "source_raw": names.gather(dice.integers(0, sources, count)),
                "url_raw": pl.Series([None] * count, dtype=pl.String),
                "subject": keys.gather(dice.integers(0, events, count)),
            }
        )


def opened(registry: Path, lineage: Path) -> tuple[Rights, Lineage]:
    """All that is known before the first row."""
    solved = Lineage(by_name(read_lineage(lineage)[0], str(lineage)))
    source = Source(files="**", name="mix", license="MIT", source_field="s", generated_by=())
    standing = load_registry(registry, KEY).standing(DAY, Purpose.FINE_TUNING)
    return Rights([FileRights(source)], solved, standing), solved


def ours(registry: Path, lineage: Path, rows: Iterator[pl.DataFrame]) -> tuple[float, int]:
    """Seconds, and how many rows may be used by class and consent, so that nothing is left out."""
    begin = perf_counter()
    rights, _ = opened(registry, lineage)
    seconds, good = perf_counter() - begin, 0
    for batch in rows:
        begin = perf_counter()
        facts = rights.facts(batch)
        seconds += perf_counter() - begin
        free = pl.col("license.class").is_in(["public-domain", "permissive", "attribution"])
        good += facts.filter(free & (pl.col("consent.status") == "given")).height
    return seconds, good


JOIN = """
SELECT rows.n, sources.class, sources.terms, last.status FROM rows
LEFT JOIN sources ON sources.name = rows.source
LEFT JOIN (
  SELECT subject, status FROM (
    SELECT subject, status, row_number() OVER (PARTITION BY subject ORDER BY time DESC) AS place
    FROM events WHERE purpose IN ('any', 'fine-tuning')
  ) WHERE place = 1
) AS last ON last.subject = rows.subject
"""


def sqlites(registry: Path, lineage: Lineage, rows: Iterator[pl.DataFrame]) -> float:
    """Seconds for the joins alone, after everything is loaded and indexed."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE events(subject TEXT, purpose TEXT, status TEXT, time TEXT)")
    base.execute("CREATE TABLE sources(name TEXT PRIMARY KEY, class TEXT, terms TEXT)")
    base.execute("CREATE TABLE rows(n INTEGER PRIMARY KEY, source TEXT, subject TEXT)")
    events = pl.read_parquet(registry)
    hashed = subject_keys(events["subject"], KEY)
    columns = events.select("purpose", "status", "time").iter_rows()
    base.executemany(
        "INSERT INTO events VALUES (?, ?, ?, ?)",
        ((key, *rest) for key, rest in zip(hashed, columns, strict=True)),
    )
    for name in lineage.nodes:
        terms = lineage.trace(name).terms
        told = (None, None) if isinstance(terms, Doubt) else (terms.cls, " ".join(terms.words))
        base.execute("INSERT INTO sources VALUES (?, ?, ?)", (name, *told))
    for batch in rows:
        chosen = batch.select("index", "source_raw", "subject").iter_rows()
        base.executemany("INSERT INTO rows VALUES (?, ?, ?)", chosen)
    base.execute("CREATE INDEX by_subject ON events(subject, time)")
    begin = perf_counter()
    for _ in base.execute(JOIN):
        pass
    return perf_counter() - begin


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--sources", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        registry, lineage = Path(folder) / "consent.parquet", Path(folder) / "lineage.jsonl"
        write_events(registry, asked.events, np.random.default_rng(1))
        write_lineage(lineage, asked.sources, random.Random(1))
        taken = []
        for _ in range(asked.rounds):
            rows = batches(asked.rows, asked.events, asked.sources, 2)
            seconds, good = ours(registry, lineage, rows)
            taken.append(seconds)
            print(f"{seconds:6.1f} s, {good:,} of {asked.rows:,} rows free and given", flush=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        _, solved = opened(registry, lineage)
        tenth = asked.rows // 10
        peer = [
            sqlites(registry, solved, batches(tenth, asked.events, asked.sources, 2))
            for _ in range(asked.rounds)
        ]
    ratios = sorted(
        (other / tenth) / (mine / asked.rows) for mine, other in zip(taken, peer, strict=True)
    )
    print(
        f"govgate {statistics.median(taken):.1f} s ({min(taken):.1f} to {max(taken):.1f}), "
        f"peak {peak:.1f} GiB"
    )
    print(
        f"SQLite's joins alone, per row: {statistics.median(ratios):.2f} times as long "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )
    good = statistics.median(taken) <= SECONDS and peak <= GIB
    print(f"within {SECONDS:.0f} s and {GIB:.0f} GiB: {'yes' if good else 'NO'}")
    sys.exit(not good)


if __name__ == "__main__":
    main()
