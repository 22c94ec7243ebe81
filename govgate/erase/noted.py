"""Reading back what an erasure signed: its receipt, or the note that it was lifted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from govgate.attest import dsse, jcs
from govgate.attest.files import read_bounded
from govgate.attest.statement import PAYLOAD_TYPE, Statement, parse_statement
from govgate.attest.trust import Role, Trust
from govgate.erase.lift import LIFTED_TYPE
from govgate.erase.receipt import MAX_RECEIPT, TOMBSTONES, Checked, check_opened
from govgate.errors import EvidenceError, UsageError
from govgate.record import Moment
from govgate.register.documents import Count, Part


class _Lifted(Part):
    id: str
    ids: Count
    lifted_on: Moment
    reason: str


@dataclass(frozen=True, slots=True)
class Lifted:
    """A note that verified: so many ``ids`` of receipt ``id`` may come in again; by whose key."""

    said: _Lifted
    keyid: str
    tombstones: str

    def as_dict(self) -> dict[str, Any]:
        """The predicate, as it was signed."""
        return self.said.model_dump(mode="json", by_alias=True)


def check(path: Path, trust: Trust) -> Checked | Lifted:
    """What ``path`` holds, signed by a key that counted as a gate key on its day.

    EvidenceError names the file and says what does not hold; nothing but the file is read.
    """
    try:
        data = read_bounded(path, MAX_RECEIPT)
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist") from error
    except IsADirectoryError as error:
        raise UsageError(f"{path} is a folder", remedy="name a receipt") from error
    try:
        return _check(data, trust)
    except EvidenceError as error:
        raise EvidenceError(f"{path}: {error.what}", remedy=error.remedy) from error


def _check(data: bytes, trust: Trust) -> Checked | Lifted:
    keys = {key.keyid: key.public for key in trust.keys}
    opened = dsse.open_envelope(data, keys, payload_type=PAYLOAD_TYPE)
    statement = parse_statement(opened.payload)
    if statement.predicate_type != LIFTED_TYPE:
        return check_opened(data, opened, trust)
    said = _lifted(statement)
    day = said.lifted_on.date()
    trust.without_counts().open_envelope(data, Role.GATE, day, payload_type=PAYLOAD_TYPE)
    if [subject.name for subject in statement.subjects] != [TOMBSTONES]:
        raise EvidenceError("the note is not about one list of tombstones")
    return Lifted(said, opened.keyid, statement.subjects[0].sha256)


def _lifted(statement: Statement) -> _Lifted:
    predicate = dict(statement.predicate)
    try:
        said = _Lifted.model_validate(predicate)
    except ValidationError as error:
        raise EvidenceError("the note is not of a form that this version knows") from error
    if jcs.canonical(said.model_dump(mode="json", by_alias=True)) != jcs.canonical(predicate):
        raise EvidenceError("a value of the note is not written as it must be")
    return said
