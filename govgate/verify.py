"""Does a run directory still say what was signed?

`verify` goes through the steps of `checks.py` and reports each; it stops at the first that fails,
as later ones would rest on it.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from govgate import rundir
from govgate.attest import dsse
from govgate.attest.quorum import Quorum
from govgate.attest.timestamp import need_library
from govgate.attest.trust import Trust
from govgate.checks import (
    STEPS,
    Evidence,
    check_logged,
    check_record,
    check_signature,
    check_statement,
    check_trusted,
    decision_of,
    opened_record,
)
from govgate.errors import EvidenceError, GovgateError, NotYetError, UsageError
from govgate.record import Decision
from govgate.runfiles import load_json

if TYPE_CHECKING:
    from govgate.register.superseded import Superseded

SUPERSEDED = len(STEPS) + 1  # the step that only a record has which an erasure superseded


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the procedure: what was checked, whether it held, and what differs if not.

    ``wanting``: what others must do first, where it does not hold only because too few have signed.
    """

    number: int
    title: str
    holds: bool
    detail: str
    wanting: str = ""


@dataclass(slots=True)
class Verification:
    """The steps that ran, in order, and the decision if it could be read from verified bytes.

    ``lines``: the envelopes that were looked at, each with its newline.
    """

    steps: list[Step]
    lines: tuple[bytes, ...] = ()
    decision: Decision | None = None
    record_digest: str = ""

    @property
    def holds(self) -> bool:
        """Whether every step held."""
        return all(step.holds for step in self.steps)

    @property
    def failure(self) -> Step | None:
        """The step that did not hold."""
        return next((step for step in self.steps if not step.holds), None)


def verify(
    run: Path,
    trust: Trust,
    *,
    today: date,
    quorum: Quorum | None = None,
    superseded: "Mapping[str, Superseded] | None" = None,
) -> Verification:
    """Go through every step for the run directory ``run``.

    ``quorum``: the witnesses that must have cosigned the log's checkpoint; None asks for none.
    ``superseded``: records that an erasure has done away with, by digest; a run of such a record
    has one step more, which does not hold and comes before those that look at its files.
    UsageError when ``run`` is no folder, or holds a time stamp that needs a package to be checked;
    EvidenceError when its outcome was `incomplete` (no record is ever issued for it). Everything
    else that is wrong is a step that does not hold. A run that another took the place of meanwhile
    is gone through once more if it does not hold.
    """
    before = _identity(run)
    try:
        result = _verify(run, trust, today, quorum, superseded)
        if result.holds or _identity(run) == before:
            return result
    except GovgateError:
        if _identity(run) == before:
            raise
    return _verify(run, trust, today, quorum, superseded)


def _identity(run: Path) -> tuple[int, int] | None:
    """Another for whatever lies at ``run``; None for nothing."""
    try:
        found = run.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _verify(
    run: Path,
    trust: Trust,
    today: date,
    quorum: Quorum | None,
    superseded: "Mapping[str, Superseded] | None",
) -> Verification:
    """All steps, once."""
    _check_kind(run)
    if os.path.lexists(run / rundir.STAMP):
        need_library()
    evidence = Evidence(run, trust, today, quorum)
    result = Verification([])
    for number, (title, check) in enumerate(STEPS, start=1):
        try:
            detail = check(evidence)
        except GovgateError as error:
            wanting = error.remedy if isinstance(error, NotYetError) else ""
            result.steps.append(Step(number, title, False, str(error), wanting))
            break
        result.steps.append(Step(number, title, True, detail))
        if check is check_trusted and (gone := _gone(evidence, superseded or {})):
            result.steps.append(Step(SUPERSEDED, "no erasure has superseded it", False, gone))
            break
    result.lines = evidence.lines
    if evidence.opened is not None and evidence.decision is not None:
        result.decision = evidence.decision
        result.record_digest = hashlib.sha256(evidence.opened.payload).hexdigest()
    return result


def _gone(evidence: Evidence, superseded: "Mapping[str, Superseded]") -> str:
    """How an erasure has done away with the record; empty where none has."""
    found = superseded.get(hashlib.sha256(opened_record(evidence).payload).hexdigest())
    retired = (evidence.run / rundir.RETIRED).is_file()
    return found.in_words(retired=retired) if found else ""


def verify_but_for_counts(run: Path, trust: Trust, *, today: date) -> Verification:
    """Like :func:`verify`, with one signature being enough, no witness and no time stamp."""
    asked = replace(trust.without_counts(), require_timestamp=False)
    return verify(run, asked, today=today)


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record whose signatures count: its envelopes, the first one opened, the decision in it."""

    lines: tuple[bytes, ...]
    opened: dsse.Verified
    decision: Decision


def signed_record(run: Path, trust: Trust, *, today: date) -> SignedRecord:
    """The record of ``run``, by steps 1 to 4 alone; EvidenceError says what does not hold."""
    _check_kind(run)
    evidence = Evidence(run, trust, today)
    check_record(evidence)
    return _signed(evidence)


def logged_record(
    lines: tuple[bytes, ...], proof: bytes, trust: Trust, *, today: date, quorum: Quorum | None
) -> tuple[SignedRecord, str]:
    """The record in ``lines`` by steps 2 to 5, without its run, and where the log holds it."""
    evidence = Evidence(Path(), trust, today, quorum, lines)
    return _signed(evidence), check_logged(evidence, proof)


def _signed(evidence: Evidence) -> SignedRecord:
    for check in (check_signature, check_statement, check_trusted):
        check(evidence)
    return SignedRecord(evidence.lines, opened_record(evidence), decision_of(evidence))


def _check_kind(run: Path) -> None:
    if not run.is_dir():
        raise UsageError(f"{run} is not a run directory", remedy="name a folder that gate made")
    if (run / rundir.DETECTOR).is_file() and not (run / rundir.RECORD).exists():
        raise UsageError(
            f"{run} is a scan, which decides and signs nothing", remedy="verify what gate made"
        )
    if (run / rundir.RECORD).exists() or not (run / rundir.COVERAGE).is_file():
        return
    if load_json(run / rundir.COVERAGE).get("complete") is False:
        raise EvidenceError(
            f"{run} is incomplete: no record was issued for it",
            remedy=f"see the failures in {run / rundir.COVERAGE}, mend them and gate again",
        )
