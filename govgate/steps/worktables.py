"""The working tables that a scan leaves to the steps after it: one of rows, one of sightings."""

import polars as pl

SIGHTINGS_SCHEMA = pl.Schema(
    {
        "index": pl.UInt64(),
        "pointer": pl.String(),
        "role": pl.String(),
        "entity": pl.String(),
        "start": pl.UInt32(),
        "end": pl.UInt32(),
        "score": pl.Float64(),
        "recognizer": pl.String(),
        "view": pl.String(),
        "fingerprint": pl.String(),
        "excluded": pl.String(),
    }
)
ROWS_SCHEMA = pl.Schema(
    {
        "index": pl.UInt64(),
        "file": pl.UInt32(),
        "line": pl.UInt64(),
        "id": pl.String(),
        "license_raw": pl.String(),
        "source_raw": pl.String(),
        "url_raw": pl.String(),
        "subject": pl.String(),
        "member": pl.Binary(),
        "content": pl.Binary(),
        "erased": pl.Boolean(),
        "characters": pl.UInt64(),
        "failure": pl.String(),
        "why": pl.String(),
        "remedy": pl.String(),
    }
)
ROWS = "rows.parquet"
SIGHTINGS = "sightings.parquet"
