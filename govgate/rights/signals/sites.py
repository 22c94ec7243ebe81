"""What the sites of many addresses say: a site is read once, a path only where rules ask for it."""

from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from govgate.rights.signals.judging import UNKNOWN, USES, part_columns
from govgate.rights.signals.model import Artefact
from govgate.rights.signals.site import Asking, Files, Held, Outcome, Site, site_rules

NOTHING = "no robots.txt or other file of its site was captured"
LATER = "what was captured of its site is newer than the day asked for"
OF_SITES = (Artefact.ROBOTS.value, Artefact.TDMREP_FILE.value, Artefact.AI_TXT.value)
_HELD = ("key", "artefact", "status", "location", "cut", "stale", "digest", "evidence")


MOST = 50_000  # sites of which the rules are remembered


class Sites:
    """The rules of captured sites, each worked out when it is first asked for.

    ``held``: the captures of sites that count.
    """

    def __init__(self, held: pl.DataFrame, asking: Asking) -> None:
        self._held, self._asking = held, asking
        self._known: dict[str, Site | None] = {}

    def of(self, origins: pl.Series) -> dict[str, Site]:
        """The rules of those of ``origins`` of which anything was captured."""
        asked = origins.unique()
        new = [origin for origin in asked if origin not in self._known]
        if len(self._known) + len(new) > MOST:
            self._known.clear()
            new = asked.to_list()
        if new:
            files = site_files(self._held, pl.Series("origin", new))
            for origin in new:
                self._known[origin] = self._rules(origin, files)
        known = ((origin, self._known[origin]) for origin in asked)
        return {origin: site for origin, site in known if site is not None}

    def _rules(self, origin: str, files: Mapping[str, Files]) -> Site | None:
        if origin not in files:
            return None
        return site_rules(files[origin], lambda other: files.get(other, {}), self._asking)


def site_parts(asked: pl.DataFrame, captured: Sites, ever: pl.Series) -> pl.DataFrame:
    """The parts ``site`` and ``file``, row by row of ``asked`` (``origin``, ``path``).

    ``ever``: the origins of all captures there are.
    """
    sites = captured.of(asked["origin"])
    outcomes: dict[Outcome, int] = {}
    same = {o: _number(outcomes, s, "/") for o, s in sites.items() if s.constant}
    varying = {origin: site for origin, site in sites.items() if not site.constant}
    rows = asked.select("origin", "path").with_row_index("row")
    numbers = pl.DataFrame(
        list(same.items()), schema={"origin": pl.String, "n": pl.UInt32}, orient="row"
    )
    placed = rows.join(numbers, on="origin", how="left", maintain_order="left")
    placed = _with_paths(placed, varying, outcomes)
    for place, prefix in enumerate(("site", "file")):
        table = _outcome_table(outcomes, prefix, place)
        placed = placed.join(table, on="n", how="left", maintain_order="left")
    return _filled(placed, ever)


def site_files(newest: pl.DataFrame, origins: pl.Series) -> dict[str, Files]:
    """The files of each site, and of those that they redirect to."""
    held = newest.filter(pl.col("artefact").is_in(OF_SITES))
    wanted = pl.concat([origins, held["location"].drop_nulls().alias(origins.name)]).unique()
    files: dict[str, dict[Artefact, list[Held]]] = defaultdict(lambda: defaultdict(list))
    of_these = held.filter(pl.col("key").is_in(wanted.implode()))
    for origin, artefact, *rest in of_these.select(_HELD).iter_rows():
        files[origin][Artefact(artefact)].append(Held(*rest))
    return dict(files)


def _number(outcomes: dict[Outcome, int], site: Site, path: str) -> int:
    return outcomes.setdefault(site.outcome()(path), len(outcomes))


def _with_paths(
    placed: pl.DataFrame, sites: Mapping[str, Site], outcomes: dict[Outcome, int]
) -> pl.DataFrame:
    """``placed`` with ``n`` where a site's rules ask for paths."""
    asked = placed.filter(pl.col("origin").is_in(list(sites)))
    at = {origin: sites[origin].outcome() for origin in asked["origin"].unique()}
    numbers = [
        outcomes.setdefault(at[origin](path), len(outcomes))
        for origin, path in asked.select("origin", "path").iter_rows()
    ]
    found = asked.select("row", at=pl.Series(numbers, dtype=pl.UInt32))
    joined = placed.join(found, on="row", how="left", maintain_order="left")
    return joined.with_columns(n=pl.coalesce("n", "at")).drop("at")


def _outcome_table(outcomes: dict[Outcome, int], prefix: str, place: int) -> pl.DataFrame:
    rows = [(n, *outcome[place]) for outcome, n in outcomes.items()]
    return pl.DataFrame(rows, schema={"n": pl.UInt32, **part_columns(prefix)}, orient="row")


def _filled(placed: pl.DataFrame, ever: pl.Series) -> pl.DataFrame:
    """What nothing was captured of is unknown."""
    none = pl.col("n").is_null()
    later = pl.col("origin").is_in(ever.implode())
    why = pl.when(later).then(pl.lit(LATER)).otherwise(pl.lit(NOTHING))
    unknown = pl.lit(UNKNOWN, pl.UInt8)
    return placed.select(
        *(pl.when(none).then(unknown).otherwise(f"site.{u}").alias(f"site.{u}") for u in USES),
        pl.col("site.kinds").fill_null(0),
        pl.when(none).then(why).otherwise("site.why").alias("site.why"),
        *(pl.col(f"file.{name}").fill_null(0) for name in (*USES, "kinds")),
        "file.why",
    )
