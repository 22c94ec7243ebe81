"""The answer for the data set as a whole: counts over verdicts, requirements, the outcome."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import polars as pl

from govgate.model import Effect, Outcome, Partition, Use
from govgate.policy.conditions import compare
from govgate.policy.decide import VERDICTS
from govgate.policy.load import Policy
from govgate.policy.model import ERASED, REQUIRE
from govgate.policy.reasons import Reasons
from govgate.policy.waivers import Waiver, lifted_by

# Requirement -> the fact whose column counts as known.
_KNOWN = {
    "license.known": "license.class",
    "consent.known": "consent.status",
    "pii.known": "pii.entities",
}
_DENY = Effect.DENY.word
_Key = tuple[str, str, str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """In how many rows a rule decided a use. ``reason`` ends in ``?`` if it was unanswered."""

    reason: str
    use: Use
    effect: Effect
    rows: int


@dataclass(slots=True)
class Summary:
    """Counts over batches of verdicts; holds one entry per distinct verdict, not per row."""

    rows: int = 0
    verdicts: Counter[_Key] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)

    def add(self, verdicts: pl.DataFrame, facts: pl.DataFrame) -> None:
        """Count one batch: the verdicts, and the facts that they were decided from."""
        self.rows += verdicts.height
        keys = ["train", "retrieve", "partition", "reasons", "waivers"]
        for train, retrieve, partition, reasons, waivers, rows in (
            verdicts.group_by(keys).len().select(*keys, "len").iter_rows()
        ):
            self.verdicts[train, retrieve, partition, tuple(reasons), tuple(waivers)] += rows
        for name, fact in _KNOWN.items():
            if fact in facts.columns:
                self.known[name] += facts.height - facts[fact].null_count()

    @property
    def partitions(self) -> dict[Partition, int]:
        """Rows of each partition, as the rows were decided one by one."""
        return {
            partition: sum(rows for key, rows in self.verdicts.items() if key[2] == partition)
            for partition in Partition
        }

    @property
    def retrievable(self) -> int:
        """Rows that may be looked up, those of the train partition included."""
        return sum(rows for verdict, rows in self.verdicts.items() if verdict[1] != _DENY)

    @property
    def standing(self) -> int:
        """Rows that were not erased: what requirements are shares of."""
        return self.rows - sum(rows for key, rows in self.verdicts.items() if ERASED in key[3])

    def rule_counts(self, policy: Policy, waivers: Sequence[Waiver] = ()) -> list[RuleCount]:
        """How often each reason decided each use, most rows first; ``waivers``: those in effect."""
        read = Reasons(policy.rules)
        counts: Counter[tuple[str, Use, Effect]] = Counter()
        for (train, retrieve, _, reasons, ids), rows in self.verdicts.items():
            lifted = lifted_by(waivers, ids) if ids else frozenset()
            for use, word in ((Use.TRAIN, train), (Use.RETRIEVE, retrieve)):
                effect = Effect[word.upper()]
                for reason in read.deciding(reasons, use, effect, lifted):
                    counts[reason, use, effect] += rows
        ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        return [RuleCount(*key, rows) for key, rows in ordered]

    def outcome(self, policy: Policy) -> tuple[Outcome, list[str]]:
        """The outcome, and what stands against training: unmet requirements, or no rows for it."""
        against = self._unmet(policy)
        if not self.partitions[Partition.TRAIN]:
            against.append("no row may be trained on" if self.rows else "there are no rows")
        if not against:
            return Outcome.TRAIN, []
        return (Outcome.RETRIEVAL_ONLY if self.retrievable else Outcome.BLOCKED), against

    def _unmet(self, policy: Policy) -> list[str]:
        counted = {
            "train.share": self.partitions[Partition.TRAIN],
            "retrieve.share": self.partitions[Partition.RETRIEVE],
            **{name: self.known[name] for name in _KNOWN},
        }
        unmet, rows = [], self.standing
        for name, bound in policy.require.bounds():
            if name == "rows.count":
                value, is_now = Fraction(rows), f"{rows}"
            elif rows:
                value = Fraction(counted[name], rows)
                is_now = f"{float(value):.4g} ({counted[name]} of {rows} rows)"
            else:
                unmet.append(f"{name} must be {bound.text}, and there are no rows")
                continue
            if not compare(bound.operator, value, bound.number):
                unmet.append(f"{name} must be {bound.text}, and is {is_now}")
        return unmet


def summarise(batches: Iterable[tuple[pl.DataFrame, pl.DataFrame]]) -> Summary:
    """The summary of batches of (verdicts, facts)."""
    summary = Summary()
    for verdicts, facts in batches:
        summary.add(verdicts, facts)
    return summary


def demote(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The verdicts once the outcome is not ``train``: no row stays in the train partition.

    Each goes to retrieve where that is not denied, else it is withheld; its reasons gain
    ``require``, its effect on training becomes deny, and duties of training fall away.
    """
    down = pl.col("partition") == Partition.TRAIN.value
    kept = pl.col("retrieve") != _DENY
    duties = pl.col("obligations").list.eval(
        pl.element().filter(~pl.element().str.starts_with(f"redact:{Use.TRAIN}:"))
    )
    return verdicts.with_columns(
        train=pl.when(down).then(pl.lit(_DENY)).otherwise("train"),
        partition=pl.when(down & kept)
        .then(pl.lit(Partition.RETRIEVE.value))
        .when(down)
        .then(pl.lit(Partition.WITHHELD.value))
        .otherwise("partition"),
        reasons=pl.when(down)
        .then(pl.concat_list("reasons", pl.lit([REQUIRE], VERDICTS["reasons"])).list.sort())
        .otherwise("reasons"),
        obligations=pl.when(down & kept)
        .then(duties)
        .when(down)
        .then(pl.lit([], VERDICTS["obligations"]))
        .otherwise("obligations"),
    )
