"""The rows of a run's partitions as they stand in its files, each with its place in the data."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govgate import rundir
from govgate.data.dataset import Compression, DataFile, Dataset, Format
from govgate.data.digest import digest_file
from govgate.data.partitions import InputDigest
from govgate.data.rows import RowReader
from govgate.data.tables import read_batches
from govgate.errors import EvidenceError
from govgate.model import Partition, Row
from govgate.runfiles import load_json

KEPT = (Partition.TRAIN, Partition.RETRIEVE)


@dataclass(frozen=True, slots=True)
class Standing:
    """A row in a partition: its ``index`` counts from 0 over the data set; ``name``: its own."""

    index: int
    partition: Partition
    file: str
    name: str
    value: Any


def dataset_of(run: Path, partition: Partition) -> Dataset:
    """The files of a partition in the order of the data set, each in the format it was read as."""
    folder = run / partition
    listed = load_json(run / rundir.COVERAGE).get("files", ())
    files = [
        DataFile(
            folder / one["name"],
            one["name"],
            Format(one["format"]),
            Compression(one["compression"]),
        )
        for one in listed
    ]
    return Dataset(tuple(file for file in files if file.path.is_file()), ())


def digests_of(run: Path, partition: Partition, dataset: Dataset) -> list[InputDigest]:
    """What the files of a partition are, with as many rows as the verdicts put there."""
    counts: Counter[str] = Counter()
    for batch in read_batches(run / rundir.VERDICTS, ["file", "partition"]):
        here = batch.filter(batch["partition"] == partition.value)
        counts.update(dict(here["file"].value_counts().iter_rows()))
    return [
        InputDigest(file.name, *digest_file(file.path), counts[file.name]) for file in dataset.files
    ]


def standing_rows(run: Path, only: Collection[str] | None = None) -> Iterator[Standing]:
    """All rows of both partitions, or those in the files ``only`` (PARTITION/NAME).

    EvidenceError where files and verdicts do not go in step.
    """
    for partition in KEPT:
        files = {file.name: file for file in dataset_of(run, partition).files}
        current = ""
        rows: Iterator[Row] = iter(())
        for index, name, file in _entries(run, partition):
            if only is not None and f"{partition.value}/{file}" not in only:
                continue
            if file != current:
                _check_end(rows, current)
                if file not in files:
                    raise _out_of_step(file)
                current = file
                rows = iter(RowReader(files[file], file_index=0, first_index=0))
            row = next(rows, None)
            if row is None or row.failure is not None:
                raise _out_of_step(file)
            yield Standing(index, partition, file, name, row.value)
        _check_end(rows, current)


def _entries(run: Path, partition: Partition) -> Iterator[tuple[int, str, str]]:
    for batch in read_batches(run / rundir.VERDICTS, ["index", "row", "file", "partition"]):
        here = batch.filter(batch["partition"] == partition.value)
        yield from here.select("index", "row", "file").iter_rows()


def _check_end(rows: Iterator[Row], file: str) -> None:
    if next(rows, None) is not None:
        raise _out_of_step(file)


def _out_of_step(file: str) -> EvidenceError:
    return EvidenceError(f"{file} holds other rows than the verdicts say")
