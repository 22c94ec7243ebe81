"""One run's entry in the register, on disk: `run.json` and the table of rows that it names.

```
register/runs/ID/run.json       ID: the first 16 digits of the record's digest
register/runs/ID/rows.parquet   one entry a row, as ROWS; erased rows have none
```
The document names the table and its digest, so that both change in one step.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.attest import dsse
from govgate.attest.files import read_bounded
from govgate.data.digest import digest_file
from govgate.data.tables import TableWriter
from govgate.errors import EvidenceError, GovgateError, UsageError
from govgate.model import Outcome, Purpose
from govgate.register.documents import (
    Count,
    Document,
    Moment,
    Part,
    Sha256,
    read_document,
)

ROWS = pl.Schema(
    {
        "index": pl.UInt64(),
        "file": pl.String(),
        "name": pl.Binary(),
        "subject": pl.Binary(),
        "member": pl.Binary(),
        "content": pl.Binary(),
        "partition": pl.String(),
        "source": pl.String(),
        "license": pl.String(),
    }
)
"""``index`` counts from 0 over the data set; ``name``, ``subject`` and ``content`` are keyed ids
(``content.py``), the last two null where the row names nobody or could not be read. ``member``: by
what `members.parquet` knows the subject (``attest/membership.py``)."""

RUN, TABLE = "run.json", "rows.parquet"
_MAX_RECORD = 64 * 2**20


class Standing(StrEnum):
    """Whether a registered run still lies where it was published."""

    HERE = "here"
    REPLACED = "replaced"  # another run has its place
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class RegisteredRun:
    """A published run. ``record``: digest of its record's statement, 64 hex digits.

    ``path`` is absolute, ``files`` are those of the data set. ``supersedes``: records of the run
    before rows were erased from it. ``id`` and ``rows`` are given by the register.
    """

    record: str
    path: Path
    finished_on: datetime
    outcome: Outcome
    purpose: Purpose
    policy: str
    policy_version: int
    files: tuple[str, ...]
    supersedes: tuple[str, ...] = ()
    id: str = ""
    rows: int = 0

    @property
    def records(self) -> frozenset[str]:
        """All records that this run has had."""
        return frozenset((self.record, *self.supersedes))

    @property
    def standing(self) -> Standing:
        """What lies at its path now; EvidenceError where a record there cannot be read."""
        if not (self.path / rundir.RECORD).is_file():
            return Standing.REPLACED if self.path.exists() else Standing.GONE
        return Standing.HERE if record_digest(self.path) == self.record else Standing.REPLACED


class _Policy(Part):
    name: str
    version: int


class Table(Part):
    """A table of rows: its file in the entry, how many rows, and the digest of its bytes."""

    file: str
    count: Count
    sha256: Sha256
    size: Count


class Entry(Document):
    """`run.json`."""

    record: Sha256
    path: str
    finished_on: Moment
    outcome: Outcome
    purpose: Purpose
    policy: _Policy
    files: tuple[str, ...]
    supersedes: tuple[Sha256, ...] = ()
    rows: Table


def record_digest(run: Path) -> str:
    """The digest of the statement in the run's record, as `verify` prints it; not verified."""
    first = dsse.split_envelopes(read_bounded(run / rundir.RECORD, _MAX_RECORD))[0]
    return sha256(dsse.parse_envelope(first).payload).hexdigest()


def write_rows(path: Path, rows: Iterable[pl.DataFrame]) -> Table:
    """A new table of ``rows``, durable, and what a document says of it."""
    with TableWriter(path, ROWS) as out:
        for batch in rows:
            out.append(batch)
        count = out.close()
    sha, size = digest_file(path)
    return Table(file=path.name, count=count, sha256=sha, size=size)


def document_of(run: RegisteredRun, table: Table) -> Entry:
    """The run as `run.json` has it."""
    return Entry(
        record=run.record,
        path=str(run.path),
        finished_on=run.finished_on,
        outcome=run.outcome,
        purpose=run.purpose,
        policy=_Policy(name=run.policy, version=run.policy_version),
        files=run.files,
        supersedes=tuple(dict.fromkeys(run.supersedes)),
        rows=table,
    )


def all_entries(runs: Path) -> list[RegisteredRun]:
    """Every run in the folder; EvidenceError for one that is damaged or of a newer form."""
    try:
        names = sorted(os.listdir(runs))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        if name.startswith("."):
            continue
        try:
            found.append(read_entry(runs, name))
        except UsageError:  # it was taken out meanwhile
            continue
    return found


def read_entry(runs: Path, name: str) -> RegisteredRun:
    """The run with this id; UsageError where there is none."""
    stored = stored_entry(runs, name)
    return RegisteredRun(
        record=stored.record,
        path=Path(stored.path),
        finished_on=stored.finished_on,
        outcome=stored.outcome,
        purpose=stored.purpose,
        policy=stored.policy.name,
        policy_version=stored.policy.version,
        files=stored.files,
        supersedes=stored.supersedes,
        id=name,
        rows=stored.rows.count,
    )


def stored_entry(runs: Path, name: str) -> Entry:
    """Its document; UsageError where there is none, EvidenceError where it is damaged."""
    folder = runs / plain(name)
    stored = read_document(folder / RUN, Entry)
    if stored is None:
        if folder.exists():
            raise EvidenceError(f"{folder} is damaged: it has no {RUN}")
        raise UsageError(f"the register has no run {name}")
    return stored


def table_of(runs: Path, name: str) -> Path:
    """The table of a run's rows, whose digest holds."""
    stored = stored_entry(runs, name).rows
    path = runs / name / plain(stored.file)
    if _is_whole(path, stored):
        return path
    if stored_entry(runs, name).rows != stored:  # rows were taken out meanwhile
        return table_of(runs, name)
    raise EvidenceError(f"{path} is damaged: it is not the table that {RUN} names")


def _is_whole(path: Path, stored: Table) -> bool:
    try:
        return digest_file(path) == (stored.sha256, stored.size)
    except GovgateError:
        return False


def plain(name: str) -> str:
    """EvidenceError unless ``name`` stays within its folder."""
    if not name or Path(name).name != name:
        raise EvidenceError(f"{name!a} is no name of an entry of the register")
    return name
