"""The inside of a worker process: load a detector, then scan rows until the pipe closes."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from govgate.errors import UsageError
from govgate.scan.detector import Detector, DetectorIdentity
from govgate.scan.rowscan import RowScan, RowScanner
from govgate.scan.settings import ScanSettings
from govgate.scan.walk import Text

Factory = Callable[[ScanSettings], Detector]
"""Makes a worker's detector. Must be importable by name: it is called in another process."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


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
    """The rows of a job, scanned, in order."""

    rows: list[RowScan]


def serve(pipe: Connection, factory: Factory, settings: ScanSettings, key: bytes) -> None:
    """Answer each list of rows (a row is its texts) on ``pipe`` with `Done`, until it closes.

    First of all comes `Ready`, or `Refused` and the end. Ctrl-C is left to the parent. One thread
    for arithmetic: workers share the machine, and results must not hang on how many cores it has.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        scanner = _start(pipe, factory, settings, key)
        while scanner is not None:
            rows: list[Sequence[Text]] = pipe.recv()
            pipe.send(Done([scanner.scan(texts) for texts in rows]))
    except (EOFError, OSError):
        return


def _start(
    pipe: Connection, factory: Factory, settings: ScanSettings, key: bytes
) -> RowScanner | None:
    try:
        detector = factory(settings)
    except UsageError as refusal:
        pipe.send(Refused(True, refusal.what, refusal.remedy))
        return None
    except Exception as problem:
        what = f"the detector could not be loaded ({type(problem).__name__})"
        pipe.send(Refused(False, what, "reinstall govgate and its detector packages"))
        return None
    pipe.send(Ready(detector.identity))
    return RowScanner(detector, max_characters=settings.max_characters, fingerprint_key=key)
