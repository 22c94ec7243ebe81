"""Findings → the PII facts of each row, in Polars."""

from typing import Final

import polars as pl

PLACE: Final = ("pointer", "role", "start", "end", "entity")
"""Findings of a row that agree in these are one, seen in two readings."""


def pii_facts(findings: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """One line per line of ``rows``, in its order.

    ``findings``: `index` and the columns of `PLACE` of those that count. ``rows``: `index`,
    `failure` (code or null) and, if it has one, `why` (words for it). Result: `index`,
    `pii.entities` and `pii.roles` (sorted, each name once), `pii.count` (places of findings),
    `pii.why`. A row that failed has facts of null, whatever was seen in it: what was not seen is
    not known.
    """
    found = _by_row(findings)
    why = [pl.col(name) for name in ("why", "failure") if name in rows.columns]
    known = pl.col("failure").is_null()
    joined = rows.join(found, on="index", how="left", maintain_order="left")
    none = pl.lit([], dtype=pl.List(pl.String))
    return joined.select(
        "index",
        pl.when(known).then(pl.col("pii.entities").fill_null(none)).alias("pii.entities"),
        pl.when(known).then(pl.col("pii.count").fill_null(0)).cast(pl.UInt32).alias("pii.count"),
        pl.when(known).then(pl.col("pii.roles").fill_null(none)).alias("pii.roles"),
        pl.when(~known).then(pl.coalesce(why)).cast(pl.String).alias("pii.why"),
    )


def _by_row(findings: pl.DataFrame) -> pl.DataFrame:
    places = findings.unique(subset=["index", *PLACE])
    return places.group_by("index").agg(
        pl.col("entity").unique().sort().alias("pii.entities"),
        pl.len().cast(pl.UInt32).alias("pii.count"),
        pl.col("role").unique().sort().alias("pii.roles"),
    )
