"""The rows that a replay moves, as a table of their own."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from govgate.data.tables import TableWriter
from govgate.durable import translated
from govgate.errors import UsageError
from govgate.policy.change.moves import EFFECTS
from govgate.steps.replay.replayed import Replayed
from govgate.steps.replay.run import Replay

_TOLD = {**dict.fromkeys(EFFECTS, pl.String()), "reasons": pl.List(pl.String())}
MOVED_SCHEMA = pl.Schema(
    {"row": pl.String(), "file": pl.String(), "moved": pl.String()}
    | {f"{when}.{name}": kind for when in ("before", "after") for name, kind in _TOLD.items()}
)
MOVED, UNKNOWN = "moved", "unknown"


def check_out(path: Path) -> None:
    """UsageError when no table can be written to ``path``."""
    if path.suffix not in (".csv", ".parquet"):
        raise UsageError(f"{path} is no kind of table", remedy="name a .csv or .parquet file")
    if path.exists():
        raise UsageError(f"{path} exists already", remedy="name another file, or remove it")


def write_moved(replay: Replay, replayed: Replayed, path: Path) -> None:
    """Write the rows that move, or are unknown, as MOVED_SCHEMA; all are decided once more."""
    if path.suffix == ".parquet":
        with TableWriter(path, MOVED_SCHEMA) as out:
            for batch in _moved(replay, replayed):
                out.append(batch)
        return
    listed = pl.selectors.by_dtype(pl.List(pl.String())).list.join(" ")
    with translated(path), path.open("x", encoding="utf-8", newline="") as file:
        file.write(MOVED_SCHEMA.to_frame().with_columns(listed).write_csv())
        for batch in _moved(replay, replayed):
            file.write(batch.with_columns(listed).write_csv(include_header=False))


def _moved(replay: Replay, replayed: Replayed) -> Iterator[pl.DataFrame]:
    for facts, before, after, _ in replay.batches():
        final = replay.final(after, replayed.after.outcome)
        pairs = facts.select("row", "file").hstack(
            [
                frame[name].alias(f"{when}.{name}")
                for when, frame in (("before", before), ("after", final))
                for name in _TOLD
            ]
        )
        differ = pl.any_horizontal(
            pl.col(f"before.{name}").ne_missing(pl.col(f"after.{name}")) for name in EFFECTS
        )
        unknown = pl.col("after.train").is_null()
        state = pl.when(unknown).then(pl.lit(UNKNOWN)).otherwise(pl.lit(MOVED))
        yield pairs.filter(differ).with_columns(moved=state).select(MOVED_SCHEMA.names())
