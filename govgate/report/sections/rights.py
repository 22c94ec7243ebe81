"""Licences, sources and lineage: under what the rows are, where they came from, what that asks."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from govgate.policy.words.prose import duty_words
from govgate.report.counting import BY_PARTITION, rows_by, table
from govgate.report.document import (
    Block,
    Column,
    Graph,
    Kind,
    Node,
    Paragraph,
    Section,
    Shown,
    Table,
    Value,
)
from govgate.report.evidence import RunEvidence
from govgate.rundir import CREDITS, FACTS, TRAIN, VERDICTS

_BY = f"{FACTS}, {VERDICTS}, joined by index"
_RETRIEVE = "retrieve"
_PARTITION = "partition:"


def section(evidence: RunEvidence) -> Section:
    """Rows by licence and source, the picture of the lineage, and what is to be done for it."""
    licences = table(
        "licenses",
        "Rows by licence",
        (Column("licence", Kind.CODE), Column("class"), *BY_PARTITION),
        rows_by(evidence, "license.id", "license.class"),
        f"{_BY}: license.id, license.class",
        "A dash: no known licence. The class is that of the licence and of all that the row was"
        " made from.",
    )
    lead = "A licence is what files and papers declare; nobody asked the owners."
    return Section(
        "rights",
        "Licences, sources and lineage",
        (Paragraph((lead,), lead=True), Shown(licences)),
        (_sources(evidence), _lineage(evidence), _obligations(evidence), _opt_outs(evidence)),
    )


def _sources(evidence: RunEvidence) -> Section:
    listed = table(
        "sources",
        "Rows by source",
        (Column("source", Kind.CODE), *BY_PARTITION),
        rows_by(evidence, "source.name"),
        f"{_BY}: source.name",
        "A dash: govgate.yaml names no source for the file.",
    )
    return Section("sources-section", "Sources", (Shown(listed),))


def _lineage(evidence: RunEvidence) -> Section:
    states = table(
        "lineage",
        "What is known of where rows came from",
        (Column("lineage"), Column("models that wrote it"), *BY_PARTITION),
        rows_by(evidence, "lineage.status", "lineage.models"),
        f"{_BY}: lineage.status, lineage.models",
        "A dash: nobody declares it.",
    )
    if evidence.credits is None:
        said = "The record is of a version that kept no list of sources, so there is no picture."
        return Section("lineage-section", "Lineage", (Paragraph((said,)), Shown(states)))
    blocks: list[Block] = [_picture(evidence.credits)] if evidence.credits["rows"] else []
    declared = table(
        "credited",
        "Sources that are to be named, and what they were made from",
        (
            Column("name", Kind.CODE),
            Column("kind"),
            Column("licence", Kind.CODE),
            Column("asks"),
            Column("made from"),
            Column("address"),
        ),
        (_declared(one) for one in evidence.credits["sources"]),
        f"{CREDITS}: sources",
    )
    return Section("lineage-section", "Lineage", (*blocks, Shown(states), Shown(declared)))


def _declared(one: Mapping[str, Any]) -> tuple[Value, ...]:
    terms = "unknown" if one["terms"] is None else ", ".join(one["terms"]) or "nothing"
    made_from = ", ".join(one["madeFrom"]) or None
    return one["name"], one["kind"], one["license"], terms, made_from, one["url"]


def _picture(credits: Mapping[str, Any]) -> Graph:
    """From what sources were made of, by way of the sources, to the two partitions."""
    used: Counter[tuple[str, str]] = Counter()
    for row in credits["rows"]:
        for partition in (TRAIN, _RETRIEVE):
            used[row["source"] or "no source declared", partition] += row[partition]
    reached = {pair: rows for pair, rows in used.items() if rows}
    nodes = list(_nodes(credits["sources"], reached))
    known = {node.id for node in nodes}
    made = [
        (parent, one["name"])
        for one in credits["sources"]
        for parent in one["madeFrom"]
        if parent in known
    ]
    into = [(source, f"{_PARTITION}{partition}") for source, partition in reached]
    return Graph("What the rows came from", tuple(nodes), tuple(dict.fromkeys((*made, *into))))


def _nodes(
    sources: Sequence[Mapping[str, Any]], reached: Mapping[tuple[str, str], int]
) -> Iterator[Node]:
    for one in sources:
        yield Node(one["name"], one["name"], one["license"] or "licence unknown", one["kind"])
    named = {one["name"] for one in sources}
    for source in dict.fromkeys(source for source, _ in reached):
        if source not in named:
            yield Node(source, source, "", "unknown")
    for partition in (TRAIN, _RETRIEVE):
        rows = sum(count for (_, into), count in reached.items() if into == partition)
        if rows:
            said = "1 row" if rows == 1 else f"{rows:,} rows"
            yield Node(f"{_PARTITION}{partition}", partition, said, "partition")


def _obligations(evidence: RunEvidence) -> Section:
    counted = (
        evidence.verdicts()
        .select("partition", duty="obligations")
        .explode("duty")
        .filter(pl.col("duty").is_not_null() & ~pl.col("duty").str.starts_with("redact:"))
        .group_by("duty")
        .agg(
            pl.len().cast(pl.Int64).alias("rows"),
            *(
                (pl.col("partition") == name.name).sum().cast(pl.Int64).alias(name.name)
                for name in BY_PARTITION[1:]
            ),
        )
        .sort("duty")
        .collect(engine="streaming")
    )
    duties: Table = table(
        "duties",
        "Duties that go with using rows",
        (Column("duty", Kind.CODE), Column("what it asks"), *BY_PARTITION),
        ((duty, duty_words(duty), *rest) for duty, *rest in counted.iter_rows()),
        f"{VERDICTS}: obligations, without redactions",
    )
    said = "NOTICE.txt in the run names the sources of the train partition as their licences ask."
    return Section("obligations", "Obligations", (Paragraph((said,)), Shown(duties)))


def _opt_outs(evidence: RunEvidence) -> Section:
    listed = table(
        "opt-outs",
        "What sites say of training and of answers",
        (Column("training"), Column("retrieval"), Column("text and data mining"), *BY_PARTITION),
        rows_by(evidence, "optout.train", "optout.retrieve", "optout.tdm"),
        f"{_BY}: optout.train, optout.retrieve, optout.tdm",
        "A dash: unknown, as no signals were captured for the row's address.",
    )
    return Section("opt-outs-section", "Opt-outs", (Shown(listed),))
