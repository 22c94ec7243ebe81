"""What a waiver comes to under a policy on a day: in effect, or why not.

Nothing here stops a gate: a waiver that cannot be read, is not signed as it must be, or is about
something else, has no effect and says so. Less is let through, never more.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from govgate.attest import waiver as signed_waiver
from govgate.attest.trust import Trust
from govgate.attest.waiver import Approval, Grant, Revocation, Signed
from govgate.model import Purpose
from govgate.policy.load import Policy
from govgate.policy.model import INCOMPLETE, Rule
from govgate.policy.waivers import (
    Selector,
    State,
    Waiver,
    failures_digest,
    restricts,
    rule_digest,
)
from govgate.record import WaiverRead
from govgate.spelling import did_you_mean
from govgate.steps.waivers.files import Found

if TYPE_CHECKING:
    from govgate.steps.waivers.applied import Applied

SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class Judged:
    """A waiver and what it comes to; ``waiver`` is None where it has no effect."""

    file: str
    sha256: str
    state: State
    why: str = ""
    grant: Grant | None = None
    approvals: tuple[Approval, ...] = ()
    needed: int = 0
    waiver: Waiver | None = None
    rows: int = 0

    @property
    def approvers(self) -> tuple[str, ...]:
        """Ids of the keys whose signatures count, one for each person."""
        people = {one.person: one.keyid for one in self.approvals if one.objection is None}
        return tuple(people.values())

    def ends_soon(self, today: date) -> bool:
        """Whether it is in effect for few days more."""
        until = self.grant.until if self.grant else today
        return self.state.in_effect and (until - today).days < SOON_DAYS

    def as_record(self) -> WaiverRead:
        """As the record states it."""
        grant = self.grant
        if grant is None:
            return WaiverRead(file=self.file, sha256=self.sha256, state=self.state, why=self.why)
        return WaiverRead(
            file=self.file,
            sha256=self.sha256,
            id=grant.id,
            policy=grant.policy,
            rule=grant.rule,
            uses=grant.uses,
            selector=grant.rows,
            ticket=grant.ticket,
            until=grant.until,
            max_rows=grant.max_rows,
            approvers=self.approvers,
            approvals=self.needed,
            rows=self.rows,
            state=self.state,
            why=self.why,
        )


def judge(
    found: Found, policy: Policy, trust: Trust, *, today: date, purpose: Purpose | None = None
) -> tuple[Judged, ...]:
    """What each waiver comes to under ``policy`` on the day ``today``, in order of id.

    Whether one is used, unused or over-used is only known once rows are decided: until then the
    good ones are ``unused``. Without a ``purpose`` those of any are good.
    """
    ids = [grant.id for _, _, grant in found.grants]
    judged = []
    for file, signed, grant in found.grants:
        approved = signed_waiver.approvals(signed, trust, (grant.granted_on, today))
        needed = approvals_needed(policy, grant.rule)
        objection = (
            (State.UNREADABLE, "two different waivers have this id")
            if ids.count(grant.id) > 1
            else _ended(grant, found, trust, today)
            or scope_objection(grant, policy, purpose)
            or _too_few(approved, needed)
        )
        state, why = objection or (State.UNUSED, "")
        waiver = None if objection else as_waiver(grant)
        digest = hashlib.sha256(signed.line).hexdigest()
        judged.append(Judged(file, digest, state, why, grant, approved, needed, waiver))
    broken = [Judged(u.file, u.sha256, State.UNREADABLE, u.why) for u in found.unread]
    return (*sorted(judged, key=lambda one: one.grant.id if one.grant else ""), *broken)


def as_waiver(grant: Grant) -> Waiver:
    """What a decision needs of it."""
    uses, selector = frozenset(grant.uses), Selector.of(grant.rows)
    return Waiver(grant.id, grant.rule, uses, selector, grant.max_rows)


def counted_in(judged: Sequence[Judged], applied: "Applied") -> tuple[Judged, ...]:
    """The same once rows are decided: used, unused or over-used."""
    return tuple(
        one if one.waiver is None else _counted(one, one.waiver, applied) for one in judged
    )


def _counted(one: Judged, waiver: Waiver, applied: "Applied") -> Judged:
    rows = applied.rows.get(waiver.id, 0)
    if waiver.id in applied.over_used:
        why = f"it would cover {rows} rows, and may cover {waiver.max_rows}"
        return replace(one, state=State.OVER_USED, why=why, waiver=None, rows=rows)
    return replace(one, state=State.USED if rows else State.UNUSED, rows=rows)


def heeded(judged: Sequence[Judged]) -> tuple[Waiver, ...]:
    """Those that a decision heeds."""
    return tuple(one.waiver for one in judged if one.waiver is not None)


def approvals_needed(policy: Policy, rule: str) -> int:
    """How many people must sign a waiver of ``rule``."""
    found = next((one for one in policy.rules if one.id == rule), None)
    own = found.approvals if found is not None else None
    return own or policy.document.approvals


def scope_objection(
    grant: Grant, policy: Policy, purpose: Purpose | None
) -> tuple[State, str] | None:
    """Why the waiver is of no use under this policy, for this purpose; None where it may be."""
    if grant.policy != policy.name:
        return State.MIS_SCOPED, f"it is a waiver of policy {grant.policy}, not {policy.name}"
    if purpose is not None and grant.purposes and purpose not in grant.purposes:
        return State.MIS_SCOPED, f"it does not cover {purpose}"
    if grant.rule == INCOMPLETE:
        same = grant.rule_sha256 == failures_digest()
        return None if same else (State.MIS_SCOPED, "it is of another version of govgate")
    rule = next((one for one in policy.rules if one.id == grant.rule), None)
    if rule is None:
        near = did_you_mean(grant.rule, [one.id for one in policy.rules])
        return State.MIS_SCOPED, f"the policy has no rule {grant.rule}{near}"
    return _rule_objection(grant, rule)


def _rule_objection(grant: Grant, rule: Rule) -> tuple[State, str] | None:
    if not rule.waivable:
        return State.UNWAIVABLE, f"the policy has it that rule {rule.id} cannot be waived"
    if grant.rule_sha256 != rule_digest(rule):
        return State.MIS_SCOPED, f"rule {rule.id} has changed since the waiver was signed"
    if not any(restricts(rule, use) for use in grant.uses):
        uses = " or ".join(grant.uses)
        return State.MIS_SCOPED, f"rule {rule.id} never stands against {uses}"
    return None


def _ended(grant: Grant, found: Found, trust: Trust, today: date) -> tuple[State, str] | None:
    for signed in found.revocations:
        if isinstance(signed.said, Revocation) and signed.said.waiver == grant.id:
            return State.REVOKED, _revoked_why(signed, signed.said, trust)
    if grant.until <= today:
        return State.EXPIRED, f"it ended on {grant.until}"
    if grant.granted_on > today:
        return State.EARLY, f"it is dated {grant.granted_on}, which is yet to come"
    return None


def _revoked_why(signed: Signed, said: Revocation, trust: Trust) -> str:
    """A revocation is heeded whoever signed it: whoever could forge one could remove the waiver."""
    signers = signed_waiver.approvals(signed, trust, (said.revoked_on,))
    counts = any(one.objection is None for one in signers)
    doubt = "" if counts else " (signed by no approver that counts, and heeded nevertheless)"
    return f"it was revoked on {said.revoked_on}: {said.reason}{doubt}"


def _too_few(approved: Sequence[Approval], needed: int) -> tuple[State, str] | None:
    people = {one.person for one in approved if one.objection is None}
    if len(people) >= needed:
        return None
    objections = sorted({one.objection for one in approved if one.objection})
    because = f" ({'; '.join(objections)})" if objections else ""
    return State.UNSIGNED, f"{len(people)} of {needed} approvers signed it{because}"
