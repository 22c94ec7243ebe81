"""A run without some of its rows: the same decision over the rest, signed anew.

Nothing of the data set is read again. The facts of the erased rows are emptied, the others decided
again by the run's own policy and waivers, as of today; every row that stays is written from the old
partition, byte for byte. A run that this cannot be true of is not rewritten: see ``retire.py``.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.attest.dsse import parse_envelope
from govgate.attest.statement import VSA_TYPE, Summary, parse_statement
from govgate.attest.trust import Trust
from govgate.attest.trustfile import load_trust
from govgate.data.partitions import Assignment, PartFile, write_partitions
from govgate.data.tables import TableWriter, read_batches, scan_table
from govgate.durable import write_durably
from govgate.erase.credits import write_credits
from govgate.erase.parts import KEPT, dataset_of, digests_of
from govgate.errors import GovgateError, IncompleteError, UsageError
from govgate.home import Home
from govgate.model import Outcome, Partition
from govgate.policy.load import check_usable, load_policy
from govgate.record import Decision, WaiverRead
from govgate.register.runs import row_batches
from govgate.register.tombstones import load
from govgate.runfiles import load_json
from govgate.steps.attest import Receipt, Signing, byproducts, data_part, sign_and_log, versions
from govgate.steps.decide import Decided, decide
from govgate.steps.members import write_members
from govgate.steps.names import ERASED_ROW
from govgate.steps.resolve import NOT_EMPTIED
from govgate.steps.waivers.files import read_waivers
from govgate.steps.waivers.judge import Judged, counted_in, heeded, judge
from govgate.steps.worktables import ROWS
from govgate.steps.write import write_withheld
from govgate.subjects import partition_root
from govgate.verify import Verification, verify_but_for_counts

_FAILURES = "failures"


class UnfaithfulError(Exception):
    """Why a run cannot be rewritten so that its new record is true."""


@dataclass(frozen=True, slots=True)
class Old:
    """A run that verifies, and what it says."""

    run: Path
    id: str
    record: str
    decision: Decision
    summary: Summary


def checked(run: Path, id: str, trust: Trust, now: datetime) -> Old:
    """The run at ``run``, registered as ``id``; UnfaithfulError where it does not verify: signing
    anew would make what somebody changed look whole."""
    if others := sorted(set(os.listdir(run)) - rundir.OURS):
        raise UnfaithfulError(f"it holds something that is not its own, {others[0]!a}")
    try:
        found = verify_but_for_counts(run, trust, today=now.date())
    except GovgateError as error:
        raise UnfaithfulError(error.what) from error
    if found.failure is not None or found.decision is None:
        step = found.failure
        why = f"step {step.number}, {step.title}: {step.detail}" if step else "it has no record"
        raise UnfaithfulError(f"it does not verify ({why})")
    return Old(run, id, found.record_digest, found.decision, _summary(found))


def rewrite(
    old: Old, gone: frozenset[int], signing: Signing, key: bytes, now: datetime
) -> tuple[Decision, Receipt]:
    """Put a run without the rows ``gone`` (by index) in the place of ``old``.

    ``key`` is the home's fingerprint key. The run is there in its old form or in its new one,
    whole, wherever this is stopped. UnfaithfulError leaves the old one as it is.
    """
    trust = load_trust(signing.home.trust)
    with rundir.writing(old.run, replace=True) as draft:
        _write_tables(old.run, draft, gone)
        judged = _judged(old, trust, now)
        coverage = load_json(old.run / rundir.COVERAGE)
        decided = _decided(old, draft, coverage, judged)
        waivers = counted_in(judged, decided.applied)
        _write_coverage(coverage, draft, decided.applied.covered.height)
        write_withheld(draft)
        if (old.run / rundir.WAIVERS).is_file():
            write_durably(draft / rundir.WAIVERS, (old.run / rundir.WAIVERS).read_bytes())
        parts = _write_parts(old.run, draft, gone)
        write_credits(old.run, draft)
        decision = _decision(old, draft, decided, coverage, parts, waivers, signing.home, key, now)
        return decision, sign_and_log(signing, decision, draft, old.summary)


def _summary(found: Verification) -> Summary:
    types = {parse_statement(parse_envelope(line).payload).predicate_type for line in found.lines}
    return Summary.VSA if VSA_TYPE in types else Summary.SVR


def _write_tables(old: Path, draft: Path, gone: frozenset[int]) -> None:
    """Findings without those of the erased rows, and facts in which theirs are empty."""
    indices = pl.Series(sorted(gone), dtype=pl.UInt64).implode()
    erased = pl.col("index").is_in(indices)
    schema = pl.read_parquet_schema(old / rundir.FINDINGS)
    with TableWriter(draft / rundir.FINDINGS, pl.Schema(schema)) as out:
        for batch in read_batches(old / rundir.FINDINGS):
            out.append(batch.filter(~erased))
    known = pl.Schema({**pl.read_parquet_schema(old / rundir.FACTS), "erased": pl.Boolean()})
    with TableWriter(draft / rundir.FACTS, known) as out:
        for batch in read_batches(old / rundir.FACTS):
            out.append(emptied(batch, erased))


def emptied(facts: pl.DataFrame, erased: pl.Expr) -> pl.DataFrame:
    """``facts`` with those of the rows ``erased`` (by an expression) gone: all but their number,
    file, failure and what holds for the whole run. They are called by their number."""
    before = pl.col("erased").fill_null(value=False) if "erased" in facts.columns else pl.lit(False)
    told = facts.with_columns(
        row=pl.when(erased)
        .then(pl.concat_str(pl.lit(ERASED_ROW), pl.col("index") + 1))
        .otherwise("row"),
        erased=before | erased,
    )
    empty = [name for name in told.columns if name not in NOT_EMPTIED]
    return told.with_columns(pl.when(~erased).then(pl.col(empty)).name.keep())


def _judged(old: Old, trust: Trust, now: datetime) -> tuple[Judged, ...]:
    """The run's waivers as they stand today, under the file names that the old record gives."""
    if not (old.run / rundir.WAIVERS).is_file():
        return ()
    policy = load_policy(old.run / rundir.POLICY)
    found = read_waivers(old.run / rundir.WAIVERS)
    purpose = old.decision.purpose
    judged = judge(found, policy, trust, today=now.date(), purpose=purpose)
    names = {one.sha256: one.file for one in old.decision.waivers}
    return tuple(replace(one, file=names.get(one.sha256, one.file)) for one in judged)


def _decided(
    old: Old, draft: Path, coverage: dict[str, Any], judged: tuple[Judged, ...]
) -> Decided:
    policy = load_policy(old.run / rundir.POLICY)
    complete = coverage.get("complete") is True
    decided = decide(
        draft, policy, complete=complete, waivers=heeded(judged), waivable=not complete
    )
    if decided.outcome is Outcome.INCOMPLETE:
        raise UnfaithfulError("rows of it failed, and the waivers that covered them are over")
    return decided


def check_in_force(old: Old, now: datetime) -> None:
    """UnfaithfulError for a policy by which nothing may be decided today."""
    policy = load_policy(old.run / rundir.POLICY)
    try:
        check_usable(policy, today=now.date(), purpose=old.decision.purpose)
    except UsageError as error:
        raise UnfaithfulError(error.what) from error


def _write_coverage(coverage: dict[str, Any], draft: Path, waived: int) -> None:
    """The coverage of the scan, in which failed rows that were erased have no name any more."""
    left = _failed_rows(draft) if coverage.get(_FAILURES) else set()
    coverage[_FAILURES] = [one for one in coverage.get(_FAILURES, ()) if one["row"] in left]
    coverage.pop("waived", None)
    coverage |= {"waived": {"rows": waived}} if waived else {}
    text = json.dumps(coverage, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    write_durably(draft / rundir.COVERAGE, text.encode())


def _failed_rows(draft: Path) -> set[str]:
    failed = scan_table(draft / rundir.FACTS).filter(pl.col("failure").is_not_null())
    return set(failed.select("row").collect()["row"])


def _write_parts(old: Path, draft: Path, gone: frozenset[int]) -> list[PartFile]:
    """Both partitions from those of ``old``; of every row its bytes as they are."""
    parts = []
    for partition in KEPT:
        dataset = dataset_of(old, partition)
        digests = digests_of(old, partition, dataset)
        steps = _assignments(old, draft, partition, gone)
        try:
            parts += write_partitions(dataset, steps, draft, digests)
        except IncompleteError as error:
            if isinstance(error.__cause__, OSError):
                raise
            raise UnfaithfulError(f"a partition cannot be written anew ({error.what})") from error
    return parts


def _assignments(
    old: Path, draft: Path, partition: Partition, gone: frozenset[int]
) -> Iterator[Assignment]:
    """What becomes of the rows of a partition, which are numbered from 0: they stay, or go."""
    number = 0
    for before, after in zip(_verdicts(old), _verdicts(draft), strict=True):
        (index, was, duties), (_, now, new_duties) = before, after
        if was != partition.value and (was == now or now == Partition.WITHHELD.value):
            continue
        stays = index not in gone and now != Partition.WITHHELD.value
        if stays and (was, _redactions(duties, was)) != (now, _redactions(new_duties, now)):
            raise UnfaithfulError(
                "what is left leads to another answer: rows would move to another partition, and"
                " the data that they come from is not read again"
            )
        yield Assignment(number, partition if stays else Partition.WITHHELD, ())
        number += 1


def _verdicts(run: Path) -> Iterator[tuple[int, str, list[str]]]:
    columns = ["index", "partition", "obligations"]
    for batch in read_batches(run / rundir.VERDICTS, columns):
        yield from batch.select(columns).iter_rows()


def _redactions(duties: list[str], partition: str) -> set[str]:
    return {duty for duty in duties if duty.startswith(f"redact:{partition}:")}


def _decision(
    old: Old,
    draft: Path,
    decided: Decided,
    coverage: dict[str, Any],
    parts: list[PartFile],
    waivers: tuple[Judged, ...],
    home: Home,
    key: bytes,
    now: datetime,
) -> Decision:
    before = old.decision
    train = tuple(data_part(part) for part in parts if part.partition is Partition.TRAIN)
    members = None
    if before.members is not None:
        _write_members_table(home, old.id, draft)
        root = partition_root(sorted(train, key=lambda part: part.name))
        named = before.members.subjects is not None
        members = write_members(draft, key=key, partition=root, named=named)
    return before.model_copy(
        update={
            "outcome": decided.outcome,
            "finished_on": now.replace(microsecond=0),
            "unmet": decided.unmet,
            "counts": decided.counts,
            "coverage": {n: coverage[n] for n in (*before.coverage, "waived") if n in coverage},
            "train": train,
            "byproducts": byproducts(parts, draft),
            "registries": {**before.registries, **_tombstones(home)},
            "versions": versions(),
            "members": members,
            "waivers": _recorded(waivers, before.waivers),
            "supersedes": old.record,
        }
    )


def _tombstones(home: Home) -> dict[str, str]:
    digest = load(home).digest
    return {"tombstones": digest} if digest else {}


def _recorded(judged: tuple[Judged, ...], before: tuple[WaiverRead, ...]) -> tuple[WaiverRead, ...]:
    """The waivers as they are now; those that could not be read then are not in the run."""
    return (*(one.as_record() for one in judged), *(one for one in before if not one.id))


def _write_members_table(home: Home, id: str, draft: Path) -> None:
    """The working table of rows, so far as the members are made of it: from the register."""
    schema = pl.Schema({"index": pl.UInt64(), "member": pl.Binary()})
    with TableWriter(draft / rundir.WORK / ROWS, schema) as out:
        for batch in row_batches(home, id):
            out.append(batch.select("index", "member"))
