"""Between deciding and signing: who is to be named for the rows that were let through.

`credits.json` lists the rows of a run by file, source and licence, and their whole lineage; the
retrieval's citations come from it. `NOTICE.txt` says the same of the train partition, for people.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.data.tables import read_batches, scan_table
from govgate.durable import write_durably
from govgate.model import Partition
from govgate.rights.credits import Credit, Terms, credits_of, notice, terms_of
from govgate.rights.lineage.nodes import Node
from govgate.rights.origins import FileRights
from govgate.rights.terms import Term
from govgate.steps.open import Opened
from govgate.steps.resolve import file_rights

_KEYS = ("file", "source.name", "license.id", "asks")
# What holds for a row where its licences differ: the strictest alone, by which it goes, says less.
_ASKS = pl.when(pl.col("license.conflict") == "yes").then(
    pl.col("license.terms").list.join(" ").fill_null("unknown")
)
_USED = (Partition.TRAIN, Partition.RETRIEVE)


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one file that have one source and one licence, by the partition they are in.

    ``asks``: all that holds for them, where several licences are declared.
    """

    file: str
    source: str | None
    license: str | None
    asks: str | None
    train: int
    retrieve: int

    @property
    def terms(self) -> Terms:
        """The licence of the rows, and what it asks."""
        terms = terms_of(self.license)
        if self.asks is None:
            return terms
        known = None if self.asks == "unknown" else tuple(map(Term, self.asks.split()))
        return replace(terms, asks=known, differ=True)

    def as_json(self, within: str | None) -> dict[str, object]:
        """The rows as `credits.json` counts them; ``within``: the source of their file, where they
        name another."""
        which = {"file": self.file, "source": self.source, "within": within}
        counts = {"train": self.train, "retrieve": self.retrieve}
        return {**which, **self.terms.as_json(), **counts}


def write_credits(opened: Opened, run: Path) -> None:
    """Write `credits.json`, and `NOTICE.txt` if any row may be trained on."""
    groups = groups_of(run)
    files = {f.name: file_rights(f, opened.config, opened.papers) for f in opened.dataset.files}
    document = {
        "rows": [group.as_json(_within(_nodes(group, files, opened))) for group in groups],
        "sources": [credit.as_json() for credit in _credited(groups, files, opened)],
    }
    write_durably(run / rundir.CREDITS, json.dumps(document, indent=1).encode() + b"\n")
    if trained := [group for group in groups if group.train]:
        text = notice(_credited(trained, files, opened), _by_source(trained, files, opened))
        write_durably(run / rundir.NOTICE, text.encode())


def _by_source(
    groups: Sequence[Group], files: dict[str, FileRights], opened: Opened
) -> dict[str, list[tuple[Terms, int]]]:
    """How many rows to train on each source has, by licence."""
    counts: dict[str, Counter[Terms]] = {}
    for group in groups:
        name = _nodes(group, files, opened)[0].name
        counts.setdefault(name, Counter())[group.terms] += group.train
    return {name: list(terms.items()) for name, terms in counts.items()}


def _credited(
    groups: Sequence[Group], files: dict[str, FileRights], opened: Opened
) -> tuple[Credit, ...]:
    nodes = (node for group in groups for node in _nodes(group, files, opened))
    return credits_of(nodes, opened.registries.lineage)


def _nodes(group: Group, files: dict[str, FileRights], opened: Opened) -> tuple[Node, ...]:
    """The source that the rows go by, and that of their file where it is another; without a
    source, a node named for the file."""
    own = files[group.file].node(opened.registries.lineage)
    if group.source is None:
        return (own.model_copy(update={"name": group.file}),)
    if group.source == own.name:
        return (own,)
    return (opened.registries.lineage.nodes[group.source], own)


def _within(nodes: Sequence[Node]) -> str | None:
    return nodes[1].name if len(nodes) > 1 else None


def groups_of(run: Path) -> list[Group]:
    """The rows that are used, by what `credits.json` tells them apart by."""
    counts: Counter[tuple[str, str | None, str | None, str | None, str]] = Counter()
    for verdicts in read_batches(run / rundir.VERDICTS):
        used = verdicts.filter(pl.col("partition").is_in([p.value for p in _USED]))
        if used.is_empty():
            continue
        between = pl.col("index").is_between(used["index"][0], used["index"][-1])
        table = scan_table(run / rundir.FACTS).filter(between).with_columns(asks=_ASKS)
        facts = table.select("index", *_KEYS).collect()
        joined = used.select("index", "partition").join(facts, on="index", how="left")
        for *key, count in joined.group_by(*_KEYS, "partition").len().iter_rows():
            counts[tuple(key)] += count
    keys = sorted({key[:4] for key in counts}, key=lambda key: [part or "" for part in key])
    return [Group(*key, *(counts[*key, used.value] for used in _USED)) for key in keys]
