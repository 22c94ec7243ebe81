"""Detectors for worker processes in tests: real code without a model, dying on demand."""

import os
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from govgate.errors import UsageError
from govgate.model import Failure
from govgate.scan.detector import Ask, DetectorIdentity, Span
from govgate.scansettings import ScanSettings

IDENTITY = DetectorIdentity("0", "0", (), (), ("PERSON",), (), 1, 1000, "")
NAME = re.compile(r"\b(?:Ann|Bob)\b")


class Names:
    """Finds Ann and Bob. Obeys a text that tells it to die, to fail or to sleep."""

    def __init__(self, settings: ScanSettings) -> None:
        self.identity = IDENTITY
        self.failed = 0

    def detect(self, asks: Sequence[Ask]) -> list[list[Span] | Failure]:
        return [self._one(ask.text) for ask in asks]

    def _one(self, text: str) -> list[Span] | Failure:
        if text.startswith("die once: "):
            mark = Path(text.removeprefix("die once: "))
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("die") and not text.startswith("die once"):
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("sleep"):
            time.sleep(600)
        if text.startswith("raise"):
            raise ValueError(text)
        if text == "fail":
            return Failure("pattern-timed-out", "too slow", "shorten it")
        if text == "fail once":
            self.failed += 1
            if self.failed == 1:
                return Failure("detector-failed", "it stumbled", "try again")
        return [Span(m.start(), m.end(), "PERSON", 0.85, "Names") for m in NAME.finditer(text)]


class Refusing:
    """Cannot be made."""

    def __init__(self, settings: ScanSettings) -> None:
        raise UsageError("the pipeline is missing", remedy="install it")


class DyingAtBirth:
    """Takes its process down while it is made."""

    def __init__(self, settings: ScanSettings) -> None:
        os._exit(3)
