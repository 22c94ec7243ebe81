"""From what age a person consents alone, by jurisdiction and day; and who was a child when."""

from functools import cache

import polars as pl

from govgate.rights.consent.purposes import table
from govgate.rights.consent.words import GIVEN, YOUNGEST

DEFAULT_AGE = 16  # GDPR art. 8(1): where a state chose none, where none is named or listed
BY_CHILD = "given by a child below the age of consent, and by no guardian"


@cache
def ages_of_consent() -> pl.DataFrame:
    """``jurisdiction``, ``from``, ``limit``, sorted by day, from ``ages.tsv`` (sources there)."""
    rows = [(place, day, int(age)) for place, age, day, _ in table("ages.tsv")]
    frame = pl.DataFrame(rows, schema=["jurisdiction", "from", "limit"], orient="row")
    return frame.with_columns(pl.col("from").str.to_datetime(time_unit="us")).sort("from")


def youngest(column: str = "age") -> pl.Expr:
    """The youngest age in an age class; null where none is stated."""
    return pl.col(column).replace_strict(YOUNGEST, default=None, return_dtype=pl.Int64)


def with_children(events: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """``events`` (``key``, ``time``, ``status``, ``jurisdiction``, ``given_by``…) with
    ``by_child``: consent given by a person below the age of consent, not by a guardian.

    A person was a child when the age class last stated before in ``said`` says so; or one stated
    then or later, for nobody grows younger.
    """
    rows = events.with_row_index("number")
    alone = (pl.col("status") == GIVEN) & pl.col("given_by").ne_missing("guardian")
    limited = (
        rows.filter(alone)
        .select("number", "key", "time", "jurisdiction")
        .sort("time")
        .join_asof(
            ages_of_consent(),
            left_on="time",
            right_on="from",
            by="jurisdiction",
            check_sortedness=False,
        )
        .with_columns(pl.col("limit").fill_null(DEFAULT_AGE))
    )
    stated = said.filter(pl.col("age").is_not_null())
    pairs = limited.join(stated.select("key", years=youngest(), at="time"), on="key")
    young = pl.col("years") < pl.col("limit")
    pairs = pairs.join(pairs.filter(young).select("number").unique(), on="number", how="semi")
    before = pl.col("at") < pl.col("time")
    last = pl.col("at") == pl.col("at").filter(before).max().over("number")
    found = pairs.filter(young & (~before | last)).select("number").unique()
    found = found.with_columns(by_child=pl.lit(True))
    joined = rows.join(found, on="number", how="left", maintain_order="left")
    return joined.with_columns(pl.col("by_child").fill_null(False)).drop("number")


def last_stated(said: pl.DataFrame) -> pl.DataFrame:
    """``key`` (each once), ``age``: the age class last stated, of one instant's the youngest."""
    return (
        said.filter(pl.col("age").is_not_null())
        .with_columns(years=youngest())
        .sort("time", -pl.col("years"), "age")
        .unique("key", keep="last", maintain_order=True)
        .select("key", "age")
    )
