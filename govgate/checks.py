"""The steps by which a run directory is verified, numbered as in `docs/records.md`.

Each takes what those before it verified, adds to it, and says what it saw; it raises what
`govgate.verify` reports. None trusts a file of the run before its digest was compared.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from govgate import rundir
from govgate.attest import dsse
from govgate.attest.leaf import leaves
from govgate.attest.proof import parse_proof, verify_inclusion
from govgate.attest.quorum import Quorum, weigh
from govgate.attest.statement import (
    DECISION_TYPE,
    PAYLOAD_TYPE,
    VERIFIER_ID,
    Result,
    Statement,
    Subject,
    parse_statement,
    parse_summary,
)
from govgate.attest.timestamp import MAX_RESPONSE, check_stamp
from govgate.attest.trust import Role, Trust
from govgate.errors import EvidenceError, NotYetError
from govgate.model import Outcome, Use
from govgate.record import Decision, parse_decision
from govgate.runfiles import check_file, check_files, check_names, load_json, read_file
from govgate.subjects import subjects_of

if TYPE_CHECKING:
    from govgate.policy.waivers import Waiver
    from govgate.steps.waivers.applied import Applied

MAX_RECORD = 64 * 2**20
MAX_PROOF = 2**21


@dataclass(slots=True)
class Evidence:
    """What the steps hand on; each field is set by the step that verified it."""

    run: Path
    trust: Trust
    today: date
    quorum: Quorum | None = None
    lines: tuple[bytes, ...] = ()
    opened: dsse.Verified | None = None
    statement: Statement | None = None
    decision: Decision | None = None
    waivers: "tuple[Waiver, ...]" = ()


def check_record(evidence: Evidence) -> str:
    """1. The record is there, as lines of envelopes in their canonical spelling."""
    data = read_file(evidence.run / rundir.RECORD, MAX_RECORD)
    evidence.lines = dsse.split_envelopes(data)
    return f"{len(evidence.lines)} signed statements"


def check_signature(evidence: Evidence) -> str:
    """2. A key of the trust file signed the first envelope, and no signature of one is wrong."""
    keys = {key.keyid: key.public for key in evidence.trust.keys}
    for line in evidence.lines:
        dsse.check_stated(line, keys)
    evidence.opened = dsse.open_envelope(evidence.lines[0], keys, payload_type=PAYLOAD_TYPE)
    return f"by key {evidence.opened.keyid[:16]}"


def check_statement(evidence: Evidence) -> str:
    """3. The payload is a decision of a known form, about the train partition that it lists."""
    statement = parse_statement(opened_record(evidence).payload, DECISION_TYPE)
    decision = parse_decision(statement)
    if statement.subjects != subjects_of(decision.train):
        raise EvidenceError("the statement's subjects are not the train partition it lists")
    if decision.outcome is Outcome.INCOMPLETE or not accounted_for(decision):
        raise EvidenceError("the record is of an incomplete run, for which none may be issued")
    evidence.statement, evidence.decision = statement, decision
    return (
        f"outcome {decision.outcome}, {decision.counts.rows} rows, {len(decision.train)} files,"
        f" as of {decision.as_of}"
    )


def check_trusted(evidence: Evidence) -> str:
    """4. The key counts as a gate key on the day the record was finished; so for the summary."""
    decision = decision_of(evidence)
    day = decision.finished_on.date()
    opened = evidence.trust.open_envelope(
        evidence.lines[0], Role.GATE, day, payload_type=PAYLOAD_TYPE
    )
    evidence.opened = opened
    expected = allowed_uses(decision)
    if len(evidence.lines) != 1 + bool(expected):
        raise EvidenceError("the record does not hold one decision and its one summary")
    for line in evidence.lines[1:]:
        summary = evidence.trust.open_envelope(line, Role.GATE, day, payload_type=PAYLOAD_TYPE)
        statement = parse_statement(summary.payload)
        if statement.subjects != subjects_of(decision.train):
            raise EvidenceError("the summary is about other files than the decision")
        _check_summary(parse_summary(statement), evidence, expected)
    signers = [signature.keyid[:16] for signature in opened.accepted]
    if len(signers) == 1:
        return f"key {signers[0]} is trusted as gate"
    return f"keys {', '.join(signers)} are trusted as gate"


def _check_summary(result: Result, evidence: Evidence, uses: frozenset[Use]) -> None:
    decision, policy = decision_of(evidence), decision_of(evidence).policy
    if result.uses != uses:
        raise EvidenceError("the summary allows other uses than the decision")
    named = Subject(f"{policy.name}@{policy.version}", policy.sha256)
    if result.verifier != VERIFIER_ID or result.policies != (named,):
        raise EvidenceError("the summary names another verifier or policy than the decision")
    if result.created != decision.finished_on:
        raise EvidenceError("the summary is of another time than the decision")
    digest = hashlib.sha256(opened_record(evidence).payload).hexdigest()
    if result.decision not in (None, digest):
        raise EvidenceError("the summary is of another decision")


def _logged(evidence: Evidence) -> str:
    """5. A trusted log has an entry for exactly these signed bytes, seen by enough witnesses."""
    return check_logged(evidence, read_file(evidence.run / rundir.PROOF, MAX_PROOF))


def check_logged(evidence: Evidence, data: bytes) -> str:
    decision, opened = decision_of(evidence), opened_record(evidence)
    proof = parse_proof(data)
    if proof.extra is not None:
        raise EvidenceError(f"{rundir.PROOF} holds extra data, for which nothing vouches")
    entries = leaves(opened, subject=_root(evidence), outcome=decision.outcome)
    verifiers = evidence.trust.verifiers_for(Role.LOG, decision.finished_on.date())
    problems = []
    for verifier, entry in product(verifiers, entries):
        try:
            checkpoint = verify_inclusion(proof, entry, verifier)
        except EvidenceError as error:
            problems.append(str(error))
            continue
        witnessed = ""
        if evidence.quorum is not None:
            # Days are all that is known of today: a witness may be as late as its last second.
            latest = int(datetime.combine(evidence.today, time.max, UTC).timestamp())
            standing = weigh(
                evidence.quorum, proof.checkpoint, verifiers, latest=latest, trust=evidence.trust
            )
            standing.check()
            witnessed = f", {standing.in_words()}"
        return f"entry {proof.index} of {verifier.name}, which had {checkpoint.size}{witnessed}"
    raise EvidenceError(f"no trusted log vouches for the record: {'; '.join(problems)}")


def _stamped(evidence: Evidence) -> str:
    """6. A time stamp that is there is a trusted authority's, of this signature, at a fit time."""
    path = evidence.run / rundir.STAMP
    if not os.path.lexists(path):
        if evidence.trust.require_timestamp:
            raise NotYetError(
                f"there is no {rundir.STAMP}, and the trust file asks for one",
                remedy=f"get one with: govgate stamp {evidence.run} --tsa URL",
            )
        return "none"
    data, decision = read_file(path, MAX_RESPONSE), decision_of(evidence)
    return str(check_stamp(data, opened_record(evidence), decision.finished_on, evidence.trust))


def _train(evidence: Evidence) -> str:
    """7. The train partition is, byte for byte and name for name, what the record is about."""
    parts = decision_of(evidence).train
    check_files(evidence.run, {p.name: (p.sha256, p.size) for p in parts}, rundir.TRAIN)
    return f"{len(parts)} files, {sum(p.rows for p in parts)} rows"


def _byproducts(evidence: Evidence) -> str:
    """8. So are all other files, and there is none that the record does not name."""
    named = {b.name: (b.sha256, b.size) for b in decision_of(evidence).byproducts}
    needed = set(rundir.BYPRODUCTS) | ({rundir.MEMBERS} if decision_of(evidence).members else set())
    if missing := needed - set(named):
        raise EvidenceError(f"the record does not name {', '.join(sorted(missing))}")
    files = {part.name for part in decision_of(evidence).train}
    stamp = {rundir.STAMP} if (evidence.run / rundir.STAMP).is_file() else set()
    check_names(evidence.run, files | set(named) | {rundir.RECORD, rundir.PROOF} | stamp)
    for name, expected in named.items():
        check_file(evidence.run, name, expected)
    return f"{len(named)} files"


def _policy(evidence: Evidence) -> str:
    """9. The policy is the one named, was in force when it decided, and covers the purpose; so
    were the waivers that were heeded, by the signatures that the policy asks for."""
    from govgate.policy.load import check_usable, load_policy
    from govgate.steps.waivers.effect import recheck

    decision = decision_of(evidence)
    policy = load_policy(evidence.run / rundir.POLICY)
    said = (decision.policy.name, decision.policy.version, decision.policy.expires)
    if policy.digest != decision.policy.sha256 or (
        (policy.name, policy.version, policy.expires) != said
    ):
        raise EvidenceError(f"{rundir.POLICY} is not the policy that the record names")
    day = decision.finished_on.date()
    check_usable(policy, today=day, purpose=decision.purpose)
    evidence.waivers = recheck(
        evidence.run, decision.waivers, policy, evidence.trust, day=day, purpose=decision.purpose
    )
    heeded = f", {len(evidence.waivers)} waivers heeded" if evidence.waivers else ""
    since = ", expired since" if evidence.today >= policy.expires else ""
    return f"{policy.name} version {policy.version}, expires {policy.expires}{since}{heeded}"


def _follows(evidence: Evidence) -> str:
    """10. Deciding the stored facts again gives the stored verdicts, counts and outcome."""
    from govgate.steps.decide import redecide
    from govgate.steps.members import check_members

    decision, run = decision_of(evidence), evidence.run
    coverage = load_json(run / rundir.COVERAGE)
    if any(coverage.get(name) != value for name, value in decision.coverage.items()):
        raise EvidenceError(f"{rundir.COVERAGE} does not say what the record says of it")
    complete = bool(decision.coverage.get("complete"))
    again = redecide(run, evidence.waivers, complete=complete)
    if (again.outcome, again.unmet, again.counts) != (
        decision.outcome,
        decision.unmet,
        decision.counts,
    ):
        raise EvidenceError("the facts and the policy lead to another answer than the record's")
    _check_waivers(decision, again.applied)
    if sum(part.rows for part in decision.train) != decision.counts.train:
        raise EvidenceError("the train partition has another number of rows than the verdicts")
    if decision.members:
        check_members(run, decision.members, decision.counts.train)
    return f"{again.counts.rows} rows decided again, none differs"


def _check_waivers(decision: Decision, applied: "Applied") -> None:
    if applied.over_used:
        raise EvidenceError(f"waiver {min(applied.over_used)} was heeded in more rows than it may")
    for one in decision.waivers:
        if one.state.in_effect and one.rows != applied.rows.get(one.id, 0):
            raise EvidenceError(f"waiver {one.id} lifts its rule in another number of rows")
    waived = decision.coverage.get("waived", {"rows": 0})
    if waived != {"rows": applied.covered.height}:
        raise EvidenceError("the waivers cover another number of failed rows")


def accounted_for(decision: Decision) -> bool:
    """Whether nothing failed, or as many rows are waived as failed; step 10 counts them again."""
    coverage = decision.coverage
    if coverage.get("complete") is True:
        return True
    rows, waived = coverage.get("rows"), coverage.get("waived")
    if not isinstance(rows, dict) or not isinstance(waived, dict):
        return False
    return isinstance(rows.get("failed"), int) and 0 < rows["failed"] == waived.get("rows")


STEPS: tuple[tuple[str, Callable[[Evidence], str]], ...] = (
    ("the record is readable", check_record),
    ("its signatures hold", check_signature),
    ("it is a decision about the train partition", check_statement),
    ("its signer is trusted", check_trusted),
    ("the log holds it", _logged),
    ("its time stamp holds", _stamped),
    ("the train partition is unchanged", _train),
    ("all other files are unchanged", _byproducts),
    ("the policy was in force", _policy),
    ("the verdicts follow from facts and policy", _follows),
)


def allowed_uses(decision: Decision) -> frozenset[Use]:
    """The uses that a summary of ``decision`` states: nothing is implied by an absence."""
    uses = {Use.TRAIN} if decision.outcome is Outcome.TRAIN else set()
    return frozenset(uses | ({Use.RETRIEVE} if decision.counts.retrieve else set()))


def opened_record(evidence: Evidence) -> dsse.Verified:
    assert evidence.opened is not None  # noqa: S101  (step 2 ran)
    return evidence.opened


def decision_of(evidence: Evidence) -> Decision:
    assert evidence.decision is not None  # noqa: S101  (step 3 ran)
    return evidence.decision


def _root(evidence: Evidence) -> str:
    return subjects_of(decision_of(evidence).train)[0].sha256
