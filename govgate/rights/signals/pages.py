"""What captured pages and manifests say, a row for each page; each distinct evidence is read once."""

from functools import lru_cache

import polars as pl

from govgate.rights.signals.c2pa import manifest_says
from govgate.rights.signals.model import Artefact, Kind, Said, Stance, Stances
from govgate.rights.signals.page import page_says, reserved
from govgate.rights.signals.site import Asking, Part, part_of

OF_TDMREP = (Kind.TDMREP_HEADER, Kind.TDMREP_META)
PAGE_COLUMNS = {
    "page.train": pl.UInt8,
    "page.retrieve": pl.UInt8,
    "page.tdm": pl.UInt8,
    "page.kinds": pl.UInt16,
    "page.why": pl.String,
    "reserved.train": pl.UInt8,
    "reserved.retrieve": pl.UInt8,
    "reserved.tdm": pl.UInt8,
    "reserved.kinds": pl.UInt16,
}


def page_parts(captured: pl.DataFrame, asking: Asking) -> pl.DataFrame:
    """``key``, ``PAGE_COLUMNS`` and ``page.seen``: whether the page's response was captured, and
    not too long ago. Of an old capture only refusals count."""
    distinct = captured.select("artefact", "digest", "evidence", "cut", "stale").unique(
        ["artefact", "digest", "cut", "stale"]
    )
    rows = [
        (artefact, digest, cut, stale, *_parts(artefact, evidence, cut, stale, asking))
        for artefact, digest, evidence, cut, stale in distinct.iter_rows()
    ]
    on = {"artefact": pl.String, "digest": pl.String, "cut": pl.Boolean, "stale": pl.Boolean}
    table = pl.DataFrame(rows, schema={**on, **PAGE_COLUMNS}, orient="row")
    seen = (pl.col("artefact") == Artefact.PAGE.value) & ~pl.col("stale")
    said = captured.select("key", *on).join(table, on=list(on), how="left")
    ranks = [c for c in PAGE_COLUMNS if not c.endswith(("kinds", "why"))]
    masks = [c for c in PAGE_COLUMNS if c.endswith("kinds")]
    return said.group_by("key").agg(
        *(pl.col(name).max() for name in ranks),
        *(pl.col(name).bitwise_or() for name in masks),
        pl.col("page.why").drop_nulls().first(),
        seen.any().alias("page.seen"),
    )


def _parts(
    artefact: str, evidence: bytes, cut: bool, stale: bool, asking: Asking
) -> tuple[object, ...]:
    page, own = _read(artefact, evidence, cut, stale, asking)
    return (*page, *own[:4])


@lru_cache(4096)
def _read(
    artefact: str, evidence: bytes, cut: bool, stale: bool, asking: Asking
) -> tuple[Part, Part]:
    said = statements(artefact, evidence, cut, asking)
    if stale:
        said = [one._replace(stances=_only_no(one.stances)) for one in said]
    others = [one for one in said if one.kind not in OF_TDMREP]
    tdmrep = [one for one in said if one.kind in OF_TDMREP]
    page = part_of((one.kind, one.stances, one.why) for one in others)
    speaking = [one.kind for one in tdmrep if not one.stances.silent][-1:]  # the meta element
    return page, part_of((kind, reserved(said), "") for kind in speaking)


def statements(artefact: str, evidence: bytes, cut: bool, asking: Asking) -> list[Said]:
    """What a page's or a manifest's evidence says."""
    if artefact == Artefact.C2PA.value:
        return [manifest_says(evidence, cut=cut)]
    return page_says(evidence, asking.agent, others=asking.others, cut=cut)


def _only_no(stances: Stances) -> Stances:
    return Stances(*(use if use is Stance.REFUSED else Stance.UNSTATED for use in stances))
