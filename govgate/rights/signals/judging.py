"""From the parts of an answer to the answer: ranks to words, masks to kinds, in Polars alone.

A part is what one source of signals says of a row: columns ``PART.train``, ``PART.retrieve``,
``PART.tdm`` (ranks), ``PART.kinds`` (a mask) and ``PART.why``.
"""

import polars as pl

from govgate.rights.signals.addresses import NO_URL
from govgate.rights.signals.model import Kind

USES = ("train", "retrieve", "tdm")
UNKNOWN = 2  # the rank of what could not be read
REFUSED = 3
_WORDS = ("unstated", "allowed", None, "refused")  # by rank
_COLUMNS: dict[str, type[pl.DataType]] = {
    "train": pl.UInt8,
    "retrieve": pl.UInt8,
    "tdm": pl.UInt8,
    "kinds": pl.UInt16,
    "why": pl.String,
}
RESULT = pl.Schema(
    {
        "optout.train": pl.String(),
        "optout.retrieve": pl.String(),
        "optout.tdm": pl.String(),
        "optout.signals": pl.List(pl.String()),
        "why": pl.String(),
    }
)


def part_columns(prefix: str) -> dict[str, type[pl.DataType]]:
    """The columns of a part."""
    return {f"{prefix}.{name}": kind for name, kind in _COLUMNS.items()}


def judged(rows: pl.DataFrame) -> pl.DataFrame:
    """``url``, ranks, ``kinds`` and ``why``: the strictest of the parts ``site``, ``domain``,
    ``page``, ``reserved`` and ``file``, which ``reserved`` (TDMRep of the page) replaces."""
    superseded = pl.col("reserved.kinds") > 0
    standing = {
        name: pl.when(superseded).then(0).otherwise(f"file.{name}") for name in (*USES, "kinds")
    }
    parts = ("site", "domain", "page", "reserved")
    ranks = {
        use: pl.max_horizontal(*(f"{part}.{use}" for part in parts), standing[use]).cast(pl.UInt8)
        for use in USES
    }
    kinds = standing["kinds"].cast(pl.UInt16)
    for part in parts:
        kinds = kinds | pl.col(f"{part}.kinds")
    unread = pl.coalesce("site.why", "page.why", pl.when(~superseded).then("file.why"))
    unknown = pl.any_horizontal(pl.col(use) == UNKNOWN for use in USES)
    return rows.with_columns(**ranks, kinds=kinds, unread=unread).select(
        "url", *USES, "kinds", why=pl.when(unknown).then("unread")
    )


def unknown_rows(bad: pl.DataFrame) -> pl.DataFrame:
    """The same columns for addresses (``url``, ``bad``) that are none."""
    unknown = pl.lit(UNKNOWN, pl.UInt8)
    return bad.select(
        "url", *(unknown.alias(use) for use in USES), kinds=pl.lit(0, pl.UInt16), why="bad"
    )


def with_subjects(
    rows: pl.DataFrame, subjects: pl.Series | None, refusing: pl.Series
) -> pl.DataFrame:
    """``rows`` with what people refuse, and with a reason where there is no address."""
    rows = rows.with_columns(
        *(pl.col(use).fill_null(UNKNOWN) for use in USES),
        pl.col("kinds").fill_null(0),
        why=pl.when(pl.col("url").is_null()).then(pl.lit(NO_URL)).otherwise("why"),
    )
    if subjects is None or refusing.is_empty():
        return rows
    listed = subjects.is_in(refusing.implode()).fill_null(False).alias("listed")
    bit = pl.lit(Kind.SUBJECT_LIST.bit, pl.UInt16)
    return rows.with_columns(listed).with_columns(
        *(pl.when("listed").then(REFUSED).otherwise(use).cast(pl.UInt8).alias(use) for use in USES),
        kinds=pl.when("listed").then(pl.col("kinds") | bit).otherwise("kinds"),
        why=pl.when("listed").then(None).otherwise("why"),
    )


def worded(rows: pl.DataFrame) -> pl.DataFrame:
    """``RESULT``: ranks and masks as words. Where a use is unknown, so is which signals spoke: what
    could not be read may be one of them."""
    masks = rows["kinds"].unique()
    named = [[kind.value for kind in Kind if mask & kind.bit] for mask in masks]
    kinds = pl.Series("optout.signals", named, dtype=pl.List(pl.String))
    table = pl.DataFrame([masks, kinds])
    words = dict(enumerate(_WORDS))
    known = pl.all_horizontal(pl.col(use) != UNKNOWN for use in USES)
    return rows.join(table, on="kinds", how="left", maintain_order="left").select(
        *(
            pl.col(use).replace_strict(words, return_dtype=pl.String).alias(f"optout.{use}")
            for use in USES
        ),
        pl.when(known).then("optout.signals").alias("optout.signals"),
        "why",
    )
