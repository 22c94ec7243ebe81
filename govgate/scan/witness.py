"""What Presidio says in its log while it looks at a text.

Presidio drops a pattern that timed out, and a match whose check failed, with a line in its log
and no other sign. Such a line is evidence that something was not looked at, so it is kept for
the text at hand instead of being printed: Presidio's log lines can hold matched text.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from govgate.model import Failure
from govgate.scan.detector import DetectorError

LOGGER = "presidio-analyzer"
QUIET = ("spacy", "tldextract", "presidio-analyzer", "decision_process", "filelock")
"""Loggers of the libraries used here that could repeat a text. They print nothing."""

TIMED_OUT = Failure(
    "pattern-timed-out",
    "a detector pattern ran out of time on a string of this row",
    "shorten the string, or raise REGEX_TIMEOUT_SECONDS for the run",
)
COMPLAINED = Failure(
    "detector-failed",
    "the detector reported a fault on a string of this row",
    "withhold the row, or change the string",
)
SILENCED = Failure(
    "detector-unobserved",
    "the detector's log is switched off, so a pattern that timed out would go unseen",
    "leave the presidio-analyzer logger as govgate sets it",
)


class Witness(logging.Handler):
    """Notes warnings and errors of the calling thread; formats and prints none of them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._noted = threading.local()

    def install(self) -> None:
        """Become the only listener of Presidio's log, and silence the libraries beside it."""
        for name in QUIET:
            logger = logging.getLogger(name)
            logger.handlers = [logging.NullHandler()]
            logger.propagate = False
        logger = logging.getLogger(LOGGER)
        logger.handlers = [self]
        logger.setLevel(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember which failure ``record`` tells of; its text is let go."""
        timed_out = "timed out" in str(record.msg)
        self._noted.failure = TIMED_OUT if timed_out else COMPLAINED

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Raise DetectorError on leaving if the log told of a fault, or could not have."""
        logger = logging.getLogger(LOGGER)
        self._noted.failure = None
        yield
        if self not in logger.handlers or logger.disabled or not logger.isEnabledFor(self.level):
            raise DetectorError(SILENCED)
        if self._noted.failure is not None:
            raise DetectorError(self._noted.failure)


WITNESS = Witness()
"""The one witness of this process, for all its detectors: Presidio has one log."""
