"""A million consent events against five million rows: read, kept, read again, joined.

    python bench/consent.py [EVENTS] [ROWS] [--postgres URL]

Prints seconds, seconds of CPU (of both cores) and the peak memory of the process after each step.
Every tenth event has an age class, every twentieth is a request, every hundredth speaks of a
source.
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from govgate.model import Purpose
from govgate.rights.consent.events import read_events
from govgate.rights.consent.join import Standing, with_consent
from govgate.rights.consent.places import database_place
from govgate.rights.consent.registry import load_registry
from govgate.rights.consent.stores.store import import_events
from govgate.rights.subjects import subject_keys

KEY = b"0123456789abcdef0123456789abcdef"
BATCH = 200_000  # rows; a gate's batches are smaller
HEADER = "subject,source,purpose,status,time,expiry,request,given_by,age_class,event_id\n"


def main() -> None:
    numbers = [int(text) for text in sys.argv[1:3] if text.isdigit()]
    events, rows = numbers if len(numbers) == 2 else (1_000_000, 5_000_000)
    url = sys.argv[sys.argv.index("--postgres") + 1] if "--postgres" in sys.argv else "consent.db"
    with tempfile.TemporaryDirectory() as folder:
        place = database_place(url, Path(folder))
        data = _csv(events)
        with step(f"read and check {events:,} events ({len(data) >> 20} MiB of CSV)"):
            frame = read_events(data, "events.csv", ".csv", KEY)
        del data
        with step("import them in one transaction"):
            import_events(place, KEY, frame, file="", name="", now=datetime.now(UTC))
        del frame
        with step("read them back, chain verified"):
            registry = load_registry(place, KEY)
        with step("what stands, by subject and by source"):
            standing = registry.standing(date(2026, 6, 1), Purpose.FINE_TUNING)
        subjects = pl.Series(subject_keys([f"u-{n}" for n in range(events // 2)], KEY))
        with step(f"join {rows:,} rows"):
            known = sum(_joined(subjects, standing, n) for n in range(0, rows, BATCH))
        print(f"{known:,} rows with a known status")


def _joined(subjects: pl.Series, standing: Standing, seed: int) -> int:
    rows = pl.DataFrame(
        {
            "subject": subjects.sample(BATCH, with_replacement=True, seed=seed),
            "source": pl.Series([f"source-{n % 50}" for n in range(BATCH)]),
        }
    )
    joined = with_consent(rows, standing)
    return BATCH - joined["consent.status"].null_count()


def _csv(events: int) -> bytes:
    rng = random.Random(7)
    lines = [HEADER]
    for n in range(events):
        source = n % 100 == 0
        asks = n % 20 == 1
        who = f",source-{rng.randrange(100)}" if source else f"u-{rng.randrange(events // 2)},"
        status = rng.choice(["made", "lifted"] if asks else ["given", "withdrawn", "refused"])
        day = f"20{rng.randrange(18, 26)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        age = rng.choice(["adult", "13-15"]) if n % 10 == 2 else ""
        purpose = rng.choice(["any", "training", "fine-tuning", "dpv:Marketing"])
        request = "erasure" if asks else ""
        lines.append(
            f"{who},{purpose},{status},{day}T{rng.randrange(24):02d}:00:00Z,2027-01-01,{request},,"
            f"{age},e{n}\n"
        )
    return "".join(lines).encode()


@contextmanager
def step(name: str) -> Iterator[None]:
    start, used = time.perf_counter(), time.process_time()
    yield
    seconds, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{seconds:6.1f} s  {used:6.1f} s of CPU  {peak:5.2f} GiB  {name}", flush=True)


if __name__ == "__main__":
    main()
