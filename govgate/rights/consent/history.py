"""What one subject or source said, event by event, and what became of each."""

from datetime import date

import polars as pl

from govgate.model import Purpose
from govgate.rights.consent.registry import Registry
from govgate.rights.consent.standing import (
    NO_EVENT,
    end_of,
    last_consents,
    last_requests,
    with_effect,
)

STANDS, SUPERSEDED, FUTURE = "stands", "superseded", "in the future"
NOT_YET, OTHER = "not valid yet", "for another purpose"


def history(
    registry: Registry, as_of: date, purpose: Purpose, *, holder: str, key: str
) -> pl.DataFrame:
    """The events of ``key`` (a value of the column ``holder``), newest first, with ``role``: which
    one stands for the purpose on the day, and why another does not."""
    covering = registry.purposes.covering(purpose)
    own = registry.events.filter(pl.col(holder) == key).rename({holder: "key"})
    own = own.with_row_index("event_number")
    said = own.filter(pl.col("time") < end_of(as_of))
    counted = said.filter(pl.col("purpose").is_in(covering))
    consents = counted.filter(pl.col("request").is_null())
    by = "subject" if holder == "subject_key" else "source"
    standing = [last_consents(counted, said, as_of, by), last_requests(counted)]
    numbers = pl.concat(frame["event_number"] for frame in standing)
    effective = with_effect(consents, said, as_of)["event_number"]
    number = pl.col("event_number")
    role = (
        pl.when(number.is_in(numbers.implode()))
        .then(pl.lit(STANDS))
        .when(pl.col("time") >= end_of(as_of))
        .then(pl.lit(FUTURE))
        .when(~pl.col("purpose").is_in(covering))
        .then(pl.lit(OTHER))
        .when(pl.col("request").is_null() & ~number.is_in(effective.implode()))
        .then(pl.lit(NOT_YET))
        .otherwise(pl.lit(SUPERSEDED))
    )
    shown = own.with_columns(role=role).sort("time", "event_number", descending=[True, False])
    return shown.drop("key", "event_number")


def counts(registry: Registry, as_of: date, purpose: Purpose, *, holder: str) -> dict[str, int]:
    """How many subjects, or sources, have each status on a day; ``unknown`` for the others whose
    events count, ``no event`` for those that said nothing of the purpose."""
    frame = (
        registry.status(as_of, purpose)
        if holder == "subject_key"
        else registry.source_status(as_of, purpose)
    )
    silent = pl.col("why").eq_missing(NO_EVENT)
    word = pl.when(silent).then(pl.lit("no event")).otherwise(pl.col("status").fill_null("unknown"))
    found = frame.group_by(word=word).len().sort("word")
    return {str(name): int(number) for name, number in found.iter_rows()}
