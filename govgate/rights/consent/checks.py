"""What is wrong with a row of events: every objection, in the words that a user sees."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from govgate.errors import UsageError
from govgate.rights.consent import words
from govgate.rights.consent.purposes import known
from govgate.spelling import did_you_mean
from govgate.yamlnodes import MAX_REPORTED

TEXTS = {"source": 200, "controller": 200, "evidence": 500, "event_id": 200}
"""Columns of free text, with the most characters that each may have."""

_CONTROL = r"[\p{C}\p{Zl}\p{Zp}]"
_DAY = "is not an ISO 8601 day or instant such as"


@dataclass(frozen=True, slots=True)
class _Objection:
    """Rows for which ``wrong`` holds, and why; ``column`` and ``allowed`` suggest a word."""

    wrong: pl.Expr
    text: str
    column: str | None = None
    allowed: Callable[[], Iterable[str]] = tuple


def refuse_bad_rows(events: pl.DataFrame, name: str) -> None:
    """UsageError if any row is bad, naming the first objection to each of at most twenty.

    ``events``: the raw columns stripped (null where empty), and ``…_read`` for each that was read.
    """
    objections = _objections()
    number = pl.coalesce(
        pl.when(one.wrong).then(pl.lit(place)) for place, one in enumerate(objections)
    )
    bad = (
        _with_ids_compared(events)
        .with_columns(objection=number)
        .filter(pl.col("objection").is_not_null())
    )
    if bad.is_empty():
        return
    # Without times: one can lie behind the year 9999, where Python's end.
    shown = bad.head(MAX_REPORTED).select("line", "objection", pl.col(pl.String))
    lines = [
        f"{name}:{row['line']}: {_told(objections[row['objection']], row)}"
        for row in shown.iter_rows(named=True)
    ]
    if bad.height > MAX_REPORTED:
        lines.append(f"{name}: and {bad.height - MAX_REPORTED} more bad rows")
    raise UsageError("\n".join(lines), remedy="nothing was taken over")


def _told(objection: _Objection, row: dict[str, object]) -> str:
    word = row[objection.column] if objection.column else None
    if not isinstance(word, str):
        return objection.text
    hint = did_you_mean(word.rsplit("#", 1)[-1][:100], objection.allowed())
    head, mark, rest = objection.text.partition(": known are ")
    return f"{head}{hint}{mark}{rest}"


def _objections() -> list[_Objection]:
    consent = pl.col("request").is_null()
    return [
        *_whose(),
        _word("request", words.REQUESTS),
        _Objection(
            ~consent & pl.col("subject_key").is_null(), "a source makes no request: name a subject"
        ),
        _Objection(
            pl.col("purpose_read").is_null(),
            "unknown purpose: known are pretraining, fine-tuning, instruction-tuning,"
            " preference-alignment, training, any, and the purposes of DPV 2.2",
            "purpose",
            known,
        ),
        _Objection(
            pl.col("status_read").is_null(),
            f"unknown status: known are {', '.join(words.COMES_TO)}, DPV's names of them;"
            f" of a request: {', '.join(words.REQUEST_STATUSES)}",
            "status",
            lambda: (*words.COMES_TO, *words.REQUEST_STATUSES, "ConsentGiven", "ConsentWithdrawn"),
        ),
        _Objection(
            ~consent & ~pl.col("status_read").is_in(words.REQUEST_STATUSES),
            f"the status of a request is {' or '.join(reversed(words.REQUEST_STATUSES))}",
        ),
        _Objection(
            consent & pl.col("status_read").is_in(words.REQUEST_STATUSES),
            "that status is one of a request, and the row names no request",
        ),
        _Objection(pl.col("time_read").is_null(), f"time {_DAY} 2026-01-31T09:30:00Z"),
        _unread("valid_from", f"valid_from {_DAY} 2026-01-31"),
        _unread("expiry", f"expiry {_DAY} 2026-12-31"),
        _Objection(
            pl.col("expiry_read") <= pl.col("valid_from_read"), "it expires before it is valid"
        ),
        _word("lawful_basis", [b for b in words.BASIS_SPELLINGS if ":" not in b and "-" in b]),
        _word("jurisdiction", ("an ISO 3166 country such as DE", "EU")),
        _word("given_by", words.BY),
        _word("age_class", words.YOUNGEST),
        *_texts(),
        _Objection(pl.col("id_differs"), "another row has this event_id and says something else"),
    ]


def _whose() -> list[_Objection]:
    has_source = pl.col("source").is_not_null()
    return [
        _Objection(pl.col("named") & has_source, "it names both a subject and a source"),
        _Objection(pl.col("nul"), "the subject holds a NUL character"),
        _Objection(
            ~has_source & pl.col("subject_key").is_null(),
            "the subject is empty, or neither text nor a whole number; and no source is named",
        ),
    ]


def _word(column: str, allowed: Iterable[str]) -> _Objection:
    listed = tuple(allowed)
    wrong = pl.col(column).is_not_null() & pl.col(f"{column}_read").is_null()
    return _Objection(
        wrong, f"unknown {column}: known are {', '.join(listed)}", column, lambda: listed
    )


def _unread(column: str, text: str) -> _Objection:
    return _Objection(pl.col(column).is_not_null() & pl.col(f"{column}_read").is_null(), text)


def _texts() -> list[_Objection]:
    return [
        _Objection(
            (pl.col(column).str.len_chars() > limit) | pl.col(column).str.contains(_CONTROL),
            f"{column} is not printable text of at most {limit} characters",
        )
        for column, limit in TEXTS.items()
    ]


def _with_ids_compared(events: pl.DataFrame) -> pl.DataFrame:
    """``events`` with ``id_differs``: whether another row has the id and says something else."""
    again = events.filter(pl.col("event_id").is_not_null() & pl.col("event_id").is_duplicated())
    content = pl.struct("subject_key", "source", pl.col("^.*_read$"), "controller", "evidence")
    ids = again.group_by("event_id").agg(kinds=content.n_unique()).filter(pl.col("kinds") > 1)
    return events.with_columns(
        id_differs=pl.col("event_id").is_in(ids["event_id"].implode()).fill_null(False)
    )
