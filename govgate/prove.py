"""Was this row, or this person, in what a model was trained on? An answer that others can check.

An answer is a file of DSSE envelopes, one a line: those of the record as they stand in the run,
then one of its own, signed by the gate. That is an in-toto Statement over the record's subjects,
of predicate type `tag:govgate,2026:membership/v1`. It names nobody: who asks knows the id.
Format and the numbered steps: `docs/row-proofs.md`.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from govgate import rundir
from govgate.attest import dsse
from govgate.attest.encoding import is_sha256
from govgate.attest.files import read_bounded
from govgate.attest.keys import PrivateKey
from govgate.attest.membership import (
    MembershipKey,
    Place,
    Tree,
    check_places,
    leaf_of,
    locate,
    member_of,
    parse_places,
)
from govgate.attest.quorum import Quorum
from govgate.attest.statement import PAYLOAD_TYPE, Statement, parse_statement, parse_time, time_text
from govgate.attest.trust import Role, Trust
from govgate.checks import MAX_PROOF, MAX_RECORD
from govgate.durable import write_durably
from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.record import Decision, Members, MemberTree
from govgate.runfiles import check_file
from govgate.verify import SignedRecord, logged_record, signed_record

ANSWER_TYPE = "tag:govgate,2026:membership/v1"
_FIELDS = {"decision", "finishedOn", "log", "member", "opening", "places", "present", "tree"}


@dataclass(frozen=True, slots=True)
class Id:
    """Whom an answer is about: a row by its name, or a data subject as the data calls them."""

    tree: Tree
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the id was in the train partition; by which record, and out of how many ids.

    ``partition``: the train partition's digest, 64 hex digits.
    ``nameless_rows``: of how many rows nobody knows whom they are about, for a data subject.
    """

    present: bool
    size: int
    finished_on: datetime
    partition: str
    decision: Decision
    logged: str

    @property
    def nameless_rows(self) -> int | None:
        """Rows of the train partition that name no data subject."""
        return self.decision.members.nameless_rows if self.decision.members else None


def prove(
    run: Path, about: Id, key: bytes, signer: PrivateKey, trust: Trust, *, now: datetime
) -> bytes:
    """The answer for ``about`` from the run's record, as the bytes of a file.

    ``key`` is the organisation's secret. The record must hold by steps 1 to 5 of verification, and
    `members.parquet` be the one that it names; EvidenceError says what does not. UsageError where
    the record has no such tree, or ``key`` is not the one that it was made with.
    """
    from govgate.steps.members import read_leaves

    record = signed_record(run, trust, today=now.date())
    log = read_bounded(run / rundir.PROOF, MAX_PROOF)
    logged_record(record.lines, log, trust, today=now.date(), quorum=None)
    members, tree = _tree(record.decision, about)
    opener = MembershipKey(key)
    if opener.commitment != members.key:
        raise UsageError(
            f"{run} was made with another fingerprint key than that of this home",
            remedy="use the home that made it",
        )
    _check_table(run, record.decision)
    member = opener.member(about.tree, about.text)
    leaf = leaf_of(_partition(record), member)
    places = locate(read_leaves(run, about.tree), leaf)
    present = check_places(leaf, places, tree.size, bytes.fromhex(tree.root))
    statement = Statement(
        parse_statement(record.opened.payload).subjects,
        ANSWER_TYPE,
        {
            "decision": _digest(record),
            "finishedOn": time_text(now),
            "log": log.decode(),
            "member": member.hex(),
            "opening": opener.opening(about.tree, about.text).hex(),
            "places": [place.as_dict() for place in places],
            "present": present,
            "tree": about.tree.value,
        },
    )
    return b"".join((*record.lines, dsse.sign(statement.encode(), PAYLOAD_TYPE, [signer])))


def was_read(run: Path, row: str) -> bool:
    """Whether ``run`` read a row of this name, by its table of verdicts as it lies there.

    Nothing rests on it, so a table that cannot be read is no error: then it is taken to have.
    """
    from govgate.data.tables import rows_named

    table = run / rundir.VERDICTS
    try:
        return not table.is_file() or not rows_named(table, row).is_empty()
    except IncompleteError:
        return True


def keep(path: Path, answer: bytes) -> None:
    """Write ``answer`` to a new file, which is in no run."""
    rundir.check_outside(path)
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} exists already", remedy="name another --out")
    write_durably(path, answer)


def check_answer(
    path: Path, about: Id, trust: Trust, *, today: date, quorum: Quorum | None = None
) -> Answer:
    """What the answer in ``path`` says of ``about``, by the steps of `docs/row-proofs.md`.

    EvidenceError says what does not hold; nothing but ``path`` is read.
    """
    *lines, last = _lines(path)
    keys = {key.keyid: key.public for key in trust.keys}
    dsse.check_stated(last, keys)
    opened = dsse.open_envelope(last, keys, payload_type=PAYLOAD_TYPE)
    statement = parse_statement(opened.payload, ANSWER_TYPE)
    said = _Said.of(statement)
    _check_signer(last, trust, said.finished_on.date())
    record, logged = logged_record(tuple(lines), said.log, trust, today=today, quorum=quorum)
    if said.decision != _digest(record):
        raise EvidenceError("the answer is about another record than the one beside it")
    if statement.subjects != parse_statement(record.opened.payload).subjects:
        raise EvidenceError("the answer has other subjects than its record")
    if said.finished_on < record.decision.finished_on:
        raise EvidenceError("the answer is older than its record")
    _, tree = _tree(record.decision, about)
    if said.tree is not about.tree or said.member != member_of(
        about.tree, said.opening, about.text
    ):
        raise EvidenceError(
            "the answer is about somebody or something else",
            remedy="give the id as it was asked for",
        )
    leaf = leaf_of(_partition(record), said.member)
    present = check_places(leaf, said.places, tree.size, bytes.fromhex(tree.root))
    if present is not said.present:
        raise EvidenceError("the answer says otherwise than its proof")
    partition = _partition(record).hex()
    return Answer(present, tree.size, said.finished_on, partition, record.decision, logged)


@dataclass(frozen=True, slots=True)
class _Said:
    """The predicate of an answer, as parsed."""

    decision: str
    finished_on: datetime
    log: bytes
    member: bytes
    opening: bytes
    places: tuple[Place, ...]
    present: bool
    tree: Tree

    @classmethod
    def of(cls, statement: Statement) -> "_Said":
        said: dict[str, Any] = dict(statement.predicate)
        if set(said) != _FIELDS:
            raise EvidenceError("the answer's fields are not those that this version knows")
        digests = (said["decision"], said["member"], said["opening"])
        if (
            not all(map(is_sha256, digests))
            or not isinstance(said["log"], str)
            or not isinstance(said["present"], bool)
            or said["tree"] not in list(Tree)
        ):
            raise EvidenceError("a field of the answer is malformed")
        return cls(
            said["decision"],
            parse_time(said["finishedOn"], "the answer's finishedOn"),
            said["log"].encode(),
            bytes.fromhex(said["member"]),
            bytes.fromhex(said["opening"]),
            parse_places(said["places"]),
            said["present"],
            Tree(said["tree"]),
        )


def _lines(path: Path) -> tuple[bytes, ...]:
    try:
        lines = dsse.split_envelopes(read_bounded(path, MAX_RECORD))
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist") from error
    if len(lines) < 2:
        raise EvidenceError(f"{path} is not an answer: it holds no record, or nothing beside it")
    return lines


def _check_signer(line: bytes, trust: Trust, day: date) -> None:
    """One gate key is enough: the answer is only worth what its record is, which has all."""
    trust.without_counts().open_envelope(line, Role.GATE, day, payload_type=PAYLOAD_TYPE)


def _tree(decision: Decision, about: Id) -> tuple[Members, MemberTree]:
    members = decision.members
    if members is None:
        raise UsageError(
            "the record is of a version that kept no members", remedy="gate the data again"
        )
    tree = members.trees.get(about.tree)
    if tree is None:
        raise UsageError(
            "no source of this run named a field of data subjects, so the record knows none",
            remedy="ask for --row, or name subject_field in govgate.yaml and gate again",
        )
    return members, tree


def _check_table(run: Path, decision: Decision) -> None:
    named = {file.name: (file.sha256, file.size) for file in decision.byproducts}
    if rundir.MEMBERS not in named:
        raise EvidenceError(f"the record does not name {rundir.MEMBERS}")
    check_file(run, rundir.MEMBERS, named[rundir.MEMBERS])


def _digest(record: SignedRecord) -> str:
    return hashlib.sha256(record.opened.payload).hexdigest()


def _partition(record: SignedRecord) -> bytes:
    return bytes.fromhex(parse_statement(record.opened.payload).subjects[0].sha256)
