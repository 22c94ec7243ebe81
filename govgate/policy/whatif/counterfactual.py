"""The smallest change of a row's facts that would let it through, found by search.

1. List what could be done about the row (`changes`); leave out what no rule would notice, and count
   ways that every rule answers alike as one.
2. Decide every single change, then every pair, and so on up to MOST_CHANGES, by the policy itself.
   The first size at which something helps is the smallest; within it the least toil is told first.
3. Where nothing that small helps: take all personal data out, with up to two changes more, and put
   back what need not be taken out. That way cannot lose a part, and is not called the smallest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

from govgate.model import Effect, Use
from govgate.policy.compile import expression
from govgate.policy.conditions import Leaf
from govgate.policy.decide import decide
from govgate.policy.load import Policy
from govgate.policy.model import UNREDACTABLE
from govgate.policy.testing.cases import facts_frame
from govgate.policy.testing.factvalues import FactValue
from govgate.policy.verdict import EVERY_FINDING
from govgate.policy.whatif.changes import Change, Subject, asked_leaves, possible_changes

MOST_CHANGES = 4
MOST_TRIED = 20_000
MOST_WAYS = 3


@dataclass(frozen=True, slots=True)
class After:
    """The verdict on a row once it is changed. ``redacts``: what govgate replaces by itself."""

    train: str
    retrieve: str
    reasons: tuple[str, ...]
    redacts: tuple[str, ...]

    def allows(self, use: Use) -> bool:
        """Whether the row may be used so."""
        return (self.train if use is Use.TRAIN else self.retrieve) != Effect.DENY.word


@dataclass(frozen=True, slots=True)
class Way:
    """Changes that together let the row through, and the verdict then."""

    changes: tuple[Change, ...]
    after: After

    @property
    def cost(self) -> int:
        """How much toil and doubt it is, only to put ways in order."""
        return sum(change.cost for change in self.changes)


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What was found for a row.

    ``now``: the verdict by the row's own facts. ``ways``: none where the row passes already, or
    where nothing was found. ``smallest``: no fewer changes would do. ``exhausted``: every set of up
    to MOST_CHANGES changes was tried, so that an absence means something.
    """

    now: After
    ways: tuple[Way, ...]
    smallest: bool
    exhausted: bool
    tried: int


def counterfactual(policy: Policy, subject: Subject, use: Use) -> Counterfactual:
    """The smallest changes of ``subject`` that let it through for ``use``, at most MOST_WAYS."""
    now = decided(policy, subject, [()])[0]
    if now.allows(use):
        return Counterfactual(now, (), smallest=True, exhausted=True, tried=0)
    able = distinct_changes(policy, subject, use)
    tried = 0
    for size in range(1, MOST_CHANGES + 1):
        room = MOST_TRIED - tried
        sets = list(islice(_sets(able, size), room + 1))
        whole, sets = len(sets) <= room, sets[:room]
        tried += len(sets)
        if ways := _helping(policy, subject, use, sets):
            return Counterfactual(now, ways, smallest=True, exhausted=whole, tried=tried)
        if not whole:
            break
    ways = _at_length(policy, subject, use, able)
    return Counterfactual(now, ways, smallest=False, exhausted=whole, tried=tried)


def distinct_changes(policy: Policy, subject: Subject, use: Use) -> list[Change]:
    """The changes that a rule would notice, least toil first; equal ones are one with `others`."""
    leaves = asked_leaves(policy, use)
    changes = possible_changes(policy, subject, use)
    rows = [dict(subject.facts), *(changed(subject, [c]) for c in changes if not c.removes)]
    before, *answers = _answers(leaves, rows)
    merged: dict[object, Change] = {}
    for change in changes:
        if change.removes:  # two of them together may reach a count that neither reaches alone
            merged[change] = change
            continue
        given = answers.pop(0)
        key = (change.slot, change.fact, given)
        if given == before:
            continue
        first = merged.get(key)
        more = None if first is None else replace(first, others=(*first.others, change.after))
        merged[key] = more or change
    return sorted(merged.values(), key=lambda one: (one.cost, one.slot, str(one.after)))


def decided(policy: Policy, subject: Subject, sets: Sequence[Sequence[Change]]) -> list[After]:
    """The verdict on the row after each set of changes."""
    removed = [frozenset(c.removes for c in changes if c.removes) for changes in sets]
    some = list(dict.fromkeys(one for one in removed if one))
    without = dict(zip(some, subject.without(some), strict=True)) if some else {}
    rows = [
        changed(subject, changes, without.get(out, {}))
        for changes, out in zip(sets, removed, strict=True)
    ]
    verdicts = decide(facts_frame(rows), policy)
    columns = ("train", "retrieve", "reasons", "obligations")
    return [
        _after(train, retrieve, reasons, obligations, subject.fixed - out)
        for (train, retrieve, reasons, obligations), out in zip(
            verdicts.select(columns).iter_rows(), removed, strict=True
        )
    ]


def changed(
    subject: Subject, changes: Sequence[Change], pii: Mapping[str, FactValue] | None = None
) -> dict[str, FactValue]:
    """The row's facts after ``changes``; ``pii``: those of personal data once some is out."""
    facts = dict(subject.facts) | dict(pii or {})
    for change in changes:
        facts = change.over(facts)
    return facts


def _sets(able: Sequence[Change], size: int) -> Iterator[tuple[Change, ...]]:
    """Sets of ``size`` changes that do not exclude each other."""
    for some in combinations(able, size):
        if len({change.slot for change in some}) == size:
            yield some


def _helping(
    policy: Policy, subject: Subject, use: Use, sets: Sequence[tuple[Change, ...]]
) -> tuple[Way, ...]:
    """Those of ``sets`` that let the row through, least toil first."""
    if not sets:
        return ()
    afters = decided(policy, subject, sets)
    ways = [Way(s, after) for s, after in zip(sets, afters, strict=True) if after.allows(use)]
    return tuple(_differing(sorted(ways, key=lambda way: way.cost))[:MOST_WAYS])


def _differing(ways: list[Way]) -> list[Way]:
    """The same ways, those first that change something other than any before them."""
    first: dict[frozenset[str], Way] = {}
    for way in ways:
        first.setdefault(frozenset(change.slot for change in way.changes), way)
    return [*first.values(), *(way for way in ways if way not in first.values())]


def _at_length(
    policy: Policy, subject: Subject, use: Use, able: Sequence[Change]
) -> tuple[Way, ...]:
    """A way by taking all personal data out, less what need not be."""
    out = tuple(change for change in able if change.removes)
    rest = [change for change in able if not change.removes]
    sets = [(*out, *some) for size in range(3) for some in _sets(rest, size)]
    found = _helping(policy, subject, use, sets[:MOST_TRIED]) if out else ()
    return (_shrunk(policy, subject, use, found[0]),) if found else ()


def _shrunk(policy: Policy, subject: Subject, use: Use, way: Way) -> Way:
    """``way`` without the changes that it does not need, the most toilsome left out first."""
    order = sorted(way.changes, key=lambda one: -one.cost)
    sets = [tuple(c for c in way.changes if c != change) for change in order]
    for fewer, after in zip(sets, decided(policy, subject, sets), strict=True):
        if after.allows(use):
            return _shrunk(policy, subject, use, Way(fewer, after))
    return way


def _answers(
    leaves: Sequence[Leaf], rows: list[dict[str, FactValue]]
) -> list[tuple[bool | None, ...]]:
    """What each test answers of each row."""
    if not leaves:
        return [() for _ in rows]
    frame = facts_frame(rows)
    return frame.select(expression(leaf).alias(str(at)) for at, leaf in enumerate(leaves)).rows()


def _after(
    train: str, retrieve: str, reasons: list[str], obligations: list[str], fixed: frozenset[str]
) -> After:
    """The verdict as a gate would give it: what a column's name would have to redact is denied."""
    effects = {Use.TRAIN: train, Use.RETRIEVE: retrieve}
    stuck = [use for use in Use if _must_redact_name(use, obligations, fixed)]
    effects |= dict.fromkeys(stuck, Effect.DENY.word)
    told = sorted([*reasons, UNREDACTABLE]) if stuck else reasons
    redacts = [one for one in obligations if one.startswith("redact:")]
    return After(effects[Use.TRAIN], effects[Use.RETRIEVE], tuple(told), tuple(redacts))


def _must_redact_name(use: Use, obligations: list[str], fixed: frozenset[str]) -> bool:
    prefix = f"redact:{use.value}:"
    named = {one.removeprefix(prefix) for one in obligations if one.startswith(prefix)}
    stands = fixed | {f"{entity}@key" for entity in fixed}
    return bool(fixed) and (EVERY_FINDING in named or not named.isdisjoint(stands))
