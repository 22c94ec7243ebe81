"""The rows of a verified run's retrieve partition, each with what its tables say of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.attest.quorum import find_quorum
from govgate.attest.trust import Trust
from govgate.data.dataset import open_dataset
from govgate.data.rows import RowReader
from govgate.data.tables import read_batches, scan_table
from govgate.errors import EvidenceError, UsageError
from govgate.home import Home
from govgate.model import Partition, Row
from govgate.record import Decision
from govgate.register.superseded import superseded
from govgate.retrieve.citation import read_citations
from govgate.retrieve.tables import Group
from govgate.retrieve.text import row_text
from govgate.retrieve.words import storable
from govgate.verify import verify

_FACTS = {  # columns of the table of facts, by the field of a group
    "source": "source.name",
    "license": "license.id",
    "license_class": "license.class",
    "license_terms": "license.terms",
    "consent": "consent.status",
    "jurisdictions": "source.jurisdictions",
    "languages": "source.languages",
    "collected": "source.collected",
    "audience": "source.audience",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A row to be found again: its name, its text (:func:`row_text`), and what it shares."""

    name: str
    text: str
    group: Group


def verified(run: Path, home: Home, trust: Trust, *, today: date) -> tuple[str, Decision]:
    """The digest of the run's record and its decision, under a policy still in force: an expired
    one permits nothing. EvidenceError says what does not hold."""
    verification = verify(
        run,
        trust,
        today=today,
        quorum=find_quorum(home.quorum),
        superseded=superseded(home),
    )
    if verification.failure is not None:
        step = verification.failure
        raise EvidenceError(f"{run}: step {step.number}, {step.title}: {step.detail}")
    decision = verification.decision
    if decision is None:
        raise EvidenceError(f"{run}: the record could not be read")
    if today >= decision.policy.expires:
        raise EvidenceError(
            f"policy {decision.policy.name} expired on {decision.policy.expires}",
            remedy="gate the data again under a policy that is in force",
        )
    return verification.record_digest, decision


def documents(run: Path) -> Iterator[Document]:
    """The rows of the partition, in the order of the data set.

    Rows are written file by file, so both sides go in step.
    """
    folder = run / rundir.RETRIEVE
    if not folder.is_dir():
        return
    citations = read_citations(run)
    names = {file.name: file for file in open_dataset([str(folder)]).files}
    reader: Iterator[Row] = iter(())
    current, known = None, {}
    for row, file, effect, obligations, *facts in _entries(run):
        if file != current:
            if file not in names:
                raise UsageError(f"{folder / file} is missing", remedy="gate the data again")
            current, reader = file, iter(RowReader(names[file], file_index=0, first_index=0))
        read = next(reader, None)
        if read is None or read.failure is not None:
            raise EvidenceError(f"{folder / file} holds fewer rows than the verdicts say")
        said = (file, effect, _tuple(obligations), *map(_tuple, facts))
        if said not in known:
            known[said] = _group(*said, citations.of(file, said[3], said[4]))
        yield Document(storable(row), storable(row_text(read.value)), known[said])


def _group(file: str, effect: str, obligations: tuple[str, ...], *facts_and_citation: Any) -> Group:
    *facts, citation = facts_and_citation
    return Group(
        file=file,
        retrieve=effect,
        obligations=tuple(o for o in obligations if not o.startswith("redact:")),
        citation=citation,
        **dict(zip(_FACTS, facts, strict=True)),
    )


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _entries(run: Path) -> Iterator[tuple[Any, ...]]:
    """Of each row of the partition: name, file, effect, obligations, then the facts of `_FACTS`."""
    facts = scan_table(run / rundir.FACTS)
    there = facts.collect_schema().names()  # runs of earlier versions know fewer facts
    wanted = [
        pl.col(name) if name in there else pl.lit(None).alias(name) for name in _FACTS.values()
    ]
    for verdicts in read_batches(run / rundir.VERDICTS):
        kept = verdicts.filter(pl.col("partition") == Partition.RETRIEVE.value)
        if kept.is_empty():
            continue
        first, last = kept["index"][0], kept["index"][-1]
        said = facts.filter(pl.col("index").is_between(first, last)).select("index", *wanted)
        joined = kept.join(said.collect(), on="index", how="left", maintain_order="left")
        columns = ("row", "file", "retrieve", "obligations", *_FACTS.values())
        yield from joined.select(columns).iter_rows()
