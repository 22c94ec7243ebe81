"""A consent registry in memory: its events, and what they come to on a day for a purpose."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from govgate.model import Purpose
from govgate.rights.consent.join import Standing
from govgate.rights.consent.places import Place, file_place, read_limited
from govgate.rights.consent.purposes import Purposes
from govgate.rights.consent.standing import end_of, standing


@dataclass(frozen=True, slots=True)
class Registry:
    """Consent events (``events.SCHEMA``), subjects as keyed hashes only.

    ``digest`` names this state of it: of a file the SHA-256 of its bytes, of a database the head of
    its chain (``stores/chain.py``).
    """

    digest: str
    events: pl.DataFrame = field(repr=False)
    purposes: Purposes = field(default_factory=Purposes, repr=False)

    def status(self, as_of: date, purpose: Purpose) -> pl.DataFrame:
        """``subject_key`` (each once) and ``standing.SCHEMA``: what holds at the end of a day, UTC.

        A subject whose events all are about other purposes is in it, too: its age may be known.
        """
        covering = self.purposes.covering(purpose)
        return standing(self.events, as_of, covering, holder="subject_key", by="subject")

    def source_status(self, as_of: date, purpose: Purpose) -> pl.DataFrame:
        """The same by ``source``, of events that speak of a whole source."""
        covering = self.purposes.covering(purpose)
        return standing(self.events, as_of, covering, holder="source", by="source")

    def standing(self, as_of: date, purpose: Purpose) -> Standing:
        """Both, for ``join.with_consent``."""
        return Standing.of(self.status(as_of, purpose), self.source_status(as_of, purpose))

    def ahead(self, as_of: date) -> int:
        """How many events lie after a day, and so do not count yet."""
        return int(self.events.select((pl.col("time") >= end_of(as_of)).sum()).item())


def load_registry(place: Path | Place, key: bytes, purposes: Purposes | None = None) -> Registry:
    """The registry in a CSV, JSON lines or Parquet file, or in a database.

    ``key`` is the organisation's; subjects are hashed with it on the way in. UsageError names
    every bad row of a file, and then nothing of it is used. A database that cannot be read to its
    end is an IncompleteError; one whose chain does not hold, an EvidenceError.
    """
    import hashlib

    from govgate.rights.consent.events import read_events

    where = file_place(place) if isinstance(place, Path) else place
    if where.path is not None and not where.is_database:
        data = read_limited(where.path)
        events = read_events(data, where.name, where.path.suffix, key).drop("line")
        return Registry(hashlib.sha256(data).hexdigest(), events, purposes or Purposes())
    from govgate.rights.consent.stores.store import read_store

    digest, events = read_store(where, key)
    return Registry(digest, events, purposes or Purposes())
