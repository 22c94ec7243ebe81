"""Steps 7 and 8: the decision becomes two signed statements, and an entry of the log."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from govgate import __version__, rundir
from govgate.attest import dsse
from govgate.attest.keys import PrivateKey
from govgate.attest.leaf import leaf
from govgate.attest.log import Log
from govgate.attest.quorum import Quorum
from govgate.attest.statement import (
    DECISION_TYPE,
    PAYLOAD_TYPE,
    Statement,
    Subject,
    Summary,
    summary_of,
)
from govgate.attest.trust import Role, Trust
from govgate.attest.trustfile import load_trust
from govgate.data.digest import digest_file
from govgate.data.partitions import PartFile
from govgate.durable import write_durably
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.model import Outcome, Partition, Purpose, Use
from govgate.record import DataPart, Decision, Members, NamedFile, PolicyUsed
from govgate.rights.licenses import table_digest
from govgate.rights.lineage.models import known_models
from govgate.steps.cosign import Gathered, gather
from govgate.steps.decide import Decided
from govgate.steps.members import write_members
from govgate.steps.open import Opened
from govgate.steps.scan import Scanned
from govgate.steps.waivers.judge import Judged
from govgate.subjects import subjects_of

LEDGER = ("complete", "rows", "strings", "characters", "skipped", "waived")  # of coverage.json
DEPENDENCIES = ("polars", "pyarrow", "pydantic", "cryptography", "license-expression")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Who signed, where the record stands in the log, and what witnesses said, if asked.

    ``wanting``: why the record does not verify before others have signed it; empty if it does.
    """

    keyid: str
    origin: str
    index: int
    log: Path
    wanting: str
    witnesses: Gathered | None = None

    @property
    def unwitnessed(self) -> bool:
        """Whether there is a quorum and it was not reached."""
        return self.witnesses is not None and not self.witnesses.standing.reached

    @property
    def counts(self) -> bool:
        """Whether the run verifies as it is, with nobody else to sign or to cosign."""
        return not self.wanting and not self.unwitnessed


def attest(
    opened: Opened,
    scanned: Scanned,
    decided: Decided,
    coverage: dict[str, Any],
    parts: Sequence[PartFile],
    run: Path,
    *,
    purpose: Purpose,
    as_of: date,
    waivers: Sequence[Judged] = (),
    summary: Summary = Summary.SVR,
) -> Receipt:
    """Write the signed record and its proof into ``run``; the log grows by one entry."""
    now = datetime.now(UTC).replace(microsecond=0)
    train = tuple(data_part(p) for p in parts if p.partition is Partition.TRAIN)
    subjects = subjects_of(train)
    members = write_members(
        run,
        key=opened.fingerprint_key,
        partition=subjects[0].sha256,
        named=any(source.subject_field for source in opened.config.sources),
    )
    decision = _decision(
        opened, scanned, decided, coverage, parts, run, purpose, as_of, now, waivers, train, members
    )
    return sign_and_log(opened, decision, run, summary)


class Signing(Protocol):
    """Whose keys sign, and whose log grows: all that a home gives to sign with."""

    @property
    def home(self) -> Home: ...
    @property
    def gate_keys(self) -> tuple[PrivateKey, ...]: ...
    @property
    def log_key(self) -> PrivateKey: ...
    @property
    def quorum(self) -> Quorum | None: ...


def sign_and_log(signing: Signing, decision: Decision, run: Path, summary: Summary) -> Receipt:
    """Write ``decision``, signed, as the record of ``run``, with its proof from the log."""
    subjects = subjects_of(decision.train)
    statements = [Statement(subjects, DECISION_TYPE, decision.as_predicate())]
    uses = _uses(decision.outcome, decision)
    if uses:
        policy = Subject(
            f"{decision.policy.name}@{decision.policy.version}", decision.policy.sha256
        )
        created = decision.finished_on
        statements.append(summary_of(summary, statements[0], uses, policy=policy, created=created))
    envelopes = [dsse.sign(s.encode(), PAYLOAD_TYPE, signing.gate_keys) for s in statements]
    write_durably(run / rundir.RECORD, b"".join(envelopes))
    day = decision.finished_on.date()
    return _log(signing, envelopes[0], subjects[0].sha256, decision.outcome, run, day)


def _log(
    signing: Signing, envelope: bytes, subject: str, outcome: Outcome, run: Path, day: date
) -> Receipt:
    key = signing.gate_keys[0].public
    verified = dsse.open_envelope(envelope, {key.keyid: key})
    log = _open_log(signing)
    if signing.quorum:
        signing.quorum.check_log(log.verifier)  # before the log grows by what could never verify
    index = log.append(leaf(verified, subject=subject, outcome=outcome))
    trust = load_trust(signing.home.trust)
    cosigned = gather(log, signing.quorum, trust) if signing.quorum else None
    proof = log.prove(index, cosigned.checkpoint if cosigned else None)
    write_durably(run / rundir.PROOF, proof.encode())
    wanting = _wanting(envelope, trust, day)
    return Receipt(key.keyid, log.verifier.name, index, signing.home.log, wanting, cosigned)


def _wanting(envelope: bytes, trust: Trust, day: date) -> str:
    try:
        trust.open_envelope(envelope, Role.GATE, day)
    except EvidenceError as error:
        return error.what
    return ""


def _open_log(signing: Signing) -> Log:
    """The home's log under its listed name, with the keys that it was rotated from."""
    trust, public = load_trust(signing.home.trust), signing.log_key.public
    name = next(str(key.name) for key in trust.keys if key.public == public)
    return Log(signing.home.log, name, signing.log_key, trust.keys_of_log(name))


def _uses(outcome: Outcome, decision: Decision) -> set[Use]:
    uses = {Use.TRAIN} if outcome is Outcome.TRAIN else set()
    if decision.counts.retrieve:
        uses.add(Use.RETRIEVE)
    return uses


def _decision(
    opened: Opened,
    scanned: Scanned,
    decided: Decided,
    coverage: dict[str, Any],
    parts: Sequence[PartFile],
    run: Path,
    purpose: Purpose,
    as_of: date,
    now: datetime,
    waivers: Sequence[Judged],
    train: tuple[DataPart, ...],
    members: Members,
) -> Decision:
    policy = opened.policy
    tables = {"licenses": table_digest(), "models": known_models().digest}
    papers = {"papers": opened.papers.digest} if opened.papers.digest else {}
    erased = opened.tombstones.digest if opened.tombstones else None
    tombstones = {"tombstones": erased} if erased else {}
    return Decision(
        outcome=decided.outcome,
        purpose=purpose,
        as_of=as_of,
        finished_on=now,
        policy=PolicyUsed(
            name=policy.name, version=policy.version, expires=policy.expires, sha256=policy.digest
        ),
        unmet=decided.unmet,
        counts=decided.counts,
        coverage={name: coverage[name] for name in LEDGER if name in coverage},
        inputs=tuple(
            DataPart(name=file.name, sha256=file.sha256 or "", size=file.size, rows=file.rows)
            for file in scanned.inputs
        ),
        train=train,
        byproducts=byproducts(parts, run),
        detector=scanned.detector.as_dict(),
        registries={**tables, **papers, **tombstones, **opened.registries.digests},
        versions=versions(),
        members=members,
        waivers=tuple(one.as_record() for one in waivers),
    )


def versions() -> dict[str, str]:
    """What a record says of the software that made it."""
    return {
        "govgate": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in DEPENDENCIES},
    }


def data_part(part: PartFile) -> DataPart:
    """A file of a partition as a record lists it."""
    return DataPart(name=part.name, sha256=part.sha256, size=part.size, rows=part.rows)


def byproducts(parts: Sequence[PartFile], run: Path) -> tuple[NamedFile, ...]:
    """Everything else in the run directory; never among the subjects of a statement."""
    tables = []
    there = [name for name in rundir.OPTIONAL if (run / name).is_file()]
    members = [rundir.MEMBERS] if (run / rundir.MEMBERS).is_file() else []  # older runs have none
    for name in (*rundir.BYPRODUCTS, *members, *there):
        sha256, size = digest_file(run / name)
        tables.append(NamedFile(name=name, sha256=sha256, size=size))
    looked_up = (
        NamedFile(name=p.name, sha256=p.sha256, size=p.size)
        for p in parts
        if p.partition is Partition.RETRIEVE
    )
    return (*tables, *looked_up)
