"""Step 9: what a gate answers, as plain values that the command line renders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.data.partitions import PartFile
from govgate.data.tables import scan_table
from govgate.model import Outcome, Partition, Use
from govgate.policy.model import Rule
from govgate.steps.attest import Receipt
from govgate.steps.decide import Decided
from govgate.steps.open import Opened
from govgate.steps.scan import Scanned
from govgate.steps.seen import Seen, seen
from govgate.steps.waivers.judge import Judged


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One rule that spoke: how many rows it decided, and its effect on each use in words."""

    id: str
    title: str
    rows: int
    effects: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one gate and where to look next. Counts are rows unless named otherwise."""

    outcome: Outcome
    unmet: tuple[str, ...]
    run: Path
    home: Path
    as_of: date
    seen: Seen
    partitions: dict[Partition, int]
    redacted: int
    rules: tuple[RuleCount, ...]
    parts: tuple[PartFile, ...]
    receipt: Receipt | None
    examples: dict[str, str]
    waivers: tuple[Judged, ...] = ()
    erased: int = 0


def answer(
    out: Path,
    opened: Opened,
    scanned: Scanned,
    decided: Decided,
    coverage: dict[str, Any],
    parts: Sequence[PartFile],
    receipt: Receipt | None,
    run: Path,
    as_of: date,
    waivers: tuple[Judged, ...] = (),
) -> Answer:
    """Sum up the tables in ``run``, which will stand at ``out``."""
    verdicts = scan_table(run / rundir.VERDICTS)
    counts = decided.counts
    return Answer(
        outcome=decided.outcome,
        unmet=decided.unmet,
        run=out,
        home=opened.home.path,
        as_of=as_of,
        seen=seen(opened, scanned, coverage, run, as_of),
        partitions={p: getattr(counts, p.value) for p in Partition},
        redacted=decided.counts.redacted,
        rules=_rules(opened, verdicts),
        parts=tuple(parts),
        receipt=receipt,
        examples=_examples(verdicts),
        waivers=waivers,
        erased=scanned.erased,
    )


def _rules(opened: Opened, verdicts: pl.LazyFrame) -> tuple[RuleCount, ...]:
    """Reasons by how many rows they decided, most first."""
    counted = (
        verdicts.select("reasons")
        .explode("reasons")
        .drop_nulls()
        .group_by("reasons")
        .len()
        .sort("len", "reasons", descending=[True, False])
        .collect()
    )
    rules = {rule.id: rule for rule in opened.policy.rules}
    spoken = []
    for reason, rows in counted.iter_rows():
        rule = rules.get(reason.removesuffix("?"))
        effects = _effects(rule, answered=not reason.endswith("?")) if rule else ""
        title = rule.heading if rule else ""
        if reason.endswith("?"):
            title += " (could not be answered, so it does not pass)"
        spoken.append(RuleCount(reason, title, rows, effects))
    return tuple(spoken)


def _effects(rule: Rule, *, answered: bool) -> str:
    given = {use: rule.gave(use, answered=answered) for use in Use}
    return ", ".join(f"{use}: {effect.word}" for use, effect in given.items() if effect is not None)


def _examples(verdicts: pl.LazyFrame) -> dict[str, str]:
    """One row name of each partition, to explain first."""
    first = verdicts.group_by("partition").agg(pl.col("row").sort_by("index").first()).collect()
    return dict(first.iter_rows())
