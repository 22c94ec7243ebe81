"""Decide the stored facts of a run under another policy, without a scan: which rows would move.

Nothing is verified and nothing in the run is written. A row for which the run lacks what the policy
looks for is unknown, unless nothing that it lacks could change an effect or a duty.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from govgate import rundir
from govgate.data.tables import ahead, read_batches, scan_table
from govgate.errors import EvidenceError, UsageError
from govgate.model import Outcome, Partition
from govgate.policy.change.moves import (
    Tally,
    dropped,
    moves,
    outcome_after,
    summary_of,
    unmoved,
    verdicts_of,
)
from govgate.policy.change.replay import FOUND_BY_SCAN, Doubt, Reach, decide_in_doubt, reach
from govgate.policy.compile import compile_policy
from govgate.policy.decide import VERDICTS
from govgate.policy.load import Policy, load_policy
from govgate.policy.model import INCOMPLETE
from govgate.policy.outcome import Summary, demote
from govgate.policy.waivers import PICKED_BY, Waiver
from govgate.steps.decide import count_redacted, counts_of, row_verdicts, withheld
from govgate.steps.recorded import changed_since, recorded
from govgate.steps.replay.damage import check_tables, readable
from govgate.steps.replay.recount import reread
from govgate.steps.replay.replayed import Replayed, Side
from govgate.steps.replay.today import refusals
from govgate.steps.waivers.applied import Applied, apply
from govgate.steps.waivers.effect import of_run

_FRAME = ("index", "row", "file", "failure", "pii.fixed", "erased")
_COUNTED = ("license.class", "consent.status", "pii.entities")  # of which `require` can ask
_PURPOSE = "run.purpose"


class Replay:
    """A run under another policy.

    ``same_detector``: where the scanner that is installed differs from the run's, everything that
    it would look at is in doubt. ``today``: a day to say whether a gate would refuse the policy.
    """

    def __init__(
        self,
        run: Path,
        policy: Policy,
        *,
        same_detector: bool = False,
        today: date | None = None,
    ) -> None:
        check_run(run)
        self._run, self._policy = run, policy
        self._stored = load_policy(run / rundir.POLICY)
        self._decision = recorded(run)
        self._facts = set(pq.read_schema(run / rundir.FACTS).names)
        self._waivers = of_run(run), of_run(run, policy)
        self._applied = self._apply(policy, self._waivers[1])
        self._notes = tuple(self._noted(same_detector=same_detector, today=today))
        self._reach = self._reached(same_detector=same_detector)
        self._demoted = _nothing_trained(run)

    def replay(self, *, samples: int) -> Replayed:
        """Decide all rows again and count; of each move, ``samples`` rows are named."""
        tally, known, redacted = Tally(samples), Summary(), [0, 0]
        for facts, before, after, fewer in ahead(self.batches()):
            duties = demote(after) if self._demoted else after
            tally.add(before, after.with_columns(duties["obligations"]), fewer)
            known.add(VERDICTS.to_frame(), facts)
            redacted[0] += count_redacted(before)
            redacted[1] += count_redacted(after)
        groups = tally.groups()
        rows = groups["rows"]
        then, now = (verdicts_of(groups, when) for when in ("before", "after"))
        old = self._side_before(then, rows, known, redacted[0])
        new, final = self._side_after(now, rows, known, redacted[1], old.outcome)
        found = moves(groups, final, (self._stored, self._policy), self._waivers, samples)
        other_rules, other_duties = unmoved(groups, final)
        return Replayed(
            before=old,
            after=new,
            moves=tuple(found),
            unknown=int(rows.filter(final["train"].is_null()).sum()),
            reasons_differ=other_rules,
            obligations_differ=other_duties,
            obligations_dropped=dropped(groups, final),
            why=self._reach.why,
            notes=self._notes,
            rows=self._named({index for move in found for index in move.samples}),
        )

    def batches(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.Series]]:
        """Facts, stored verdicts, verdicts of the policy as its rules give them, in all of its
        columns but ``index`` null where unknown, and of which rows fewer findings count."""
        stored = ahead(read_batches(self._run / rundir.VERDICTS, VERDICTS.names()))
        for facts in ahead(read_batches(self._run / rundir.FACTS, self._columns)):
            before = next(stored, None)
            if before is None or not before["index"].equals(facts["index"]):
                raise EvidenceError(f"{rundir.VERDICTS} and {rundir.FACTS} are of different rows")
            yield facts, before, *self._decided(facts)

    def final(self, after: pl.DataFrame, outcome: Outcome | None) -> pl.DataFrame:
        """Verdicts as a gate would publish them under this outcome; as they are if unknown."""
        if outcome is Outcome.INCOMPLETE:
            return withheld(after)
        return after if outcome in (None, Outcome.TRAIN) else demote(after)

    @property
    def waivers(self) -> tuple[str, ...]:
        """Ids of the run's waivers that are for this policy too."""
        return tuple(waiver.id for waiver in self._waivers[1])

    @property
    def _columns(self) -> list[str]:
        asked = (*compile_policy(self._policy).facts, *_COUNTED)
        picked = PICKED_BY if self._waivers[1] else ()
        again = [name for name in self._facts if name in _FRAME]
        return [*again, *sorted(({*asked, *picked} & self._facts) - set(_FRAME))]

    def _decided(self, facts: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        if _PURPOSE not in facts.columns and self._decision is not None:
            facts = facts.with_columns(pl.lit(self._decision.purpose.value).alias(_PURPOSE))
        facts, doubt, fewer = reread(
            facts, self._run, (self._stored, self._policy), self._reach.doubt
        )
        sure = row_verdicts(facts.filter(~doubt), self._policy, self._applied)
        if not doubt.any():
            return sure.select(VERDICTS.names()), fewer
        open_ = facts.filter(doubt)
        picked = pl.Series([False], dtype=pl.Boolean).new_from_index(0, open_.height)
        for waiver in self._applied.waivers:
            picked = picked | waiver.selector.picks(open_)
        unsure = decide_in_doubt(open_, self._policy)
        unsure = pl.concat(
            [unsure.filter(~picked), unsure.filter(picked).select("index")], how="diagonal"
        )
        return pl.concat([sure.select(VERDICTS.names()), unsure]).sort("index"), fewer

    def _side_before(
        self, verdicts: pl.DataFrame, rows: pl.Series, known: Summary, redacted: int
    ) -> Side:
        summary = summary_of(verdicts, rows, known.known)
        outcome, _ = summary.outcome(self._stored)
        unmet: tuple[str, ...] = ()  # published shares no longer tell what was not met
        if verdicts["reasons"].list.contains(INCOMPLETE).any():
            outcome = Outcome.INCOMPLETE
        if self._decision is not None:
            outcome, unmet = self._decision.outcome, self._decision.unmet
        applied = replace(Applied(), waivers=self._waivers[0])
        counts = counts_of(summary, redacted, self._stored, applied)
        return Side(self._stored.name, self._stored.version, outcome, unmet, counts)

    def _side_after(
        self,
        verdicts: pl.DataFrame,
        rows: pl.Series,
        known: Summary,
        redacted: int,
        before: Outcome | None,
    ) -> tuple[Side, pl.DataFrame]:
        summary = summary_of(verdicts, rows, known.known)
        outcome, unmet = outcome_after(verdicts, rows, summary, self._policy)
        if before is Outcome.INCOMPLETE:
            outcome = Outcome.INCOMPLETE
        final = self.final(verdicts, outcome)
        if final is not verdicts:
            summary = summary_of(final, rows, known.known)
        kept = redacted if outcome in (None, Outcome.TRAIN) else 0
        counts = counts_of(summary, kept, self._policy, self._applied)
        side = Side(self._policy.name, self._policy.version, outcome, tuple(unmet), counts)
        return side, final

    def _apply(self, policy: Policy, waivers: tuple[Waiver, ...]) -> Applied:
        if not waivers:
            return Applied()
        with readable(self._run / rundir.FACTS):
            return apply(self._run / rundir.FACTS, policy, waivers)

    def _reached(self, *, same_detector: bool) -> Reach:
        found = reach(self._stored, self._policy)
        asked = compile_policy(self._policy).facts
        lacking = [n for n in asked if n.startswith(FOUND_BY_SCAN) and n not in self._facts]
        if lacking:
            why = f"the run is of an older version and has no {', '.join(lacking)}"
            found = Reach(Doubt.ALL, (*found.why, why))
        if same_detector and (others := self._others()):
            found = Reach(Doubt.ALL, (*found.why, *others))
        return found

    def _others(self) -> tuple[str, ...]:
        if self._decision is None:
            return ("the run has no record, so what scanned it is not known",)
        return changed_since(self._decision)

    def _noted(self, *, same_detector: bool, today: date | None) -> Iterator[str]:
        if today is not None:
            purposes = [self._decision.purpose] if self._decision else []
            yield from refusals(self._policy, purposes, today)
        if not same_detector and (others := self._others()):
            yield f"the facts are those of the run's own scanner: {'; '.join(others)}"
        asked = compile_policy(self._policy).facts
        if lacking := [
            name
            for name in asked
            if name not in self._facts
            and not name.startswith(FOUND_BY_SCAN)
            and (name != _PURPOSE or self._decision is None)
        ]:
            yield f"the run is of an older version, so these are unknown: {', '.join(lacking)}"
        if dropped := len(self._waivers[0]) - len(self._waivers[1]):
            yield f"{dropped} of the run's waivers are not for this policy and its rules"
        if self._applied.over_used:
            yield f"waivers over their limit: {', '.join(sorted(self._applied.over_used))}"

    def _named(self, indexes: set[int]) -> dict[int, str]:
        if not indexes:
            return {}
        chosen = pl.col("index").is_in(sorted(indexes))
        with readable(self._run / rundir.FACTS):
            table = scan_table(self._run / rundir.FACTS).select("index", "row")
            return dict(table.filter(chosen).collect().iter_rows())


def check_run(run: Path) -> None:
    """UsageError when ``run`` is no folder in which rows were decided; IncompleteError when it is
    damaged."""
    if (run / rundir.DETECTOR).is_file():
        raise UsageError(
            f"{run} is a scan: nothing was decided there", remedy="name a run that gate made"
        )
    for name in (rundir.VERDICTS, rundir.FACTS, rundir.FINDINGS, rundir.POLICY):
        if not (run / name).is_file():
            raise UsageError(f"{run} is not a run directory: it has no {name}")
    check_tables(run)


def _nothing_trained(run: Path) -> bool:
    trained = pl.col("partition") == Partition.TRAIN.value
    partitions = read_batches(run / rundir.VERDICTS, ["partition"])
    return not any(batch.select(trained.any()).item() for batch in partitions)
