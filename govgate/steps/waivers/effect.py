"""The waivers of a run: kept with it, checked again, and handed to who decides its facts again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from govgate import rundir
from govgate.attest import waiver as signed_waiver
from govgate.attest.trust import Trust
from govgate.attest.waiver import Grant
from govgate.data.tables import scan_table
from govgate.durable import write_durably
from govgate.errors import EvidenceError, UsageError
from govgate.model import Purpose
from govgate.policy.load import Policy
from govgate.policy.waivers import State, Waiver
from govgate.record import WaiverRead
from govgate.steps.recorded import recorded
from govgate.steps.waivers.files import Found, read_waivers
from govgate.steps.waivers.judge import approvals_needed, as_waiver, judge, scope_objection


@dataclass(frozen=True, slots=True)
class InRun:
    """What a waiver came to in a run. ``rows``: as in the record, counted for the over-used too."""

    state: State
    why: str
    rows: int


def keep(found: Found, run: Path) -> None:
    """Write what was read into ``run``, so that who verifies it can check every signature."""
    if found.lines:
        write_durably(run / rundir.WAIVERS, found.lines)


def recheck(
    run: Path,
    listed: Sequence[WaiverRead],
    policy: Policy,
    trust: Trust,
    *,
    day: date,
    purpose: Purpose,
) -> tuple[Waiver, ...]:
    """The waivers that a record says were heeded, checked again as of ``day``.

    EvidenceError where one was not good, or the run's envelopes are not those that are listed.
    """
    named = {one.sha256: one for one in listed if one.id}
    if not (run / rundir.WAIVERS).is_file():
        if named:
            raise EvidenceError(f"{rundir.WAIVERS} is missing, and the record lists waivers")
        return ()
    found = read_waivers(run / rundir.WAIVERS)
    judged = judge(found, policy, trust, today=day, purpose=purpose)
    again = {one.sha256: one for one in judged}
    if set(again) != set(named):
        raise EvidenceError(f"{rundir.WAIVERS} does not hold the waivers that the record lists")
    for sha256, one in named.items():
        now = again[sha256]
        if one.state.in_effect and now.waiver is None:
            raise EvidenceError(f"waiver {one.id} was heeded, and is {now.state}: {now.why}")
    heeded_then = [sha256 for sha256, one in named.items() if one.state.in_effect]
    return tuple(w for sha256 in heeded_then if (w := again[sha256].waiver) is not None)


def of_run(
    run: Path, policy: Policy | None = None, trust: Trust | None = None
) -> tuple[Waiver, ...]:
    """The waivers that were in effect in ``run``, in order of id; none for a run without any.

    They are read off the run as `explain` reads it: nothing is verified. ``policy``: leave out
    those that are not waivers of this policy's rules as they are now. ``trust``: leave out those
    that lack the approvals which that policy asks for. To apply them to facts, caps and all, use
    `govgate.steps.waivers.applied.apply`.
    """
    if not (run / rundir.WAIVERS).is_file():
        return ()
    effective = _ids_in_effect(run)
    waivers = []
    for _, signed, grant in read_waivers(run / rundir.WAIVERS).grants:
        if grant.id not in effective:
            continue
        if policy is not None and scope_objection(grant, policy, None):
            continue
        if policy is not None and trust is not None:
            approved = signed_waiver.approvals(signed, trust, (grant.granted_on,))
            people = {one.person for one in approved if one.objection is None}
            if len(people) < approvals_needed(policy, grant.rule):
                continue
        waivers.append(as_waiver(grant))
    return tuple(sorted(waivers, key=lambda one: one.id))


def grants_of(run: Path) -> dict[str, Grant]:
    """All waivers that a run read, by id; nothing is verified."""
    if not (run / rundir.WAIVERS).is_file():
        return {}
    return {grant.id: grant for _, _, grant in read_waivers(run / rundir.WAIVERS).grants}


def stated_in(run: Path) -> dict[str, InRun]:
    """What each waiver came to in ``run``, by id; nothing is verified.

    As its record states it. A run without one tells only those that lifted something.
    """
    if not (run / rundir.VERDICTS).is_file():
        raise UsageError(f"{run} is not a run directory: it has no {rundir.VERDICTS}")
    if (run / rundir.RECORD).is_file():
        return _recorded(run)
    listed = scan_table(run / rundir.VERDICTS).select("waivers").explode("waivers").drop_nulls()
    counted = listed.group_by("waivers").len().collect()
    return {str(one): InRun(State.USED, "", int(rows)) for one, rows in counted.iter_rows()}


def _ids_in_effect(run: Path) -> set[str]:
    """By the record, or where there is none by the verdicts: those that lifted something."""
    if (run / rundir.RECORD).is_file():
        return {one for one, said in _recorded(run).items() if said.state.in_effect}
    used = scan_table(run / rundir.VERDICTS).select("waivers").explode("waivers").unique()
    return {one for one in used.collect()["waivers"] if one is not None}


def _recorded(run: Path) -> dict[str, InRun]:
    decision = recorded(run)
    listed = decision.waivers if decision is not None else ()
    return {one.id: InRun(one.state, one.why, one.rows) for one in listed}
