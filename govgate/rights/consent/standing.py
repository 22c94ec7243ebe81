"""What all events come to at the end of a day, for a purpose: the rules of docs/consent.md.

`tests/property/plain_consent.py` holds the same rules in plain Python, an event at a time.
"""

from datetime import date

import polars as pl

from govgate.rights.consent.ages import BY_CHILD, last_stated, with_children
from govgate.rights.consent.words import (
    COMES_TO,
    GIVEN,
    MADE,
    REQUEST_STATUSES,
    STRICTNESS,
    UNKNOWN,
)

RECORDED_UNKNOWN = "the registry records this consent as unknown"
NO_EVENT = "no event for this subject and purpose"

SCHEMA = pl.Schema(
    {
        "status": pl.String(),
        "why": pl.String(),
        "basis": pl.String(),
        "by": pl.String(),
        "age": pl.String(),
        "requests": pl.List(pl.String()),
    }
)
"""What is known of a subject or a source. ``why``: why ``status`` is null. ``by``: who spoke last,
subject, guardian or source. ``requests``: sorted, empty where there are none."""


def end_of(day: date) -> pl.Expr:
    """The first instant after a day, in UTC."""
    return pl.lit(day).cast(pl.Datetime("us")) + pl.duration(days=1)


def standing(
    events: pl.DataFrame, as_of: date, covering: tuple[str, ...], *, holder: str, by: str
) -> pl.DataFrame:
    """``holder`` (``subject_key`` or ``source``, each once) and the columns of ``SCHEMA``.

    ``covering``: the purposes whose events count. ``by``: who spoke where an event does not say.
    """
    said = events.filter(pl.col(holder).is_not_null() & (pl.col("time") < end_of(as_of)))
    said = said.rename({holder: "key"})
    counted = said.filter(pl.col("purpose").is_in(covering))
    ages = last_stated(said)
    last = last_consents(counted, said, as_of, by).select("key", "status", "why", "basis", "by")
    requests = (
        last_requests(counted)
        .filter(pl.col("status") == MADE)
        .group_by("key")
        .agg(requests=pl.col("request").sort())
    )
    keys = pl.concat([last["key"], ages["key"], requests["key"]]).unique(maintain_order=True)
    known = keys.to_frame().join(last.with_columns(spoke=pl.lit(True)), on="key", how="left")
    known = known.join(ages, on="key", how="left").join(requests, on="key", how="left")
    silent = pl.col("spoke").is_null()
    return known.select(
        pl.col("key").alias(holder),
        "status",
        pl.when(silent).then(pl.lit(NO_EVENT)).otherwise("why").alias("why"),
        "basis",
        "by",
        "age",
        pl.col("requests").fill_null([]).cast(SCHEMA["requests"]),
    )


def last_consents(counted: pl.DataFrame, said: pl.DataFrame, as_of: date, by: str) -> pl.DataFrame:
    """The consent event of each ``key`` that stands: the last, of one instant's the strictest.

    What is as strict and of one instant is ordered by what else it says, so that the order of
    events never matters. ``by``: who spoke where an event does not say.
    """
    effective = with_effect(counted.filter(pl.col("request").is_null()), said, as_of)
    effective = effective.with_columns(by=pl.col("given_by").fill_null(by))
    order = ("time", "rank", "why", "by", "basis")
    return effective.sort(*order, nulls_last=False).unique("key", keep="last", maintain_order=True)


def with_effect(consents: pl.DataFrame, said: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Consent events that have effect, and what each comes to: ``status`` (null: unknown),
    ``why``, ``rank``. Consent that is not valid yet has none."""
    end = end_of(as_of)
    words = consents.with_columns(
        pl.col("status").replace_strict(COMES_TO, return_dtype=pl.String), word=pl.col("status")
    )
    given = pl.col("status") == GIVEN
    effective = words.filter(~(given & (pl.col("valid_from") >= end)).fill_null(False))
    judged = with_children(effective, said).with_columns(
        over=(given & (pl.col("expires") < end)).fill_null(False)
    )
    unknown = (pl.col("status") == UNKNOWN) | (pl.col("by_child") & ~pl.col("over"))
    ranks = {word: rank for rank, word in enumerate(STRICTNESS)}
    word = (
        pl.when("over")
        .then(pl.lit("expired"))
        .when(unknown)
        .then(pl.lit(UNKNOWN))
        .otherwise("status")
    )
    return judged.with_columns(
        rank=word.replace_strict(ranks, return_dtype=pl.UInt8),
        status=pl.when(word != UNKNOWN).then(word),
        why=pl.when(word == UNKNOWN).then(
            pl.when("by_child").then(pl.lit(BY_CHILD)).otherwise(pl.lit(RECORDED_UNKNOWN))
        ),
    ).drop("over", "by_child")


def last_requests(counted: pl.DataFrame) -> pl.DataFrame:
    """The event of each ``key`` and ``request`` that stands: the last; at one instant, ``made``."""
    ranks = {word: rank for rank, word in enumerate(REQUEST_STATUSES)}
    return (
        counted.filter(pl.col("request").is_not_null())
        .with_columns(rank=pl.col("status").replace_strict(ranks, return_dtype=pl.UInt8))
        .sort("time", "rank")
        .unique(["key", "request"], keep="last", maintain_order=True)
    )
