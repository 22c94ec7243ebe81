"""What captured signals say of many addresses at once, as of a day.

1. Addresses are taken apart, each distinct one once (``addresses``).
2. Of each thing the newest capture up to the end of the day counts. One that is older than
   ``max_age_days`` is good for its refusals alone.
3. A site's files are parsed once; a path is looked at only where a rule of its site asks for paths
   (``sites``).
4. Pages are found by their keyed hash (``pages``), domains by their names and the names above them.
5. The strictest statement of all stands; a page's TDMRep statement replaces the site's file
   (``judging``).

Nothing but a refusal is believed of a site whose robots.txt was not captured: that is where most
refusals stand.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from govgate.rights.signals.address import page_key, page_key_secret
from govgate.rights.signals.addresses import split_addresses
from govgate.rights.signals.config import MAX_AGE_DAYS, SignalsConfig
from govgate.rights.signals.judging import (
    USES,
    judged,
    part_columns,
    unknown_rows,
    with_subjects,
    worded,
)
from govgate.rights.signals.lists import domain_says
from govgate.rights.signals.model import Artefact, Kind, Stances, rank, together
from govgate.rights.signals.pages import page_parts
from govgate.rights.signals.site import Asking
from govgate.rights.signals.sites import OF_SITES, Sites, site_parts
from govgate.rights.signals.store import LISTS, load_digested, merged

OF_PAGES = (Artefact.PAGE.value, Artefact.C2PA.value)


@dataclass(frozen=True, slots=True)
class Signals:
    """Captured signals (``store.SCHEMA``), and how they are read (``SignalsConfig``).

    ``digest``: SHA-256 over the digests of the files, in their order.
    """

    captures: pl.DataFrame = field(repr=False)
    key: bytes = field(repr=False)
    agent: str = "*"
    max_age_days: int = MAX_AGE_DAYS
    others: bool = True
    pages: bool = False
    digest: str = ""

    def for_urls(
        self,
        urls: pl.Series,
        as_of: date,
        agent: str | None = None,
        *,
        subjects: pl.Series | None = None,
    ) -> pl.DataFrame:
        """``judging.RESULT``, a row for each address, in order.

        Null is unknown, and ``why`` then says the reason. ``optout.signals``: the kinds that
        permit or refuse anything. ``subjects``: the rows' people as keyed hashes
        (``rights/subjects.py``); who stands on a list refuses every use of the row.
        """
        return Heard(self, as_of, agent).for_urls(urls, subjects)

    def newest(self, as_of: date) -> pl.DataFrame:
        """The captures that count as of a day, with ``stale``."""
        end = datetime.combine(as_of, time()) + timedelta(days=1)
        thing = pl.when(pl.col("artefact").is_in(LISTS)).then(pl.lit("")).otherwise("key")
        past = self.captures.filter(pl.col("captured") < end).with_columns(thing=thing)
        last = pl.col("captured").max().over("artefact", "list", "thing")
        oldest = end - timedelta(days=self.max_age_days)
        return past.filter(pl.col("captured") == last).with_columns(
            stale=pl.col("captured") < oldest
        )


class Heard:
    """What counts as of a day, to be asked a batch of addresses at a time: a site's rules are
    worked out once for all batches."""

    def __init__(self, signals: Signals, as_of: date, agent: str | None = None) -> None:
        newest = signals.newest(as_of)
        sites = pl.col("artefact").is_in(OF_SITES)
        self._asking = Asking((agent or signals.agent).lower(), signals.others)
        self._sites = Sites(newest.filter(sites), self._asking)
        self._ever = signals.captures.filter(sites)["key"].unique()
        self._pages = newest.filter(pl.col("artefact").is_in(OF_PAGES))
        self._pages_needed = signals.pages
        self._secret = page_key_secret(signals.key)
        self._domains = domains_listed(newest)
        self._objecting = _objecting(newest)

    def for_urls(self, urls: pl.Series, subjects: pl.Series | None = None) -> pl.DataFrame:
        """As ``Signals.for_urls``."""
        urls = urls.cast(pl.String).alias("url")
        split = split_addresses(urls)
        good = split.filter(pl.col("bad").is_null())
        pages = page_parts(
            self._page_keys(good), self._pages, self._asking, needed=self._pages_needed
        )
        parts = [
            good.select("url"),
            site_parts(good, self._sites, self._ever),
            _domain_part(good, self._domains),
            pages,
        ]
        said = judged(pl.concat(parts, how="horizontal"))
        every = pl.concat([said, unknown_rows(split.filter(pl.col("bad").is_not_null()))])
        rows = urls.to_frame().join(every, on="url", how="left", maintain_order="left")
        return worded(with_subjects(rows, subjects, self._objecting))

    def _page_keys(self, good: pl.DataFrame) -> pl.Series:
        """The pages' keyed hashes; nulls where no page was captured, for they take time."""
        if self._pages.is_empty():
            return pl.Series("key", [None] * good.height, dtype=pl.String)
        texts = good.select(pl.concat_str("origin", "path")).to_series()
        return pl.Series("key", [page_key(text, self._secret) for text in texts], dtype=pl.String)


def load_signals(config: SignalsConfig, root: Path, key: bytes) -> Signals:
    """The signals that a configuration names, files relative to ``root``; ``key`` is the
    organisation's (the one that capture had). Errors as ``store.load_file``."""
    read = [load_digested(path) for path in config.placed(root)]
    return Signals(
        captures=merged(frame for frame, _ in read),
        key=key,
        agent=config.agent,
        max_age_days=config.max_age_days,
        others=config.other_ai_crawlers,
        pages=config.pages,
        digest=hashlib.sha256(b"".join(digest for _, digest in read)).hexdigest(),
    )


def domains_listed(newest: pl.DataFrame) -> dict[str, list[tuple[str, bytes]]]:
    """The lists that name a domain, each with its line."""
    listed = newest.filter(
        (pl.col("artefact") == Artefact.DOMAIN_LIST.value) & pl.col("key").is_not_null()
    )
    found: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for domain, name, line in listed.select("key", "list", "evidence").iter_rows():
        found[domain].append((name, line))
    return dict(found)


def names_above(host: str) -> Iterator[str]:
    """A host, and the domains that it belongs to."""
    yield host
    while "." in host and not host.startswith("["):
        _, _, host = host.partition(".")
        yield host


def _domain_part(good: pl.DataFrame, listed: dict[str, list[tuple[str, bytes]]]) -> pl.DataFrame:
    rows = []
    for host in good["host"].unique() if listed else ():
        lines = (line for name in names_above(host) for _, line in listed.get(name, ()))
        said: Stances = together(domain_says(line) for line in lines)
        if not said.silent:
            rows.append((host, *map(rank, said), Kind.DOMAIN_LIST.bit, None))
    table = pl.DataFrame(rows, schema={"host": pl.String, **part_columns("domain")}, orient="row")
    joined = good.select("host").join(table, on="host", how="left", maintain_order="left")
    return joined.select(pl.col(f"domain.{name}").fill_null(0) for name in (*USES, "kinds"))


def _objecting(newest: pl.DataFrame) -> pl.Series:
    of_people = pl.col("artefact") == Artefact.SUBJECT_LIST.value
    return newest.filter(of_people)["key"].drop_nulls().unique()
