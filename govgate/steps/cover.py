"""The coverage ledger as it is published: `coverage.json`."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.data.dataset import Dataset
from govgate.data.tables import scan_table
from govgate.durable import write_durably
from govgate.steps.names import RowNames
from govgate.steps.scan import Scanned
from govgate.steps.worktables import ROWS

MAX_FAILURES = 1000  # listed one by one; all of them are counted


def write_coverage(
    dataset: Dataset, scanned: Scanned, run: Path, waived: int = 0
) -> dict[str, Any]:
    """Write and return what was read, scanned, skipped and failed; no text of any row.

    ``waived``: how many of the failed rows a waiver covers.
    """
    coverage = {
        "complete": scanned.complete,
        **scanned.ledger.as_dict(),
        **({"waived": {"rows": waived}} if waived else {}),
        "files": [
            {
                "name": file.name,
                "format": file.format.value,
                "compression": file.compression.value,
                "sha256": read.sha256,
                "size": read.size,
                "rows": read.rows,
            }
            for file, read in zip(dataset.files, scanned.inputs, strict=True)
        ],
        "notGated": [{"name": s.name, "reason": s.reason} for s in dataset.skipped],
        "failures": _failures(dataset, run),
    }
    text = json.dumps(coverage, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    write_durably(run / rundir.COVERAGE, text.encode())
    return coverage


def _failures(dataset: Dataset, run: Path) -> list[dict[str, Any]]:
    """The first failed rows in order, by the name that the tables call them by."""
    failed = (
        scan_table(run / rundir.WORK / ROWS)
        .filter(pl.col("failure").is_not_null())
        .head(MAX_FAILURES)
        .collect()
    )
    named = RowNames(dataset, run).name(failed).sort("index")
    return named.select(
        "row", file="name", code="failure", message="why", remedy="remedy"
    ).to_dicts()
