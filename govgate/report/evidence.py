"""What a report may be made of: runs that verified, and erasure receipts that did.

Nothing of a run is read before its verification, and :meth:`RunEvidence.recheck` compares the
digests again when all was read: a run that somebody changes meanwhile gives no report.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.attest.proof import Proof, parse_proof
from govgate.attest.quorum import Quorum
from govgate.attest.statement import PAYLOAD_TYPE
from govgate.attest.trust import Role, Trust
from govgate.attest.waiver import Grant
from govgate.checks import MAX_PROOF
from govgate.data.tables import scan_table
from govgate.erase.noted import check
from govgate.erase.receipt import Checked, Erased
from govgate.errors import EvidenceError, UsageError
from govgate.home import Home
from govgate.policy.load import Policy, load_policy
from govgate.record import Decision
from govgate.register.superseded import superseded
from govgate.runfiles import check_file, load_json, read_file
from govgate.steps.waivers.effect import grants_of
from govgate.verify import Step, verify


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed the record. ``name``: what the trust file calls the key, or nothing."""

    keyid: str
    name: str
    algorithm: str


@dataclass(frozen=True, eq=False)
class RunEvidence:
    """One run, every step of whose verification held.

    ``digest``: SHA-256 of the signed decision. ``steps``: what verification saw, in order.
    ``approvers``: names of the keys in waivers, by id. ``erasures``: what its receipts say of the
    records that this one superseded.
    """

    run: Path
    decision: Decision
    digest: str
    steps: tuple[Step, ...]
    signers: tuple[Signer, ...]
    proof: Proof
    approvers: Mapping[str, str]
    erasures: tuple[Erased, ...]

    @cached_property
    def policy(self) -> Policy:
        """The policy that decided."""
        return load_policy(self.run / rundir.POLICY)

    @cached_property
    def coverage(self) -> Mapping[str, Any]:
        """The coverage ledger (`docs/records.md`, coverage.json)."""
        return load_json(self.run / rundir.COVERAGE)

    @cached_property
    def credits(self) -> Mapping[str, Any] | None:
        """Who is to be named; None for a record of an earlier version."""
        return load_json(self.run / rundir.CREDITS) if self._names(rundir.CREDITS) else None

    @cached_property
    def grants(self) -> Mapping[str, Grant]:
        """The waivers that were read, by id."""
        return grants_of(self.run) if self._names(rundir.WAIVERS) else {}

    @property
    def origin(self) -> str:
        """The name of the log that holds the record."""
        return self.proof.checkpoint.split(b"\n", 1)[0].decode()

    @property
    def log_size(self) -> int:
        """How many entries the log had when it vouched for the record."""
        return int(self.proof.checkpoint.split(b"\n", 2)[1])

    def facts(self) -> pl.LazyFrame:
        """`facts.parquet`."""
        return scan_table(self.run / rundir.FACTS)

    def verdicts(self) -> pl.LazyFrame:
        """`verdicts.parquet`."""
        return scan_table(self.run / rundir.VERDICTS)

    def recheck(self) -> None:
        """EvidenceError if a file that reports read is no longer the one that verified."""
        for file in self.decision.byproducts:
            if not file.name.startswith(f"{rundir.RETRIEVE}/"):
                check_file(self.run, file.name, (file.sha256, file.size))

    def _names(self, name: str) -> bool:
        return any(file.name == name for file in self.decision.byproducts)


def gathered(
    runs: Iterable[Path], home: Home, trust: Trust, *, today: date, quorum: Quorum | None
) -> tuple[RunEvidence, ...]:
    """The evidence of ``runs``, oldest first.

    EvidenceError where a run or a receipt does not verify; UsageError where they are not of one
    project, as one log holds it, or one of them is named twice.
    """
    receipts = _receipts(home, trust)
    gone = superseded(home)
    found = [_evidence(run, trust, today, quorum, gone, receipts) for run in runs]
    _check_one_project(found)
    return tuple(sorted(found, key=lambda one: (one.decision.finished_on, one.digest)))


def _evidence(
    run: Path,
    trust: Trust,
    today: date,
    quorum: Quorum | None,
    gone: Mapping[str, Any],
    receipts: "_Receipts",
) -> RunEvidence:
    result = verify(run, trust, today=today, quorum=quorum, superseded=gone)
    if failed := result.failure:
        raise EvidenceError(
            f"{run} does not verify, so there is no report: step {failed.number}, {failed.title}:"
            f" {failed.detail}",
            remedy=f"see: govgate verify {run}",
        )
    decision = result.decision
    if decision is None:
        raise EvidenceError(f"{run} does not verify, so there is no report")
    names = {key.keyid: key.name or "" for key in trust.keys}
    return RunEvidence(
        run,
        decision,
        result.record_digest,
        tuple(result.steps),
        _signers(result.lines[0], trust, decision.finished_on.date()),
        parse_proof(read_file(run / rundir.PROOF, MAX_PROOF)),
        {one: names.get(one, "") for waiver in decision.waivers for one in waiver.approvers},
        tuple(receipts.behind(decision.supersedes)),
    )


def _signers(line: bytes, trust: Trust, day: date) -> tuple[Signer, ...]:
    opened = trust.open_envelope(line, Role.GATE, day, payload_type=PAYLOAD_TYPE)
    keys = {key.keyid: key for key in trust.keys}
    signed = (keys[one.keyid] for one in opened.accepted)
    return tuple(Signer(key.keyid, key.name or "", key.public.algorithm.value) for key in signed)


def _receipts(home: Home, trust: Trust) -> "_Receipts":
    """What the erasures of this home did; each receipt must verify."""
    by_old: dict[str, Erased] = {}
    old_of: dict[str, str] = {}
    paths = sorted(home.erasures.glob("*.intoto.jsonl")) if home.erasures.is_dir() else []
    for path in paths:
        checked = check(path, trust)
        if isinstance(checked, Checked):
            for run in checked.erased.runs:
                by_old[run.record] = checked.erased
                if run.becomes is not None:
                    old_of[run.becomes] = run.record
    return _Receipts(by_old, old_of)


@dataclass(frozen=True, slots=True)
class _Receipts:
    """Erasures by the record that each did away with, and that record by the one that came."""

    by_old: Mapping[str, Erased]
    old_of: Mapping[str, str]

    def behind(self, record: str | None) -> Iterator[Erased]:
        """The erasures that led from ``record`` on, newest first."""
        seen: set[str] = set()
        while record is not None and record not in seen:
            seen.add(record)
            if erased := self.by_old.get(record):
                yield erased
            record = self.old_of.get(record)


def _check_one_project(found: list[RunEvidence]) -> None:
    digests = [one.digest for one in found]
    for number, one in enumerate(found):
        if one.digest in digests[:number]:
            first = found[digests.index(one.digest)]
            raise UsageError(
                f"{one.run} has the same record as {first.run}", remedy="name each run once"
            )
        if one.origin != found[0].origin:
            raise UsageError(
                f"{found[0].run} is in the log {found[0].origin} and {one.run} in {one.origin}:"
                " they are of different projects, and a report is about one",
                remedy="make a report of each",
            )
