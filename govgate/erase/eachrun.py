"""Step 4 of an erasure for one run: rewritten or retired, and the register told of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.attest.trustfile import load_trust
from govgate.data.tables import scan_table
from govgate.erase import receipt as receipts
from govgate.erase.journal import Journal
from govgate.erase.plan import RunPlan, standing_of
from govgate.erase.retire import retire
from govgate.erase.rewrite import UnfaithfulError, check_in_force, checked, rewrite
from govgate.errors import EvidenceError, GovgateError
from govgate.home import Home
from govgate.register.runs import (
    RegisteredRun,
    Standing,
    forget_rows,
    forget_superseded,
    record_digest,
    registered,
    replace_run,
    row_batches,
)
from govgate.rundir import take_up
from govgate.steps.attest import Signing
from govgate.steps.recorded import recorded


def mend(home: Home) -> None:
    """Runs as they lie: what was moved aside is put back, and the register learns of a new record
    that it was not told of."""
    for run in registered(home):
        take_up(run.path)
        if not (run.path / rundir.RECORD).is_file():
            continue
        if standing_of(run) is Standing.REPLACED and _supersedes(run):
            _reregister(home, run.id)
    forget_superseded(home)


def _supersedes(run: RegisteredRun) -> bool:
    """Whether what lies there now is the run itself, rewritten."""
    try:
        decision = recorded(run.path)
    except GovgateError:  # another's, of another version
        return False
    return decision is not None and decision.supersedes == run.record


def erase_run(
    signing: Signing, run: RunPlan, begun: Journal, key: bytes
) -> tuple[receipts.RunErased, str]:
    """Step 4 for one run: what became of it, and what others must do before it counts again."""
    home, now = signing.home, datetime.now(UTC)
    known = {one.id: one for one in registered(home)}
    if run.id not in known:
        later = next((one for one in known.values() if run.record in one.supersedes), None)
        if later is None:
            return _became(run, None, "out of reach", "the register has forgotten it"), ""
        return _became(run, later.record, "rewritten", ""), ""
    if standing_of(known[run.id]) is not Standing.HERE:
        return _became(run, None, "out of reach", "its folder is gone, or another run's"), ""
    rows, why = frozenset(begun.rows[run.id]), "an earlier erasure has retired it"
    if not run.retired:
        try:
            old = checked(run.folder, run.id, load_trust(home.trust), now)
            check_in_force(old, now)
            _, signed = rewrite(old, rows, signing, key, now)
            return _became(run, _reregister(home, run.id), "rewritten", ""), signed.wanting
        except UnfaithfulError as error:
            why = str(error)
    retire(run.folder, why, begun.erasure.id, str(now.date()))
    forget_rows(home, run.id, rows)
    return _became(run, None, "retired", why), ""


def _became(run: RunPlan, becomes: str | None, outcome: str, why: str) -> receipts.RunErased:
    return receipts.RunErased.model_validate(
        {
            "path": run.path,
            "record": run.record,
            "becomes": becomes,
            "outcome": outcome,
            "why": why,
            "rows": run.rows,
            **{name: run.partitions.get(name, 0) for name in ("train", "retrieve", "withheld")},
        }
    )


def _reregister(home: Home, id: str) -> str:
    """Have the register know a run that was rewritten by its new record; that record's digest."""
    before = next(run for run in registered(home) if run.id == id)
    decision = recorded(before.path)
    if decision is None or decision.supersedes != before.record:
        raise EvidenceError(f"{before.path} is not what its erasure left there")
    run = replace(
        before,
        record=record_digest(before.path),
        finished_on=decision.finished_on,
        outcome=decision.outcome,
        supersedes=(),
    )
    replace_run(home, id, run, _rows_left(home, id, before.path))
    return run.record


def _rows_left(home: Home, id: str, run: Path) -> Iterator[pl.DataFrame]:
    """The register's rows of a run that were not erased, by the partitions that they are in now."""
    facts = scan_table(run / rundir.FACTS).select("index", "erased")
    verdicts = scan_table(run / rundir.VERDICTS).select("index", "partition")
    now = verdicts.join(facts, on="index").filter(~pl.col("erased")).drop("erased").collect()
    for batch in row_batches(home, id):
        left = batch.drop("partition").join(now, on="index", maintain_order="left")
        yield left.select(batch.columns)
