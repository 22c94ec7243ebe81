"""The coverage ledger as it is published: `coverage.json`."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.data.tables import scan_table
from govgate.durable import write_durably
from govgate.steps.open import Opened
from govgate.steps.scan import ROWS, Scanned

MAX_FAILURES = 1000  # listed one by one; all of them are counted


def write_coverage(opened: Opened, scanned: Scanned, run: Path) -> dict[str, Any]:
    """Write and return what was read, scanned, skipped and failed; no text of any row."""
    coverage = {
        "complete": scanned.complete,
        **scanned.ledger.as_dict(),
        "files": [
            {
                "name": file.name,
                "format": file.format.value,
                "compression": file.compression.value,
                "sha256": read.sha256,
                "size": read.size,
                "rows": read.rows,
            }
            for file, read in zip(opened.dataset.files, scanned.inputs, strict=True)
        ],
        "notGated": [{"name": s.name, "reason": s.reason} for s in opened.dataset.skipped],
        "failures": _failures(run),
    }
    text = json.dumps(coverage, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    write_durably(run / rundir.COVERAGE, text.encode())
    return coverage


def _failures(run: Path) -> list[dict[str, Any]]:
    """The first failed rows in order, by the name that the tables call them by."""
    failed = (
        scan_table(run / rundir.WORK / ROWS)
        .filter(pl.col("failure").is_not_null())
        .select("index", "failure", "why", "remedy")
        .head(MAX_FAILURES)
        .join(scan_table(run / rundir.FACTS).select("index", "row", "file"), on="index", how="left")
        .sort("index")
        .collect()
    )
    return failed.select("row", "file", code="failure", message="why", remedy="remedy").to_dicts()
