"""Step 3: rows → working tables of rows and of sightings, and the coverage ledger.

A sighting is a finding without its row's name: a row id is only known to be unique once all rows
are read, so `steps/resolve.py` names the rows and publishes the findings.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import polars as pl

from govgate import rundir
from govgate.attest.membership import MembershipKey, Tree
from govgate.data.dataset import Dataset
from govgate.data.partitions import InputDigest
from govgate.data.rows import RowReader
from govgate.data.tables import TableWriter
from govgate.durable import write_durably
from govgate.errors import UsageError
from govgate.model import Row
from govgate.register.content import content_key
from govgate.register.tombstones import Tombstones
from govgate.rights.licenses import MAX_CHARACTERS as MAX_LICENSE
from govgate.rights.lineage.nodes import MAX_NAME
from govgate.rights.manifest import Source, source_for
from govgate.rights.signals.address import MAX_CHARACTERS as MAX_ADDRESS
from govgate.rights.subjects import subject_key, subject_text
from govgate.scan.cache import FindingCache
from govgate.scan.detector import DetectorIdentity
from govgate.scan.detectornotes import DetectorNotes
from govgate.scan.fast.databases import Databases
from govgate.scan.ledger import Ledger
from govgate.scan.scan import ScannedRow, presidio, scan_rows
from govgate.scan.scannerdigest import scanner_digest
from govgate.scan.shards import OtherDetectorError
from govgate.scan.walk import escape
from govgate.steps.open import Inputs
from govgate.steps.worktables import ROWS, ROWS_SCHEMA, SIGHTINGS, SIGHTINGS_SCHEMA

BATCH = 20_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan leaves beside its tables. ``erased``: how many rows were erased before."""

    ledger: Ledger
    detector: DetectorIdentity
    inputs: tuple[InputDigest, ...]
    notes: tuple[str, ...] = ()
    erased: int = 0

    @property
    def complete(self) -> bool:
        """Whether there was something to scan and all of it is accounted for as scanned."""
        return self.ledger.complete and any(file.rows for file in self.inputs)

    @property
    def waivable(self) -> bool:
        """Whether all that may be missing are failed rows of files that were opened."""
        opened = all(file.sha256 for file in self.inputs)
        return self.ledger.closed and opened and any(file.rows for file in self.inputs)


def scan(opened: Inputs, run: Path, *, workers: int, cached: bool, progress: Progress) -> Scanned:
    """Scan every row of the data set into the two working tables, rows and sightings.

    ``cached``: what earlier scans found in a string is taken from the home's cache, and what this
    one finds is kept there. ``notes``: what people should know of it.
    """
    if not cached:
        return _scan(opened, run, workers=workers, progress=progress)
    key, folder = opened.fingerprint_key, opened.home.cache
    detectors = DetectorNotes(folder, key=key, settings=opened.settings)
    expected = detectors.recall()
    try:
        return _cached(opened, run, detectors, expected, workers=workers, progress=progress)
    except OtherDetectorError:
        if expected is None:
            raise
    for table in (ROWS, SIGHTINGS):
        (run / rundir.WORK / table).unlink(missing_ok=True)
    return _cached(opened, run, detectors, None, workers=workers, progress=progress)


def _cached(
    opened: Inputs,
    run: Path,
    detectors: DetectorNotes,
    expected: DetectorIdentity | None,
    *,
    workers: int,
    progress: Progress,
) -> Scanned:
    """A scan with the content cache, by the ``expected`` detector where that is known."""
    with _Cache(opened.home.cache, opened.fingerprint_key) as cache:
        scanned = _scan(
            opened, run, workers=workers, progress=progress, cache=cache, expected=expected
        )
    if expected is None and cache.sound:
        detectors.keep(scanned.detector)
    return replace(scanned, notes=cache.notes)


def _scan(
    opened: Inputs,
    run: Path,
    *,
    workers: int,
    progress: Progress,
    cache: "_Cache | None" = None,
    expected: DetectorIdentity | None = None,
) -> Scanned:
    dataset, config, key = opened.dataset, opened.config, opened.fingerprint_key
    sources = [source_for(file.name, config.sources) for file in dataset.files]
    ledger = Ledger()
    reading = _Reading(dataset)
    with _Tables(run, sources, key, opened.tombstones) as tables:
        detector = scan_rows(
            reading,
            settings=opened.settings,
            workers=workers,
            fingerprint_key=key,
            folder=run / rundir.WORK,
            cache=cache.open if cache else None,
            expected=expected,
            factory=cache.factory if cache else presidio,
            emit=tables.take,
            ledger=ledger,
            progress=progress,
        )
    tables.check_fields()
    return Scanned(ledger, detector, tuple(reading.inputs), erased=tables.erased)


def write_detector(identity: DetectorIdentity, run: Path) -> None:
    """Write down what looked, for a scan that leaves no record."""
    text = json.dumps(identity.as_dict(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    write_durably(run / rundir.DETECTOR, text.encode())


class _Cache:
    """The home's content cache: opened once the detector is known, closed on leaving."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder, self._key = folder, key
        self._stack = ExitStack()
        self._cache: FindingCache | None = None
        self.factory = partial(presidio, databases=Databases(folder, key))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def open(self, identity: DetectorIdentity) -> FindingCache:
        """The entries of this scanner."""
        cache = FindingCache(self._folder, key=self._key, scanner=scanner_digest(identity))
        self._cache = self._stack.enter_context(cache)
        return cache

    @property
    def sound(self) -> bool:
        """Whether it was of use to the end."""
        return self._cache is not None and self._cache.note is None

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong with the cache, and how to mend it."""
        found = self._cache
        if found is None:
            return ()
        damaged = (f"{found.damaged} damaged entries of the content cache were scanned anew",)
        return ((found.note,) if found.note else ()) + (damaged if found.damaged else ())


class _Reading:
    """All rows of a data set in order; ``inputs`` holds each file's digest once it is read."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self.inputs: list[InputDigest] = []

    def __iter__(self) -> Iterator[Row]:
        index = 0
        for number, file in enumerate(self._dataset.files):
            if file.failure is not None:
                yield Row(index, number, 1, None, failure=file.failure)
                index += 1
                self.inputs.append(InputDigest(file.name, None, 0, 0))
                continue
            first = index
            reader = RowReader(file, file_index=number, first_index=index)
            for row in reader:
                yield row
                index += 1
            self.inputs.append(InputDigest(file.name, reader.sha256, reader.size, index - first))


# Without these a refusal, a licence or a person's word goes unheard, and its row may pass.
_HEEDED = ("subject_field", "license_field", "url_field")


class _Tables:
    """Collects scanned rows into the two tables, a bounded batch at a time."""

    def __init__(
        self,
        run: Path,
        sources: Sequence[Source | None],
        key: bytes,
        tombstones: Tombstones | None = None,
    ) -> None:
        self._sources, self._key, self._members = sources, key, MembershipKey(key)
        self._tombstones, self.erased = tombstones, 0
        self._read: set[str] = set()
        named = {(s.name, key): s for s in sources if s is not None for key in _HEEDED}
        self._unseen = {at: s for at, s in named.items() if at[1] in s.model_fields_set}
        self._findings = TableWriter(run / rundir.WORK / SIGHTINGS, SIGHTINGS_SCHEMA)
        self._rows = TableWriter(run / rundir.WORK / ROWS, ROWS_SCHEMA)
        self._finding_batch: list[tuple[Any, ...]] = []
        self._row_batch: list[tuple[Any, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        self._findings.close()
        self._rows.close()

    def take(self, scanned: ScannedRow) -> None:
        """Note one scanned row and its findings."""
        row = scanned.row
        source = self._sources[row.file]
        if source is not None and isinstance(row.value, dict):
            self._read.add(source.name)
            for key in _HEEDED if self._unseen else ():
                if getattr(source, key) in row.value:
                    self._unseen.pop((source.name, key), None)
        failure = scanned.failure
        subject = _subject(row.value, source)
        person = subject and subject_key(subject, self._key)
        content = None if row.value is None else content_key(row.value, self._key)
        if self._tombstones and self._tombstones.covers(_bytes(person), content):
            self._take_erased(scanned)
            return
        self._row_batch.append(
            (
                row.index,
                row.file,
                row.line,
                row_id(scanned, source),
                _field(row.value, source.license_field if source else "license", MAX_LICENSE),
                _field(row.value, source.source_field if source else None, MAX_NAME),
                _field(row.value, source.url_field if source else None, MAX_ADDRESS),
                person,
                subject and self._members.member(Tree.SUBJECTS, subject),
                content,
                False,
                scanned.characters,
                failure.code if failure else None,
                failure.message if failure else None,
                failure.remedy if failure else None,
            )
        )
        self._finding_batch.extend(
            (
                row.index,
                f.pointer,
                f.role,
                f.entity,
                f.start,
                f.end,
                f.score,
                f.recognizer,
                f.view,
                f.fingerprint,
                f.excluded or None,
            )
            for f in scanned.findings
        )
        self._flush_full()

    def _take_erased(self, scanned: ScannedRow) -> None:
        """Note that the row is there, and of what it holds nothing."""
        row, failure = scanned.row, scanned.failure
        failed = (failure.code, failure.message, failure.remedy) if failure else (None,) * 3
        nothing = (None,) * 7
        self._row_batch.append(
            (row.index, row.file, row.line, *nothing, True, scanned.characters, *failed)
        )
        self.erased += 1
        self._flush_full()

    def _flush_full(self) -> None:
        if len(self._row_batch) + len(self._finding_batch) >= BATCH:
            self._flush()

    def check_fields(self) -> None:
        """UsageError for a named field that no row has: what it says would be missed."""
        for (name, key), source in self._unseen.items():
            if name not in self._read or getattr(source, key) is None:
                continue  # none of its rows could be read, which is counted already
            raise UsageError(
                f"no row of source {name} has its {key} '{getattr(source, key)}'",
                remedy="correct the field's name in the configuration, or remove the key",
            )

    def _flush(self) -> None:
        if self._finding_batch:
            self._findings.append(
                pl.DataFrame(self._finding_batch, schema=SIGHTINGS_SCHEMA, orient="row")
            )
        if self._row_batch:
            self._rows.append(pl.DataFrame(self._row_batch, schema=ROWS_SCHEMA, orient="row"))
        self._finding_batch, self._row_batch = [], []


_LOOKS_LIKE_A_PLACE = re.compile(r":\d+$")


def row_id(scanned: ScannedRow, source: Source | None) -> str | None:
    """The row's own id, where its source names an id field and the id may stand in evidence.

    An id in which a detector found something, that is not short printable text, or that could be
    mistaken for FILE:LINE is not used; the row is then called by its place.
    """
    if source is None or source.id_field is None or not isinstance(scanned.row.value, dict):
        return None
    value = scanned.row.value.get(source.id_field)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    name = str(value)
    pointer = "/" + escape(source.id_field)
    personal = any(f.pointer == pointer and f.role != "key" for f in scanned.findings)
    usable = 0 < len(name) <= 128 and name.isprintable() and not _LOOKS_LIKE_A_PLACE.search(name)
    return name if usable and not personal else None


def _field(value: Any, field: str | None, most: int) -> str | None:
    """A row's own field as text; a value that is no text is kept as unreadable, not missing.

    Of one of more than ``most`` characters, which nobody reads, enough is kept to tell that.
    """
    if field is None or not isinstance(value, dict):
        return None
    found = value.get(field)
    if found is None or found == "":
        return None
    if not isinstance(found, str):
        return "(not text)"
    if len(found) <= most:
        return found
    text = found.strip()
    return f" {text}" if len(text) <= most else text[:most] + "…"


def _bytes(person: str | None) -> bytes | None:
    return bytes.fromhex(person) if person else None


def _subject(value: Any, source: Source | None) -> str | None:
    if source is None or source.subject_field is None or not isinstance(value, dict):
        return None
    return subject_text(value.get(source.subject_field))
