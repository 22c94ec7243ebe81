"""What lint found, and the report of it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from govgate.yamlnodes import Path_


class Severity(IntEnum):
    """How bad it is. Only notes leave the answer at yes."""

    NOTE = 0
    WARNING = 1
    ERROR = 2

    @property
    def word(self) -> str:
        """As answers spell it."""
        return self.sarif

    @property
    def sarif(self) -> Literal["note", "warning", "error"]:
        """As SARIF spells it."""
        match self:
            case Severity.NOTE:
                return "note"
            case Severity.WARNING:
                return "warning"
            case Severity.ERROR:
                return "error"


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check says of one place: ``path`` from the document's root.

    ``severity`` where it is not the check's usual one.
    """

    path: Path_
    message: str
    remedy: str
    at_key: bool = False
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with its check and its place; line and column count from 1, in code points."""

    check: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    remedy: str

    @property
    def place(self) -> str:
        """``FILE:LINE:COL``."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings in one file, by place.

    ``gave_up``: checks that stopped short of looking at everything, so that their silence says
    nothing. ``readable``: whether there was a policy to check.
    """

    file: str
    findings: tuple[Finding, ...]
    gave_up: tuple[str, ...] = ()
    readable: bool = True

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst finding."""
        return max((finding.severity for finding in self.findings), default=None)
