"""What it means that one verdict lets more of a row through than another.

1. A use whose effect is milder: allow before redact before deny.
2. Where both redact for a use, something that only the first replaces. ``*`` replaces all that the
   row's ``pii.entities`` names, ``ENTITY`` also what stands there as ``ENTITY@ROLE``.
3. A duty that only the first asks for, while the second lets the row through for some use.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from govgate.model import Effect, Partition, Use
from govgate.policy.testing.factvalues import FactValue
from govgate.policy.verdict import EVERY_FINDING

_REDACT = "redact:"


class Difference(NamedTuple):
    """One thing that is milder in the second verdict: what, as it is in the first and in it."""

    what: str
    first: str
    second: str


def milder(
    first: Mapping[str, Any], second: Mapping[str, Any], facts: Mapping[str, FactValue]
) -> list[Difference]:
    """What the second verdict on the row lets through that the first does not; empty: nothing.

    Both are rows of ``decide``'s table.
    """
    found: list[Difference] = []
    for use in Use:
        before, after = first[use.value], second[use.value]
        if Effect[after.upper()] < Effect[before.upper()]:
            found.append(Difference(use.value, before, after))
        elif before == after == Effect.REDACT.word:
            found += [
                Difference(f"{name} in {use}", "replaced", "left")
                for name in _left(use, first, second, facts)
            ]
    if second["partition"] != Partition.WITHHELD:
        dropped = sorted(_duties(first) - _duties(second))
        found += [Difference(f"duty {duty}", "asked", "dropped") for duty in dropped]
    return found


def _left(
    use: Use,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    facts: Mapping[str, FactValue],
) -> Iterator[str]:
    replaced, still = _replaced(use, first), _replaced(use, second)
    if EVERY_FINDING in still:
        return
    if EVERY_FINDING in replaced:
        entities = facts.get("pii.entities")
        replaced = set(entities) if isinstance(entities, tuple) else set()
    yield from (name for name in sorted(replaced) if not {name, name.partition("@")[0]} & still)


def _replaced(use: Use, verdict: Mapping[str, Any]) -> set[str]:
    prefix = f"{_REDACT}{use}:"
    return {one.removeprefix(prefix) for one in verdict["obligations"] if one.startswith(prefix)}


def _duties(verdict: Mapping[str, Any]) -> set[str]:
    return {one for one in verdict["obligations"] if not one.startswith(_REDACT)}
