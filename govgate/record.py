"""The predicate of the full decision: what a signed record says. Format: `docs/records.md`.

Names, counts and digests only: never text of a row. Unknown fields are refused, so that a record
of a newer form is not half understood.
"""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from govgate.model import Outcome, Purpose

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


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


class Decision(_Part):
    """Everything that one gate decided, over the subjects of its statement."""

    outcome: Outcome
    purpose: Purpose
    as_of: date
    finished_on: datetime
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

    def as_predicate(self) -> dict[str, Any]:
        """Plain JSON values, camelCase keys."""
        return self.model_dump(mode="json", by_alias=True)
