"""ISO 8601 days and instants, read a column at a time."""

from datetime import datetime

import polars as pl

EARLIEST = datetime(1900, 1, 1)

_INSTANT = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9])(?::([0-5][0-9](?:\.[0-9]{1,9})?))?"
    r"(Z|z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?)?$"
)


def instants(text: pl.Series) -> pl.Series:
    """ISO 8601 days (their start) and instants as UTC without a zone, each distinct text read once;
    null where it is neither, or before 1900 (what programs write for a time that they lack)."""
    distinct = text.unique().to_frame("text")
    read = distinct.with_columns(instant=_instant(pl.col("text").str.strip_chars()))
    read = read.with_columns(pl.when(pl.col("instant") >= EARLIEST).then("instant"))
    return text.to_frame("text").join(
        read, on="text", how="left", maintain_order="left", nulls_equal=True
    )["instant"]


def ends(text: pl.Series) -> pl.Series:
    """The first instant after an expiry: a day ends with itself."""
    is_day = text.str.strip_chars().str.len_chars() == 10
    frame = pl.DataFrame({"at": instants(text), "day": is_day})
    next_day = pl.col("at") + pl.duration(days=1)
    return frame.select(pl.when("day").then(next_day).otherwise("at")).to_series()


def _instant(text: pl.Expr) -> pl.Expr:
    part = text.str.extract_groups(_INSTANT).struct
    clock = pl.concat_str(
        part[0],
        pl.lit("T"),
        part[1].fill_null("00:00"),
        pl.lit(":"),
        part[2].fill_null("00"),
    ).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    digits = part[3].str.replace_all(r"[Zz:+-]", "")
    offset = digits.str.head(2).cast(pl.Int64, strict=False) * 60
    offset = (offset + digits.str.tail(2).cast(pl.Int64, strict=False)).fill_null(0)
    ahead = pl.when(part[3].str.starts_with("-")).then(-offset).otherwise(offset)
    return clock - pl.duration(minutes=ahead)
