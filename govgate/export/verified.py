"""A decision whose record verified, and the names that every export derives from its digest.

Nothing here or in the formats asks a clock or draws a random number: the same record gives the
same bytes. `docs/exports.md` says which field goes where.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from govgate.attest.quorum import Quorum
from govgate.attest.statement import DECISION_TYPE, time_text
from govgate.attest.trust import Trust
from govgate.checks import allowed_uses
from govgate.errors import EvidenceError
from govgate.model import Use
from govgate.record import DataPart, Decision, NamedFile
from govgate.rundir import RETRIEVE
from govgate.subjects import partition_root
from govgate.verify import verify

INPUTS = "inputs"


@dataclass(frozen=True)
class Verified:
    """What a signed record decided. ``digest``: SHA-256 of its signed payload, 64 hex digits."""

    decision: Decision
    digest: str

    @property
    def uri(self) -> str:
        """The record's name: `tag:govgate,2026:record/HEX`."""
        return f"tag:govgate,2026:record/{self.digest}"

    @property
    def uuid(self) -> str:
        """A UUID (RFC 9562, version 5) of the record's name."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.uri))

    @property
    def finished(self) -> str:
        """When the record was made, as `2026-11-28T15:10:23Z`."""
        return time_text(self.decision.finished_on)

    @property
    def version(self) -> str:
        """The version of govgate that decided."""
        return self.decision.versions.get("govgate", "unknown")

    @property
    def policy(self) -> str:
        """`NAME@VERSION`, as the summary statement spells it."""
        return f"{self.decision.policy.name}@{self.decision.policy.version}"

    @cached_property
    def train(self) -> tuple[DataPart, ...]:
        """The files of the train partition by name."""
        return tuple(sorted(self.decision.train, key=lambda part: part.name))

    @cached_property
    def retrieve(self) -> tuple[NamedFile, ...]:
        """The files of the retrieve partition by name."""
        files = (f for f in self.decision.byproducts if f.name.startswith(f"{RETRIEVE}/"))
        return tuple(sorted(files, key=lambda file: file.name))

    @cached_property
    def root(self) -> str:
        """The tree hash of the train partition (`docs/records.md`, subjects)."""
        return partition_root(self.train)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """The uses that the record's summary states."""
        return tuple(sorted(allowed_uses(self.decision), reverse=True))

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What SPDX and OpenLineage state of the decision, under the record's own names."""
        decision, counts = self.decision, self.decision.counts
        heeded = [w for w in decision.waivers if w.state.in_effect]
        summary: dict[str, Any] = {
            "record": {"sha256": self.digest, "predicateType": DECISION_TYPE},
            "outcome": decision.outcome.value,
            "uses": [use.value for use in self.uses],
            "purpose": decision.purpose.value,
            "asOf": decision.as_of.isoformat(),
            "finishedOn": self.finished,
            "policy": decision.policy.model_dump(mode="json"),
            "unmet": list(decision.unmet),
            "counts": {
                "rows": counts.rows,
                "train": counts.train,
                "retrieve": counts.retrieve,
                "withheld": counts.withheld,
                "redacted": counts.redacted,
            },
            "govgate": self.version,
        }
        if heeded:
            summary["waivers"] = [{"id": w.id, "rule": w.rule, "rows": w.rows} for w in heeded]
        return summary


def file_ref(part: str, name: str) -> str:
    """What a document calls the file ``name`` of ``part``, so that no two of it share a name.

    A partition's files bear its name already; an input may be called anything.
    """
    return f"{INPUTS}/{name}" if part == INPUTS else name


def verified(run: Path, trust: Trust, *, today: date, quorum: Quorum | None = None) -> Verified:
    """The decision of ``run``, every step of whose verification held; EvidenceError if one did not.

    UsageError where ``run`` is no run directory.
    """
    result = verify(run, trust, today=today, quorum=quorum)
    if failed := result.failure:
        raise EvidenceError(
            f"{run} does not verify, so nothing is exported: step {failed.number},"
            f" {failed.title}: {failed.detail}"
        )
    if result.decision is None or not result.steps:
        raise EvidenceError(f"{run} does not verify, so nothing is exported")
    return Verified(result.decision, result.record_digest)
