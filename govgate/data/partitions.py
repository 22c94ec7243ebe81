"""The second pass: every row goes to the partition that its verdict names, as the bytes it has.

The input is read again with the same reader, in step with the assignments; its digests must be
those of the first pass, so what is written is what was scanned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from govgate.data.dataset import DataFile, Dataset, Format
from govgate.data.delimited import write_record
from govgate.data.parts import Assignment, PartFile, Parts, Steps, changed
from govgate.data.redact import Span, redact_json, redact_value, refuse_names
from govgate.data.rows import COLUMNAR, DELIMITERS, RowReader
from govgate.data.textlines import parse_bytes
from govgate.data.writers import Sink
from govgate.durable import sync_tree
from govgate.errors import IncompleteError
from govgate.model import Partition, Row

__all__ = ["Assignment", "InputDigest", "PartFile", "write_partitions"]

KEPT = (Partition.TRAIN, Partition.RETRIEVE)


@dataclass(frozen=True, slots=True)
class InputDigest:
    """An input file as the first pass read it; ``sha256`` is None where it could not be opened."""

    name: str
    sha256: str | None
    size: int
    rows: int


def write_partitions(
    dataset: Dataset,
    assignments: Iterator[Assignment],
    out: Path,
    inputs: Sequence[InputDigest],
) -> list[PartFile]:
    """Write ``out/train`` and ``out/retrieve``; one assignment for each row, in ascending order.

    A file without a row for a partition is not created there. IncompleteError when the input is
    no longer what ``inputs`` says, when a row that could not be read is assigned to a use, or when
    the disk refuses; what was written by then is no partition.
    """
    steps = Steps(assignments)
    written: list[PartFile] = []
    for file, digest in zip(dataset.files, inputs, strict=True):
        first = steps.count
        parts = Parts(file, out)
        try:
            sha256 = _split(file, steps, parts)
        except BaseException:
            parts.abandon()
            raise
        if digest.sha256 is not None and (sha256, steps.count - first) != (
            digest.sha256,
            digest.rows,
        ):
            parts.abandon()
            raise changed(file.name)
        written += parts.close()
    steps.finish()
    for partition in KEPT:
        if (out / partition).is_dir():
            sync_tree(out / partition)
    return sorted(written, key=lambda part: (KEPT.index(part.partition), part.name))


def _split(file: DataFile, steps: Steps, parts: Parts) -> str:
    """Write the rows of one file; the digest of the file as it was read."""
    if file.format in COLUMNAR and file.failure is None:
        from govgate.data.columnparts import split_columnar

        return split_columnar(file, steps, parts)
    reader = RowReader(file, file_index=0, first_index=steps.count)
    for row in reader:
        step = steps.take(file.name, failed=row.failure is not None)
        if step.partition is Partition.WITHHELD:
            continue
        if step.partition not in parts.open:
            sink = Sink(parts.path(step.partition), file.compression)
            parts.open[step.partition] = RowPart(sink, reader.header, file.format)
        parts.open[step.partition].add(_bytes(row, file.format, step.spans))
    return reader.sha256


def _bytes(row: Row, format: Format, spans: Sequence[Span]) -> bytes:
    """The row's bytes for a partition: its own, or redacted."""
    if not spans:
        return row.raw
    if format in DELIMITERS:
        refuse_names(spans)
        return write_record(redact_value(row.value, spans), DELIMITERS[format], row.raw)
    if format is Format.TEXT:
        return bytes(redact_value(row.value, spans).encode())
    redacted = redact_json(row.raw, spans)
    if parse_bytes(redacted)[1] is not None:
        raise IncompleteError("a row is not valid JSON once it is redacted", remedy="withhold it")
    return redacted


class RowPart:
    """A file of rows as bytes: behind a CSV header, between the brackets of an array, or as is."""

    def __init__(self, sink: Sink, header: bytes, format: Format) -> None:
        self.rows = 0
        self._sink, self._array = sink, header == b"["
        self._loose = format is Format.JSON and not self._array
        if self._array:
            sink.write(b"[\n")
        elif header:
            sink.write(header if header.endswith(b"\n") else header + b"\n")

    def add(self, data: bytes) -> None:
        """Add one row."""
        if self._array and self.rows:
            self._sink.write(b",\n")
        self._sink.write(data + b"\n" if self._loose else data)
        self.rows += 1

    def close(self) -> tuple[str, int]:
        """Finish the file: (digest, size)."""
        if self._array:
            self._sink.write(b"\n]\n")
        return self._sink.close()

    def abandon(self) -> None:
        """Let go of the file."""
        self._sink.abandon()
