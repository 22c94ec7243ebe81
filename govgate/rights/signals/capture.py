"""From WARC files, folders of saved responses and lists to the rows of a signals file."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from govgate.durable import translated
from govgate.errors import UsageError
from govgate.rights.signals import c2pa, lists
from govgate.rights.signals.address import page_key, page_key_secret, read_address
from govgate.rights.signals.folder import archives, saved_manifests, saved_responses
from govgate.rights.signals.model import Artefact
from govgate.rights.signals.response import Evidence, Response, evidence_of
from govgate.rights.signals.store import Row, rows_frame
from govgate.rights.signals.warc import SUFFIXES, warc_responses

_BATCH = 20_000
Report = Callable[[int, int], None]


@dataclass(slots=True)
class Capture:
    """What was read: the rows, how many of each artefact, and what was passed over, by reason."""

    _secret: bytes = field(repr=False)
    counts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    hosts: set[str] = field(default_factory=set, repr=False)
    _frames: list[pl.DataFrame] = field(default_factory=list, repr=False)
    _rows: list[Row] = field(default_factory=list, repr=False)

    def frame(self) -> pl.DataFrame:
        """All rows."""
        self._flush()
        return pl.concat([rows_frame(()), *self._frames])

    def response(self, response: Response) -> None:
        """Keep what a response says, or count why nothing is kept."""
        found = evidence_of(response)
        if isinstance(found, str):
            self.skipped[found] += 1
            return
        self.hosts.add(found.address.host)
        self._evidence(found, response.captured, response.where)

    def manifest(self, url: str, captured: datetime, data: bytes, where: str) -> None:
        """Keep a C2PA manifest of the asset at ``url``."""
        address = read_address(url)
        if isinstance(address, str):
            self.skipped[address] += 1
            return
        self.hosts.add(address.host)
        cut = len(data) > c2pa.MAX_BYTES
        kept = data[: c2pa.MAX_BYTES]
        self._evidence(Evidence(Artefact.C2PA, address, 200, kept, cut), captured, where)

    def listed(
        self, artefact: Artefact, path: Path, data: bytes, captured: datetime, key: bytes
    ) -> None:
        """Keep a list of domains or of people: a row for itself, and one for each entry."""
        whole = hashlib.sha256(data).hexdigest()
        if artefact is Artefact.SUBJECT_LIST:
            entries, digest = lists.read_subjects(data, str(path), key), whole
        else:
            entries, digest = lists.read_domains(data, str(path)), ""
        for entry_key, line in ((None, b""), *entries):
            own = digest or hashlib.sha256(line).hexdigest()
            name = path.name
            self._keep(
                Row(artefact.value, entry_key, name, captured, None, None, False, own, line, name)
            )
        self.counts[artefact.value] += len(entries)

    def _evidence(self, found: Evidence, captured: datetime, where: str) -> None:
        of_page = found.artefact in (Artefact.PAGE, Artefact.C2PA)
        key = page_key(found.address.text, self._secret) if of_page else found.address.origin
        self.counts[found.artefact.value] += 1
        self._keep(
            Row(
                found.artefact.value,
                key,
                None,
                captured,
                found.status,
                found.location,
                found.cut,
                hashlib.sha256(found.data).hexdigest(),
                found.data,
                where,
            )
        )

    def _keep(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._frames.append(rows_frame(self._rows))
            self._rows = []


def capture(
    sources: Sequence[Path],
    key: bytes,
    *,
    domains: Sequence[Path] = (),
    subjects: Sequence[Path] = (),
    captured: datetime | None = None,
    report: Report = lambda _count, _bytes: None,
) -> Capture:
    """Read everything. UsageError where a source is damaged, is none, or holds nothing.

    ``key``: the organisation's, for the hashes of pages and people. ``captured``: the date (UTC)
    of what has none of its own; a WARC record always has. ``report`` hears of (responses, bytes).
    """
    kept = Capture(page_key_secret(key))
    for source in sources:
        before = sum(kept.counts.values()) + sum(kept.skipped.values())
        _source(source, kept, captured, report)
        if sum(kept.counts.values()) + sum(kept.skipped.values()) == before:
            raise UsageError(
                f"{source}: no captured responses in it",
                remedy="name a .warc or .warc.gz file, or a folder as docs/signals.md lays it out",
            )
    named = {
        Artefact.DOMAIN_LIST: _named_apart(domains),
        Artefact.SUBJECT_LIST: _named_apart(subjects),
    }
    for artefact, paths in named.items():
        for path in paths:
            data, modified = _list_bytes(path)
            kept.listed(artefact, path, data, captured or modified, key)
    return kept


def _named_apart(paths: Sequence[Path]) -> Sequence[Path]:
    """A list is known by its file's name: a newer one of that name takes its place."""
    names = Counter(path.name for path in paths)
    if twice := [path for path in paths if names[path.name] > 1]:
        raise UsageError(
            f"{twice[0]} and {twice[1]} are lists of one name",
            remedy="rename one: of lists of one name the newest counts alone",
        )
    return paths


def _source(path: Path, kept: Capture, captured: datetime | None, report: Report) -> None:
    if path.is_dir():
        for archive in archives(path):
            _warc(archive, kept, report)
        for response in saved_responses(path, captured):
            kept.response(response)
            report(1, 0)
        for manifest in saved_manifests(path, captured):
            kept.manifest(*manifest)
    elif path.name.endswith(SUFFIXES) and path.is_file():
        _warc(path, kept, report)
    else:
        missing = "" if path.exists() else " (there is no such file)"
        raise UsageError(
            f"{path}: neither a .warc or .warc.gz file nor a folder{missing}",
            remedy="lists are named with --domains and --subjects",
        )


def _warc(path: Path, kept: Capture, report: Report) -> None:
    with translated(path, "read"), path.open("rb") as stream:
        done = 0

        def tell(at: int) -> None:
            nonlocal done
            report(1, at - done)
            done = at

        for response in warc_responses(stream, path.name, tell):
            kept.response(response)


def _list_bytes(path: Path) -> tuple[bytes, datetime]:
    try:
        with path.open("rb") as stream:
            data = stream.read(lists.MAX_BYTES + 1)
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise UsageError(f"{path}: cannot be read ({reason})", remedy="check the path") from error
    if len(data) > lists.MAX_BYTES:
        raise UsageError(f"{path}: larger than a list can be", remedy="split it into several")
    return data, modified
