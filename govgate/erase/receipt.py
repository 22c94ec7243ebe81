"""What was erased, and how far it is proved: a signed in-toto Statement in `home/erasures/`.

Its subject is the list of tombstones that it left (by digest), its predicate of type
`tag:govgate,2026:erasure/v1`. Fields: `docs/erasure.md`. It names no person and no row.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from govgate.attest import dsse, jcs
from govgate.attest.keys import PrivateKey
from govgate.attest.statement import PAYLOAD_TYPE, Statement, Subject, parse_statement
from govgate.attest.trust import Role, Trust
from govgate.durable import make_dirs, write_durably
from govgate.erase.plan import ModelPlan, OutOfReach
from govgate.erase.select import Kind
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.record import Moment
from govgate.register.documents import Count, Part, Sha256

ERASURE_TYPE = "tag:govgate,2026:erasure/v1"
TOMBSTONES = "tombstones"
MAX_RECEIPT = 64 * 2**20
_Keyed = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RunErased(Part):
    """What became of a run. ``becomes``: digest of its new record, None where it has none."""

    path: str
    record: Sha256
    becomes: Sha256 | None
    outcome: Literal["rewritten", "retired", "out of reach"]
    why: str
    rows: Count
    train: Count
    retrieve: Count
    withheld: Count


class StoreErased(Part):
    """A store: how many rows were taken out, or that it was deleted with its run."""

    path: str
    rows: Count
    deleted: bool


class Found(Part):
    """A file that still holds pieces of what was erased, and how many."""

    path: str
    pieces: Count


class Unread(Part):
    """A file that could not be searched to its end."""

    path: str
    why: str


class Absence(Part):
    """What was searched for, where, and what was found.

    ``pieces`` of text, ``vectors`` in pieces of eight numbers, ``words`` of the stores' indexes.
    ``excused``: pieces that were found and that a row says which stays. ``too_short``,
    ``too_plain``, ``left_out``: strings and pieces that were not searched for. ``unsearched``: rows
    that were in a partition and could not be read there, so that nothing was searched for.
    """

    files: Count
    bytes: Count
    pieces: Count
    vectors: Count
    words: Count
    excused: Count
    too_short: Count
    too_plain: Count
    left_out: Count
    unsearched: Count = 0
    words_left: Count
    found: tuple[Found, ...]
    unread: tuple[Unread, ...]


class Erased(Part):
    """The predicate. ``subjects``: keyed ids, by which nobody without the key knows a person."""

    id: str
    asked: Kind
    subjects: tuple[_Keyed, ...]
    begun_on: date
    finished_on: Moment
    result: Literal["erased", "failed"]
    rows: Count
    contents: Count
    runs: tuple[RunErased, ...]
    stores: tuple[StoreErased, ...]
    absence: Absence
    models: tuple[ModelPlan, ...]
    out_of_reach: tuple[OutOfReach, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt that verified: what it says, and by whose key."""

    erased: Erased
    keyid: str
    tombstones: str


def sign(erased: Erased, tombstones: str, signer: PrivateKey) -> bytes:
    """The receipt as the bytes of a file. ``tombstones``: digest of the list, 64 hex digits."""
    predicate = erased.model_dump(mode="json", by_alias=True)
    subjects = (Subject(TOMBSTONES, tombstones),)
    statement = Statement(subjects, ERASURE_TYPE, predicate)
    return dsse.sign(statement.encode(), PAYLOAD_TYPE, [signer])


def keep(home: Home, id: str, attempt: int, receipt: bytes) -> Path:
    """Write the receipt of an attempt; those after the first have its number in their name."""
    make_dirs(home.erasures)
    name = id if attempt <= 1 else f"{id}-{attempt}"
    path = home.erasures / f"{name}.intoto.jsonl"
    write_durably(path, receipt)
    return path


def check_opened(data: bytes, opened: dsse.Verified, trust: Trust) -> Checked:
    """The receipt in ``data``, whose envelope a key of ``trust`` signed (``opened``).

    The key must have counted as a gate key when it was finished. EvidenceError says what does not
    hold.
    """
    statement = parse_statement(opened.payload, ERASURE_TYPE)
    erased = _parse(dict(statement.predicate))
    day = erased.finished_on.date()
    trust.without_counts().open_envelope(data, Role.GATE, day, payload_type=PAYLOAD_TYPE)
    if [subject.name for subject in statement.subjects] != [TOMBSTONES]:
        raise EvidenceError("the receipt is not about one list of tombstones")
    return Checked(erased, opened.keyid, statement.subjects[0].sha256)


def _parse(predicate: dict[str, Any]) -> Erased:
    try:
        erased = Erased.model_validate(predicate)
    except ValidationError as error:
        fields = sorted({".".join(map(str, e["loc"])) for e in error.errors()})
        raise EvidenceError(
            f"the receipt is not of a form that this version knows (at {', '.join(fields[:5])})"
        ) from error
    said = erased.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if jcs.canonical(said) != jcs.canonical(predicate):
        raise EvidenceError("a value of the receipt is not written as it must be")
    if erased.result == "erased" and fails(erased.absence):
        raise EvidenceError("the receipt says that it succeeded, and what it found says otherwise")
    return erased


def fails(absence: Absence) -> bool:
    """Whether something is left, or could not be searched, or could not be searched for."""
    return bool(absence.unsearched) or lasts(absence)


def lasts(absence: Absence) -> bool:
    """Whether it fails for what another attempt may find mended."""
    return bool(absence.found or absence.unread or absence.words_left)
