"""Rows → scanned rows: the texts of each, their findings, and what became of every one of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from govgate.errors import UsageError
from govgate.model import Failure, Finding, Row
from govgate.scan.detector import Detector, DetectorIdentity
from govgate.scan.fingerprint import check_key
from govgate.scan.ledger import Ledger
from govgate.scan.rowscan import RowScan
from govgate.scan.settings import ScanSettings
from govgate.scan.walk import Text, walk
from govgate.scan.worker import Factory
from govgate.scan.workers import Batch, WorkerPool

BATCH_CHARACTERS: Final = 64 * 1024
BATCH_ROWS: Final = 256


@dataclass(frozen=True, slots=True)
class ScannedRow:
    """A row and what was seen in it. ``failure``: why it was not read, or not wholly scanned.

    ``strings`` and ``characters`` count all texts of the row, keys and long numbers among them.
    """

    row: Row
    findings: tuple[Finding, ...]
    failure: Failure | None
    characters: int
    strings: int


def presidio(settings: ScanSettings) -> Detector:
    """Presidio's engine; imports it, so only ever called within a worker."""
    from govgate.scan.presidio import PresidioDetector

    return PresidioDetector(settings)


def scan_rows(
    rows: Iterable[Row],
    *,
    settings: ScanSettings,
    workers: int,
    fingerprint_key: bytes,
    emit: Callable[[ScannedRow], None],
    ledger: Ledger,
    progress: Callable[[int, int], None],
    factory: Factory = presidio,
) -> DetectorIdentity:
    """Scan ``rows`` and give each to ``emit``, in order, whatever the number of workers.

    ``progress`` is told the rows and bytes done since it was last told (characters for columnar
    rows, which have no bytes of their own). ``ledger`` is closed at the end. UsageError before
    any row is read if the settings name something that is not there.
    """
    if workers < 1:
        raise UsageError(f"{workers} workers cannot scan anything", remedy="use at least one")
    check_key(fingerprint_key)
    with WorkerPool(factory, settings, fingerprint_key, workers) as pool:
        identity = pool.start()
        for batch in pool.scan(_batches(rows, ledger)):
            for place, row in enumerate(batch.rows):
                emit(_scanned(row, batch.texts[place], batch.scans[place], ledger))
            progress(len(batch.rows), sum(map(_size, batch.rows, batch.texts)))
    ledger.close()
    return identity


def _batches(rows: Iterable[Row], ledger: Ledger) -> Iterator[Batch]:
    """Rows with their texts, in batches by number and by characters; counts them as read."""
    batch = Batch([], [], 0)
    for row in rows:
        texts = () if row.failure else tuple(walk(row.value))
        ledger.read(strings=len(texts), characters=_characters(texts))
        batch.rows.append(row)
        batch.texts.append(texts)
        batch.weight += _size(row, texts)
        if len(batch.rows) >= BATCH_ROWS or batch.weight >= BATCH_CHARACTERS:
            yield batch
            batch = Batch([], [], 0)
    if batch.rows:
        yield batch


def _scanned(row: Row, texts: tuple[Text, ...], scan: RowScan, ledger: Ledger) -> ScannedRow:
    failure = row.failure or scan.failure
    ledger.take(row.index, scan, failure)
    return ScannedRow(row, scan.findings, failure, _characters(texts), len(texts))


def _size(row: Row, texts: tuple[Text, ...]) -> int:
    return len(row.raw) or _characters(texts)


def _characters(texts: tuple[Text, ...]) -> int:
    return sum(len(text.text) for text in texts)
