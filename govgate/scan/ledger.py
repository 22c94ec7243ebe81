"""The coverage ledger: every row, string and character read is scanned, skipped or failed.

What was read is counted before the detector sees it, what became of it afterwards, by different
code; `close` compares the two, so that nothing can get lost between them unseen.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from govgate.errors import IncompleteError
from govgate.model import Failure
from govgate.scan.rowscan import RowScan, Tally


@dataclass(slots=True)
class Account:
    """One kind of thing, counted."""

    read: int = 0
    scanned: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def balanced(self) -> bool:
        """Whether all that was read is accounted for."""
        return self.read == self.scanned + self.skipped + self.failed


@dataclass(slots=True)
class Ledger:
    """Accounts of rows, strings and characters.

    ``skipped``: strings and characters by reason, ``failed`` by code. ``failures``: all failed
    rows by code. A row that could not be read counts as one failed row; what strings it holds
    nobody knows. A row fails if one of its strings does. ``unmet``: ids of the policy's rules about
    fields that met no string.
    """

    rows: Account = field(default_factory=Account)
    strings: Account = field(default_factory=Account)
    characters: Account = field(default_factory=Account)
    skipped: dict[str, Tally] = field(default_factory=dict)
    failed: dict[str, Tally] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    unmet: tuple[str, ...] = ()
    closed: bool = False

    def read(self, *, strings: int, characters: int) -> None:
        """Count a row as it comes in."""
        self.rows.read += 1
        self.strings.read += strings
        self.characters.read += characters

    def take(self, scan: RowScan, failure: Failure | None) -> None:
        """Count what became of a row; ``failure`` is that of the row, from any step."""
        self.strings.scanned += scan.scanned.strings
        self.characters.scanned += scan.scanned.characters
        for reason, tally in scan.skipped.items():
            _add(self.skipped, reason, tally)
            self.strings.skipped += tally.strings
            self.characters.skipped += tally.characters
        for code, tally in scan.failed.items():
            _add(self.failed, code, tally)
            self.strings.failed += tally.strings
            self.characters.failed += tally.characters
        if failure is None:
            self.rows.scanned += 1
        else:
            self.rows.failed += 1
            self.failures[failure.code] += 1

    def close(self) -> None:
        """IncompleteError unless everything that was read is accounted for."""
        for name in ("rows", "strings", "characters"):
            if not getattr(self, name).balanced:
                raise IncompleteError(
                    f"the coverage ledger does not balance: some {name} that were read are "
                    "neither scanned, skipped nor failed",
                    remedy="this is a fault of govgate; report it with the run's coverage",
                )
        self.closed = True

    @property
    def complete(self) -> bool:
        """Closed, with at least one row read and nothing failed."""
        accounts = (self.rows, self.strings, self.characters)
        return self.closed and self.rows.read > 0 and not any(a.failed for a in accounts)

    def as_dict(self) -> dict[str, Any]:
        """As it stands in ``coverage.json``, which also lists failures one by one."""
        none = Tally()
        return {
            "complete": self.complete,
            "rows": asdict(self.rows),
            "strings": asdict(self.strings),
            "characters": asdict(self.characters),
            "skipped": {reason: asdict(self.skipped[reason]) for reason in sorted(self.skipped)},
            "failed": {
                code: {"rows": self.failures[code], **asdict(self.failed.get(code, none))}
                for code in sorted({*self.failures, *self.failed})
            },
        }


def _add(tallies: dict[str, Tally], name: str, more: Tally) -> None:
    total = tallies.setdefault(name, Tally())
    total.strings += more.strings
    total.characters += more.characters
