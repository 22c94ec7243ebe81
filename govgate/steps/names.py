"""What rows are called: by the id that their source gives, else by file and line.

One that was erased is called by its place in the data set alone, counted from 1: an id, or a line
of a file, would say whose it was.
"""

from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.data.dataset import Dataset
from govgate.data.tables import scan_table
from govgate.steps.worktables import ROWS

ERASED_ROW = "erased:"  # then its number within the data set


class RowNames:
    """Names the rows of ``dataset``, all of which are in the working table of ``run``."""

    def __init__(self, dataset: Dataset, run: Path) -> None:
        self._files = pl.DataFrame(
            {"file": range(len(dataset.files)), "name": [file.name for file in dataset.files]},
            schema={"file": pl.UInt32(), "name": pl.String()},
        )
        self._taken = _taken_ids(run / rundir.WORK / ROWS)

    def name(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``rows`` of the working table with columns `name` (of the file) and `row` (the id,
        FILE:LINE, or erased:N)."""
        place = pl.concat_str("name", pl.lit(":"), "line")
        repeated = pl.col("id").is_in(self._taken["id"].implode())
        own = pl.when(repeated).then(None).otherwise("id")
        nameless = pl.concat_str(pl.lit(ERASED_ROW), pl.col("index") + 1)
        gone = pl.when("erased").then(nameless)
        joined = rows.join(self._files, on="file", how="left", maintain_order="left")
        return joined.with_columns(row=pl.coalesce(gone, own, place))


def _taken_ids(rows: Path) -> pl.DataFrame:
    """Ids that more than one row claims: none of those rows is called by it."""
    ids = scan_table(rows).select("id").filter(pl.col("id").is_not_null())
    return ids.group_by("id").len().filter(pl.col("len") > 1).select("id").collect()
