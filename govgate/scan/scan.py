"""Rows → scanned rows: the texts of each, their findings, and what became of every one of them."""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from govgate.errors import UsageError
from govgate.model import Failure, Finding, Row
from govgate.scan.detector import Detector, DetectorIdentity
from govgate.scan.fast.databases import Databases
from govgate.scan.fields import Fields
from govgate.scan.fingerprint import check_key
from govgate.scan.groups import Group, Known, groups, size
from govgate.scan.ledger import Ledger
from govgate.scan.rowscan import RowTexts, row_scan, row_texts
from govgate.scan.shards import Backend, Factory, Plan, Shard, read_answers
from govgate.scan.workers import local
from govgate.scansettings import ScanSettings


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


def presidio(settings: ScanSettings, databases: Databases | None = None) -> Detector:
    """The detector of a run; imports its libraries, so only ever called within a worker.

    ``databases``: where those of its patterns are kept from one run to the next.
    """
    from govgate.scan.fast.detector import FastDetector
    from govgate.scan.languages import Languages
    from govgate.scan.presidio import check_entities

    languages = tuple(dict.fromkeys(settings.looks.languages))
    detectors = [FastDetector(settings, language, databases) for language in languages]
    if len(detectors) == 1:
        return detectors[0]
    several = Languages(detectors)
    check_entities(settings.looks, several.identity.entities)
    return several


def scan_rows(
    rows: Iterable[Row],
    *,
    settings: ScanSettings,
    workers: int,
    fingerprint_key: bytes,
    folder: Path,
    emit: Callable[[ScannedRow], None],
    ledger: Ledger,
    progress: Callable[[int, int], None],
    cache: Callable[[DetectorIdentity], Known] | None = None,
    expected: DetectorIdentity | None = None,
    factory: Factory = presidio,
    backend: Backend = local,
) -> DetectorIdentity:
    """Scan ``rows`` and give each to ``emit``, in order, whatever the backend and its workers.

    ``progress`` is told the rows and bytes done since it was last told (characters for columnar
    rows, which have no bytes of their own). ``ledger`` is closed at the end. ``folder`` is where
    answers lie until they are read; ``cache`` gives those of earlier scans by the same detector.
    ``expected``: which detector that is thought to be; answers are then looked up before one is
    loaded, which need not be where all are known. OtherDetectorError if it turns out to be another.
    UsageError before any row is read if the settings name something that is not there.
    """
    if workers < 1:
        raise UsageError(f"{workers} workers cannot scan anything", remedy="use at least one")
    check_key(fingerprint_key)
    line = _Line(rows, settings, fingerprint_key, emit, ledger, progress, cache)
    plan = Plan(factory, settings, fingerprint_key, folder, expected)
    backed = closing(backend(plan, line.shards(), workers=workers, ready=line.ready))
    with _seldom_collecting(), backed as files:
        for file in files:
            line.take(file)
    ledger.close()
    ledger.unmet = line.unmet
    if line.identity is None:
        raise RuntimeError("the backend never named its detector")
    return line.identity


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Have Python look for reference cycles less often: rows hold many small values and none of
    those, and looking takes a quarter of the time of a scan whose answers are all known."""
    before = gc.get_threshold()
    gc.set_threshold(50 * before[0], *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Line:
    """Groups of rows on their way, first in, first out: a group waits for its shard, and for the
    groups before it. One of which all is known and that need not wait has no shard."""

    def __init__(
        self,
        rows: Iterable[Row],
        settings: ScanSettings,
        key: bytes,
        emit: Callable[[ScannedRow], None],
        ledger: Ledger,
        progress: Callable[[int, int], None],
        cache: Callable[[DetectorIdentity], Known] | None,
    ) -> None:
        self._rows, self._key = rows, key
        self._looks = settings.looks
        self._fields = Fields(settings.looks)
        self._emit, self._ledger, self._progress = emit, ledger, progress
        self._open_cache = cache
        self._cache: Known | None = None
        self.identity: DetectorIdentity | None = None
        self._waiting: deque[tuple[Group, Shard]] = deque()

    @property
    def unmet(self) -> tuple[str, ...]:
        """Ids of rules about fields that met no string."""
        return self._fields.unmet

    def ready(self, identity: DetectorIdentity) -> None:
        """Learn which detector it is, and so which earlier answers count."""
        self.identity = identity
        self._fields = Fields(self._looks, identity.context_words)
        self._cache = self._open_cache(identity) if self._open_cache else None

    def shards(self) -> Iterator[Shard]:
        """The questions that nobody has answered yet; drawn as fast as they can be worked on.

        A group with none that has to wait for others is a shard all the same, so that as few wait.
        """
        number = 0
        for group in groups(self._counted(self._rows), self._cache):
            if not group.asked and not self._waiting:
                self._emit_group(group)
                continue
            shard = Shard(number, tuple(group.asked))
            number += 1
            self._waiting.append((group, shard))
            yield shard

    def take(self, file: Path) -> None:
        """Read the answers of the shard that is next in line, and emit what waited for them."""
        group, shard = self._waiting.popleft()
        answers = read_answers(file, shard.number, len(shard.questions))
        file.unlink()
        group.answers.update(zip(shard.questions, answers, strict=True))
        if self._cache is not None:
            self._cache.add(
                (question, answer)
                for question, answer in zip(shard.questions, answers, strict=True)
                if not isinstance(answer, Failure)
            )
        self._emit_group(group)

    def _emit_group(self, group: Group) -> None:
        for row, texts in zip(group.rows, group.texts, strict=True):
            answer = group.answers.__getitem__
            scan = row_scan(texts, answer, fields=self._fields, key=self._key)
            failure = row.failure or scan.failure
            self._ledger.take(scan, failure)
            self._emit(ScannedRow(row, scan.findings, failure, texts.characters, len(texts.texts)))
        self._progress(len(group.rows), sum(map(size, group.rows, group.texts)))

    def _counted(self, rows: Iterable[Row]) -> Iterator[tuple[Row, RowTexts]]:
        """Rows with their texts, counted as read before anything else sees them."""
        for row in rows:
            texts = RowTexts() if row.failure else row_texts(row.value, self._fields)
            self._ledger.read(strings=len(texts.texts), characters=texts.characters)
            yield row, texts
