"""How scanning time grows: twice the length, the strings or the findings, how much the time?

    python bench/linear.py [--largest 2] [--many 100000] [--patience 120] [--shape NAME]…

Scans one row of one string, of about 1 kB, 2 kB, 4 kB … ``--largest`` MB, for each shape; then a
row of many short strings, then a string of many findings, up to ``--many``. Each goes the way that
rows go in a scan (walk, questions, answers, their file, findings) in this process, with a warm
detector and nothing remembered. Printed are processor seconds, the most memory held meanwhile, and
the ratio between a size and its half, from 8 kB on, where the fixed costs of a row no longer show.

Takes about a quarter of an hour. ``--largest 100 --patience 2000`` goes up to 100 MB, which takes
some five minutes for prose and up to an hour for the slowest shape; choose one with ``--shape``.
"""

import argparse
import itertools
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from govgate.model import Row
from govgate.scan.detector import Detector
from govgate.scan.ledger import Ledger
from govgate.scan.scan import scan_rows
from govgate.scan.shards import Plan, Shard, answers_file, write_answers
from govgate.scan.strings import StringScanner
from govgate.scan.worker import ONE_THREAD
from govgate.scansettings import ScanSettings

PROSE = "Ann Lee moved from Berlin to New York in 1999, and wrote down what she had seen there. "
SHAPES = {
    "prose": PROSE,
    "findings": "mail ann@example.com or call 212-555-0123, card 4111 1111 1111 1111\n",
    "a.": "a.",
    "dots": ".",
    "digits": "1",
    "numbers": "12 345-67 ",
    "at": "a@",
    "urls": "http://a.",
    "colons": "1:",
    "brackets": "(",
    "unbroken": "x",
    "spaces": " ",
    "capitals": "May ",
    "ties": "lagnado SAID ",
    "unicode": "é٣中\u200b😀",
    "hex": "a1b2:",
    "quotes": "\"a.'b.",
    "cards": "4111-",
    "ipv6": "::1",
    "plus": "+1",
    "ibans": "DE89 3704 ",
    "codes": "A1",
    "hosts": "a.com@",
    "emoji": "😀",
    "json": '{"a": "Ann Lee"}, ',
}
FROM = 7_000
"""Characters from which on ratios are told: below, the fixed costs of a row show."""
TIMES: Final = 5
SECONDS: Final = 4.0
"""A scan is timed again until it was so many times, or took so long in all, but at least once
again; the best time counts."""
LONG: Final = 60.0
"""Seconds above which it is timed once."""
Sized = tuple[int, Callable[[], Any]]
"""How large a value is, in characters, strings or findings; and what makes the value of a row."""


def string(name: str, unit: str, length: int) -> str:
    """About ``length`` characters: a run of 500, then runs of 5,000, with numbers between them.

    So all windows of a long string differ, and a short one holds all that it does: a pattern that
    only the longer one would bring into question is a step and tells nothing of the growth.
    """
    if name == "json":
        return f"[{unit * (length // len(unit))}0]"
    run = unit * (5000 // len(unit))
    numbered = (f" {100_000 + n} {run}" for n in range(length // len(run) + 1))
    return "".join([unit * (500 // len(unit)), *numbered])[:length]


def strings(count: int, first: int) -> list[str]:
    """Each with words that no other has, nor those of another ``first``: nothing is remembered."""
    numbers = range(first, first + count)
    return [f"Ann Lee bought {n} apples from user{n}@example.com" for n in numbers]


def findings(count: int, first: int) -> str:
    """A string with three findings a line."""
    numbers = range(first, first + count // 3)
    return "".join(f"Ann Lee, user{n}@example.com\n" for n in numbers)


def halves(largest: float) -> list[int]:
    """``largest`` and what is left of it after halving again and again, from 1,000 on."""
    sizes = (int(largest / 2**n) for n in itertools.count())
    return list(itertools.takewhile(lambda size: size >= 1000, sizes))[::-1]


def scan(detector: Detector, value: Any) -> int:
    """Findings of a row with ``value``, on the way that a scan's rows take."""

    def here(plan: Plan, shards: Iterator[Shard], **rest: Any) -> Generator[Path]:
        rest["ready"](detector.identity)
        scanner = StringScanner(detector, fingerprint_key=plan.fingerprint_key)
        for shard in shards:
            path = answers_file(plan.folder, shard.number)
            write_answers(path, shard.number, scanner.answer(shard.questions))
            yield path

    found: list[int] = []
    ledger = Ledger()
    with tempfile.TemporaryDirectory() as folder:
        scan_rows(
            [Row(0, 0, 1, value)],
            settings=ScanSettings(),
            workers=1,
            fingerprint_key=bytes(32),
            folder=Path(folder),
            emit=lambda row: found.append(len(row.findings)),
            ledger=ledger,
            progress=lambda rows, size: None,
            backend=here,
        )
    if not ledger.complete:
        raise SystemExit(f"the row failed: {dict(ledger.failures)}")
    return sum(found)


def measure(
    detector: Detector, name: str, values: Iterator[Sized], per: str, patience: float
) -> None:
    """Prints a line for each value, then the largest ratio."""
    times: list[tuple[int, float]] = []
    for size, make in values:
        forget_peak()
        found, seconds = timed(detector, make())
        again = 0 if seconds > LONG else min(max(int(SECONDS / seconds), 2), TIMES) - 1
        for _ in range(again):
            seconds = min(seconds, timed(detector, make())[1])
        ratio = f"{seconds / times[-1][1]:5.2f}x" if times else ""
        times.append((size, seconds))
        print(
            f"  {name:9} {size:11,} {per} {seconds:9.3f} s {ratio:6} {peak() / 1024:7.0f} MiB "
            f"{found:,} findings",
            flush=True,
        )
        if seconds > patience:
            break
    least = FROM if per == "characters" else 1000
    ratios = [t / u for (_, u), (n, t) in itertools.pairwise(times) if n >= least]
    size, seconds = times[-1]
    told = ""
    if ratios:
        mean = math.prod(ratios) ** (1 / len(ratios))
        told = f"{mean:.2f}x for twice the {per} in the mean, {max(ratios):.2f}x at most; "
    print(f"{name}: {told}{size / seconds:,.0f} {per} a second", flush=True)


def timed(detector: Detector, value: Any) -> tuple[int, float]:
    start = time.process_time()
    found = scan(detector, value)
    return found, time.process_time() - start


def forget_peak() -> None:
    """Let the system count the most memory held anew, where it can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak() -> int:
    """The most KiB of memory held; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--largest", type=float, default=2, help="MB of the longest string")
    parser.add_argument("--many", type=int, default=100_000, help="strings, or findings, at most")
    parser.add_argument("--patience", type=float, default=120, help="seconds for one scan")
    parser.add_argument("--shape", choices=[*SHAPES, *MANY], action="append")
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):  # is read when numpy is loaded
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
        os.execv(sys.executable, [sys.executable, *sys.argv])
    from govgate.scan.fast.detector import FastDetector

    detector = FastDetector(ScanSettings())
    for name in options.shape or [*SHAPES, *MANY]:
        if name in SHAPES:
            sizes = halves(options.largest * 1e6)
            unit = SHAPES[name]
            values: Iterator[Sized] = ((n, partial(string, name, unit, n)) for n in sizes)
            measure(detector, name, values, "characters", options.patience)
        else:
            fresh = itertools.count(10_000_000, 1_000_000)
            values = ((n, partial(anew, MANY[name], n, fresh)) for n in halves(options.many))
            measure(detector, name, values, name.removeprefix("many-"), options.patience)


def anew(make: Callable[[int, int], Any], count: int, numbers: Iterator[int]) -> Any:
    """What ``make`` makes, from numbers not used before."""
    return make(count, next(numbers))


MANY: dict[str, Callable[[int, int], Any]] = {"many-strings": strings, "many-findings": findings}

if __name__ == "__main__":
    sys.exit(main())
