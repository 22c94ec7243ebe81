"""Whether a training command may start on a run, and whether its data stayed what it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from govgate import rundir
from govgate.attest.quorum import Quorum
from govgate.attest.trust import Trust
from govgate.errors import EvidenceError
from govgate.model import Outcome
from govgate.record import Decision
from govgate.runfiles import check_files
from govgate.verify import verify

if TYPE_CHECKING:
    from govgate.register.superseded import Superseded


@dataclass(frozen=True, slots=True)
class Admission:
    """A run that verified; ``may_train`` is its answer, ``reason`` says why not."""

    decision: Decision
    record_digest: str
    may_train: bool
    reason: str


def admit(
    run: Path,
    trust: Trust,
    *,
    today: date,
    quorum: Quorum | None = None,
    superseded: "Mapping[str, Superseded] | None" = None,
) -> Admission:
    """Verify ``run`` in full; EvidenceError names the first step that does not hold.

    ``quorum``: the witnesses that must have cosigned the log; None asks for none. ``superseded``:
    records that erasures have done away with. A policy that has expired by ``today`` admits
    nothing, though the record stays true.
    """
    result = verify(run, trust, today=today, quorum=quorum, superseded=superseded)
    if result.failure is not None:
        step = result.failure
        raise EvidenceError(f"step {step.number}, {step.title}: {step.detail}")
    decision = result.decision
    if decision is None:
        raise EvidenceError("the record could not be read")
    if today >= decision.policy.expires:
        raise EvidenceError(
            f"policy {decision.policy.name} expired on {decision.policy.expires}",
            remedy="gate the data again under a policy that is in force",
        )
    reason = "" if decision.outcome is Outcome.TRAIN else _why_not(decision)
    return Admission(decision, result.record_digest, decision.outcome is Outcome.TRAIN, reason)


def unchanged(run: Path, decision: Decision) -> None:
    """EvidenceError unless the train partition still is what ``decision`` names."""
    check_files(run, {p.name: (p.sha256, p.size) for p in decision.train}, rundir.TRAIN)


def _why_not(decision: Decision) -> str:
    unmet = f" ({'; '.join(decision.unmet)})" if decision.unmet else ""
    return f"the outcome is {decision.outcome}{unmet}"
