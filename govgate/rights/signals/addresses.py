"""Many addresses at once: almost all are plain, and Polars takes those apart; the rest are read one
by one (``address.read_address``, which gives the same)."""

import polars as pl

from govgate.rights.signals.address import MAX_CHARACTERS, read_address

NO_URL = "no address in the row"
_PLAIN = (
    r"^(https?)://"
    r"([a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+)"
    r"(/[A-Za-z0-9._~/=;,:@!'()+&-]*(?:\?[A-Za-z0-9._~/=?;,:@!'()+&-]*)?)?"
    r"(?:#[!-~]*)?$"
)
_MAX_HOST = 253
_KINDS = {"origin": pl.String, "host": pl.String, "path": pl.String, "bad": pl.String}


def split_addresses(urls: pl.Series) -> pl.DataFrame:
    """``url, origin, host, path, bad`` of each distinct address, nulls left out."""
    distinct = urls.drop_nulls().unique().to_frame("url")
    part = pl.col("url").str.extract_groups(_PLAIN).struct
    split = distinct.with_columns(
        origin=pl.concat_str(part[0], pl.lit("://"), part[1]),
        host=part[1],
        path=pl.coalesce(part[2], pl.when(part[1].is_not_null()).then(pl.lit("/"))),
    )
    plain = (
        pl.col("host").str.len_bytes().le(_MAX_HOST)
        & pl.col("url").str.len_bytes().le(MAX_CHARACTERS)
        & ~pl.col("path").str.contains("/.", literal=True)
    ).fill_null(False)
    simple = split.filter(plain).with_columns(bad=pl.lit(None, pl.String))
    return pl.concat([simple, _one_by_one(split.filter(~plain)["url"])])


def _one_by_one(urls: pl.Series) -> pl.DataFrame:
    rows = []
    for url in urls:
        read = read_address(url)
        rows.append((url, None, None, None, read) if isinstance(read, str) else (url, *read, None))
    return pl.DataFrame(rows, schema={"url": pl.String, **_KINDS}, orient="row")
