"""What the two partition writers share: the steps they follow and the files they fill."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govgate.data.dataset import DataFile
from govgate.data.redact import Span
from govgate.durable import make_dirs
from govgate.errors import IncompleteError
from govgate.model import Partition


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where the row ``index`` goes, and what is redacted there."""

    index: int
    partition: Partition
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PartFile:
    """One file of a partition; ``name`` is its path below the run, such as ``train/FILE``."""

    partition: Partition
    name: str
    sha256: str
    size: int
    rows: int


def changed(name: str) -> IncompleteError:
    """The error for input that is not what the first pass read."""
    return IncompleteError(
        f"{name} changed while it was being gated",
        remedy="gate it again when nothing writes to it",
    )


class Steps:
    """The assignments, taken one by one in the order of the rows."""

    def __init__(self, assignments: Iterator[Assignment]) -> None:
        self._assignments = assignments
        self.count = 0

    def take(self, name: str, *, failed: bool) -> Assignment:
        """The next row's assignment; a row that failed may be for no use."""
        step = next(self._assignments, None)
        if step is None or step.index != self.count:
            raise changed(name)
        if failed and step.partition is not Partition.WITHHELD:
            raise IncompleteError(f"{name}: a row that could not be read was assigned to a use")
        self.count += 1
        return step

    def finish(self) -> None:
        if next(self._assignments, None) is not None:
            raise IncompleteError(
                "there are more decisions than rows", remedy="gate the data again"
            )


@dataclass(slots=True)
class Parts:
    """The files that one input file is split into; each begins with its first row."""

    file: DataFile
    out: Path
    open: dict[Partition, Any] = field(default_factory=dict)  # RowPart or ColumnPart

    def path(self, partition: Partition) -> Path:
        path = self.out / partition / self.file.name
        make_dirs(path.parent)
        return path

    def close(self) -> list[PartFile]:
        return [self._closed(partition, part) for partition, part in self.open.items()]

    def _closed(self, partition: Partition, part: Any) -> PartFile:
        sha256, size = part.close()
        return PartFile(partition, f"{partition}/{self.file.name}", sha256, size, part.rows)

    def abandon(self) -> None:
        for part in self.open.values():
            part.abandon()
