"""Where is a person, or a row? All runs of the register, and what was made of them.

Every table is read to its end for whoever is asked about, known or not. What a run's own tables say
(names of rows, consent) is left out where the run is out of reach; nothing of it is verified but
that these tables are the ones that its record names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.data.tables import read_batches
from govgate.errors import EvidenceError, GovgateError
from govgate.home import Home
from govgate.model import Partition
from govgate.register.models import Model, models
from govgate.register.runs import ROWS, RegisteredRun, Standing, registered, row_batches
from govgate.register.stores import Store, stores
from govgate.register.tombstones import Erasure, load
from govgate.runfiles import check_file
from govgate.steps.recorded import recorded

SUBJECT, ROW = "subject", "name"  # columns of the register that can be asked for
_FACTS = pl.Schema(
    {"index": pl.UInt64(), "consent.basis": pl.String(), "consent.status": pl.String()}
)
_NAMES = pl.Schema({"index": pl.UInt64(), "row": pl.String()})


@dataclass(frozen=True, slots=True)
class TracedRow:
    """A row of a run. ``row``, ``basis`` and ``status`` are None where nothing says them."""

    file: str
    row: str | None
    partition: Partition
    source: str | None
    license: str | None
    basis: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class TracedRun:
    """A run that holds what is asked for. ``why``: what keeps its own tables out of reach.

    ``stores`` were built of it and may hold the rows; ``models`` were trained on some of them.
    """

    run: RegisteredRun
    standing: Standing
    why: str
    rows: tuple[TracedRow, ...]
    stores: tuple[Store, ...]
    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer; ``looked``: runs read.

    ``erasures``: those of the person, or of the content of rows that some run still holds. A row
    that was erased from all is known by its name no more: tombstones have no names.
    """

    runs: tuple[TracedRun, ...]
    erasures: tuple[Erasure, ...]
    looked: int

    @property
    def found(self) -> bool:
        """Whether any run holds such a row."""
        return bool(self.runs)


def trace(home: Home, column: str, key: bytes) -> Trace:
    """All rows whose ``column`` in the register is ``key``, run by run, the oldest first.

    EvidenceError where the register is damaged: an answer without a run would be a wrong one.
    """
    tombstones, held, trained = load(home), stores(home), models(home)
    keys, found, looked = {key}, [], 0
    for run in registered(home):
        rows = _rows(home, run, column, key)
        traced = _traced(run, rows, held, trained)
        looked += 1
        if rows.height:
            found.append(traced)
            keys.update(*(rows[name].drop_nulls().to_list() for name in ("subject", "content")))
    return Trace(tuple(found), tuple(tombstones.erasures(keys)), looked)


def _rows(home: Home, run: RegisteredRun, column: str, key: bytes) -> pl.DataFrame:
    batches = [batch.filter(pl.col(column) == key) for batch in row_batches(home, run.id)]
    return pl.concat([ROWS.to_frame(), *batches])


def _traced(
    run: RegisteredRun, rows: pl.DataFrame, held: Sequence[Store], trained: Sequence[Model]
) -> TracedRun:
    standing, why, told = _told(run, rows["index"])
    partitions = set(rows["partition"])
    usable = partitions - {Partition.WITHHELD.value}
    return TracedRun(
        run=run,
        standing=standing,
        why=why,
        rows=tuple(_as_rows(rows.join(told, on="index", how="left", maintain_order="left"))),
        stores=tuple(one for one in held if usable and one.record in run.records),
        models=tuple(
            one
            for one in trained
            if Partition.TRAIN.value in partitions and one.record in run.records
        ),
    )


def _as_rows(rows: pl.DataFrame) -> Iterator[TracedRow]:
    for one in rows.iter_rows(named=True):
        yield TracedRow(
            file=one["file"],
            row=one["row"],
            partition=Partition(one["partition"]),
            source=one["source"],
            license=one["license"],
            basis=one["consent.basis"],
            status=one["consent.status"],
        )


def _told(run: RegisteredRun, indices: pl.Series) -> tuple[Standing, str, pl.DataFrame]:
    """Where the run is, why its tables are out of reach, and what they say of these rows."""
    nothing = _NAMES.to_frame().join(_FACTS.to_frame(), on="index", how="left")
    try:
        standing = run.standing
        if standing is not Standing.HERE:
            return standing, f"the run is {standing}", nothing
        _check(run.path)
        names = _picked(run.path / rundir.VERDICTS, _NAMES, indices)
        facts = _picked(run.path / rundir.FACTS, _FACTS, indices)
    except (GovgateError, OSError, pl.exceptions.PolarsError) as error:
        return Standing.HERE, str(error), nothing
    return standing, "", names.join(facts, on="index", how="left", maintain_order="left")


def _check(run: Path) -> None:
    """EvidenceError unless the two tables are those that the record in ``run`` names."""
    decision = recorded(run)
    named = {one.name: (one.sha256, one.size) for one in decision.byproducts} if decision else {}
    for name in (rundir.VERDICTS, rundir.FACTS):
        if name not in named:
            raise EvidenceError(f"the record in {run} does not name {name}")
        check_file(run, name, named[name])


def _picked(path: Path, schema: pl.Schema, indices: pl.Series) -> pl.DataFrame:
    wanted = pl.col("index").is_in(indices.implode())
    batches = [b.filter(wanted) for b in read_batches(path, schema.names())]
    return pl.concat([schema.to_frame(), *(batch.cast(schema) for batch in batches)])
