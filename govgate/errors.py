"""What can go wrong, in the words a user sees, and the exit code that each kind ends in.

An error is raised when govgate could not answer. An answer of "no" is a value, never an error.
Messages name the thing and the remedy; they never contain text of the gated data.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command; the table stands in the README."""

    TRAIN = 0
    RETRIEVAL_ONLY = 1
    USAGE = 2
    BLOCKED = 3
    INCOMPLETE = 4
    EVIDENCE = 5
    INTERNAL = 70
    REFUSED = 125


class GovgateError(Exception):
    """Something stopped an answer: ``what`` happened (to which thing), ``remedy``: what to do.

    ``str(error)`` is one line, ``WHAT: REMEDY`` joined by a semicolon where a remedy is given.
    """

    code = ExitCode.INTERNAL

    def __init__(self, what: str, *, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}" if self.remedy else self.what


class UsageError(GovgateError):
    """The command, the configuration or the policy cannot be used as given."""

    code = ExitCode.USAGE


class IncompleteError(GovgateError):
    """Something could not be read, written or finished, so there is no answer."""

    code = ExitCode.INCOMPLETE


class EvidenceError(GovgateError):
    """A signature, digest, proof or key does not hold."""

    code = ExitCode.EVIDENCE


class NotYetError(EvidenceError):
    """What is there holds, but others must still sign before it counts; ``remedy`` says who."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(what, remedy=remedy)
