"""The inside of a worker process: load a detector, then answer questions until the pipe closes."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from govgate.errors import UsageError
from govgate.scan.detector import DetectorIdentity
from govgate.scan.question import Answer, Question
from govgate.scan.shards import Plan, write_answers
from govgate.scan.strings import StringScanner

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Task:
    """Questions of shard ``number``, all or some; their answers are to be written to ``path``."""

    number: int
    questions: Sequence[Question]
    path: Path


@dataclass(frozen=True, slots=True)
class Ready:
    """The detector is loaded."""

    identity: DetectorIdentity


@dataclass(frozen=True, slots=True)
class Refused:
    """The detector cannot be made. ``usage``: by a fault of the settings, told in ``what``."""

    usage: bool
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Done:
    """The answers of a task are in its file."""


def serve(pipe: Connection, plan: Plan) -> None:
    """Carry out each `Task` that comes on ``pipe`` and say `Done`, until it closes.

    First of all comes `Ready`, or `Refused` and the end. Ctrl-C is left to the parent. One thread
    for arithmetic: workers share the machine, and results must not hang on how many cores it has.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        scanner = _start(pipe, plan)
        while scanner is not None:
            task: Task = pipe.recv()
            answers = scanner.answer(task.questions)
            pipe.send(_write(task, answers))
    except Exception:
        return  # silently: a traceback can quote a row. The parent sees that the pipe closed


def _write(task: Task, answers: Sequence[Answer]) -> Done | Refused:
    try:
        write_answers(task.path, task.number, answers)
    except OSError as problem:
        what = f"what was found cannot be written down ({problem.strerror})"
        return Refused(False, what, "make room in the run's folder, and start again")
    return Done()


def _start(pipe: Connection, plan: Plan) -> StringScanner | None:
    try:
        detector = plan.factory(plan.settings)
    except UsageError as refusal:
        pipe.send(Refused(True, refusal.what, refusal.remedy))
        return None
    except Exception as problem:
        what = f"the detector could not be loaded ({type(problem).__name__})"
        pipe.send(Refused(False, what, "reinstall govgate and its detector packages"))
        return None
    pipe.send(Ready(detector.identity))
    return StringScanner(
        detector,
        fingerprint_key=plan.fingerprint_key,
        looks=plan.settings.looks,
        thresholds=plan.settings.thresholds,
    )
