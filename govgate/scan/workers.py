"""The local backend: shards → files of answers, in order, by worker processes that may die.

Always processes, also for one worker: a detector that crashes or runs out of memory must not
take the gate with it. They are spawned, never forked. Each
holds one task at a time, so that it is known what a dead one was working on: that shard is given
out again question by question, and a question whose worker dies again is answered with a failure.
"""

import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

from govgate.durable import translated
from govgate.errors import IncompleteError, UsageError
from govgate.model import Failure
from govgate.scan.detector import DetectorIdentity
from govgate.scan.question import Answer
from govgate.scan.shards import (
    OtherDetectorError,
    Plan,
    Shard,
    answers_file,
    read_answers,
    write_answers,
)
from govgate.scan.worker import Done, Ready, Refused, Task, serve

SHARDS_A_WORKER: Final = 8
OPEN_CHARACTERS: Final = 16 * 2**20
"""Above this much text no further shard is opened, however few there are: bounds memory."""

WORTH_A_WORKER: Final = 768 * 1024
"""Text waiting for which one more worker is started: to load takes it as long as to scan that."""

DEATHS: Final = 20
"""Workers lost one after the other, without a result between them, before the scan gives up."""
DEATHS_WHILE_LOADING: Final = 3

DIED = Failure(
    "worker-died",
    "the detector's process ended while it scanned a string of this row, twice",
    "withhold the row, or give the machine more memory",
)


@dataclass(slots=True, eq=False)
class _Open:
    """A shard that is being worked on. ``alone``: its answers so far, once it is given out again
    question by question."""

    shard: Shard
    file: Path
    alone: dict[int, Answer] = field(default_factory=dict)
    done: bool = False
    characters: int = field(init=False)

    def __post_init__(self) -> None:
        self.characters = sum(len(question.text) for question in self.shard.questions)

    def answer(self, place: int, answer: Answer) -> None:
        """Note one answer; with the last of them the file is written."""
        self.alone[place] = answer
        if len(self.alone) == len(self.shard.questions):
            self.finish([self.alone[place] for place in range(len(self.alone))])

    def finish(self, answers: Sequence[Answer]) -> None:
        """Write down all answers; IncompleteError where the disk refuses."""
        with translated(self.file, "write"):
            write_answers(self.file, self.shard.number, answers)
        self.done = True


@dataclass(frozen=True, slots=True)
class _Job:
    """All questions of a shard, or the one at ``place``, for one worker to answer."""

    open: _Open
    place: int | None = None

    @property
    def characters(self) -> int:
        """How much text it holds."""
        if self.place is None:
            return self.open.characters
        return len(self.open.shard.questions[self.place].text)

    @property
    def task(self) -> Task:
        """As it is sent to the worker."""
        shard, file = self.open.shard, self.open.file
        if self.place is None:
            return Task(shard.number, shard.questions, file)
        own = file.with_name(f"{file.name}.{self.place}")
        return Task(shard.number, shard.questions[self.place : self.place + 1], own)


@dataclass(slots=True, eq=False)
class _Worker:
    process: Any
    pipe: Connection
    ready: bool = False
    job: _Job | None = None


def local(
    plan: Plan,
    shards: Iterator[Shard],
    *,
    workers: int,
    ready: Callable[[DetectorIdentity], None],
) -> Generator[Path]:
    """A `shards.Backend`: up to ``workers`` processes on this machine."""
    with WorkerPool(plan, workers) as pool:
        ready(pool.start())
        yield from pool.answer(shards)


class WorkerPool:
    """Up to ``limit`` workers. ``identity`` is their detector's, known after `start`; what the plan
    expects is taken at its word until a worker is ready.

    A context manager: on leaving, by whatever way, no worker is left.
    """

    def __init__(self, plan: Plan, limit: int) -> None:
        self.identity = plan.expected
        self._plan = plan
        self._limit = limit
        self._workers: list[_Worker] = []
        self._jobs: deque[_Job] = deque()
        self._waiting = 0  # characters in all jobs: they can be many, so they are not counted anew
        self._open: deque[_Open] = deque()
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
        """Which detector it is. Unless one is expected, the first worker is brought up to learn it;
        UsageError if it has none.

        Workers follow when there is work for them: often most of the answers are known.
        """
        while self.identity is None:
            if not self._workers:
                self._spawn()
            self._listen()
        return self.identity

    def answer(self, shards: Iterator[Shard]) -> Iterator[Path]:
        """The file of each shard in turn. Draws no more of them than it can work on."""
        more = True
        while more or self._open:
            drawing = more and self._has_room()
            if drawing:
                more = self._draw(shards)
            if self._open:  # while there is something to draw, nobody is waited for
                self._listen(wait_for=0 if drawing else None)
            while self._open and self._open[0].done:
                yield self._open.popleft().file

    def _draw(self, shards: Iterator[Shard]) -> bool:
        """Open the next shard; False if there is none."""
        shard = next(shards, None)
        if shard is None:
            return False
        opened = _Open(shard, answers_file(self._plan.folder, shard.number))
        self._open.append(opened)
        if shard.questions:
            self._jobs.append(_Job(opened))
            self._waiting += opened.characters
        else:
            opened.finish(())
        return True

    def _has_room(self) -> bool:
        few = len(self._open) < SHARDS_A_WORKER * self._limit
        return few and sum(one.characters for one in self._open) < OPEN_CHARACTERS

    def _hand_out(self) -> None:
        while len(self._workers) < self._wanted():
            self._spawn()
        for worker in [w for w in self._workers if w.ready and w.job is None]:
            if not self._jobs:
                return
            worker.job = job = self._jobs.popleft()
            self._waiting -= job.characters
            try:
                worker.pipe.send(job.task)
            except OSError:
                self._bury(worker)

    def _wanted(self) -> int:
        """Workers that there is work for: those at work, and as many as what waits is worth."""
        working = sum(worker.job is not None for worker in self._workers)
        more = min(len(self._jobs), self._waiting // WORTH_A_WORKER)
        return min(self._limit, max(working + more, 1 if self._jobs else 0))

    def _listen(self, wait_for: float | None = None) -> None:
        """Give work to those who have none. Then see to what a worker has to say, or its death;
        wait for that for as long as it takes, or ``wait_for`` seconds."""
        self._hand_out()
        talking = wait([worker.pipe for worker in self._workers], wait_for)
        for worker in [w for w in self._workers if w.pipe in talking]:
            try:
                message = worker.pipe.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            self._take(worker, message)
        self._hand_out()  # before the answers that came are seen to

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
            self._deaths = 0
            _finish(job)

    def _compare(self, identity: DetectorIdentity) -> None:
        if self.identity is not None and self.identity != identity:
            raise OtherDetectorError
        self.identity = identity

    def _bury(self, worker: _Worker) -> None:
        """Remove a dead worker, and see that its questions are asked again or answered failed."""
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
        if job.place is None:
            alone = [_Job(job.open, place) for place in range(len(job.open.shard.questions))]
            self._jobs.extendleft(reversed(alone))
            self._waiting += job.characters
        else:
            job.open.answer(job.place, DIED)

    def _spawn(self) -> None:
        spawn = get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=serve, args=(theirs, self._plan), daemon=True)
        resource_tracker.ensure_running()  # starting it would let Ctrl-C through again
        with no_interrupt(), closing(theirs):
            process.start()
            self._workers.append(_Worker(process, ours))


def _finish(job: _Job) -> None:
    """Take note that a worker has written the answers of ``job``."""
    if job.place is None:
        job.open.done = True
        return
    task = job.task
    (answer,) = read_answers(task.path, task.number, 1)
    task.path.unlink()
    job.open.answer(job.place, answer)


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
