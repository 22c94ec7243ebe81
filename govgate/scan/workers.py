"""Batches of rows → scanned batches, in order, by worker processes that may die.

Always processes, also for one worker: a detector that crashes or runs out of memory must not
take the gate with it. They are spawned, never forked, and only when there is work for them. Each
holds one job at a time, so that it is known what a dead one was working on: that batch is given
out again row by row, and a row whose worker dies again is a failed row.
"""

import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from govgate.errors import IncompleteError, UsageError
from govgate.model import Failure, Row
from govgate.scan.detector import DetectorIdentity
from govgate.scan.rowscan import RowScan, Tally
from govgate.scan.settings import ScanSettings
from govgate.scan.walk import Text
from govgate.scan.worker import Done, Factory, Ready, Refused, serve

BATCHES_A_WORKER: Final = 4
OPEN_CHARACTERS: Final = 16 * 2**20
"""Above this much text no further batch is opened, however few there are: bounds memory."""

DEATHS: Final = 20
"""Workers lost one after the other, without a result between them, before the scan gives up."""
DEATHS_WHILE_LOADING: Final = 3

DIED = Failure(
    "worker-died",
    "the detector's process ended while it scanned this row, twice",
    "withhold the row, or give the machine more memory",
)


@dataclass(slots=True)
class Batch:
    """Rows with their texts, and room for what is seen in them. ``weight``: characters."""

    rows: list[Row]
    texts: list[tuple[Text, ...]]
    weight: int
    scans: dict[int, RowScan] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether every row has its result."""
        return len(self.scans) == len(self.rows)


@dataclass(frozen=True, slots=True)
class _Job:
    """Rows of a batch that one worker is to scan. ``alone``: a row that is given out again."""

    batch: Batch
    places: Sequence[int]
    alone: bool = False


@dataclass(slots=True, eq=False)
class _Worker:
    process: Any
    pipe: Connection
    ready: bool = False
    job: _Job | None = None


class WorkerPool:
    """Up to ``limit`` workers. ``identity`` is their detector's, known after `start`.

    A context manager: on leaving, by whatever way, no worker is left.
    """

    def __init__(
        self, factory: Factory, settings: ScanSettings, fingerprint_key: bytes, limit: int
    ) -> None:
        self.identity: DetectorIdentity | None = None
        self._arguments = (factory, settings, fingerprint_key)
        self._limit = limit
        self._workers: list[_Worker] = []
        self._jobs: deque[_Job] = deque()
        self._open: deque[Batch] = deque()
        self._deaths = 0

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def start(self) -> DetectorIdentity:
        """Bring up the first worker, to learn what detector it has; UsageError if it has none."""
        while self.identity is None:
            if not self._workers:
                self._spawn()
            self._listen()
        return self.identity

    def scan(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Each batch in turn with all its scans. Pulls no more of them than it can work on."""
        exhausted = False
        while not exhausted or self._open:
            while not exhausted and self._has_room():
                batch = next(batches, None)
                if batch is None:
                    exhausted = True
                else:
                    self._open.append(batch)
                    self._jobs.append(_Job(batch, range(len(batch.rows))))
            self._hand_out()
            while self._open and self._open[0].done:
                yield self._open.popleft()
            if self._open:
                self._listen()

    def _has_room(self) -> bool:
        few = len(self._open) < BATCHES_A_WORKER * self._limit
        return few and sum(batch.weight for batch in self._open) < OPEN_CHARACTERS

    def _hand_out(self) -> None:
        while len(self._workers) < min(self._limit, self._working() + len(self._jobs)):
            self._spawn()
        for worker in [w for w in self._workers if w.ready and w.job is None]:
            if not self._jobs:
                return
            worker.job = job = self._jobs.popleft()
            try:
                worker.pipe.send([job.batch.texts[place] for place in job.places])
            except OSError:
                self._bury(worker)

    def _working(self) -> int:
        return sum(worker.job is not None for worker in self._workers)

    def _listen(self) -> None:
        """Wait until a worker has something to say, or has died, and see to it."""
        self._hand_out()
        talking = wait([worker.pipe for worker in self._workers])
        for worker in [w for w in self._workers if w.pipe in talking]:
            try:
                message = worker.pipe.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            self._take(worker, message)

    def _take(self, worker: _Worker, message: Ready | Refused | Done) -> None:
        if isinstance(message, Refused):
            raise (UsageError if message.usage else IncompleteError)(
                message.what, remedy=message.remedy
            )
        if isinstance(message, Ready):
            worker.ready = True
            self._compare(message.identity)
        elif worker.job is not None:
            job, worker.job = worker.job, None
            job.batch.scans.update(zip(job.places, message.rows, strict=True))
            self._deaths = 0

    def _compare(self, identity: DetectorIdentity) -> None:
        if self.identity is not None and self.identity != identity:
            raise IncompleteError(
                "the detector changed while rows were being scanned",
                remedy="leave the environment alone during a run, and start again",
            )
        self.identity = identity

    def _bury(self, worker: _Worker) -> None:
        """Remove a dead worker, and see that its rows are looked at again or counted failed."""
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._deaths += 1
        if self._deaths >= (DEATHS if worker.ready else DEATHS_WHILE_LOADING):
            raise IncompleteError(
                f"{self._deaths} detector processes in a row ended without a result",
                remedy="see whether the machine is short of memory, or use fewer workers",
            )
        job = worker.job
        if job is None:
            return
        if job.alone:
            job.batch.scans.update({place: _died(job.batch.texts[place]) for place in job.places})
        else:
            alone = [_Job(job.batch, (place,), alone=True) for place in job.places]
            self._jobs.extendleft(reversed(alone))

    def _spawn(self) -> None:
        spawn = get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=serve, args=(theirs, *self._arguments), daemon=True)
        resource_tracker.ensure_running()  # starting it would let Ctrl-C through again
        with no_interrupt(), closing(theirs):
            process.start()
            self._workers.append(_Worker(process, ours))


def _died(texts: Sequence[Text]) -> RowScan:
    failed = Tally()
    for text in texts:
        failed.add(text)
    return RowScan(failed=failed, failure=DIED)


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back, here until the worker is noted down, there until it ignores it itself.

    The worker inherits the mask. Here it is not enough: another thread, one of Polars say, can
    take the signal, and Python then raises in the main thread all the same.
    """
    came: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number)) if main else None
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, before or signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        for number in came:
            signal.raise_signal(number)
