"""Step 5: facts → verdicts, and the answer for the data set as a whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.data.tables import TableWriter, read_batches
from govgate.durable import write_durably
from govgate.errors import EvidenceError
from govgate.model import Outcome, Partition, Use
from govgate.policy.decide import decide as decide_rows
from govgate.policy.load import Policy, load_policy
from govgate.policy.model import ERASED, FAILED, INCOMPLETE, UNREDACTABLE
from govgate.policy.outcome import Summary, demote
from govgate.policy.waivers import Waiver
from govgate.record import Counts
from govgate.steps.erased import erased_in
from govgate.steps.waivers.applied import Applied, apply

VERDICTS_SCHEMA = pl.Schema(
    {
        "index": pl.UInt64(),
        "row": pl.String(),
        "file": pl.String(),
        "train": pl.String(),
        "retrieve": pl.String(),
        "partition": pl.String(),
        "reasons": pl.List(pl.String()),
        "waivers": pl.List(pl.String()),
        "obligations": pl.List(pl.String()),
    }
)
NONE_APPLIED = Applied()


@dataclass(frozen=True, slots=True)
class Decided:
    """The data set's outcome; ``unmet``: what stands against training, in words."""

    outcome: Outcome
    unmet: tuple[str, ...]
    counts: Counts
    applied: Applied


def decide(
    run: Path,
    policy: Policy,
    *,
    complete: bool,
    waivers: Sequence[Waiver] = (),
    waivable: bool = False,
) -> Decided:
    """Decide every row of `facts.parquet` in ``run``; writes `verdicts.parquet`, `policy.yaml`.

    ``waivers``: those that were found good. ``waivable``: whatever keeps the run from being
    ``complete`` are failures of rows, so that waivers can cover them all.
    """
    write_durably(run / rundir.POLICY, policy.source)
    facts = run / rundir.FACTS
    applied = apply(facts, policy, waivers)
    complete = complete or (waivable and applied.failures_waived)
    outcome, unmet = settle(facts, policy, complete=complete, applied=applied)
    final = Summary()
    redacted = 0
    with TableWriter(run / rundir.VERDICTS, VERDICTS_SCHEMA) as out:
        for batch, verdicts in final_verdicts(facts, policy, outcome, applied):
            final.add(verdicts, batch)
            redacted += count_redacted(verdicts)
            out.append(verdicts)
    return Decided(outcome, unmet, counts_of(final, redacted, policy, applied), applied)


def redecide(run: Path, waivers: Sequence[Waiver] = (), *, complete: bool = True) -> Decided:
    """Decide the stored facts of a run again; EvidenceError if a verdict differs.

    ``complete``: nothing failed; otherwise ``waivers`` must cover all that did.
    """
    try:
        return _redecide(run, load_policy(run / rundir.POLICY), waivers, complete=complete)
    except pl.exceptions.PolarsError as error:
        raise EvidenceError(
            f"{rundir.FACTS} or {rundir.VERDICTS} is not of the form that this version writes",
            remedy="verify it with the version that the record names",
        ) from error


def _redecide(run: Path, policy: Policy, waivers: Sequence[Waiver], *, complete: bool) -> Decided:
    facts = run / rundir.FACTS
    applied = apply(facts, policy, waivers)
    complete = complete or applied.failures_waived
    outcome, unmet = settle(facts, policy, complete=complete, applied=applied)
    final = Summary()
    redacted = 0
    stored = read_batches(run / rundir.VERDICTS)
    for batch, verdicts in final_verdicts(facts, policy, outcome, applied):
        kept = next(stored, None)
        if kept is None or not verdicts.equals(kept):
            raise EvidenceError(f"{rundir.VERDICTS} differs from what facts and policy give")
        final.add(verdicts, batch)
        redacted += count_redacted(verdicts)
    if next(stored, None) is not None:
        raise EvidenceError(f"{rundir.VERDICTS} holds more rows than {rundir.FACTS}")
    return Decided(outcome, unmet, counts_of(final, redacted, policy, applied), applied)


def settle(
    facts: Path, policy: Policy, *, complete: bool, applied: Applied = NONE_APPLIED
) -> tuple[Outcome, tuple[str, ...]]:
    """The outcome that the facts lead to, and what is unmet: every row is decided and counted."""
    summary = Summary()
    for batch in read_batches(facts):
        summary.add(row_verdicts(batch, policy, applied), batch)
    outcome, unmet = summary.outcome(policy)
    return (outcome if complete else Outcome.INCOMPLETE), tuple(unmet)


def counts_of(
    summary: Summary, redacted: int, policy: Policy, applied: Applied = NONE_APPLIED
) -> Counts:
    """The counts of published verdicts, as the record states them."""
    rules: dict[str, dict[str, dict[str, int]]] = {}
    for count in summary.rule_counts(policy, applied.waivers):
        by_use = rules.setdefault(count.reason, {}).setdefault(count.use.value, {})
        by_use[count.effect.word] = count.rows
    return Counts(
        rows=summary.rows,
        **{partition.value: rows for partition, rows in summary.partitions.items()},
        redacted=redacted,
        rules=rules,
    )


def count_redacted(verdicts: pl.DataFrame) -> int:
    """Rows of the train partition in which something is replaced."""
    redacts = pl.col("obligations").list.eval(pl.element().str.starts_with("redact:train:"))
    trained = verdicts.filter(pl.col("partition") == Partition.TRAIN.value)
    return int(trained.select(redacts.list.any().sum()).item())


def final_verdicts(
    facts: Path, policy: Policy, outcome: Outcome, applied: Applied = NONE_APPLIED
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Facts and verdicts as they are published: no row is for training unless the outcome is."""
    for batch in read_batches(facts):
        verdicts = row_verdicts(batch, policy, applied)
        if outcome is Outcome.INCOMPLETE:
            verdicts = withheld(verdicts)
        elif outcome is not Outcome.TRAIN:
            verdicts = demote(verdicts)
        yield batch, verdicts.select(VERDICTS_SCHEMA.names())


def withheld(verdicts: pl.DataFrame) -> pl.DataFrame:
    """While anything is unaccounted for, no row is for any use."""
    return verdicts.with_columns(
        train=pl.lit("deny"),
        retrieve=pl.lit("deny"),
        partition=pl.lit(Partition.WITHHELD.value),
        reasons=pl.concat_list("reasons", pl.lit([INCOMPLETE])),
        obligations=pl.lit([], dtype=pl.List(pl.String)),
    )


def row_verdicts(facts: pl.DataFrame, policy: Policy, applied: Applied) -> pl.DataFrame:
    """Verdicts of one batch; rows that failed in the scan, or were erased, pass nowhere."""
    erased = erased_in(facts)
    ruled = decide_rows(facts, policy, applied.waivers).join(
        facts.select("index", "row", "file", "failure", "pii.fixed", erased=erased),
        on="index",
        how="left",
        maintain_order="left",
    )
    if ruled["pii.fixed"].null_count() < ruled.height:
        ruled = _refuse_unredactable(ruled)
    failed = pl.col("failure").is_not_null()
    refused = {"train": "deny", "retrieve": "deny", "partition": Partition.WITHHELD.value}
    reason = pl.concat_list(pl.concat_str(pl.lit(FAILED), "failure"))
    nothing = pl.lit([], dtype=pl.List(pl.String))
    covering = ruled.select("index").join(
        applied.covered, on="index", how="left", maintain_order="left"
    )["waivers"]
    out = failed | pl.col("erased")
    return ruled.with_columns(
        *(
            pl.when(out).then(pl.lit(word)).otherwise(pl.col(name)).alias(name)
            for name, word in refused.items()
        ),
        reasons=pl.when("erased")
        .then(pl.lit([ERASED], dtype=pl.List(pl.String)))
        .when(failed)
        .then(reason)
        .otherwise("reasons"),
        waivers=pl.when("erased")
        .then(nothing)
        .when(failed)
        .then(covering.fill_null([]))
        .otherwise("waivers"),
        obligations=pl.when(out).then(nothing).otherwise("obligations"),
    )


def _refuse_unredactable(ruled: pl.DataFrame) -> pl.DataFrame:
    """Deny a use for which a column name would have to be redacted: no row can do that."""
    stuck = {use.value: _must_redact_name(use) for use in Use}
    refused = ruled.with_columns(
        *(
            pl.when(stuck[use]).then(pl.lit("deny")).otherwise(pl.col(use)).alias(use)
            for use in stuck
        ),
        reasons=pl.when(pl.any_horizontal(*stuck.values()))
        .then(pl.concat_list("reasons", pl.lit([UNREDACTABLE])).list.sort())
        .otherwise("reasons"),
        obligations=_without_redactions(stuck),
    )
    return refused.with_columns(
        partition=pl.when(pl.col("train") != "deny")
        .then(pl.lit(Partition.TRAIN.value))
        .when(pl.col("retrieve") != "deny")
        .then(pl.lit(Partition.RETRIEVE.value))
        .otherwise(pl.lit(Partition.WITHHELD.value))
    )


def _without_redactions(stuck: dict[str, pl.Expr]) -> pl.Expr:
    """The obligations less the redactions of uses that are denied after all."""
    kept = pl.col("obligations")
    for use, denied in stuck.items():
        others = kept.list.eval(
            pl.element().filter(~pl.element().str.starts_with(f"redact:{use}:"))
        )
        kept = pl.when(denied).then(others).otherwise(kept)
    return kept


def _must_redact_name(use: Use) -> pl.Expr:
    fixed, obligations = pl.col("pii.fixed"), pl.col("obligations")
    prefix = f"redact:{use.value}:"
    named = pl.concat_list(
        fixed.list.eval(pl.concat_str(pl.lit(prefix), pl.element(), pl.lit(role)))
        for role in ("", "@key")
    )
    some = obligations.list.set_intersection(named).list.len() > 0
    return (fixed.list.len() > 0).fill_null(False) & (
        some.fill_null(False) | obligations.list.contains(f"{prefix}*")
    )
