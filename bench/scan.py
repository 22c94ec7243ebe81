"""How fast rows are scanned, beside Presidio's BatchAnalyzerEngine on the same rows in one run.

    python bench/scan.py [FILE…] [--rounds 8] [--cold 5] [--no-workers]

FILE: JSON, JSONL, plain or gzip; without one, the corpora in ../shared if they are there, else
text made up here. Rounds take turns: some rows through Presidio (its default pipeline, batches of
64), the same rows through govgate with a warm detector and nothing remembered of them. Each round
gives a ratio; printed are their median and their range. Then, over all corpora, a cold run,
start-up included, with one worker; one worker against two, in turn, once both are warm (from a
quarter of the rows to nine tenths) and from start to end; and the most memory that a worker held.
"""

import argparse
import gzip
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing import active_children
from pathlib import Path
from typing import Any

from govgate.model import Row
from govgate.scan.fields import Fields
from govgate.scan.groups import groups
from govgate.scan.ledger import Ledger
from govgate.scan.rowscan import row_texts
from govgate.scan.scan import scan_rows
from govgate.scan.walk import Text, skip_reason, walk
from govgate.scan.worker import ONE_THREAD
from govgate.scansettings import ScanSettings

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpora"
MIX = ("alpaca_en_demo.json", "hh_harmless_base_test.jsonl.gz", "gsm8k_test.jsonl")
KEY = bytes(range(32))
ROUND = 150_000
NAMES = "Ann Lee,Bob Ray,Maria Garcia,Wei Chen,Amina Diallo,John Smith,Olga Petrova".split(",")
PLACES = "Berlin,Lagos,Kyoto,Boston,the Bank of England,New Zealand,Paris".split(",")
SAYINGS = (
    "{name} moved to {place} in {year} and found that the weather was not what it used to be.",
    "How many apples are left if {name} eats {digit} of the {number} that grew in {place}?",
    "Please write to {mail} or call {phone} before Friday; the office in {place} is closed then.",
    "It is often said that patience is a virtue, but nobody says how long one has to wait.",
    "The recipe asks for {digit} eggs, some flour, and more butter than anyone would admit.",
)


def rows_of(path: Path) -> Iterable[Any]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return json.loads(data) if ".jsonl" not in path.name else map(json.loads, data.splitlines())


def made_up(count: int) -> Iterator[Any]:
    draw = random.Random(11)
    for _ in range(count):
        text = " ".join(
            draw.choice(SAYINGS).format(
                name=draw.choice(NAMES),
                place=draw.choice(PLACES),
                year=draw.randint(1950, 2026),
                digit=draw.randint(2, 9),
                number=draw.randint(10, 9999),
                mail=f"user{draw.randint(1, 10**6)}@example.com",
                phone=f"212-555-0{draw.randint(100, 199)}",
            )
            for _ in range(draw.randint(1, 12))
        )
        yield {"instruction": "Continue.", "output": text}


def load(files: list[Path]) -> tuple[str, list[Row]]:
    """Up to 2 MB of each file, mixed; and what it is."""
    if not files and SHARED.is_dir():
        files = [SHARED / name for name in MIX]
    values: list[Any] = []
    for path in files:
        size = 0
        for value in rows_of(path):
            values.append(value)
            size += len(json.dumps(value, ensure_ascii=False))
            if size >= 2_000_000:
                break
    told = ", ".join(path.name for path in files) or "made-up text"
    return told, shuffled(values or list(made_up(12_000)))


def load_all(rows: list[Row]) -> list[Row]:
    """All corpora in ../shared, mixed, if they are there; else ``rows``."""
    if not SHARED.is_dir():
        return rows
    return shuffled([value for path in sorted(SHARED.iterdir()) for value in rows_of(path)])


def shuffled(values: list[Any]) -> list[Row]:
    random.Random(5).shuffle(values)
    return [Row(i, 0, i + 1, value) for i, value in enumerate(values)]


def texts_of(row: Row) -> tuple[Text, ...]:
    return tuple(text for text in walk(row.value) if text.text and skip_reason(text) is None)


def size_of(rows: Iterable[Row]) -> int:
    return sum(len(text.text) for row in rows for text in texts_of(row))


def rounds_of(rows: list[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    size = 0
    for row in rows:
        some.append(row)
        size += size_of([row])
        if size >= ROUND:
            yield some
            some, size = [], 0


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def presidio() -> Callable[[list[Row]], None]:
    """BatchAnalyzerEngine as it comes, over the pipeline that govgate uses."""
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    pipeline = ScanSettings().tools.pipelines["en"]
    models = [{"lang_code": "en", "model_name": pipeline}]
    configuration = NlpEngineProvider().nlp_configuration | {"models": models}
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    batch = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]))

    def scan(rows: list[Row]) -> None:
        texts = [text.text for row in rows for text in texts_of(row)]
        list(batch.analyze_iterator(texts, language="en", batch_size=64))

    return scan


def govgate() -> Callable[[list[Row]], None]:
    """A worker's scanner in this process, without the cache and, for each round, without memory
    of earlier texts."""
    from govgate.scan.fast.detector import FastDetector
    from govgate.scan.strings import StringScanner

    detector, fields = FastDetector(ScanSettings()), Fields()

    def scan(rows: list[Row]) -> None:
        scanner = StringScanner(detector, fingerprint_key=KEY)
        for group in groups(((row, row_texts(row.value, fields)) for row in rows), None):
            scanner.answer(list(group.asked))

    return scan


def compare(rows: list[Row], rounds: int) -> float:
    """Prints the ratio on one core; gives Presidio's characters a second."""
    theirs, ours = presidio(), govgate()
    parts = list(islice(rounds_of(rows), rounds + 2))
    for warm in parts[:2]:  # the first rounds of both go uncounted
        ours(warm)
    theirs(parts[0][:20])
    slow, fast = [], []
    for number, part in enumerate(parts[2:], 1):
        size = size_of(part)
        slow.append(size / timed(lambda part=part: theirs(part)))
        fast.append(size / timed(lambda part=part: ours(part)))
        print(
            f"  round {number}: Presidio {slow[-1] / 1e6:.4f} MB/s, govgate {fast[-1] / 1e6:.4f} "
            f"MB/s, {fast[-1] / slow[-1]:.1f}x",
            flush=True,
        )
    ratios = [ours / theirs for ours, theirs in zip(fast, slow, strict=True)]
    print(
        f"one core, warm: govgate {statistics.median(ratios):.1f}x Presidio "
        f"({min(ratios):.1f}x to {max(ratios):.1f}x in {len(ratios)} rounds); "
        f"{statistics.median(fast) / 1e6:.3f} MB/s against {statistics.median(slow) / 1e6:.4f}"
    )
    return statistics.median(slow)


def pooled(rows: list[Row], workers: int) -> tuple[float, float, int]:
    """Seconds in all, seconds from a quarter to nine tenths of the rows, and the most KiB that a
    worker held."""
    begun = time.perf_counter()
    marks: list[tuple[int, float]] = []
    most = done = 0

    def progress(count: int, size: int) -> None:
        nonlocal most, done
        done += count
        marks.append((done, time.perf_counter()))
        most = max([most, *map(peak, active_children())])

    with tempfile.TemporaryDirectory() as folder:
        scan_rows(
            rows,
            settings=ScanSettings(),
            workers=workers,
            fingerprint_key=KEY,
            folder=Path(folder),
            emit=lambda row: None,
            ledger=Ledger(),
            progress=progress,
        )
    ended = time.perf_counter()
    low, high = (next(t for n, t in marks if n >= len(rows) * part) for part in (0.25, 0.9))
    return ended - begun, high - low, most


def peak(process: Any) -> int:
    """The most KiB of memory that ``process`` held; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line), 0)


def some_of(rows: list[Row], size: float) -> list[Row]:
    taken: list[Row] = []
    for row in rows:
        taken.append(row)
        size -= size_of([row])
        if size <= 0:
            break
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--cold", type=float, default=5, help="MB of the cold run")
    parser.add_argument("--no-workers", action="store_true")
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):  # is read when numpy is loaded
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
        os.execv(sys.executable, [sys.executable, *sys.argv])
    what, rows = load(options.files)
    print(f"{what}: {len(rows):,} rows, {size_of(rows) / 1e6:.1f} M characters")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    theirs = compare(rows, options.rounds)
    if options.no_workers:
        return
    every = load_all(rows) if not options.files else rows
    some = some_of(every, options.cold * 1e6)
    size = size_of(some)
    cold, _, held = pooled(some, 1)
    print(
        f"cold, {size / 1e6:.1f} MB, one worker, start-up included: {cold:.1f} s, "
        f"{size / cold / theirs:.1f}x Presidio's {size / theirs:.0f} s at the rate above"
    )
    warm, whole = [], []
    for _ in range(3):
        one, two = pooled(every, 1), pooled(every, 2)
        warm.append(one[1] / two[1])
        whole.append(one[0] / two[0])
        held = max(held, one[2], two[2])
    spread = [
        f"{statistics.median(some):.2f}x one ({min(some):.2f}x to {max(some):.2f}x) {when}"
        for some, when in ((warm, "once both are warm"), (whole, "from start to end"))
    ]
    print(f"two workers, {size_of(every) / 1e6:.1f} MB: {', '.join(spread)}")
    if held:
        print(f"most memory of a worker: {held / 1024:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
