"""Policies from files: bytes to a Policy that remembers exactly what was read."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.policy.model import PolicyDocument, Rule
from govgate.policy.packs import pack_path
from govgate.policy.require import Require
from govgate.scansettings import Looks
from govgate.yamlfile import parse_yaml, read_limited


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy and the bytes it was read from; two policies of the same bytes are equal."""

    source: bytes
    document: PolicyDocument = field(compare=False)
    name_for_messages: str = field(compare=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, in hex."""
        return hashlib.sha256(self.source).hexdigest()

    @property
    def name(self) -> str:
        """The policy's own name."""
        return self.document.policy

    @property
    def version(self) -> int:
        """The policy's version."""
        return self.document.version

    @property
    def expires(self) -> date:
        """First day on which it may no longer be used."""
        return self.document.expires

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """What it may be used for."""
        return self.document.purposes

    @property
    def threshold(self) -> float:
        """Lowest score of a finding that counts."""
        return self.document.scan.threshold

    @property
    def thresholds(self) -> dict[str, float]:
        """Lowest score that counts, of entities that have one of their own."""
        return self.document.scan.thresholds

    @property
    def outer_thresholds(self) -> dict[str, float]:
        """Lowest scores that count, of the entities that exclusions look within."""
        outer = (entity for rule in self.looks.exclusions for entity in rule.within or ())
        return {entity: self.thresholds.get(entity, self.threshold) for entity in outer}

    @property
    def looks(self) -> Looks:
        """What is looked for."""
        return self.document.scan.looks

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, in the file's order."""
        return self.document.rules

    @property
    def require(self) -> Require:
        """What it asks of the data set as a whole."""
        return self.document.require


def load_policy(path: Path) -> Policy:
    """The policy in the file at ``path``, or in ``path/policy.yaml``; UsageError if it is bad."""
    file = path / "policy.yaml" if path.is_dir() else path
    return parse_policy(read_limited(file), str(file))


def parse_policy(source: bytes, name: str) -> Policy:
    """A policy from its bytes; ``name`` is what messages call it."""
    return Policy(source, parse_yaml(source, name, PolicyDocument), name)


def default_policy() -> Policy:
    """The policy that is used when none is named."""
    return load_policy(pack_path("default"))


def check_usable(policy: Policy, *, today: date, purpose: Purpose) -> None:
    """UsageError when the policy has expired or does not cover the purpose."""
    if today >= policy.expires:
        raise UsageError(
            f"{policy.name_for_messages}: policy {policy.name} expired on {policy.expires}",
            remedy="have it reviewed, then raise its version and set a new expires day",
        )
    if purpose not in policy.purposes:
        raise UsageError(
            f"{policy.name_for_messages}: policy {policy.name} does not cover {purpose}",
            remedy=f"it covers {', '.join(policy.purposes)}; choose one of these or another policy",
        )
