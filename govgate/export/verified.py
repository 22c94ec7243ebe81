"""A decision whose record verified, and the names that every export derives from its digest.

Nothing here or in the formats asks a clock or draws a random number: the same record gives the
same bytes. `docs/exports.md` says which field goes where.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govgate.errors import EvidenceError

if TYPE_CHECKING:
    from govgate.attest.trust import Trust
    from govgate.model import Use
    from govgate.record import DataPart, Decision, NamedFile


@dataclass(frozen=True)
class Verified:
    """What a signed record decided. ``digest``: SHA-256 of its signed payload, 64 hex digits."""

    decision: "Decision"
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
        return self.decision.finished_on.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def version(self) -> str:
        """The version of govgate that decided."""
        return self.decision.versions["govgate"]

    @property
    def policy(self) -> str:
        """`NAME@VERSION`, as the summary statement spells it."""
        return f"{self.decision.policy.name}@{self.decision.policy.version}"

    @cached_property
    def train(self) -> "tuple[DataPart, ...]":
        """The files of the train partition by name."""
        return tuple(sorted(self.decision.train, key=lambda part: part.name))

    @cached_property
    def retrieve(self) -> "tuple[NamedFile, ...]":
        """The files of the retrieve partition by name."""
        from govgate.rundir import RETRIEVE

        files = self.decision.byproducts
        return tuple(
            sorted(
                (file for file in files if file.name.startswith(f"{RETRIEVE}/")),
                key=lambda file: file.name,
            )
        )

    @cached_property
    def root(self) -> str:
        """The tree hash of the train partition (`docs/records.md`, subjects)."""
        from govgate.subjects import partition_root

        return partition_root(self.train)

    @cached_property
    def uses(self) -> "tuple[Use, ...]":
        """The uses that the record's summary states."""
        from govgate.verify import allowed_uses

        return tuple(sorted(allowed_uses(self.decision), reverse=True))

    @property
    def statements(self) -> tuple[str, ...]:
        """The predicate types of the statements that the record holds."""
        from govgate.attest.statement import DECISION_TYPE, SVR_TYPE

        return (DECISION_TYPE, SVR_TYPE) if self.uses else (DECISION_TYPE,)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What every export states of the decision, under the record's own names."""
        decision, counts = self.decision, self.decision.counts
        heeded = [w for w in decision.waivers if w.state.in_effect]
        summary: dict[str, Any] = {
            "record": {"sha256": self.digest, "predicateTypes": list(self.statements)},
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


def verified(run: Path, trust: "Trust", *, today: date) -> Verified:
    """The decision of ``run``, every step of whose verification held; EvidenceError if one did not.

    UsageError where ``run`` is no run directory.
    """
    from govgate.verify import verify

    result = verify(run, trust, today=today)
    if failed := result.failure:
        raise EvidenceError(
            f"{run} does not verify, so nothing is exported: step {failed.number},"
            f" {failed.title}: {failed.detail}"
        )
    if result.decision is None or not result.steps:
        raise EvidenceError(f"{run} does not verify, so nothing is exported")
    return Verified(result.decision, result.record_digest)
