"""The predicate of the full decision: what a signed record says. Format: `docs/records.md`.

Names, counts and digests only: never text of a row. Unknown fields are refused, so that a record
of a newer form is not half understood.
"""

import json
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from govgate.attest import jcs
from govgate.attest.membership import Tree
from govgate.attest.statement import DECISION_TYPE, Statement
from govgate.errors import EvidenceError
from govgate.model import Outcome, Purpose, Use
from govgate.policy.waivers import State

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


def _to_the_second(moment: datetime) -> datetime:
    if moment.utcoffset() != timedelta(0) or moment.microsecond:
        raise ValueError("a time that is not in UTC, to the second")
    return moment


Moment = Annotated[datetime, AfterValidator(_to_the_second)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class NamedFile(_Part):
    """A file by its published name (posix, relative) with the digest of its bytes."""

    name: str
    sha256: Sha256
    size: Count


class DataPart(NamedFile):
    """A file of rows: an input, or a file of a partition."""

    rows: Count


class PolicyUsed(_Part):
    """The policy that decided."""

    name: str
    version: int
    expires: date
    sha256: Sha256


class Counts(_Part):
    """Rows by the partition they ended in, and per rule, use and effect how many rows it ruled."""

    rows: Count
    train: Count
    retrieve: Count
    withheld: Count
    redacted: Count
    rules: dict[str, dict[str, dict[str, Count]]]


class WaiverRead(_Part):
    """A waiver that the gate read, heeded or not. ``why``: what keeps it from having effect.

    ``rows``: in how many rows its rule stood against a use that it names, or in how many rows the
    failure was waived. Of one that cannot be read only ``file``, ``sha256`` and ``why`` are known.
    """

    file: str
    sha256: Sha256
    id: str = ""
    policy: str = ""
    rule: str = ""
    uses: tuple[Use, ...] = ()
    selector: tuple[str, ...] = ()
    ticket: str = ""
    until: date | None = None
    max_rows: Count = 0
    approvers: tuple[str, ...] = ()
    approvals: Count = 0
    rows: Count = 0
    state: State
    why: str = ""


class MemberTree(_Part):
    """A sorted tree of keyed ids: how many there are, and the root over them."""

    size: Count
    root: Sha256


class Members(_Part):
    """Who is in the train partition, for proofs that say so of one id alone.

    ``key``: commitment to the key of the ids. ``subjects``, ``nameless_rows``: where no source
    names a field of data subjects, None.
    """

    key: Sha256
    rows: MemberTree
    subjects: MemberTree | None
    nameless_rows: Count | None

    @property
    def trees(self) -> dict[Tree, MemberTree]:
        """The trees that there are."""
        return {Tree.ROWS: self.rows} | ({Tree.SUBJECTS: self.subjects} if self.subjects else {})


class Decision(_Part):
    """Everything that one gate decided, over the subjects of its statement.

    ``supersedes``: digest of the record (its statement) that this one took the place of when rows
    were erased from the run; ``inputs`` and ``detector`` are then still that one's, and but for the
    tombstones so are ``registries``.
    """

    outcome: Outcome
    purpose: Purpose
    as_of: date
    finished_on: Moment
    policy: PolicyUsed
    unmet: tuple[str, ...]
    counts: Counts
    coverage: dict[str, Any]
    inputs: tuple[DataPart, ...]
    train: tuple[DataPart, ...]
    byproducts: tuple[NamedFile, ...]
    detector: dict[str, Any]
    registries: dict[str, Sha256]
    versions: dict[str, str]
    members: Members | None = None
    waivers: tuple[WaiverRead, ...] = ()
    supersedes: Sha256 | None = None

    def as_predicate(self) -> dict[str, Any]:
        """Plain JSON values, camelCase keys; without ``waivers`` where none was read, and without
        ``supersedes`` where nothing was erased.

        Records made before there were ``members`` have none.
        """
        predicate = self.model_dump(mode="json", by_alias=True)
        if not self.waivers:
            del predicate["waivers"]
        if self.members is None:
            del predicate["members"]
        if self.supersedes is None:
            del predicate["supersedes"]
        return predicate


def parse_decision(statement: Statement) -> Decision:
    """The decision that ``statement`` holds; only a predicate that :meth:`Decision.as_predicate`
    gives back."""
    try:
        decision = Decision.model_validate(dict(statement.predicate))
    except ValidationError as error:
        fields = sorted({".".join(map(str, e["loc"])) for e in error.errors()})
        raise EvidenceError(
            f"the decision is not of a form that this version knows (at {', '.join(fields[:5])})",
            remedy="use the version of govgate that made the record",
        ) from error
    if jcs.canonical(decision.as_predicate()) != jcs.canonical(dict(statement.predicate)):
        raise EvidenceError("a value of the decision is not written as it must be")
    return decision


def schema_text() -> str:
    """`docs/decision.schema.json`: the JSON Schema (2020-12) of a decision's predicate."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": DECISION_TYPE,
        **Decision.model_json_schema(mode="validation"),
    }
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
