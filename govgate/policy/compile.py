"""A policy as one Polars expression: facts in, a struct with every rule's answer out.

An answer is true, false, or null for unknown; Polars' ``&``, ``|`` and ``~`` on null are Kleene's.
A second expression packs answers into masks, so that rows of one kind compare equal fast: rule
number N is bit N % 64 of word N // 64, where ``mW`` are the rules that match and ``uW`` those that
could not be answered.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any, assert_never

import polars as pl

from govgate.model import Effect
from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    Has,
    IsEmpty,
    IsKnown,
    Not,
    OneOf,
    Operator,
    SetTest,
    facts_of,
)
from govgate.policy.load import Policy
from govgate.policy.verdict import Speaker, Verdict, settle
from govgate.policy.vocabulary import FACTS, Kind

WORD_BITS = 64
ENTITIES = "pii.entities"
_REMEMBERED = 100_000

_COMPARE: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
    Operator.EQUAL: operator.eq,
    Operator.UNEQUAL: operator.ne,
    Operator.ABOVE: operator.gt,
    Operator.BELOW: operator.lt,
}


@dataclass(slots=True)
class Compiled:
    """A policy ready to decide.

    ``answers``: facts to the struct of answers, with a field per rule; ``masks``: those fields to
    the columns ``m0, u0, m1, u1, …``; ``facts``: columns that are read; ``redacts``: some rule
    does, so that ``pii.entities`` is among them.
    """

    answers: pl.Expr
    masks: list[pl.Expr]
    facts: tuple[str, ...]
    redacts: bool
    speakers: tuple[Speaker, ...]
    _seen: dict[tuple[int | bool, ...], Verdict] = field(default_factory=dict)

    def verdict(self, findings_known: bool, *masks: int) -> Verdict:
        """The verdict for one value of the masks; remembered, as few values cover all rows."""
        key = (findings_known, *masks)
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            matched, unknown = (self._speakers(masks[at::2]) for at in (0, 1))
            self._seen[key] = settle(matched, unknown, findings_known=findings_known)
        return self._seen[key]

    def _speakers(self, words: Sequence[int]) -> list[Speaker]:
        return [
            self.speakers[at * WORD_BITS + bit]
            for at, word in enumerate(words)
            for bit in range(word.bit_length())
            if word >> bit & 1
        ]


@lru_cache(maxsize=8)
def compile_policy(policy: Policy) -> Compiled:
    """The policy's expressions and what their bits mean."""
    names = [_answer_field(rule.id) for rule in policy.rules]
    words = [names[at : at + WORD_BITS] for at in range(0, len(names), WORD_BITS)]
    redacts = any(
        Effect.REDACT.word in (rule.then.train, rule.then.retrieve) for rule in policy.rules
    )
    facts = {fact for rule in policy.rules for fact in facts_of(rule.when)}
    return Compiled(
        answers=pl.struct(
            expression(rule.when).alias(_answer_field(rule.id)) for rule in policy.rules
        ),
        masks=[mask for at, word in enumerate(words) for mask in _mask_pair(at, word)],
        facts=tuple(sorted(facts | ({ENTITIES} if redacts else set()))),
        redacts=redacts,
        speakers=tuple(Speaker.of(rule) for rule in policy.rules),
    )


def column_type(fact: str) -> pl.DataType:
    """The type of a fact's column."""
    match FACTS[fact].kind:
        case Kind.TEXT | Kind.WORD:
            return pl.String()
        case Kind.SET:
            return pl.List(pl.String())
        case Kind.NUMBER:
            return pl.Int64()
        case Kind.DATE:
            return pl.Date()
        case other:
            assert_never(other)


def compare(comparison: Operator, left: Any, right: Any) -> Any:
    """``left`` compared with ``right``: numbers or days, or a column and one."""
    return _COMPARE[comparison](left, right)


def expression(condition: Condition) -> pl.Expr:
    """The condition over fact columns: true, false, or null for unknown."""
    match condition:
        case Always():
            return pl.lit(value=True)
        case AllOf(parts):
            return reduce(operator.and_, map(expression, parts))
        case AnyOf(parts):
            return reduce(operator.or_, map(expression, parts))
        case Not(part):
            return ~expression(part)
        case IsKnown(fact):
            return pl.col(fact).is_not_null()
        case OneOf(fact, words):
            return pl.col(fact).is_in(words)
        case Has(fact, test, words):
            return _set_test(pl.col(fact), test, words)
        case IsEmpty(fact):
            return pl.col(fact).list.len() == 0
        case Compare(fact, comparison, number):
            compared: pl.Expr = compare(comparison, pl.col(fact), number)
            return compared
        case other:
            assert_never(other)


def _set_test(column: pl.Expr, test: SetTest, words: tuple[str, ...]) -> pl.Expr:
    if test is SetTest.ALL:
        return reduce(operator.and_, (column.list.contains(word) for word in words))
    found = column.list.eval(pl.element().is_in(words)).list.any()
    return found if test is SetTest.ANY else ~found


def _answer_field(rule: str) -> str:
    return f"rule:{rule}"  # no column of facts is called so


def _mask_pair(at: int, rules: Sequence[str]) -> tuple[pl.Expr, pl.Expr]:
    matched = _mask([pl.col(rule).fill_null(value=False) for rule in rules])
    unknown = _mask([pl.col(rule).is_null() for rule in rules])
    return matched.alias(f"m{at}"), unknown.alias(f"u{at}")


def _mask(bits: Sequence[pl.Expr]) -> pl.Expr:
    return reduce(
        operator.or_,
        (bit.cast(pl.UInt64) * pl.lit(1 << at, pl.UInt64) for at, bit in enumerate(bits)),
    )
