"""What of the rules that speak of a row its verdict rests on, so that more rows have equal keys.

Of all rules that speak, only those with the strictest effect on a use decide it, and only those
with duties add any. All others are struck from the masks of :mod:`govgate.policy.profiles`; the
verdict is the same without them, as long as no waiver lifts a rule that decided.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import polars as pl

from govgate.model import Effect, Use
from govgate.policy.profiles import WORD_BITS
from govgate.policy.verdict import Speaker


def deciding_masks(speakers: Sequence[Speaker], known: pl.Expr) -> list[pl.Expr]:
    """Masks ``m0, u0, m1, u1, …`` with the bits of rules struck that do not matter.

    ``known``: whether the row's findings are.
    """
    uses = [_Use(use, speakers, known) for use in Use]
    dutiful = _words(speakers, lambda speaker: bool(speaker.obligations))
    usable = reduce(operator.or_, (use.usable for use in uses))
    masks = []
    for at, bits in enumerate(dutiful):
        duty = pl.when(usable).then(pl.lit(bits, pl.UInt64)).otherwise(0)
        for kind in "mu":
            kept = reduce(operator.or_, (use.kept(kind, at) for use in uses), duty)
            masks.append((pl.col(f"{kind}{at}") & kept).alias(f"{kind}{at}"))
    return masks


class _Use:
    """Which rules decide one use."""

    def __init__(self, use: Use, speakers: Sequence[Speaker], known: pl.Expr) -> None:
        deny, redact, allow = (
            _words(speakers, _says(use, effect))
            for effect in (Effect.DENY, Effect.REDACT, Effect.ALLOW)
        )
        unanswered = _words(speakers, lambda speaker: use in speaker.unanswered)
        self._unanswered = [pl.lit(bits, pl.UInt64) for bits in unanswered]
        # Where the findings are unknown, what would redact denies.
        redacting = [pl.lit(bits, pl.UInt64) for bits in redact]
        self._deny = [
            pl.when(known).then(pl.lit(bits, pl.UInt64)).otherwise(pl.lit(bits, pl.UInt64) | more)
            for bits, more in zip(deny, redacting, strict=True)
        ]
        self._redact, self._allow = redacting, [pl.lit(bits, pl.UInt64) for bits in allow]
        self._denied = _some("m", self._deny) | _some("u", self._unanswered)
        self._redacted = _some("m", self._redact)
        allowed = _some("m", self._allow)
        self.usable = ~self._denied & (self._redacted | allowed)

    def kept(self, kind: str, at: int) -> pl.Expr:
        """The bits of word ``at`` that give the use its strictest effect."""
        nothing = pl.lit(0, pl.UInt64)
        if kind == "u":
            return pl.when(self._denied).then(self._unanswered[at]).otherwise(nothing)
        return (
            pl.when(self._denied)
            .then(self._deny[at])
            .when(self._redacted)
            .then(self._redact[at])
            .otherwise(self._allow[at])
        )


def _says(use: Use, effect: Effect) -> Callable[[Speaker], bool]:
    return lambda speaker: speaker.effects.get(use) is effect


def _some(kind: str, words: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(
        operator.or_, ((pl.col(f"{kind}{at}") & bits) != 0 for at, bits in enumerate(words))
    )


def _words(speakers: Sequence[Speaker], chosen: Callable[[Speaker], bool]) -> list[int]:
    """The chosen rules as bits: rule number N is bit N % 64 of word N // 64."""
    words = [0] * -(-len(speakers) // WORD_BITS)
    for number, speaker in enumerate(speakers):
        if chosen(speaker):
            words[number // WORD_BITS] |= 1 << number % WORD_BITS
    return words
