"""What waivers do to one table of facts: in how many rows they lift something, and what failed
that they cover."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from govgate.data.tables import read_batches, scan_table
from govgate.policy.decide import decide
from govgate.policy.load import Policy
from govgate.policy.waivers import PICKED_BY, Waiver, by_waivers
from govgate.steps.erased import erased_in

# What says nothing lasting about the file, or leaves nothing of it to name by its digest.
NEVER_WAIVED = (
    "io-error",
    "changed",
    "unreadable",
    "dangling-symlink",
    "symlink-loop",
    "not-a-regular-file",
)
COVERED = pl.Schema({"index": pl.UInt64(), "waivers": pl.List(pl.String())})


@dataclass(frozen=True, slots=True)
class Applied:
    """``waivers``: those that are heeded; ``over_used``: ids of those that would lift more rows
    than they may, and so lift none. ``rows``: by id, counted for the over-used too.

    ``covered``: failed rows with the waivers that cover them, as COVERED. ``failures_waived``:
    something failed, and all of it is covered.
    """

    waivers: tuple[Waiver, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
    over_used: frozenset[str] = frozenset()
    covered: pl.DataFrame = field(default_factory=COVERED.to_frame)
    failures_waived: bool = False


def apply(facts: Path, policy: Policy, waivers: Sequence[Waiver]) -> Applied:
    """Count what each of ``waivers`` would lift in the table ``facts``, and drop the over-used.

    A waiver's rows do not depend on other waivers: a row counts where the waiver picks it and its
    rule stands against a use that it names, whatever else is said of the row.
    """
    if not waivers:
        return Applied()
    failed = _failed(facts) if any(one.of_failures for one in waivers) else None
    rows = _lifted(facts, policy, [one for one in waivers if not one.of_failures])
    if failed is not None:
        rows |= {one.id: int(_covers(one, failed).sum()) for one in waivers if one.of_failures}
    over = frozenset(one.id for one in waivers if rows.get(one.id, 0) > one.max_rows)
    heeded = tuple(one for one in waivers if one.id not in over)
    covered = COVERED.to_frame() if failed is None else _covered(heeded, failed)
    whole = failed is not None and 0 < failed.height == covered.height
    return Applied(heeded, rows, over, covered, whole)


def _lifted(facts: Path, policy: Policy, waivers: Sequence[Waiver]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    if not waivers:
        return {}
    for batch in read_batches(facts):
        sound = batch.filter(pl.col("failure").is_null() & ~erased_in(batch))
        for chosen, rows in by_waivers(sound, waivers):
            if chosen:
                ids = decide(sound.filter(rows), policy, chosen)["waivers"].explode().drop_nulls()
                counts.update(dict(ids.value_counts().iter_rows()))
    return dict(counts)


def _failed(facts: Path) -> pl.DataFrame:
    """The rows that failed; ``ends``: nothing of their file follows them in the table.

    Such a failure may have taken the rest of the file with it.
    """
    table = scan_table(facts).select("index", *PICKED_BY, "failure")
    failed = table.filter(pl.col("failure").is_not_null()).collect()
    last = table.group_by("file").agg(pl.col("index").max().alias("last")).collect()
    ends = (pl.col("index") == pl.col("last")).alias("ends")
    return failed.join(last, on="file", how="left", maintain_order="left").with_columns(ends)


def _covers(waiver: Waiver, failed: pl.DataFrame) -> pl.Series:
    """Which failures the waiver covers: one that may have ended its file only if it is named."""
    files = [name for name in failed["file"].unique() if waiver.selector.names_file(name)]
    whole = ~failed["ends"] | failed["file"].is_in(files)
    return waiver.selector.picks(failed) & whole & ~failed["failure"].is_in(NEVER_WAIVED)


def _covered(waivers: Sequence[Waiver], failed: pl.DataFrame) -> pl.DataFrame:
    """The covered of the failed rows, with the waivers that cover them."""
    each = [
        failed.filter(_covers(one, failed)).select("index", pl.lit(one.id).alias("waivers"))
        for one in waivers
        if one.of_failures
    ]
    if not each:
        return COVERED.to_frame()
    listed = pl.concat(each).group_by("index").agg(pl.col("waivers").sort())
    return listed.sort("index").cast(COVERED)
