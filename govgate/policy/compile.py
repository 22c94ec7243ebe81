"""A policy as Polars expressions: facts in, every rule's answer out.

An answer is true, false, or null for unknown; Polars' ``&``, ``|`` and ``~`` on null are Kleene's.
Answers are packed into masks, so that rows of one kind compare equal fast: rule number N is bit
N % 64 of word N // 64, where ``mW`` are the rules that match and ``uW`` those that could not be
answered.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import assert_never

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
    SetTest,
    compare,
    facts_of,
)
from govgate.policy.fact import Kind
from govgate.policy.keys import deciding_masks
from govgate.policy.load import Policy
from govgate.policy.profiles import WORD_BITS, Profiles, mask_names, profiles
from govgate.policy.verdict import Speaker, Verdict, settle
from govgate.policy.vocabulary import FACTS, PII_ENTITIES
from govgate.policy.waivers import Waiver, waived_uses

KNOWN = "findings known"
_WORDS = pl.List(pl.String())
SETTLED = pl.Schema(
    {"train": pl.String(), "retrieve": pl.String(), "partition": pl.String()}
    | dict.fromkeys(Verdict._fields[3:], _WORDS)
)
"""The columns of verdicts that nobody's own entities were looked at for yet."""
_REMEMBERED = 250_000


@dataclass(slots=True)
class Compiled:
    """A policy ready to decide.

    ``profiles``: facts to the columns ``m0, u0, m1, u1, …``; ``facts``: columns that are read;
    ``redacts``: some rule does, so that ``pii.entities`` is among them. ``deciding``: those
    columns, with the rules struck on which no verdict rests.
    """

    profiles: Profiles
    facts: tuple[str, ...]
    redacts: bool
    speakers: tuple[Speaker, ...]
    deciding: tuple[pl.Expr, ...]
    _seen: pl.DataFrame | None = None

    def settled(self, keys: pl.DataFrame) -> pl.DataFrame:
        """``keys``, all different, with the verdict of each as SETTLED.

        Verdicts are remembered, as those of one batch of rows come again in the next.
        """
        seen = self._seen
        new = keys if seen is None else keys.join(seen, on=keys.columns, how="anti")
        if seen is not None and seen.height + new.height > _REMEMBERED:
            seen, new = None, keys
        if new.height or seen is None:
            fresh = new.hstack(_columns([self._verdict(*key) for key in new.iter_rows()]))
            seen = fresh if seen is None else pl.concat([seen, fresh])
            self._seen = seen
        return keys.join(seen, on=keys.columns, how="left")

    def _verdict(self, findings_known: bool, *masks: int) -> Verdict:
        matched, unknown = (self.speakers_of(masks[at::2]) for at in (0, 1))
        return settle(matched, unknown, findings_known=findings_known)

    def waiving(self, waivers: Sequence[Waiver]) -> Compiled:
        """The same policy for rows that all these waivers pick."""
        if not waivers:
            return self
        speakers = tuple(
            replace(speaker, waived=waived_uses(waivers, speaker.id)) for speaker in self.speakers
        )
        every = tuple(pl.col(mask) for mask in mask_names(len(speakers)))
        return replace(self, speakers=speakers, deciding=every, _seen=None)

    def speakers_of(self, words: Sequence[int]) -> list[Speaker]:
        """The rules whose bits are set."""
        found = []
        for at, word in enumerate(words):
            while word:
                lowest = word & -word
                found.append(self.speakers[at * WORD_BITS + lowest.bit_length() - 1])
                word ^= lowest
        return found


@lru_cache(maxsize=8)
def compile_policy(policy: Policy) -> Compiled:
    """The policy's expressions and what their bits mean."""
    redacts = any(
        Effect.REDACT.word in (rule.then.train, rule.then.retrieve) for rule in policy.rules
    )
    facts = {fact for rule in policy.rules for fact in facts_of(rule.when)}
    speakers = tuple(Speaker.of(rule) for rule in policy.rules)
    return Compiled(
        profiles=profiles([rule.when for rule in policy.rules], expression),
        facts=tuple(sorted(facts | ({PII_ENTITIES} if redacts else set()))),
        redacts=redacts,
        speakers=speakers,
        deciding=tuple(deciding_masks(speakers, pl.col(KNOWN))),
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


def _columns(verdicts: Sequence[Verdict]) -> pl.DataFrame:
    """The verdicts as SETTLED. Lists go as one text each, as making lists one by one is slow."""
    texts = pl.DataFrame(
        {
            name: [
                " ".join(value) if isinstance(value, list) else value
                for value in (getattr(verdict, name) for verdict in verdicts)
            ]
            for name in SETTLED
        },
        schema=dict.fromkeys(SETTLED, pl.String),
    )
    return texts.select(
        name if kind == pl.String else _split(pl.col(name)) for name, kind in SETTLED.items()
    )


def _split(text: pl.Expr) -> pl.Expr:
    return text.str.split(" ").list.filter(pl.element() != "")
