"""Findings → the PII facts of each row, in Polars."""

from collections.abc import Sequence
from typing import Final

import polars as pl

PLACE: Final = ("pointer", "role", "start", "end", "entity")
"""Findings of a row that agree in these are one, seen in two readings."""


def pii_facts(findings: pl.DataFrame, rows: pl.DataFrame, roles: Sequence[str]) -> pl.DataFrame:
    """One line per line of ``rows``, in its order.

    ``findings``: those that count, with `index`, the columns of `PLACE`, and `shown`, the pointer
    as it may be published. ``rows``: `index`, `failure` (code or null) and, if it has one, `why`
    (words for it). Result: `index`; `pii.entities`, `pii.roles`, `pii.fields` and for each of
    ``roles`` `pii.in.ROLE` (sorted, each name once); `pii.count` (places of findings); `pii.why`.
    A row that failed has facts of null, whatever was seen in it: what was not seen is not known.
    """
    found = _by_row(findings, roles)
    why = [pl.col(name) for name in ("why", "failure") if name in rows.columns]
    known = pl.col("failure").is_null()
    joined = rows.join(found, on="index", how="left", maintain_order="left")
    none = pl.lit([], dtype=pl.List(pl.String))
    sets = [name for name in found.columns if name not in ("index", "pii.count")]
    return joined.select(
        "index",
        *(pl.when(known).then(pl.col(name).fill_null(none)).alias(name) for name in sets),
        pl.when(known).then(pl.col("pii.count").fill_null(0)).cast(pl.UInt32).alias("pii.count"),
        pl.when(~known).then(pl.coalesce(why)).cast(pl.String).alias("pii.why"),
    )


def _by_row(findings: pl.DataFrame, roles: Sequence[str]) -> pl.DataFrame:
    places = findings.unique(subset=["index", *PLACE])
    whole = places.group_by("index").agg(
        pl.col("entity").unique().sort().alias("pii.entities"),
        pl.len().cast(pl.UInt32).alias("pii.count"),
        pl.col("role").unique().sort().alias("pii.roles"),
        field_name(pl.col("shown")).unique().sort().alias("pii.fields"),
    )
    spoken = places.select("index", "role", "entity").unique()
    for role in roles:
        said = spoken.filter(pl.col("role") == role)
        by_row = said.group_by("index").agg(pl.col("entity").sort().alias(f"pii.in.{role}"))
        whole = whole.join(by_row, on="index", how="left")
    return whole


def field_name(pointer: pl.Expr) -> pl.Expr:
    """The field of a pointer: of ``/messages/0/content``, it is ``messages/*/content``."""
    return (
        pointer.str.replace_all("/[0-9]+(/|$)", "/*${1}")
        .str.replace_all("/[0-9]+(/|$)", "/*${1}")
        .str.strip_prefix("/")
    )
