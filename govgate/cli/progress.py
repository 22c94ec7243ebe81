"""How far a scan is, on standard error: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Report = Callable[[int, int], None]
EVERY = 10.0  # seconds between plain lines


@contextmanager
def reporting(total: int | None, *, quiet: bool) -> Iterator[Report]:
    """A function that is told of more (rows, bytes) done; ``total`` bytes give the time left."""
    if quiet:
        yield lambda _rows, _size: None
    elif sys.stderr.isatty():
        yield from _bar(total)
    else:
        yield _Lines(total)


def _bar(total: int | None) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("scanning"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows  {task.fields[speed]}"),
        TimeRemainingColumn() if total else TimeElapsedColumn(),
    )
    started = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("scan", total=total, rows=0, speed="")

        done = _Done()

        def report(rows: int, size: int) -> None:
            done.add(rows, size)
            speed = megabytes_a_second(done.size, time.monotonic() - started)
            progress.update(task, completed=done.size, rows=done.rows, speed=speed)

        yield report


@dataclass(slots=True)
class _Done:
    rows: int = 0
    size: int = 0

    def add(self, rows: int, size: int) -> None:
        self.rows += rows
        self.size += size


class _Lines:
    """Plain lines, one every ten seconds."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._done = _Done()
        self._started = self._spoke = time.monotonic()

    def __call__(self, rows: int, size: int) -> None:
        self._done.add(rows, size)
        now = time.monotonic()
        if now - self._spoke < EVERY:
            return
        self._spoke = now
        speed = megabytes_a_second(self._done.size, now - self._started)
        left = self._left(now - self._started)
        print(
            f"govgate: scanned {self._done.rows:,} rows, {speed}{left}", file=sys.stderr, flush=True
        )

    def _left(self, seconds: float) -> str:
        done = self._done.size
        if not self._total or not 0 < done < self._total:
            return ""
        return f", about {_span((self._total - done) * seconds / done)} left"


def megabytes_a_second(size: int, seconds: float) -> str:
    """A speed in MB/s, three significant digits at most."""
    return f"{size / 1e6 / max(seconds, 1e-9):.3g} MB/s"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
