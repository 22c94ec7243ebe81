"""What a replay answers: both policies' outcomes and counts, and the rows that move."""

from dataclasses import dataclass

from govgate.model import Outcome, Partition
from govgate.policy.change.moves import Move
from govgate.record import Counts


@dataclass(frozen=True, slots=True)
class Side:
    """One policy's answer for the data set.

    ``outcome``: None where unknown rows decide it. ``unmet``: what stands against training; empty
    for a run without a record.
    """

    policy: str
    version: int
    outcome: Outcome | None
    unmet: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Replayed:
    """What another policy would do with a run.

    ``unknown``: rows that the run's facts do not decide. ``reasons_differ`` and
    ``obligations_differ``: rows that did not move, and are decided by other rules or have other
    duties and redactions. ``obligations_dropped``: rows, moved or not, of which less is replaced
    than before for a use that still redacts, or that lose a duty. ``why``: what the run did not
    look for. ``rows``: names of the samples.
    """

    before: Side
    after: Side
    moves: tuple[Move, ...]
    unknown: int
    reasons_differ: int
    obligations_differ: int
    obligations_dropped: int
    why: tuple[str, ...]
    notes: tuple[str, ...]
    rows: dict[int, str]

    @property
    def moved(self) -> int:
        """Rows whose effects or partition differ."""
        return sum(move.rows for move in self.moves)

    @property
    def failures_in_doubt(self) -> bool:
        """Whether what failed in the scan, and kept all rows out, may not fail another time."""
        return self.before.outcome is Outcome.INCOMPLETE and bool(self.why)

    @property
    def may_be_looser(self) -> bool:
        """Whether any row moves to a milder effect or loses an obligation, or might do so."""
        moved = any(move.direction != "stricter" for move in self.moves)
        doubtful = self.unknown > 0 or self.failures_in_doubt
        return moved or doubtful or self.obligations_dropped > 0

    def bounds(self, partition: Partition) -> tuple[int, int]:
        """Between how many rows and how many the partition has after, whatever the unknown are.

        Where they decide the outcome, rows to train on may lose that use, and go elsewhere.
        """
        counts = self.after.counts
        known = int(getattr(counts, partition.value))
        demoted = counts.train if self.after.outcome is None else 0
        if partition is Partition.TRAIN:
            return known - demoted, known + self.unknown
        return known, known + self.unknown + demoted
