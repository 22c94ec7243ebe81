"""From a verified run's retrieve partition to a store that answers questions.

The store lies in the home, not in the run directory: a file added to a run would be refused.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.attest.quorum import find_quorum
from govgate.attest.trust import Trust
from govgate.data.dataset import open_dataset
from govgate.data.rows import RowReader
from govgate.data.tables import read_batches, scan_table
from govgate.durable import make_dirs
from govgate.errors import EvidenceError, UsageError
from govgate.home import Home
from govgate.model import Partition, Row
from govgate.retrieve.build import BuildResult, Document, build
from govgate.retrieve.citation import read_citations
from govgate.retrieve.text import row_text
from govgate.verify import Verification, verify

_COLUMNS = ("row", "file", "source.name", "license.id", "obligations")


def ensure_store(run: Path, home: Home, trust: Trust, *, today: date) -> Path:
    """The store of ``run``, built if there is none for its record yet; the run is verified."""
    verification = _verified(run, trust, home, today)
    store = store_path(verification.record_digest, home)
    if not store.is_file():
        _build(run, verification, store)
    return store


def build_store(run: Path, home: Home, trust: Trust, *, today: date) -> tuple[Path, BuildResult]:
    """Verify ``run`` and build its store anew."""
    verification = _verified(run, trust, home, today)
    store = store_path(verification.record_digest, home)
    return store, _build(run, verification, store)


def store_path(record: str, home: Home) -> Path:
    """Where the store of the record with this digest lies."""
    return home.path / "retrieve" / f"{record[:16]}.sqlite"


def _verified(run: Path, trust: Trust, home: Home, today: date) -> Verification:
    """The run, verified and under a policy still in force: an expired one permits nothing."""
    verification = verify(run, trust, today=today, quorum=find_quorum(home.quorum))
    if verification.failure is not None:
        step = verification.failure
        raise EvidenceError(f"{run}: step {step.number}, {step.title}: {step.detail}")
    decision = verification.decision
    if decision is not None and today >= decision.policy.expires:
        raise EvidenceError(
            f"policy {decision.policy.name} expired on {decision.policy.expires}",
            remedy="gate the data again under a policy that is in force",
        )
    return verification


def _build(run: Path, verification: Verification, store: Path) -> BuildResult:
    make_dirs(store.parent)
    return build(store, _documents(run), record=verification.record_digest)


def _documents(run: Path) -> Iterator[Document]:
    """The rows of the partition, each with what the tables say of it.

    Rows are written in the order of the data set, file by file, so both sides go in step.
    """
    folder = run / rundir.RETRIEVE
    if not folder.is_dir():
        return
    entries, citations = _entries(run), read_citations(run)
    names = {file.name: file for file in open_dataset([str(folder)]).files}
    reader: Iterator[Row] = iter(())
    current = None
    for row, name, source, license_, obligations in entries:
        if name != current:
            if name not in names:
                raise UsageError(f"{folder / name} is missing", remedy="gate the data again")
            current, reader = name, iter(RowReader(names[name], file_index=0, first_index=0))
        read = next(reader, None)
        if read is None or read.failure is not None:
            raise EvidenceError(f"{folder / name} holds fewer rows than the verdicts say")
        duties = tuple(o for o in obligations if not o.startswith("redact:"))
        citation = citations.of(name, source, license_)
        yield Document(row, name, row_text(read.value), source, license_, duties, citation)


def _entries(run: Path) -> Iterator[tuple[str, str, str | None, str | None, list[str]]]:
    for verdicts in read_batches(run / rundir.VERDICTS):
        kept = verdicts.filter(pl.col("partition") == Partition.RETRIEVE.value)
        if kept.is_empty():
            continue
        first, last = kept["index"][0], kept["index"][-1]
        facts = (
            scan_table(run / rundir.FACTS)
            .filter(pl.col("index").is_between(first, last))
            .select("index", "source.name", "license.id")
            .collect()
        )
        joined = kept.join(facts, on="index", how="left", maintain_order="left")
        yield from joined.select(_COLUMNS).iter_rows()
