"""Verdicts before and after, counted: which rows another policy moves, from where to where, why."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from govgate.model import Effect, Outcome, Use
from govgate.policy.decide import VERDICTS
from govgate.policy.load import Policy
from govgate.policy.outcome import Summary
from govgate.policy.reasons import Reasons
from govgate.policy.waivers import Waiver, lifted_by

EFFECTS = ("train", "retrieve", "partition")
_TOLD = (*EFFECTS, "reasons", "waivers")
_BEFORE = [f"before {name}" for name in _TOLD]
_AFTER = [f"after {name}" for name in _TOLD]
_PAIR = [f"{when} {name}" for when in ("before", "after") for name in EFFECTS]
_OBLIGATIONS = "obligations"  # how they differ: 0 not at all, else _OTHER with a bit for each loss
_OTHER, _DUTY = 1, 2
_LESS = {Use.TRAIN: 4, Use.RETRIEVE: 8}
_FEWER = 16  # of the same entities, fewer findings count
_GROUPED = (*_BEFORE, *_AFTER, _OBLIGATIONS)
_MANY = 200_000  # groups that are held before they are added up


class State(NamedTuple):
    """What a verdict lets a row be used for."""

    train: str
    retrieve: str
    partition: str

    @property
    def words(self) -> str:
        """As a table shows it."""
        return f"{self.partition} (train {self.train}, retrieve {self.retrieve})"


class Cause(NamedTuple):
    """In how many of the moved rows a rule decided a use that moved. ``now``: after, or before."""

    rule: str
    use: str
    effect: str
    now: bool
    rows: int


@dataclass(frozen=True, slots=True)
class Move:
    """Rows that went from one state to another. ``samples``: some of their indexes."""

    before: State
    after: State
    rows: int
    causes: tuple[Cause, ...]
    samples: tuple[int, ...]

    @property
    def direction(self) -> str:
        """``stricter`` or ``looser`` if no use says otherwise, else ``both ways``."""
        changes = {
            Effect[after.upper()] - Effect[before.upper()] > 0
            for before, after in zip(self.before[:2], self.after[:2], strict=True)
            if before != after
        }
        if len(changes) == 2:
            return "both ways"
        return "stricter" if changes == {True} else "looser"


@dataclass(slots=True)
class Tally:
    """Counts pairs of verdicts, batch by batch; holds an entry for each pair that differs.

    ``samples``: how many rows are remembered for each pair.
    """

    samples: int
    _groups: list[pl.DataFrame] = field(default_factory=list)
    _held: int = 0
    _most: int = _MANY
    _compared: dict[str, int] = field(default_factory=dict)

    def add(self, before: pl.DataFrame, after: pl.DataFrame, fewer: pl.Series) -> None:
        """Count one batch, row by row the verdicts on the same rows.

        A row whose ``after`` has no effects is unknown. ``fewer``: of which rows a finding that
        counted before does not count after.
        """
        pairs = pl.concat(
            [
                before.select("index", *(pl.col(n).alias(f"before {n}") for n in _TOLD)),
                after.select(pl.col(n).alias(f"after {n}") for n in _TOLD),
            ],
            how="horizontal",
        ).with_columns(self._obligations(before, after) | fewer.cast(pl.UInt8) * _FEWER)
        rows = pl.col("index").head(self.samples)
        groups = pairs.group_by(_GROUPED).agg(pl.len().alias("rows"), rows)
        self._groups.append(groups)
        self._held += groups.height
        if self._held > self._most:
            self._groups = [self.groups()]
            self._held = self._groups[0].height
            self._most = max(_MANY, 2 * self._held)

    def groups(self) -> pl.DataFrame:
        """Each pair with its ``rows`` and the ``index`` of some of them, in ascending order."""
        if not self._groups:
            return pl.DataFrame()
        return (
            pl.concat(self._groups)
            .group_by(_GROUPED)
            .agg(
                pl.col("rows").sum(),
                pl.col("index").explode().sort().head(self.samples),
            )
        )

    def _obligations(self, before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
        """For each row how its obligations differ; what a withheld row loses is nothing."""
        lists = [side["obligations"] for side in (before, after)]
        differ = lists[0].ne_missing(lists[1])
        found = (differ.cast(pl.UInt8) * _OTHER).alias(_OBLIGATIONS)
        kept = after["partition"].ne_missing("withheld") & (lists[0].list.len() > 0)
        rows = (differ & kept).arg_true()
        if rows.is_empty():
            return found
        both = [one.gather(rows).list.join(" ").fill_null("") for one in lists]
        pairs = both[0] + "\n" + both[1]
        met = pairs.unique().to_list()
        for pair in met:
            if pair not in self._compared:
                self._compared[pair] = _less(*(side.split() for side in pair.split("\n")))
        answers = pl.Series([self._compared[pair] for pair in met], dtype=pl.UInt8)
        return found.scatter(rows, pairs.replace_strict(met, answers, return_dtype=pl.UInt8))


def verdicts_of(groups: pl.DataFrame, when: str) -> pl.DataFrame:
    """The verdicts ``before`` or ``after`` of the groups, without duties; null where unknown."""
    nothing = pl.lit([], VERDICTS["obligations"])
    named = {name: pl.col(f"{when} {name}") for name in _TOLD}
    index = pl.int_range(pl.len(), dtype=pl.UInt64)
    return groups.select(index=index, **named, obligations=nothing).select(VERDICTS.names())


def unmoved(groups: pl.DataFrame, after: pl.DataFrame) -> tuple[int, int]:
    """Rows with the same effects that are decided by other rules, and those with other duties."""
    paired = _paired(groups, after).filter(~_moved(), pl.col("after train").is_not_null())
    rules = paired.filter(pl.col("before reasons").ne_missing(pl.col("after reasons")))
    duties = paired.filter(_has(_OTHER))
    return int(rules["rows"].sum()), int(duties["rows"].sum())


def dropped(groups: pl.DataFrame, after: pl.DataFrame) -> int:
    """Rows of which less is replaced for a use that still redacts, or which lose a duty while they
    may be used.

    A row counts, whatever it holds, where all findings were replaced and now only named ones are,
    and where a finding no longer counts.
    """
    less = pl.col("after partition").ne("withheld") & _has(_DUTY)
    for use in Use:
        left = _has(_LESS[use]) | (_has(_FEWER) & pl.col(f"before {use}").eq("redact"))
        less |= pl.col(f"after {use}").eq("redact") & left
    return int(_paired(groups, after).filter(less)["rows"].sum())


def _has(bit: int) -> pl.Expr:
    return (pl.col(_OBLIGATIONS) & bit) > 0


def _less(before: Iterable[str], after: Collection[str]) -> int:
    """_OTHER, and a bit for each use of which less is replaced after, and for a dropped duty."""
    found = _OTHER
    for one in set(before) - set(after):
        kind, _, rest = one.partition(":")
        use, _, replaced = rest.partition(":")
        if kind != "redact":
            found |= _DUTY
        elif not {f"redact:{use}:*", f"redact:{use}:{replaced.partition('@')[0]}"} & set(after):
            found |= _LESS[Use(use)]
    return found


def summary_of(
    verdicts: pl.DataFrame, rows: pl.Series, known: Mapping[str, int], put: State | None = None
) -> Summary:
    """The summary of ``rows`` rows for each verdict; the unknown count as ``put``, or not at all.

    ``known``: as `Summary.known`.
    """
    counts: Counter[Any] = Counter()
    few = verdicts.select(_TOLD).with_columns(rows).group_by(_TOLD).sum()
    for *state, reasons, waivers, many in few.iter_rows():
        if state[0] is not None:
            counts[(*state, tuple(reasons), tuple(waivers))] += many
        elif put is not None:
            counts[(*put, (), ())] += many
    return Summary(counts.total(), counts, Counter(known))


def moves(
    groups: pl.DataFrame,
    after: pl.DataFrame,
    policies: tuple[Policy, Policy],
    waivers: tuple[Sequence[Waiver], Sequence[Waiver]],
    samples: int,
) -> list[Move]:
    """Rows whose effects differ, most rows first; ``after``: their verdicts as they end up.

    ``policies``, ``waivers``: of the verdicts before, and of those after.
    """
    moved = _paired(groups, after).filter(_moved())
    pairs = moved.group_by(_PAIR).agg(
        pl.col("rows").sum(), pl.col("index").explode().sort().head(samples)
    )
    causes: _Causes = {_pair(one): Counter() for one in pairs.select(_PAIR).iter_rows()}
    for now, (policy, heeded) in enumerate(zip(policies, waivers, strict=True)):
        _count_causes(moved, bool(now), Reasons(policy.rules), heeded, causes)
    found = [
        Move(*pair, rows, _ordered(causes[pair]), tuple(indexes))
        for *effects, rows, indexes in pairs.iter_rows()
        for pair in [_pair(effects)]
    ]
    return sorted(found, key=lambda move: (-move.rows, move.before, move.after))


_Causes = dict[tuple[State, State], Counter[tuple[str, str, str, bool]]]


def _pair(effects: Sequence[str]) -> tuple[State, State]:
    return State(*effects[: len(EFFECTS)]), State(*effects[len(EFFECTS) :])


def _count_causes(
    moved: pl.DataFrame,
    now: bool,
    read: Reasons,
    waivers: Sequence[Waiver],
    causes: _Causes,
) -> None:
    """Add the rules that decided the uses that moved: after if ``now``, else before."""
    when = "after" if now else "before"
    keys = [*_PAIR, f"{when} reasons", f"{when} waivers"]
    for *effects, reasons, ids, rows in moved.group_by(keys).agg(pl.col("rows").sum()).iter_rows():
        pair = _pair(effects)
        lifted = lifted_by(waivers, ids) if ids else frozenset()
        for use, old, new in zip(Use, *pair, strict=False):
            if old != new:
                effect = new if now else old
                for rule in read.deciding(reasons, use, Effect[effect.upper()], lifted):
                    causes[pair][rule, use.value, effect, now] += rows


def _paired(groups: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    later = after.select(pl.col(name).alias(f"after {name}") for name in _TOLD)
    return groups.select(*_BEFORE, _OBLIGATIONS, "rows", "index").hstack(later)


def _moved() -> pl.Expr:
    """Whether the effects are known and others; never null."""
    differ = [pl.col(f"before {name}") != pl.col(f"after {name}") for name in EFFECTS]
    return pl.any_horizontal(differ).fill_null(value=False)


def _ordered(causes: Counter[tuple[str, str, str, bool]]) -> tuple[Cause, ...]:
    ordered = sorted(causes.items(), key=lambda one: (-one[0][3], -one[1], one[0]))
    return tuple(Cause(*cause, rows) for cause, rows in ordered)


def outcome_after(
    verdicts: pl.DataFrame, rows: pl.Series, summary: Summary, policy: Policy
) -> tuple[Outcome | None, list[str]]:
    """The outcome and what stands against training; None where the unknown rows decide it.

    ``summary``: of the verdicts, without the unknown rows.
    """
    if not verdicts["train"].null_count():
        return summary.outcome(policy)
    ends = (
        State("allow", "allow", "train"),
        State("deny", "allow", "retrieve"),
        State("deny", "deny", "withheld"),
    )
    found = [summary_of(verdicts, rows, summary.known, put=end).outcome(policy) for end in ends]
    # Every mixture of the three lies between them, and shares are bounded from one side each.
    unlike = any(bound.operator.value in ("==", "!=") for _, bound in policy.require.bounds())
    sure = not unlike and all(outcome is Outcome.TRAIN for outcome, _ in found)
    return (Outcome.TRAIN, []) if sure else (None, [])
