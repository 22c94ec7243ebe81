"""The consent registry: what each data subject last said, as of a day and for a purpose."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

import polars as pl

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.rights.events import ANY, UNKNOWN, read_events

RECORDED_UNKNOWN = "the registry records this consent as unknown"


class ConsentStatus(StrEnum):
    """What a subject's last event for a purpose comes to (ISO/IEC TS 27560, DPV)."""

    GIVEN = "given"  # renewed counts as given
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    REQUESTED = "requested"


# Of two events of one instant the later in this list stands.
_STRICTER = ("given", UNKNOWN, "requested", "expired", "invalidated", "refused", "withdrawn")


@dataclass(frozen=True, slots=True)
class Registry:
    """Consent events, subjects as keyed hashes only. ``digest``: SHA-256 of the file's bytes."""

    digest: str
    events: pl.DataFrame = field(repr=False)

    def status(self, as_of: date, purpose: Purpose) -> pl.DataFrame:
        """``subject_key`` (each once), ``status``, ``why``: what holds at the end of a day, UTC.

        An event counts for its own purpose, one for ``any`` for all of them; of those that
        count, the last by time stands, and events after the day do not count. Of several at the
        same instant the strictest stands, wherever it is in the file. Given consent is expired
        once its expiry has come: a day of expiry is itself still valid, an instant of expiry
        within the day is not. ``status`` is null, with ``why``, where the last event says
        unknown.
        """
        end = pl.lit(as_of).cast(pl.Datetime("us")) + pl.duration(days=1)
        expired = (pl.col("status") == "given") & (pl.col("expires") < end)
        effective = pl.when(expired.fill_null(False)).then(pl.lit("expired")).otherwise("status")
        ranks = {word: rank for rank, word in enumerate(_STRICTER)}
        unknown = pl.col("status") == UNKNOWN
        return (
            self.events.lazy()
            .filter(pl.col("purpose").is_in([purpose.value, ANY]) & (pl.col("time") < end))
            .select("subject_key", "time", status=effective)
            .with_columns(rank=pl.col("status").replace_strict(ranks, return_dtype=pl.UInt8))
            .sort("time", "rank")
            .unique("subject_key", keep="last", maintain_order=True)
            .select(
                "subject_key",
                status=pl.when(unknown).then(None).otherwise("status"),
                why=pl.when(unknown).then(pl.lit(RECORDED_UNKNOWN)),
            )
            .collect()
        )


def load_registry(path: Path, key: bytes) -> Registry:
    """The registry in a CSV, JSON lines or Parquet file (form: ``events.py``).

    ``key`` is the organisation's; subjects are hashed with it on the way in. UsageError names
    every bad row, and then nothing of the file is used.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise UsageError(
            f"{path}: the consent registry cannot be read ({reason})", remedy="check the path"
        ) from error
    events = read_events(data, str(path), path.suffix, key)
    return Registry(hashlib.sha256(data).hexdigest(), events)
