"""Rows meet the registry: each row's consent, from what its subject and its source last said.

Two joins; nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from govgate.rights.consent.standing import NO_EVENT
from govgate.rights.consent.words import STRICTNESS, UNKNOWN

NO_REGISTRY = "no consent registry"
NO_SUBJECT = "no subject in the row"

ADDED = pl.Schema(
    {
        "consent.status": pl.String(),
        "consent.why": pl.String(),
        "consent.by": pl.String(),
        "event_basis": pl.String(),
        "subject.age": pl.String(),
        "subject.requests": pl.List(pl.String()),
    }
)
"""What ``with_consent`` adds to rows; null is unknown."""

_PARTS = ("status", "why", "basis", "by")


@dataclass(frozen=True, slots=True)
class Standing:
    """``Registry.status`` and ``Registry.source_status`` of one day and purpose, with ``rank``: how
    strict what each last said is; null where it said nothing that counts."""

    subjects: pl.DataFrame = field(repr=False)
    sources: pl.DataFrame = field(repr=False)

    @classmethod
    def of(cls, subjects: pl.DataFrame, sources: pl.DataFrame) -> Standing:
        """From the two frames as the registry gives them."""
        return cls(_ranked(subjects), _ranked(sources))


def with_consent(
    rows: pl.DataFrame, registry: Standing | None, sources: Sequence[str] = ("source",)
) -> pl.DataFrame:
    """``rows`` (``subject``: keyed hash or null; ``sources``: columns of names or null; any others)
    in their order, with the columns of ``ADDED``.

    Of what subject and sources last said the strictest counts, in the order of
    ``words.STRICTNESS``; of those that are alike, the subject's, then that of the first source. Who
    said nothing has no say: a source's consent stands for a row whose subject is silent. Age is the
    subject's where it is stated, else a source's. ``subject.requests`` is an empty list where a
    known subject made none.
    """
    if registry is None:
        nothing = [pl.lit(None, kind).alias(name) for name, kind in ADDED.items()]
        return rows.with_columns(nothing).with_columns(pl.lit(NO_REGISTRY).alias("consent.why"))
    joined = _beside(rows, registry.subjects, "subject", "subject_key", "_0_")
    for place, column in enumerate(sources, 1):
        joined = _beside(joined, registry.sources, column, "source", f"_{place}_")
    for place in range(1, len(sources) + 1):
        joined = joined.with_columns(_stricter(f"_{place}_"))
    nobody = (
        pl.when(pl.col("subject").is_null()).then(pl.lit(NO_SUBJECT)).otherwise(pl.lit(NO_EVENT))
    )
    requests = pl.col("_0_requests").fill_null([])
    silent = pl.col("_0_rank").is_null()
    return joined.with_columns(
        pl.when(~silent).then("_0_status").alias("consent.status"),
        pl.when(silent).then(nobody).otherwise("_0_why").alias("consent.why"),
        pl.when(~silent).then("_0_by").alias("consent.by"),
        pl.when(~silent).then("_0_basis").alias("event_basis"),
        pl.coalesce(f"_{place}_age" for place in range(len(sources) + 1)).alias("subject.age"),
        pl.when(pl.col("subject").is_not_null()).then(requests).alias("subject.requests"),
    ).drop("^_[0-9]_.*$")


def _stricter(source: str) -> list[pl.Expr]:
    """What holds so far (``_0_``), or what a source says in its place."""
    so_far, said = pl.col("_0_rank"), pl.col(f"{source}rank")
    by_source = so_far.is_null() | (said > so_far).fill_null(False)
    return [
        pl.when(by_source).then(f"{source}{part}").otherwise(f"_0_{part}").alias(f"_0_{part}")
        for part in (*_PARTS, "rank")
    ]


def _beside(
    rows: pl.DataFrame, found: pl.DataFrame, column: str, key: str, prefix: str
) -> pl.DataFrame:
    named = found.rename({name: prefix + name for name in found.columns if name != key})
    if key == column:
        named = named.rename({key: prefix + "key"})
        key = prefix + "key"
    return rows.join(
        named, left_on=column, right_on=key, how="left", maintain_order="left", validate="m:1"
    )


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    ranks = {word: rank for rank, word in enumerate(STRICTNESS)}
    word = pl.col("status").fill_null(UNKNOWN)
    silent = pl.col("why").eq_missing(NO_EVENT)
    rank = pl.when(~silent).then(word.replace_strict(ranks, return_dtype=pl.UInt8))
    return frame.with_columns(rank=rank)
