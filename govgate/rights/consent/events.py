"""Consent events: the form of a file of them, and the check that all of it must pass.

    subject,purpose,status,time,expiry
    u-1042,fine-tuning,given,2026-01-10T09:30:00Z,2027-01-10
    u-1042,any,withdrawn,2026-03-02T18:00:00+01:00,

Every column, word and rule stands in docs/consent.md. All of a file is checked before any of it
counts. Messages name ``FILE:LINE`` (of Parquet: the row, from 1) and never repeat what it says.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from govgate.rights.consent.checks import refuse_bad_rows
from govgate.rights.consent.instants import ends, instants
from govgate.rights.consent.purposes import ANY, spellings
from govgate.rights.consent.words import (
    AGE_SPELLINGS,
    BASIS_SPELLINGS,
    BY_SPELLINGS,
    JURISDICTION_SPELLINGS,
    REQUEST_SPELLINGS,
    STATUS_SPELLINGS,
)
from govgate.rights.tabular import Chunk, Form, read_chunks

FORM = Form(
    required=("purpose", "status", "time"),
    either=("subject", "source"),
    optional=(
        "expiry",
        "valid_from",
        "request",
        "lawful_basis",
        "jurisdiction",
        "controller",
        "evidence",
        "given_by",
        "age_class",
        "event_id",
    ),
)
SCHEMA = pl.Schema(
    {
        "subject_key": pl.String(),
        "source": pl.String(),
        "request": pl.String(),
        "purpose": pl.String(),
        "status": pl.String(),
        "time": pl.Datetime("us"),
        "valid_from": pl.Datetime("us"),
        "expires": pl.Datetime("us"),
        "basis": pl.String(),
        "jurisdiction": pl.String(),
        "controller": pl.String(),
        "evidence": pl.String(),
        "given_by": pl.String(),
        "age": pl.String(),
        "event_id": pl.String(),
    }
)
"""An event as it is kept. Times are UTC; ``expires`` is the first instant at which it no longer
holds. Exactly one of ``subject_key`` and ``source`` is not null; consent has no ``request``."""

_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a pair: no text
NOT_TEXT = "\0"  # which no check accepts
_WORDS = {
    "request": REQUEST_SPELLINGS,
    "status": STATUS_SPELLINGS,
    "lawful_basis": BASIS_SPELLINGS,
    "jurisdiction": JURISDICTION_SPELLINGS,
    "given_by": BY_SPELLINGS,
    "age_class": AGE_SPELLINGS,
}


def read_events(data: bytes, name: str, suffix: str, key: bytes) -> pl.DataFrame:
    """``line`` and the columns of ``SCHEMA`` for every event, in file order.

    Of events with one ``event_id`` the first is kept if all are alike. UsageError names every bad
    row (at most twenty of them), and then nothing of the file is used.
    """
    raw = _hashed(read_chunks(data, name, suffix, FORM), key)
    return _checked(raw, name)


def _hashed(chunks: Iterable[Chunk], key: bytes) -> pl.DataFrame:
    """The chunks as one frame of text in which subjects stand as keyed hashes only."""
    from govgate.rights.subjects import subject_keys

    texts = [column for column in FORM.known if column != "subject"]
    kinds: dict[str, pl.DataType] = {
        "line": pl.Int64(),
        "subject_key": pl.String(),
        "nul": pl.Boolean(),
        "named": pl.Boolean(),
    }
    frames = [pl.DataFrame(schema=kinds | dict.fromkeys(texts, pl.String()))]
    for chunk in chunks:
        subjects = chunk.columns.pop("subject")
        frames.append(
            pl.DataFrame(
                [
                    pl.Series("line", chunk.lines, dtype=pl.Int64),
                    pl.Series("subject_key", subject_keys(subjects, key), dtype=pl.String),
                    pl.Series(
                        "nul", ["\0" in s if isinstance(s, str) else False for s in subjects]
                    ),
                    pl.Series("named", [_names(subject) for subject in subjects]),
                    *(_words(column, chunk.columns[column]) for column in texts),
                ]
            ).select(frames[0].columns)
        )
    return pl.concat(frames)


def _names(subject: object) -> bool:
    """Whether anything stands there, be it good or bad."""
    return bool(subject.strip()) if isinstance(subject, str) else subject is not None


def _words(column: str, values: Sequence[object] | pl.Series) -> pl.Series:
    """A column of words, times or texts; ``NOT_TEXT`` for what cannot be any."""
    try:
        return pl.Series(column, values, dtype=pl.String)
    except (TypeError, UnicodeEncodeError):  # a number, a list, half a surrogate pair
        return pl.Series(column, [_text(value) for value in values], dtype=pl.String)


def _text(value: object) -> str | None:
    """A whole number in decimal digits, as a CSV would have it."""
    if isinstance(value, str):
        return NOT_TEXT if _SURROGATE.search(value) else value
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return None if value is None else str(value)
    return NOT_TEXT


def _checked(raw: pl.DataFrame, name: str) -> pl.DataFrame:
    """The raw text as events; a word that nobody knows, an instant that is none: UsageError."""
    stripped = raw.with_columns(
        pl.col(pl.String).exclude("subject_key", "source").str.strip_chars(" \t\r\n"),
        pl.col("source").str.strip_chars(),  # of all blanks, as configurations have names
    ).with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)))
    folded = pl.col("purpose").str.to_lowercase()
    ours = pl.when(folded.str.contains(":", literal=True)).then(folded)
    purpose = ours.otherwise(folded.str.replace_all("[_ ]", "-"))
    asks = pl.col("request").is_not_null()
    events = stripped.with_columns(
        *(
            _read(pl.col(c).str.to_lowercase(), words).alias(f"{c}_read")
            for c, words in _WORDS.items()
        ),
        purpose_read=pl.when(asks & pl.col("purpose").is_null())
        .then(pl.lit(ANY))
        .otherwise(_read(purpose, spellings())),
        time_read=instants(stripped["time"]),
        valid_from_read=instants(stripped["valid_from"]),
        expiry_read=ends(stripped["expiry"]),
    )
    refuse_bad_rows(events, name)
    return _once(
        events.select(
            "line",
            "subject_key",
            "source",
            request="request_read",
            purpose="purpose_read",
            status="status_read",
            time="time_read",
            valid_from="valid_from_read",
            expires="expiry_read",
            basis="lawful_basis_read",
            jurisdiction="jurisdiction_read",
            controller="controller",
            evidence="evidence",
            given_by="given_by_read",
            age="age_class_read",
            event_id="event_id",
        )
    )


def _read(folded: pl.Expr, words: Mapping[str, str]) -> pl.Expr:
    return folded.replace_strict(words, default=None, return_dtype=pl.String)


def _once(events: pl.DataFrame) -> pl.DataFrame:
    """Without the repetitions of an ``event_id``; the checks saw that they are alike."""
    again = pl.col("event_id").is_not_null() & ~pl.col("event_id").is_first_distinct()
    return events.filter(~again)
