from collections.abc import Callable
from pathlib import Path

import pytest

from govgate.data.dataset import open_dataset
from govgate.data.partitions import Assignment, InputDigest, PartFile, write_partitions
from govgate.data.rows import RowReader
from govgate.model import Row


@pytest.fixture
def read() -> Callable[..., list[Row]]:
    """All rows of the data set that the paths name."""

    def reader(*paths: Path, limit: int = 64 * 2**20) -> list[Row]:
        rows: list[Row] = []
        for i, file in enumerate(open_dataset([str(p) for p in paths]).files):
            rows += RowReader(file, file_index=i, first_index=len(rows), max_row_bytes=limit)
        return rows

    return reader


@pytest.fixture
def split(tmp_path: Path) -> Callable[..., list[PartFile]]:
    """Write the partitions of files under `tmp_path/run`; `choose` says (partition, spans)."""

    def splitter(*paths: Path, choose: Callable[[Row], tuple], out: str = "run") -> list[PartFile]:
        dataset = open_dataset([str(p) for p in paths])
        rows: list[Row] = []
        digests = []
        for i, file in enumerate(dataset.files):
            reader = RowReader(file, file_index=i, first_index=len(rows))
            found = list(reader)
            rows += found
            digests.append(InputDigest(file.name, reader.sha256, reader.size, len(found)))
        steps = [Assignment(row.index, *choose(row)) for row in rows]
        return write_partitions(dataset, iter(steps), tmp_path / out, digests)

    return splitter
