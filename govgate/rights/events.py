"""Consent events: the form of a registry file, and the check that all of it must pass.

    subject,purpose,status,time,expiry
    u-1042,fine-tuning,given,2026-01-10T09:30:00Z,2027-01-10
    u-1042,any,withdrawn,2026-03-02T18:00:00+01:00,

- ``subject``: whatever the data calls the person, hashed at once (see ``subject_key``).
- ``purpose``: a training purpose, or ``any`` (or ``training``) for all of them.
- ``status``: given, renewed, refused, withdrawn, expired, invalidated, requested or unknown, the
  words of ISO/IEC TS 27560 and the Data Privacy Vocabulary.
- ``time``: an ISO 8601 day (its start) or instant; without an offset it is UTC.
- ``expiry`` (optional column and value): a day, valid through that day in UTC, or an instant.

All of a file is checked before any of it counts. Messages name ``FILE:LINE`` (of Parquet: the
row, from 1) and never repeat what stands there.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.rights.tabular import Chunk, read_chunks
from govgate.yamlnodes import MAX_REPORTED

REQUIRED = ("subject", "purpose", "status", "time")
OPTIONAL = ("expiry",)
ANY = "any"
PURPOSES = {**{p.value: p.value for p in Purpose}, ANY: ANY, "training": ANY}
UNKNOWN = "unknown"
STATUSES = (
    "given",
    "renewed",
    "refused",
    "withdrawn",
    "expired",
    "invalidated",
    "requested",
    UNKNOWN,
)

_INSTANT = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9])(?::([0-5][0-9](?:\.[0-9]{1,9})?))?"
    r"(Z|z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?)?$"
)


def read_events(data: bytes, name: str, suffix: str, key: bytes) -> pl.DataFrame:
    """``subject_key, purpose, status, time, expires`` of every event, in file order.

    Times are UTC without a zone; ``expires`` is the first instant at which it no longer holds.
    UsageError names every bad row (at most twenty of them).
    """
    return _checked(_hashed(read_chunks(data, name, suffix, REQUIRED, OPTIONAL), key), name)


def _hashed(chunks: Iterable[Chunk], key: bytes) -> pl.DataFrame:
    """The chunks as one frame of text in which subjects stand as keyed hashes only."""
    from govgate.rights.subjects import subject_keys

    kinds: dict[str, pl.DataType] = {"line": pl.Int64(), "subject_key": pl.String()}
    frames = [pl.DataFrame(schema=kinds | {c: pl.String() for c in (*REQUIRED[1:], *OPTIONAL)})]
    for chunk in chunks:
        line = pl.Series("line", chunk.lines, dtype=pl.Int64)
        keys = subject_keys(chunk.columns.pop("subject"), key)
        hashed = pl.Series("subject_key", keys, dtype=pl.String)
        words = [_words(column, values) for column, values in chunk.columns.items()]
        frames.append(pl.DataFrame([line, hashed, *words]))
    return pl.concat(frames)


def _words(column: str, values: Sequence[object] | pl.Series) -> pl.Series:
    """A column of words or times; ``?``, which no check accepts, for what cannot be either."""
    try:
        return pl.Series(column, values, dtype=pl.String)
    except (TypeError, UnicodeEncodeError):  # a number, a list, half a surrogate pair
        words = [v if v is None or (isinstance(v, str) and v.isascii()) else "?" for v in values]
        return pl.Series(column, words, dtype=pl.String)


def _checked(raw: pl.DataFrame, name: str) -> pl.DataFrame:
    purpose = pl.col("purpose").str.strip_chars().str.to_lowercase().str.replace_all("[_ ]", "-")
    status = pl.col("status").str.strip_chars().str.to_lowercase()
    statuses = {word: word for word in STATUSES} | {"renewed": "given"}
    events = raw.with_columns(
        purpose=purpose.replace_strict(PURPOSES, default=None, return_dtype=pl.String),
        status=status.replace_strict(statuses, default=None, return_dtype=pl.String),
        time=_instants(raw["time"]),
        expires=_ends(raw["expiry"]),
        has_expiry=pl.col("expiry").str.strip_chars() != "",
    )
    _refuse_bad_rows(events, name)
    return events.select("subject_key", "purpose", "status", "time", "expires")


def _instants(text: pl.Series) -> pl.Series:
    """ISO 8601 days and instants as UTC, each distinct text read once; null where it is neither."""
    distinct = text.unique().to_frame("text")
    read = distinct.with_columns(instant=_instant(pl.col("text").str.strip_chars()))
    return text.to_frame("text").join(read, on="text", how="left", maintain_order="left")["instant"]


def _ends(text: pl.Series) -> pl.Series:
    """The first instant after an expiry: a day ends with itself."""
    is_day = text.str.strip_chars().str.len_chars() == 10
    frame = pl.DataFrame({"at": _instants(text), "day": is_day})
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


def _refuse_bad_rows(events: pl.DataFrame, name: str) -> None:
    message = (
        pl.when(pl.col("subject_key").is_null())
        .then(pl.lit("the subject is empty, or neither text nor a whole number"))
        .when(pl.col("purpose").is_null())
        .then(pl.lit(f"unknown purpose (known: {', '.join(PURPOSES)})"))
        .when(pl.col("status").is_null())
        .then(pl.lit(f"unknown status (known: {', '.join(STATUSES)})"))
        .when(pl.col("time").is_null())
        .then(pl.lit("time is not an ISO 8601 day or instant such as 2026-01-31T09:30:00Z"))
        .when(pl.col("expires").is_null() & pl.col("has_expiry"))
        .then(pl.lit("expiry is not an ISO 8601 day or instant such as 2026-12-31"))
    )
    bad = events.select("line", message=message).filter(pl.col("message").is_not_null())
    if bad.is_empty():
        return
    lines = [f"{name}:{line}: {text}" for line, text in bad.head(MAX_REPORTED).iter_rows()]
    if bad.height > MAX_REPORTED:
        lines.append(f"{name}: and {bad.height - MAX_REPORTED} more bad rows")
    raise UsageError("\n".join(lines), remedy="nothing was taken from this file")
