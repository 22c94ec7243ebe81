"""What rules answer, worked out once for every set of facts that rows have in common.

A condition is an `all` of parts, and each part asks for few facts. So parts are grouped by the
facts they ask for, and every group is answered for the distinct values that those facts have in a
batch. A row's answer is then Kleene's `and` over the groups, which on packed bits is one `&` for 64
rules: true where every part is true, possible where none is false, unknown where it is possible and
not true.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from govgate.policy.conditions import AllOf, Always, Condition, facts_of

WORD_BITS = 64
_FULL = (1 << WORD_BITS) - 1


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of conditions that ask for the same ``facts``, as expressions over their columns.

    ``masks``: for every word W that holds any of its rules ``tW``, the rules whose part is true,
    and ``pW``, those whose part is not false. A rule without a part here has both bits set, as this
    group does not hold it up.
    """

    facts: tuple[str, ...]
    answers: tuple[pl.Expr, ...]
    masks: tuple[pl.Expr, ...]


@dataclass(frozen=True, slots=True)
class Profiles:
    """The groups of all rules; rule number N is bit N % 64 of word N // 64."""

    groups: tuple[Group, ...]
    rules: int

    def masks(self, facts: pl.DataFrame, codes: Codes) -> pl.DataFrame:
        """For each row ``m0, u0, m1, u1, …``: the rules that match, and the unanswered.

        ``codes``: of the columns of ``facts``.
        """
        held: dict[str, list[pl.Expr]] = {}
        numbers = []
        for group in self.groups:
            values, number = codes.of(group.facts)
            name = ",".join(group.facts)
            numbers.append(number.alias(name))
            answers = values.select(group.answers)
            for mask in answers.select(group.masks).iter_columns():
                held.setdefault(mask.name, []).append(pl.lit(mask).gather(pl.col(name)))
        rows = facts.select(pl.int_range(pl.len(), dtype=pl.UInt64).alias("row")).hstack(numbers)
        return rows.select(mask for at in range(self._words) for mask in self._pair(at, held))

    @property
    def _words(self) -> int:
        return -(-self.rules // WORD_BITS)

    def _pair(self, at: int, held: dict[str, list[pl.Expr]]) -> tuple[pl.Expr, pl.Expr]:
        used = min(self.rules - at * WORD_BITS, WORD_BITS)
        everything = pl.repeat((1 << used) - 1, pl.len(), dtype=pl.UInt64)
        true, possible = (
            reduce(operator.and_, held.get(f"{kind}{at}", ()), everything) for kind in "tp"
        )
        return true.alias(f"m{at}"), (possible & ~true).alias(f"u{at}")


class Codes:
    """Numbers the distinct values of columns, each column once."""

    def __init__(self, facts: pl.DataFrame) -> None:
        self._facts = facts
        self._known: dict[tuple[str, ...], tuple[pl.DataFrame, pl.Series]] = {}

    def of(self, columns: tuple[str, ...]) -> tuple[pl.DataFrame, pl.Series]:
        """The distinct values of ``columns`` together, and for each row the number of its own."""
        if columns not in self._known:
            self._known[columns] = self._number(columns)
        return self._known[columns]

    def _number(self, columns: tuple[str, ...]) -> tuple[pl.DataFrame, pl.Series]:
        if not columns:  # of conditions that ask nothing, all rows are alike
            return pl.DataFrame({"": [0]}), pl.repeat(0, self._facts.height, eager=True)
        if len(columns) == 1:
            return _numbered(self._facts.select(columns))
        parts = [self.of((column,)) for column in columns]
        together = pl.DataFrame(
            [codes.alias(name) for name, (_, codes) in zip(columns, parts, strict=True)]
        )
        distinct, codes = _numbered(together)
        values = [
            values[name].gather(distinct[name])
            for name, (values, _) in zip(columns, parts, strict=True)
        ]
        return pl.DataFrame(values), codes


def mask_names(rules: int) -> list[str]:
    """The columns of masks for so many rules: ``m0, u0, m1, u1, …``."""
    return [f"{kind}{at}" for at in range(-(-rules // WORD_BITS)) for kind in "mu"]


def profiles(
    conditions: Sequence[Condition], expression: Callable[[Condition], pl.Expr]
) -> Profiles:
    """The conditions of all rules, grouped by the facts that their parts ask for.

    ``expression``: a condition over fact columns, as true, false, or null for unknown.
    """
    found: dict[tuple[str, ...], dict[int, Condition]] = {}
    for rule, condition in enumerate(conditions):
        for facts, part in _parts(condition).items():
            found.setdefault(facts, {})[rule] = part
    groups = (_group(facts, parts, expression) for facts, parts in sorted(found.items()))
    return Profiles(tuple(groups), len(conditions))


def _parts(condition: Condition) -> dict[tuple[str, ...], Condition]:
    """The condition as parts that must all hold, one for each set of facts."""
    by_facts: dict[tuple[str, ...], list[Condition]] = {}
    for part in _conjuncts(condition):
        by_facts.setdefault(tuple(sorted(facts_of(part))), []).append(part)
    return {facts: AllOf(tuple(parts)) for facts, parts in by_facts.items()}


def _conjuncts(condition: Condition) -> Iterable[Condition]:
    match condition:
        case Always():
            return
        case AllOf(parts):
            for part in parts:
                yield from _conjuncts(part)
        case _:
            yield condition


def _group(
    facts: tuple[str, ...],
    parts: dict[int, Condition],
    expression: Callable[[Condition], pl.Expr],
) -> Group:
    words = tuple(sorted({rule // WORD_BITS for rule in parts}))
    masks = []
    for at in words:
        bits = {rule % WORD_BITS: f"rule {rule}" for rule in parts if rule // WORD_BITS == at}
        free = _FULL ^ sum(1 << bit for bit in bits)
        for kind, default in (("t", False), ("p", True)):
            shifted = (
                pl.col(name).fill_null(default).cast(pl.UInt64) * pl.lit(1 << bit, pl.UInt64)
                for bit, name in bits.items()
            )
            mask = reduce(operator.or_, shifted, pl.lit(free, pl.UInt64))
            masks.append(mask.alias(f"{kind}{at}"))
    answers = (expression(part).alias(f"rule {rule}") for rule, part in parts.items())
    return Group(facts, tuple(answers), tuple(masks))


def _numbered(columns: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    if any(isinstance(kind, pl.List) for kind in columns.dtypes):
        return _numbered_lists(columns)
    distinct = columns.unique()
    numbers = columns.join(
        distinct.with_row_index("number"),
        on=columns.columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )["number"]
    return distinct, numbers


def _numbered_lists(columns: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """The same by grouping, as lists are slow to hash and this hashes them once."""
    groups = columns.with_row_index("row").group_by(columns.columns).agg("row")
    rows = groups["row"].explode()
    numbers = groups.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).repeat_by(pl.col("row").list.len()).explode()
    )
    return groups.drop("row"), rows.clone().scatter(rows, numbers.to_series()).alias("number")
