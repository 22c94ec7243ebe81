"""A row of facts on which two policies differ: made small, and decided by both of them."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Any

import polars as pl

from govgate.errors import GovgateError
from govgate.policy.compile import expression
from govgate.policy.conditions import Condition
from govgate.policy.decide import decide
from govgate.policy.load import Policy
from govgate.policy.possible import COUNT
from govgate.policy.prove.domains import Domain
from govgate.policy.prove.milder import Difference, milder
from govgate.policy.testing.cases import facts_frame
from govgate.policy.testing.factvalues import FactValue
from govgate.policy.vocabulary import FACTS

Row = Mapping[str, FactValue]
Verdict = Mapping[str, Any]  # a row of decide's table


@dataclass(frozen=True, slots=True)
class CounterExample:
    """A row of facts and both verdicts. ``facts`` has the known ones alone.

    ``differences``: what makes one of them milder, as it is in ``base`` and in ``other``.
    """

    facts: Mapping[str, FactValue]
    base: Verdict
    other: Verdict
    differences: tuple[Difference, ...]


def counterexample(
    base: Policy,
    other: Policy,
    row: Row,
    domains: Mapping[str, Domain],
    laws: Sequence[Condition],
    *,
    looser: bool,
) -> CounterExample:
    """The smallest row like ``row``, of which ``other`` lets more through (or less).

    ``laws``: false of no row that there can be. Forgetting one more of its facts, or taking one
    more word from a set, would not leave a counter-example. An internal error when the policies,
    deciding ``row``, do not differ so.
    """

    def differ(rows: Sequence[Row]) -> list[list[Difference]]:
        verdicts = [_verdicts(policy, rows) for policy in (base, other)]
        first, second = verdicts if looser else reversed(verdicts)
        told = zip(first, second, rows, _lawful(rows, laws), strict=True)
        return [milder(*both) if lawful else [] for *both, lawful in told]

    if not differ([row])[0]:
        raise GovgateError(
            f"the proof says that {base.name} and {other.name} differ on a row of facts, and "
            "their verdicts do not",
            remedy="report this as a defect, with both policies",
        )
    row = _smallest(row, domains, lambda rows: [bool(one) for one in differ(rows)])
    (before,), (after,) = _verdicts(base, [row]), _verdicts(other, [row])
    known = {fact: value for fact, value in row.items() if value is not None}
    seen = differ([row])[0]
    found = seen if looser else [Difference(what, new, old) for what, old, new in seen]
    return CounterExample(known, before, after, tuple(found))


def _verdicts(policy: Policy, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return decide(facts_frame([dict(row) for row in rows]), policy).drop("index").to_dicts()


def _lawful(rows: Sequence[Row], laws: Sequence[Condition]) -> list[bool]:
    facts = facts_frame([dict(row) for row in rows])
    held = [expression(law).fill_null(value=True).alias(str(at)) for at, law in enumerate(laws)]
    if not held:
        return [True] * len(rows)
    return facts.select(pl.all_horizontal(held).alias("held"))["held"].to_list()


def _smallest(
    row: Row, domains: Mapping[str, Domain], differ: Callable[[Sequence[Row]], list[bool]]
) -> Row:
    """Make facts smaller until no single step does; many rows are decided at once.

    A step makes one fact smaller, or all facts about findings together, as one scan says them all.
    Those that serve need not serve together, so that as many of them are taken, in order, as still
    do.
    """
    while True:
        steps = [step for step in _steps(row, domains) if any(row[f] != v for f, v in step.items())]
        serves = differ([{**row, **step} for step in steps]) if steps else []
        good: dict[str, FactValue] = {}
        chosen: list[dict[str, FactValue]] = []
        for step, served in zip(steps, serves, strict=True):
            if served and good.keys().isdisjoint(step):
                good |= step
                chosen.append(step)
        if not chosen:
            return row
        together = [{**row, **some} for some in accumulate(chosen, operator.or_)]
        row = [one for one, served in zip(together, differ(together), strict=True) if served][-1]


def _steps(row: Row, domains: Mapping[str, Domain]) -> Iterator[dict[str, FactValue]]:
    yield from ({fact: value} for fact in domains for value in _smaller(domains[fact], row[fact]))
    found = {fact: row[fact] for fact in domains if fact.startswith("pii.")}
    if all(value is None for value in found.values()):
        return
    yield dict.fromkeys(found)
    yield {fact: 0 if fact == COUNT else () for fact in found}
    sets = {f: v for f, v in found.items() if FACTS[f].entities and isinstance(v, tuple)}
    for word in sorted({word for value in sets.values() for word in value}):
        yield {fact: tuple(one for one in v if one != word) for fact, v in sets.items()}


def _smaller(domain: Domain, value: FactValue) -> Iterator[FactValue]:
    """Values to try instead, most telling first: unknown, then less of a set, earlier others."""
    if value is None:
        return
    yield None
    if not isinstance(value, tuple):
        candidates = domain.words or domain.points
        yield from takewhile(lambda candidate: candidate != value, candidates)
        return
    if value:
        yield ()
    if len(value) > 1:
        half = len(value) // 2
        yield from ((word,) for word in value)
        yield from (value[:half], value[half:])
        yield from (value[:at] + value[at + 1 :] for at in range(len(value)))
