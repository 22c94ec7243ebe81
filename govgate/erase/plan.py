"""What an erasure would do, as plain data: runs, rows, stores, models, and what is out of reach."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.erase.select import Kind, Request, Selected
from govgate.errors import GovgateError
from govgate.home import Home
from govgate.model import Partition
from govgate.register.documents import Count, Part, Sha256
from govgate.register.models import models
from govgate.register.runs import RegisteredRun, Standing, registered, row_batches
from govgate.register.stores import stores
from govgate.retrieve.update import store_for
from govgate.spelling import one_line


class RunPlan(Part):
    """A run with rows to erase. ``partitions``: how many of them are in which."""

    id: str
    path: str
    record: Sha256
    rows: Count
    partitions: dict[str, Count]
    files: tuple[str, ...]
    standing: Standing

    @property
    def folder(self) -> Path:
        """Where the run lies."""
        return Path(self.path)

    @property
    def retired(self) -> bool:
        """Whether an erasure has left nothing of its rows."""
        return (self.folder / rundir.RETIRED).is_file()


class ModelPlan(Part):
    """A model that was trained on rows to erase: to be trained again, or kept and answered for."""

    model: str | None
    command: str
    record: Sha256
    started_on: str


class OutOfReach(Part):
    """Something that is not under management and may hold the same rows."""

    kind: str
    what: str


ALWAYS_OUT = (
    OutOfReach(
        kind="backups", what="copies of the home, of runs and of stores that were made before"
    ),
    OutOfReach(kind="history", what="versions of such files that Git or another archive keeps"),
    OutOfReach(
        kind="others", what="witnesses and readers of the log: digests of records, and no row"
    ),
)


class Plan(Part):
    """What there is to do for a request, without the numbers of the rows."""

    asked: Kind
    rows: Count
    runs: tuple[RunPlan, ...]
    stores: tuple[str, ...]
    models: tuple[ModelPlan, ...]
    out_of_reach: tuple[OutOfReach, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return self.model_dump(mode="json", by_alias=True)


def plan(home: Home, request: Request, selected: Selected) -> Plan:
    """The plan for what was ``selected``; nothing is changed."""
    listed = [run for run in registered(home) if run.id in selected.rows]
    runs = tuple(_run(home, run, selected.rows[run.id]) for run in listed)
    paths = {run.path for run in listed}
    held = stores_of(home, paths)
    return Plan(
        asked=request.kind,
        rows=selected.count,
        runs=runs,
        stores=tuple(map(str, held)),
        models=tuple(_models(home, runs)),
        out_of_reach=(*_gone(runs), *_moved(held), *_inputs(runs), *ALWAYS_OUT),
    )


def stores_of(home: Home, runs: Collection[Path]) -> list[Path]:
    """The stores that were built of any of ``runs``: those registered, and those that lie where a
    run's store does unless told otherwise."""
    known = [store.path for store in stores(home) if store.run in runs]
    usual = (store_for(run, home) for run in runs)
    return sorted({*known, *(path for path in usual if path.exists())})


def _run(home: Home, run: RegisteredRun, rows: Iterable[int]) -> RunPlan:
    indices = sorted(rows)
    wanted = pl.col("index").is_in(pl.Series(indices, dtype=pl.UInt64).implode())
    counts: Counter[str] = Counter()
    for batch in row_batches(home, run.id):
        counts.update(dict(batch.filter(wanted)["partition"].value_counts().iter_rows()))
    return RunPlan(
        id=run.id,
        path=str(run.path),
        record=run.record,
        rows=len(indices),
        partitions=dict(counts),
        files=run.files,
        standing=standing_of(run),
    )


def standing_of(run: RegisteredRun) -> Standing:
    """Where the run is; one whose record cannot be read is still there, and will be retired."""
    try:
        return run.standing
    except (GovgateError, OSError):
        return Standing.HERE


def _models(home: Home, runs: Sequence[RunPlan]) -> Iterator[ModelPlan]:
    """Trainings on a run of which rows in the train partition go, by any record that it had."""
    trained = {run.id for run in runs if run.partitions.get(Partition.TRAIN.value)}
    records = {r for run in registered(home) if run.id in trained for r in run.records}
    for one in models(home):
        if one.record in records:
            yield ModelPlan(
                model=one.model,
                command=one.command,
                record=one.record,
                started_on=one.started_on.isoformat(),
            )


def _gone(runs: Sequence[RunPlan]) -> Iterator[OutOfReach]:
    why = {Standing.GONE: "is gone", Standing.REPLACED: "has another run in its place"}
    for run in runs:
        if run.standing in why:
            what = f"{run.path} {why[run.standing]}; a copy of it is refused once it is back"
            yield OutOfReach(kind="run", what=what)


def _moved(stores: Iterable[Path]) -> Iterator[OutOfReach]:
    for path in stores:
        if not path.exists():
            what = (
                f"a store of such rows is gone from {path}; where it was moved or copied it stays"
            )
            yield OutOfReach(kind="store", what=what)


def _inputs(runs: Sequence[RunPlan]) -> Iterator[OutOfReach]:
    for name in sorted({name for run in runs for name in run.files}):
        yield OutOfReach(kind="input", what=name)


def count_of(rows: int, runs: int) -> str:
    """``1 row in 2 runs``."""
    return f"{many(rows, 'row')} in {many(runs, 'run')}"


def many(count: int, noun: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def nothing_of(asked: Kind, rows: int) -> str:
    """What to say where nothing is called so; empty for what there is, and for any person."""
    what = {Kind.ROW: "name", Kind.SOURCE: "source", Kind.LICENSE: "licence"}
    return f"no registered row has this {what[asked]}" if not rows and asked in what else ""


def in_words(plan: Plan) -> Iterator[str]:
    """The plan for people, a line at a time."""
    yield count_of(plan.rows, len(plan.runs))
    if nothing := nothing_of(plan.asked, plan.rows):
        yield nothing
    for run in plan.runs:
        parts = ", ".join(
            f"{run.partitions[p.value]} {p.value}" for p in Partition if p.value in run.partitions
        )
        yield f"run        {run.path}: {many(run.rows, 'row')} ({parts}), {run.standing.value}"
    yield from (f"store      {path}" for path in plan.stores)
    for model in plan.models:
        yield f"retrain    {model.model or 'a model'} of {model.command}, {model.started_on}"
    yield from (f"not ours   {one.kind}: {one_line(one.what)}" for one in plan.out_of_reach)
