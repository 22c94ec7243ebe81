"""Policies from files: bytes to a Policy that remembers exactly what was read."""

import hashlib
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.policy.extend import extended_from, merged, with_loosened
from govgate.policy.floor import check_floors
from govgate.policy.loosen import loosened
from govgate.policy.model import PolicyDocument, Rule
from govgate.policy.packs import pack_path, policy_file
from govgate.policy.require import Require
from govgate.scansettings import Looks
from govgate.yamlfile import parse_yaml, read_limited
from govgate.yamltext import placed

MAX_BASES = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy and the bytes it was read from; two policies of the same bytes are equal."""

    source: bytes
    document: PolicyDocument = field(compare=False)
    name_for_messages: str = field(compare=False)
    loosens: tuple[str, ...] = field(default=(), compare=False)
    """What may let more through than the policy it extends, in words."""
    inherited: frozenset[str] = field(default=frozenset(), compare=False)
    """Ids of the rules that it has from the policy it extends."""
    floors: tuple["Policy", ...] = field(default=(), compare=False)
    """Those it stands on, near or far, that it may not let more through than."""

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
    def own_rules(self) -> tuple[Rule, ...]:
        """The rules that its own cases answer for: those it does not inherit, or all of them."""
        own = tuple(rule for rule in self.rules if rule.id not in self.inherited)
        return own or self.rules

    @property
    def require(self) -> Require:
        """What it asks of the data set as a whole."""
        return self.document.require


def load_policy(path: Path) -> Policy:
    """The policy in the file at ``path``, or in ``path/policy.yaml``; UsageError if it is bad."""
    file = path / "policy.yaml" if path.is_dir() else path
    return parse_policy(read_limited(file), str(file))


def parse_policy(source: bytes, name: str, *, within: tuple[Path, ...] = ()) -> Policy:
    """A policy from its bytes; ``name`` is what messages call it, and where `extends` looks from.

    One that extends another becomes the whole of both (:mod:`govgate.policy.extend`). ``within``:
    the files that led here, so that a circle is seen. UsageError also where a policy lets more
    through than one it stands on that is marked as a floor.
    """
    extends = extended_from(source, name)
    if extends is None:
        return Policy(source, parse_yaml(source, name, PolicyDocument), name)
    base = _base(source, name, extends, within)
    return _extended(base, source, name)


def _extended(base: Policy, source: bytes, name: str) -> Policy:
    """The whole of ``base`` and the policy in ``source``; UsageError where a floor refuses it."""
    if len(base.floors) < sum(one.floor for one in base.document.based_on):
        raise UsageError(
            f"{placed(source, name, ('extends',))}: {base.name_for_messages} is the kept copy of a "
            "policy that stands on a floor, and a copy cannot be held to it",
            remedy="extend the policy that it was made from",
        )
    known = tuple(base.document.scan.every_extra)
    own = parse_yaml(source, name, PolicyDocument, context={"extra_entities": known})
    title = f"{name} (with {base.name_for_messages})"
    plain = merged(base, source, name)
    document = parse_yaml(plain, title, PolicyDocument)
    loosens = loosened(base.document, document)
    whole = with_loosened(plain, title, loosens)
    policy = Policy(
        source=whole,
        document=parse_yaml(whole, title, PolicyDocument) if loosens else document,
        name_for_messages=name,
        loosens=loosens,
        inherited=frozenset(rule.id for rule in document.rules) - {rule.id for rule in own.rules},
        floors=(*base.floors, *((base,) if base.document.floor else ())),
    )
    check_floors(policy)
    return policy


def _base(source: bytes, name: str, extends: str, within: tuple[Path, ...]) -> Policy:
    place = placed(source, name, ("extends",))
    here = Path(name).absolute()
    if len(within) >= MAX_BASES:
        raise UsageError(f"{place}: more than {MAX_BASES} policies extend each other")
    try:
        file = policy_file(extends, here.parent).absolute()
    except UsageError as error:
        raise UsageError(f"{place}: {error.what}", remedy=error.remedy) from error
    if file.resolve() in (*within, here.resolve()):
        raise UsageError(
            f"{place}: extends {extends}, which extends this file in turn",
            remedy="a policy cannot stand on itself; take one `extends` out",
        )
    if not file.is_file():
        raise UsageError(
            f"{place}: there is no policy at {file}",
            remedy="name a shipped pack, or a path from this file's folder",
        )
    shown = os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
    return parse_policy(read_limited(file), shown, within=(*within, here.resolve()))


def default_policy() -> Policy:
    """The policy that is used when none is named."""
    return load_policy(pack_path("default"))


def check_usable(policy: Policy, *, today: date, purpose: Purpose) -> None:
    """UsageError when the policy, or a floor it stands on, has expired, or when it does not cover
    the purpose."""
    if today >= policy.expires:
        raise UsageError(
            f"{policy.name_for_messages}: policy {policy.name} expired on {policy.expires}",
            remedy="have it reviewed, then raise its version and set a new expires day",
        )
    for floor in policy.floors:
        if today >= floor.expires:
            raise UsageError(
                f"{policy.name_for_messages}: policy {policy.name} stands on the floor "
                f"{floor.name}, which expired on {floor.expires}",
                remedy="have the floor reviewed, then raise its version and set a new expires day",
            )
    if purpose not in policy.purposes:
        raise UsageError(
            f"{policy.name_for_messages}: policy {policy.name} does not cover {purpose}",
            remedy=f"it covers {', '.join(policy.purposes)}; choose one of these or another policy",
        )
