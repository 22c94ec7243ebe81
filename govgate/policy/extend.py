"""`extends`: a policy made from another one, as one whole policy that stands for itself.

What a run keeps, signs and verifies is the whole: the bytes of :func:`merged`, in which `extends`
and `without` are gone and `based_on` says where it came from. So nothing outside the run is needed
to read it later, and a base that changes afterwards changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from govgate.errors import UsageError
from govgate.spelling import did_you_mean
from govgate.yamltext import dump_yaml, placed, plain_yaml

if TYPE_CHECKING:
    from govgate.policy.load import Policy

_OWN = ("policy", "version", "expires", "purposes", "description", "approvals", "floor")
_BY_KEY = ("scan", "require")


def extended_from(source: bytes, name: str) -> str | None:
    """What the policy in ``source`` extends; None for one that stands for itself."""
    if b"extends" not in source and b"\\" not in source:  # an escape could spell the key
        return None
    raw = plain_yaml(source, name)
    named = raw.get("extends") if isinstance(raw, dict) else None
    return named if isinstance(named, str) else None


def merged(base: "Policy", source: bytes, name: str) -> bytes:
    """The whole policy, as YAML, that the checked policy in ``source`` makes of ``base``.

    Its rules replace those of the same id in their place, new ones follow, and `without` takes some
    out; keys of `scan` and `require` replace those of the base; of the two `approvals` the greater
    counts; everything else is its own. UsageError where `without` names what is not there.
    """
    child, parent = plain_yaml(source, name), plain_yaml(base.source, base.name_for_messages)
    whole = {key: child[key] for key in _OWN if key in child}
    whole["approvals"] = str(max(base.document.approvals, int(child.get("approvals", 1))))
    whole |= {
        key: {**parent.get(key, {}), **child.get(key, {})}
        for key in _BY_KEY
        if key in parent or key in child
    }
    whole["based_on"] = [_base(base), *parent.get("based_on", [])]
    whole["rules"] = _rules(parent, child, lambda *path: placed(source, name, path))
    return dump_yaml(whole)


def with_loosened(whole: bytes, name: str, texts: Sequence[str]) -> bytes:
    """``whole`` with what lets more through than its base written under `based_on`."""
    if not texts:
        return whole
    raw = plain_yaml(whole, name)
    raw["based_on"][0]["loosened"] = list(texts)
    return dump_yaml(raw)


def _base(base: "Policy") -> dict[str, Any]:
    said = {"policy": base.name, "version": str(base.version), "sha256": base.digest}
    return said | ({"floor": "true"} if base.document.floor else {})


def _rules(parent: Mapping[str, Any], child: Mapping[str, Any], place: Any) -> list[Any]:
    own = {rule["id"]: rule for rule in child.get("rules", [])}
    names = [rule["id"] for rule in parent["rules"]]
    for at, dropped in enumerate(child.get("without", [])):
        if dropped not in names:
            hint = did_you_mean(dropped, names)
            raise UsageError(
                f"{place('without', at)}: the extended policy has no rule {dropped!r}{hint}",
                remedy=f"its rules: {', '.join(names)}",
            )
        if dropped in own:
            raise UsageError(
                f"{place('without', at)}: rule {dropped!r} is left out and given at once",
                remedy="a rule of the same id replaces the base's; take it out of `without`",
            )
    kept = [own.pop(rule["id"], rule) for rule in parent["rules"]]
    dropped = set(child.get("without", []))
    return [*(rule for rule in kept if rule["id"] not in dropped), *own.values()]
