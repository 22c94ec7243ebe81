"""Detectors for worker processes in tests: real code without a model, dying on demand."""

import os
import re
import signal
import time
from pathlib import Path

from govgate.errors import UsageError
from govgate.model import Failure
from govgate.scan.detector import DetectorError, DetectorIdentity, Span
from govgate.scan.settings import ScanSettings

IDENTITY = DetectorIdentity("0", "0", "en", "none", "0", "", (), (), ("PERSON",), (), 1, 1000)
NAME = re.compile(r"\b(?:Ann|Bob)\b")


class Names:
    """Finds Ann and Bob. Obeys a text that tells it to die, to fail or to sleep."""

    def __init__(self, settings: ScanSettings) -> None:
        self.identity = IDENTITY

    def detect(self, text: str) -> list[Span]:
        if text.startswith("die once: "):
            mark = Path(text.removeprefix("die once: "))
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        if text == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "sleep":
            time.sleep(600)
        if text == "fail":
            raise DetectorError(Failure("pattern-timed-out", "too slow", "shorten it"))
        return [Span(m.start(), m.end(), "PERSON", 0.85, "Names") for m in NAME.finditer(text)]


class Refusing:
    """Cannot be made."""

    def __init__(self, settings: ScanSettings) -> None:
        raise UsageError("the pipeline is missing", remedy="install it")


class DyingAtBirth:
    """Takes its process down while it is made."""

    def __init__(self, settings: ScanSettings) -> None:
        os._exit(3)
