"""What captured signals say of many addresses at once, as of a day.

1. Addresses are taken apart, each distinct one once (``addresses``).
2. Of each thing the newest capture up to the end of the day counts. One that is older than
   ``max_age_days`` is good for its refusals alone.
3. A site's files are parsed once; a path is looked at only where a rule of its site asks for paths.
4. Pages are found by their keyed hash, domains by their names and the names above them.
5. The strictest statement of all stands; a page's TDMRep statement replaces the site's file.

Nothing but a refusal is believed of a site whose robots.txt was not captured: that is where most
refusals stand.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from govgate.rights.signals.address import page_key, page_key_secret
from govgate.rights.signals.addresses import NO_URL, split_addresses
from govgate.rights.signals.config import SignalsConfig
from govgate.rights.signals.lists import domain_says
from govgate.rights.signals.model import Artefact, Kind, Stances, rank, together
from govgate.rights.signals.pages import PAGE_COLUMNS, page_parts
from govgate.rights.signals.site import Asking, Files, Held, Outcome, Part, Site, site_rules
from govgate.rights.signals.store import LISTS, load_file, merged

NOTHING = "nothing was captured of its site"
LATER = "what was captured of its site is newer than the day asked for"
NO_PAGE = "the page's own response was not captured"
OF_SITES = (Artefact.ROBOTS.value, Artefact.TDMREP_FILE.value, Artefact.AI_TXT.value)
OF_PAGES = (Artefact.PAGE.value, Artefact.C2PA.value)
USES = ("train", "retrieve", "tdm")
RESULT = pl.Schema(
    {
        "optout.train": pl.String(),
        "optout.retrieve": pl.String(),
        "optout.tdm": pl.String(),
        "optout.signals": pl.List(pl.String()),
        "why": pl.String(),
    }
)
_WORDS = ("unstated", "allowed", None, "refused")  # by rank
_PART = {"train": pl.UInt8, "retrieve": pl.UInt8, "tdm": pl.UInt8, "kinds": pl.UInt16}
_PARTS = pl.Schema({**_PART, "why": pl.String()})


@dataclass(frozen=True, slots=True)
class Signals:
    """Captured signals, and how they are read. ``digests``: SHA-256 of the files."""

    captures: pl.DataFrame = field(repr=False)
    key: bytes = field(repr=False)
    max_age_days: int
    others: bool = True
    pages: bool = False
    agent: str = "*"

    def for_urls(
        self,
        urls: pl.Series,
        as_of: date,
        agent: str | None = None,
        *,
        subjects: pl.Series | None = None,
    ) -> pl.DataFrame:
        """``RESULT``, a row for each address, in order.

        Null is unknown, and ``why`` then says the reason. ``optout.signals``: the kinds that
        permit or refuse anything. ``subjects``: the rows' people as keyed hashes
        (``rights/subjects.py``); who stands on a list refuses every use of the row.
        """
        asking = Asking((agent or self.agent).lower(), self.others)
        newest = self.newest(as_of)
        split = split_addresses(urls)
        good = split.filter(pl.col("bad").is_null())
        parts = [
            self._of_sites(good, newest, as_of, asking),
            self._of_domains(good, newest),
            self._of_pages(good, newest, asking),
        ]
        said = _judged(pl.concat([good, *parts], how="horizontal"))
        bad = split.filter(pl.col("bad").is_not_null())
        unknown = bad.select("url", *(pl.lit(2, pl.UInt8).alias(use) for use in USES))
        unknown = unknown.with_columns(kinds=pl.lit(0, pl.UInt16), why=bad["bad"])
        rows = urls.to_frame("url").join(
            pl.concat([said, unknown]), on="url", how="left", maintain_order="left"
        )
        return _worded(_with_subjects(rows, subjects, self._subjects(newest)))

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

    # -- sites -----------------------------------------------------------------------------------

    def _of_sites(
        self, good: pl.DataFrame, newest: pl.DataFrame, as_of: date, asking: Asking
    ) -> pl.DataFrame:
        """Columns ``site.…`` and ``file.…``, row by row of ``good``."""
        ever = self.captures.filter(pl.col("artefact").is_in(OF_SITES))["key"].unique()
        files = site_files(newest, good["origin"])
        outcomes: dict[Outcome, int] = {}
        by_origin, by_path = [], []
        for origin in good["origin"].unique():
            if origin not in files:
                continue
            site = site_rules(files[origin], lambda other: files.get(other, {}), asking)
            if site.constant:
                outcome = site.outcome()("/")
                by_origin.append((origin, outcomes.setdefault(outcome, len(outcomes))))
            else:
                by_path.append((origin, site))
        asked = good.select("origin", "path").with_row_index("row")
        table = pl.DataFrame(by_origin, schema={"origin": pl.String, "n": pl.UInt32}, orient="row")
        placed = asked.join(table, on="origin", how="left", maintain_order="left")
        placed = _with_paths(placed, by_path, outcomes)
        nothing = (
            pl.when(pl.col("origin").is_in(ever.implode()))
            .then(pl.lit(LATER))
            .otherwise(pl.lit(NOTHING))
        )
        sites = _outcome_table(outcomes, "site", 0)
        of_files = _outcome_table(outcomes, "file", 1)
        joined = placed.join(sites, on="n", how="left", maintain_order="left").join(
            of_files, on="n", how="left", maintain_order="left"
        )
        none = pl.col("n").is_null()
        return joined.select(
            *(
                pl.when(none).then(pl.lit(2, pl.UInt8)).otherwise(f"site.{use}").alias(f"site.{use}")
                for use in USES
            ),
            pl.col("site.kinds").fill_null(0),
            pl.when(none).then(nothing).otherwise("site.why").alias("site.why"),
            *(pl.col(f"file.{name}").fill_null(0) for name in (*USES, "kinds")),
            "file.why",
        )

    # -- domains, pages, people ------------------------------------------------------------------

    def _of_domains(self, good: pl.DataFrame, newest: pl.DataFrame) -> pl.DataFrame:
        listed = newest.filter(
            (pl.col("artefact") == Artefact.DOMAIN_LIST.value) & pl.col("key").is_not_null()
        )
        refused: dict[str, list[Stances]] = defaultdict(list)
        for domain, line in listed.select("key", "evidence").iter_rows():
            refused[domain].append(domain_says(line))
        rows = []
        for host in good["host"].unique() if refused else ():
            said = together(s for name in _names_above(host) for s in refused.get(name, ()))
            if not said.silent:
                rows.append((host, *map(rank, said), Kind.DOMAIN_LIST.bit, None))
        return _joined(good.select("host"), rows, "host", "domain")

    def _of_pages(
        self, good: pl.DataFrame, newest: pl.DataFrame, asking: Asking
    ) -> pl.DataFrame:
        """Columns ``page.…`` and ``reserved.…`` (TDMRep of the page itself)."""
        captured = newest.filter(pl.col("artefact").is_in(OF_PAGES))
        missing = 2 if self.pages else 0
        if captured.is_empty():
            keys = pl.Series("key", [None] * good.height, dtype=pl.String)
        else:
            secret = page_key_secret(self.key)
            texts = good.select(pl.concat_str("origin", "path")).to_series()
            keys = pl.Series("key", [page_key(text, secret) for text in texts], dtype=pl.String)
        table = page_parts(captured, asking)
        joined = keys.to_frame().join(table, on="key", how="left", maintain_order="left")
        unseen = ~pl.col("page.seen").fill_null(False)
        return joined.select(
            *(
                pl.max_horizontal(
                    pl.col(f"page.{use}").fill_null(0),
                    pl.when(unseen).then(pl.lit(missing, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8)),
                ).alias(f"page.{use}")
                for use in USES
            ),
            pl.col("page.kinds").fill_null(0),
            pl.coalesce(
                "page.why", pl.when(unseen & pl.lit(self.pages)).then(pl.lit(NO_PAGE))
            ).alias("page.why"),
            *(pl.col(name).fill_null(0) for name in PAGE_COLUMNS if name.startswith("reserved.")),
        )

    def _subjects(self, newest: pl.DataFrame) -> pl.Series:
        of_people = pl.col("artefact") == Artefact.SUBJECT_LIST.value
        return newest.filter(of_people)["key"].drop_nulls().unique()


def load_signals(config: SignalsConfig, root: Path, key: bytes) -> Signals:
    """The signals that a configuration names, files relative to ``root``; ``key`` is the
    organisation's (the one that capture had). Errors as ``store.load_file``."""
    frames = [load_file(path) for path in config.placed(root)]
    return Signals(
        captures=merged(frames),
        key=key,
        max_age_days=config.max_age_days,
        others=config.other_ai_crawlers,
        pages=config.pages,
        agent=config.agent,
    )


def site_files(newest: pl.DataFrame, origins: pl.Series) -> dict[str, Files]:
    """The files of each site, and of those that they redirect to."""
    held = newest.filter(pl.col("artefact").is_in(OF_SITES))
    wanted = set(origins.unique()) | set(held["location"].drop_nulls())
    held = held.filter(pl.col("key").is_in(list(wanted)))
    files: dict[str, dict[Artefact, list[Held]]] = defaultdict(lambda: defaultdict(list))
    columns = ("key", "artefact", "status", "location", "cut", "stale", "digest", "evidence")
    for origin, artefact, *rest in held.select(columns).iter_rows():
        files[origin][Artefact(artefact)].append(Held(*rest))
    return dict(files)


def _with_paths(
    placed: pl.DataFrame, by_path: Sequence[tuple[str, Site]], outcomes: dict[Outcome, int]
) -> pl.DataFrame:
    """``placed`` with ``n`` where a site's rules ask for paths."""
    if not by_path:
        return placed
    sites = dict(by_path)
    asked = placed.filter(pl.col("origin").is_in(list(sites)))
    found: list[pl.DataFrame] = []
    for (origin,), group in asked.group_by("origin"):
        at = sites[str(origin)].outcome()
        numbers = [outcomes.setdefault(at(path), len(outcomes)) for path in group["path"]]
        found.append(group.select("row", at=pl.Series(numbers, dtype=pl.UInt32)))
    if not found:
        return placed
    table = pl.concat(found)
    joined = placed.join(table, on="row", how="left", maintain_order="left")
    return joined.with_columns(n=pl.coalesce("n", "at")).drop("at")


def _outcome_table(outcomes: dict[Outcome, int], prefix: str, place: int) -> pl.DataFrame:
    rows = [(n, *outcome[place]) for outcome, n in outcomes.items()]
    names = {f"{prefix}.{name}": kind for name, kind in _PARTS.items()}
    return pl.DataFrame(rows, schema={"n": pl.UInt32, **names}, orient="row")


def _joined(
    asked: pl.DataFrame, rows: Sequence[tuple[object, ...]], on: str, prefix: str
) -> pl.DataFrame:
    names = {f"{prefix}.{name}": kind for name, kind in _PARTS.items()}
    table = pl.DataFrame(rows, schema={on: pl.String, **names}, orient="row")
    joined = asked.join(table, on=on, how="left", maintain_order="left").drop(on)
    return joined.with_columns(
        pl.col(f"{prefix}.{name}").fill_null(0) for name in (*USES, "kinds")
    )


def _names_above(host: str) -> Iterator[str]:
    yield host
    while "." in host and not host.startswith("["):
        _, _, host = host.partition(".")
        yield host


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """``url``, ranks, ``kinds`` and ``why`` of all parts together."""
    superseded = pl.col("reserved.kinds") > 0
    file = {name: pl.when(superseded).then(0).otherwise(f"file.{name}") for name in (*USES, "kinds")}
    parts = ("site", "domain", "page", "reserved")
    ranks = {
        use: pl.max_horizontal(*(f"{part}.{use}" for part in parts), file[use]).cast(pl.UInt8)
        for use in USES
    }
    kinds = file["kinds"].cast(pl.UInt16)
    for part in parts:
        kinds = kinds | pl.col(f"{part}.kinds")
    unread = pl.coalesce("site.why", "page.why", pl.when(~superseded).then(pl.col("file.why")))
    return (
        rows.with_columns(**ranks, kinds=kinds, unread=unread)
        .with_columns(unknown=pl.any_horizontal(pl.col(use) == 2 for use in USES))
        .select(
            "url", *USES, "kinds", why=pl.when("unknown").then(pl.col("unread"))
        )
    )


def _with_subjects(
    rows: pl.DataFrame, subjects: pl.Series | None, refusing: pl.Series
) -> pl.DataFrame:
    rows = rows.with_columns(
        *(pl.col(use).fill_null(2) for use in USES),
        pl.col("kinds").fill_null(0),
        why=pl.when(pl.col("url").is_null()).then(pl.lit(NO_URL)).otherwise("why"),
    )
    if subjects is None or refusing.is_empty():
        return rows
    listed = subjects.is_in(refusing.implode()).fill_null(False).rename("listed")
    bit = pl.lit(Kind.SUBJECT_LIST.bit, pl.UInt16)
    return rows.with_columns(listed).with_columns(
        *(pl.when("listed").then(3).otherwise(use).cast(pl.UInt8).alias(use) for use in USES),
        kinds=pl.when("listed").then(pl.col("kinds") | bit).otherwise("kinds"),
        why=pl.when("listed").then(None).otherwise("why"),
    )


def _worded(rows: pl.DataFrame) -> pl.DataFrame:
    masks = rows["kinds"].unique()
    named = [[kind.value for kind in Kind if mask & kind.bit] for mask in masks]
    table = pl.DataFrame({"kinds": masks, "optout.signals": named}, schema_overrides=RESULT_LIST)
    ranks = dict(enumerate(_WORDS))
    return rows.join(table, on="kinds", how="left", maintain_order="left").select(
        *(
            pl.col(use)
            .replace_strict(ranks, return_dtype=pl.String)
            .alias(f"optout.{use}")
            for use in USES
        ),
        "optout.signals",
        "why",
    )


RESULT_LIST = {"optout.signals": pl.List(pl.String())}
