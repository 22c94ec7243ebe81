"""What captured pages and manifests say, page by page; each distinct evidence is read once."""

from functools import lru_cache

import polars as pl

from govgate.rights.signals.c2pa import manifest_says
from govgate.rights.signals.judging import UNKNOWN, USES, part_columns
from govgate.rights.signals.model import Artefact, Kind, Said, Stances
from govgate.rights.signals.page import page_says, reserved
from govgate.rights.signals.site import Asking, Part, part_of

NO_PAGE = "the page's own response was not captured"
OF_TDMREP = (Kind.TDMREP_HEADER, Kind.TDMREP_META)
_ON = {"artefact": pl.String, "digest": pl.String, "cut": pl.Boolean, "stale": pl.Boolean}
_PARTS = {**part_columns("page"), **part_columns("reserved")}


def page_parts(
    keys: pl.Series, newest: pl.DataFrame, asking: Asking, *, needed: bool
) -> pl.DataFrame:
    """The parts ``page`` and ``reserved`` (TDMRep of the page itself) of the pages of ``keys``.

    Of a capture that is too old only refusals count. ``needed``: a page whose own response was
    not captured lately is unknown.
    """
    captured = newest.filter(pl.col("key").is_in(keys.drop_nulls().unique().implode()))
    table = _said(captured, asking)
    joined = keys.to_frame("key").join(table, on="key", how="left", maintain_order="left")
    unseen = ~pl.col("seen").fill_null(False) & needed
    least = pl.when(unseen).then(UNKNOWN).otherwise(0)
    return joined.select(
        *(
            pl.max_horizontal(pl.col(f"page.{use}").fill_null(0), least).alias(f"page.{use}")
            for use in USES
        ),
        pl.col("page.kinds").fill_null(0),
        pl.coalesce("page.why", pl.when(unseen).then(pl.lit(NO_PAGE))).alias("page.why"),
        *(pl.col(f"reserved.{name}").fill_null(0) for name in (*USES, "kinds")),
    )


def _said(captured: pl.DataFrame, asking: Asking) -> pl.DataFrame:
    """``key``, the parts, and ``seen``: whether the page's response was captured lately."""
    rows = [
        (*found[:4], *_parts(found[0], found[4], found[2], found[3], asking))
        for found in captured.select(*_ON, "evidence").unique(list(_ON)).iter_rows()
    ]
    table = pl.DataFrame(rows, schema={**_ON, **_PARTS}, orient="row")
    said = captured.select("key", *_ON).join(table, on=list(_ON), how="left")
    seen = (pl.col("artefact") == Artefact.PAGE.value) & ~pl.col("stale")
    return said.group_by("key").agg(
        *(pl.col(f"{part}.{use}").max() for part in ("page", "reserved") for use in USES),
        *(pl.col(f"{part}.kinds").bitwise_or() for part in ("page", "reserved")),
        pl.col("page.why").drop_nulls().first(),
        seen.any().alias("seen"),
    )


def _parts(
    artefact: str, evidence: bytes, cut: bool, stale: bool, asking: Asking
) -> tuple[object, ...]:
    page, own = _read(artefact, evidence, cut, stale, asking)
    return (*page, *own)


@lru_cache(4096)
def _read(
    artefact: str, evidence: bytes, cut: bool, stale: bool, asking: Asking
) -> tuple[Part, Part]:
    said = statements(artefact, evidence, cut, asking)
    if stale:
        said = [one._replace(stances=one.stances.refusals()) for one in said]
    page = part_of((one.kind, one.stances, one.why) for one in said if one.kind not in OF_TDMREP)
    speaking = [one.kind for one in said if one.kind in OF_TDMREP and not one.stances.silent]
    own: Stances = reserved(said)
    return page, part_of((kind, own, "") for kind in speaking[-1:])  # the element, if it speaks


def statements(artefact: str, evidence: bytes, cut: bool, asking: Asking) -> list[Said]:
    """What a page's or a manifest's evidence says."""
    if artefact == Artefact.C2PA.value:
        return [manifest_says(evidence, cut=cut)]
    return page_says(evidence, asking.agent, others=asking.others, cut=cut)
