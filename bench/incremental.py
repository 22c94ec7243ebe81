"""What a second scan costs when one row in a hundred has changed: its share of the first.

    python bench/incremental.py [FILE…] [--megabytes 60] [--rounds 2] [--workers 2] [--changed 0.01]

FILE: as for bench/scan.py; without one, all corpora in ../shared if they are there, else text made
up here. A round scans the rows through `scan_rows` with an empty content cache, changes a word in
the text of some rows, drawn anew for each round, and scans again with what the cache then holds.
Printed are the processor seconds of all processes and the seconds that passed, start-up of the
workers included, and the second's share of the first: the median of the rounds, and their range.
"""

import argparse
import json
import os
import platform
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from scan import KEY, SHARED, ScanSettings, made_up, rows_of

from govgate.model import Row
from govgate.scan.cache import FindingCache
from govgate.scan.detector import DetectorIdentity
from govgate.scan.detectornotes import DetectorNotes
from govgate.scan.fast.databases import Databases
from govgate.scan.ledger import Ledger
from govgate.scan.scan import presidio, scan_rows
from govgate.scan.scannerdigest import scanner_digest


class Cost(NamedTuple):
    """Seconds that passed, and processor seconds of this process and its workers."""

    wall: float
    cpu: float
    known: int
    asked: int


def values(files: list[Path], size: float) -> list[Any]:
    """Rows of about ``size`` bytes as JSON in all, from ``files`` in turn, all different. Where
    there are not so many, they come again with a word put behind each of their strings."""
    if not files and SHARED.is_dir():
        files = sorted(SHARED.iterdir())
    own = list(_different(files)) if files else list(islice(made_up(10**9), int(size / 400)))
    taken: list[Any] = []
    for copy in range(10**6):
        for value in own:
            taken.append(_marked(value, f" copy{copy}") if copy else value)
            size -= len(json.dumps(taken[-1], ensure_ascii=False))
            if size <= 0:
                return taken
    return taken


def _different(files: list[Path]) -> Iterator[Any]:
    seen: set[str] = set()
    for value in (value for path in files for value in rows_of(path)):
        text = json.dumps(value, ensure_ascii=False)
        if text not in seen:
            seen.add(text)
            yield value


def _marked(value: Any, mark: str) -> Any:
    """``value`` with ``mark`` behind each string."""
    if isinstance(value, dict):
        return {key: _marked(part, mark) for key, part in value.items()}
    if isinstance(value, list):
        return [_marked(part, mark) for part in value]
    return value + mark if isinstance(value, str) else value


def changed(value: Any, word: str) -> Any:
    """``value`` with one word put into its longest string, whichever that is."""
    strings = list(_strings(value))
    if not strings:
        return value
    longest = max(strings, key=len)
    middle = longest.find(" ", len(longest) // 2)
    return _with(value, longest, f"{longest[:middle]} {word}{longest[middle:]}")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else ():
        yield from _strings(part)
    for part in value if isinstance(value, list) else ():
        yield from _strings(part)


def _with(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _with(part, old, new) for key, part in value.items()}
    if isinstance(value, list):
        return [_with(part, old, new) for part in value]
    return new if value == old else value


def scan(values: list[Any], cache_folder: Path, workers: int) -> Cost:
    """One scan with the content cache in ``cache_folder``."""
    wall, cpu = time.perf_counter(), processor_seconds()
    opened: list[FindingCache] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:

        def cache(identity: DetectorIdentity) -> FindingCache:
            found = FindingCache(cache_folder, key=KEY, scanner=scanner_digest(identity))
            opened.append(stack.enter_context(found))
            return found

        notes = DetectorNotes(cache_folder, key=KEY, settings=ScanSettings())
        identity = scan_rows(
            (Row(i, 0, i + 1, value) for i, value in enumerate(values)),
            settings=ScanSettings(),
            workers=workers,
            fingerprint_key=KEY,
            folder=Path(folder),
            emit=lambda row: None,
            ledger=Ledger(),
            progress=lambda rows, size: None,
            cache=cache,
            expected=notes.recall(),
            factory=partial(presidio, databases=Databases(cache_folder, KEY)),
        )
    notes.keep(identity)
    (found,) = opened
    if found.note or found.damaged:
        raise SystemExit(f"the cache did not work: {found.note}, {found.damaged} damaged")
    cost = time.perf_counter() - wall, processor_seconds() - cpu
    return Cost(*cost, found.hits, found.misses)


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def one_round(values: list[Any], share: float, workers: int, number: int) -> tuple[Cost, Cost]:
    """The first scan and the second, with ``share`` of the rows changed between them."""
    draw = random.Random(number)
    places = set(draw.sample(range(len(values)), max(1, round(len(values) * share))))
    after = [
        changed(value, f"word{draw.random()}") if place in places else value
        for place, value in enumerate(values)
    ]
    with tempfile.TemporaryDirectory() as folder:
        first = scan(values, Path(folder), workers)
        second = scan(after, Path(folder), workers)
    print(
        f"  round {number}: first {first.cpu:.1f} s of processor, {first.wall:.1f} s; second "
        f"{second.cpu:.2f} s, {second.wall:.2f} s; {second.asked:,} of "
        f"{second.asked + second.known:,} strings asked again",
        flush=True,
    )
    return first, second


def told(name: str, shares: list[float]) -> str:
    middle, low, high = statistics.median(shares), min(shares), max(shares)
    return f"{name}: {middle:.2%} of the first scan ({low:.2%} to {high:.2%})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--megabytes", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--changed", type=float, default=0.01, help="share of the rows")
    options = parser.parse_args()
    rows = values(options.files, options.megabytes * 1e6)
    size = sum(len(json.dumps(value, ensure_ascii=False)) for value in rows)
    print(f"{len(rows):,} rows, {size / 1e6:.1f} MB, {options.workers} workers")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    rounds = [
        one_round(rows, options.changed, options.workers, number)
        for number in range(1, options.rounds + 1)
    ]
    print(told("processor time", [second.cpu / first.cpu for first, second in rounds]))
    print(told("time passed", [second.wall / first.wall for first, second in rounds]))


if __name__ == "__main__":
    sys.exit(main())
