"""The signals file: what was captured of each site, page, domain and person, and when.

Parquet, one row for each thing captured:

| column | |
|---|---|
| `artefact` | `robots`, `tdmrep-file`, `ai-txt`, `page`, `c2pa`, `domain-list`, `subject-list` |
| `key` | a site's origin or a domain in clear, a page's or a person's keyed hash; null: a list |
| `list` | the list's name, where it is one |
| `captured` | UTC |
| `status`, `location` | of the response; where a redirect leads |
| `cut` | there was more than `evidence` holds |
| `digest`, `evidence` | SHA-256 of the bytes, and the bytes; of a list of people its digest alone |
| `source` | file and place in it |

Rows are only ever added: of one day, the last capture of a thing is kept.
"""

import hashlib
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from govgate.durable import make_dirs, write_durably
from govgate.errors import EvidenceError, UsageError
from govgate.rights.signals.model import Artefact

MAX_FILE = 8 << 30
SCHEMA = pl.Schema(
    {
        "artefact": pl.String(),
        "key": pl.String(),
        "list": pl.String(),
        "captured": pl.Datetime("us"),
        "status": pl.Int16(),
        "location": pl.String(),
        "cut": pl.Boolean(),
        "digest": pl.String(),
        "evidence": pl.Binary(),
        "source": pl.String(),
    }
)
LISTS = (Artefact.DOMAIN_LIST.value, Artefact.SUBJECT_LIST.value)


def merged(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All captures; of one day, the last of each thing (of one instant, all that differ)."""
    every = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
    thing = pl.when(pl.col("artefact").is_in(LISTS)).then(pl.lit("")).otherwise("key")
    day = ["artefact", "list", thing.alias("thing"), pl.col("captured").dt.date().alias("day")]
    last = pl.col("captured") == pl.col("captured").max().over(day)
    kept = every.filter(last).unique(
        ["artefact", "key", "list", "captured", "status", "location", "cut", "digest"],
        keep="first",
        maintain_order=True,
    )
    return kept.sort("artefact", "list", "key", "captured", "digest", maintain_order=True)


def save_signals(path: Path, frame: pl.DataFrame) -> None:
    """Put the rows at ``path``, whole or not at all."""
    buffer = io.BytesIO()
    frame.select(SCHEMA.names()).write_parquet(buffer, compression="zstd")
    make_dirs(path.absolute().parent)
    write_durably(path, buffer.getvalue())


def load_file(path: Path) -> pl.DataFrame:
    """The rows of a signals file. UsageError where it is none, EvidenceError where evidence does
    not have its digest."""
    return load_digested(path)[0]


def load_digested(path: Path) -> tuple[pl.DataFrame, bytes]:
    """The same, and the SHA-256 of the bytes that were read."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise UsageError(f"{path} is larger than a signals file can be")
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise UsageError(
            f"{path}: the signals file cannot be read ({reason})",
            remedy="make one with: govgate rights capture",
        ) from error
    frame = _parsed(data, path)
    _check_digests(frame, path)
    return frame, hashlib.sha256(data).digest()


def _parsed(data: bytes, path: Path) -> pl.DataFrame:
    """By Arrow, validated in full: Polars' own reader can abort the process on a damaged file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
        table.validate(full=True)
        frame = pl.DataFrame(pl.from_arrow(table)).cast(SCHEMA).select(SCHEMA.names())
        artefacts = frame["artefact"].drop_nulls().unique().to_list()
        if any(frame[name].null_count() for name in ("artefact", "captured", "cut")):
            raise ValueError("a row that does not say its kind, its date or whether it is cut")
        [Artefact(name) for name in artefacts]
    except Exception as error:  # damage shows in many of Arrow's error classes
        raise UsageError(
            f"{path}: not a signals file", remedy="make one with: govgate rights capture"
        ) from error
    return frame


def _check_digests(frame: pl.DataFrame, path: Path) -> None:
    held = frame.filter(pl.col("artefact") != Artefact.SUBJECT_LIST.value)
    for digest, evidence in held.select("digest", "evidence").unique().iter_rows():
        if evidence is None or hashlib.sha256(evidence).hexdigest() != digest:
            raise EvidenceError(
                f"{path}: evidence does not have the digest that stands beside it",
                remedy="capture again, from the same WARC files or folders",
            )


class Row(NamedTuple):
    """A row, its columns in the order of ``SCHEMA``."""

    artefact: str
    key: str | None
    list: str | None
    captured: datetime
    status: int | None
    location: str | None
    cut: bool
    digest: str
    evidence: bytes
    source: str


def rows_frame(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    """Rows as a table."""
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
