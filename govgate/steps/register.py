"""Between signing and publishing: the register learns where the run will lie, and its rows."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.data.tables import read_batches, scan_table
from govgate.errors import GovgateError
from govgate.home import Home
from govgate.register.content import name_key
from govgate.register.models import models
from govgate.register.runs import (
    ROWS,
    RegisteredRun,
    forget_others,
    record_digest,
    register_run,
)
from govgate.steps.open import Opened
from govgate.steps.recorded import recorded
from govgate.steps.worktables import ROWS as SCANNED

_VERDICT = ("index", "row", "file", "partition")


def register(opened: Opened, run: Path, out: Path) -> RegisteredRun | None:
    """Note the run in ``run``, which will lie at ``out``; None for one without a record."""
    decision = recorded(run)
    if decision is None:
        return None
    noted = RegisteredRun(
        record=record_digest(run),
        path=out.resolve(),
        finished_on=decision.finished_on,
        outcome=decision.outcome,
        purpose=decision.purpose,
        policy=decision.policy.name,
        policy_version=decision.policy.version,
        files=tuple(part.name for part in decision.inputs),
    )
    return register_run(opened.home, noted, _rows(run, opened.fingerprint_key))


def forget_replaced(home: Home, out: Path, noted: RegisteredRun | None) -> None:
    """Take out the runs that lay at ``out`` before, but for those that models came of.

    The new run is published, so nothing that goes wrong here counts: an entry too many says that
    its run was replaced.
    """
    if noted is None and not home.register.is_dir():
        return
    with suppress(GovgateError, OSError):
        trained = {model.record for model in models(home)}
        forget_others(home, out.resolve(), but=noted.id if noted else "", trained=trained)


def _rows(run: Path, key: bytes) -> Iterator[pl.DataFrame]:
    """The rows that were not erased, as the register has them."""
    for verdicts in read_batches(run / rundir.VERDICTS, _VERDICT):
        scanned = _between(run / rundir.WORK / SCANNED, verdicts)
        facts = _between(run / rundir.FACTS, verdicts)
        known = scanned.filter(~pl.col("erased")).select("index", "subject", "member", "content")
        said = facts.select("index", source="source.name", license="license.id")
        joined = (
            verdicts.join(known.collect(), on="index", how="inner")
            .join(said.collect(), on="index", how="left")
            .sort("index")
        )
        names = pl.Series("name", [name_key(name, key) for name in joined["row"]], pl.Binary)
        yield joined.with_columns(names, pl.col("subject").str.decode("hex")).select(ROWS.names())


def _between(table: Path, rows: pl.DataFrame) -> pl.LazyFrame:
    """The entries of ``table`` for ``rows``, a run of ascending indexes."""
    return scan_table(table).filter(pl.col("index").is_between(rows["index"][0], rows["index"][-1]))
