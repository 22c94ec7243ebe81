"""Deciding again over facts that an earlier scan left: how far they answer another policy.

What a policy looks for decides which facts of personal data there are. Where another policy looks
for something else, a fact may be missing or wrong, and then it counts as in doubt: a row whose
verdict could rest on it has none. No other fact depends on a policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache

import polars as pl

from govgate.model import Effect, Use
from govgate.policy.compile import Compiled, compile_policy
from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    IsKnown,
    Not,
    facts_of,
)
from govgate.policy.decide import VERDICTS, fact_columns
from govgate.policy.load import Policy
from govgate.policy.profiles import Codes
from govgate.policy.verdict import Speaker, Verdict, settle
from govgate.scansettings import Looks

FOUND_BY_SCAN = "pii."  # begins the name of every fact that a scan gives
NOT_BY_DEFAULT = "ORGANIZATION"  # reported only if a policy names it


class Doubt(IntEnum):
    """Of which rows the stored facts of personal data may be others under another policy."""

    NONE = 0  # of no row
    RECOUNT = 1  # of rows in which other findings count; the table of findings tells
    FINDINGS = 2  # of rows in which anything was found, at whatever score
    ALL = 3  # of every row


@dataclass(frozen=True, slots=True)
class Reach:
    """How far stored facts reach for another policy, and ``why`` no further, in words."""

    doubt: Doubt
    why: tuple[str, ...] = ()


def reach(stored: Policy, policy: Policy) -> Reach:
    """How far facts that were found for ``stored`` answer ``policy``."""
    old, new = stored.looks, policy.looks
    found = [
        (Doubt.FINDINGS if _only_less(name, old, new) else Doubt.ALL, f"scan.{name} differs")
        for name in Looks.model_fields
        if getattr(old, name) != getattr(new, name)
    ]
    if stored.outer_thresholds != policy.outer_thresholds:
        why = "an entity that an exclusion looks within has another threshold"
        found.append((Doubt.FINDINGS, why))
    if (stored.threshold, stored.thresholds) != (policy.threshold, policy.thresholds):
        found.append((Doubt.RECOUNT, ""))
    doubt = max((one for one, _ in found), default=Doubt.NONE)
    return Reach(doubt, tuple(why for one, why in found if why and one is doubt))


def _only_less(name: str, old: Looks, new: Looks) -> bool:
    """Whether the change can add no finding to a row in which there was none."""
    before, after = getattr(old, name), getattr(new, name)
    match name:
        case "allow" | "hotwords" | "exclusions":
            return True  # these judge findings, and make none
        case "languages" | "patterns" | "deny":
            return all(one in before for one in after)
        case "countries":
            return before is not None and after is not None and set(after) <= set(before)
        case "entities":
            if after is None:
                return False
            return NOT_BY_DEFAULT not in after if before is None else set(after) <= set(before)
        case _:
            return False


def decide_in_doubt(facts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One verdict per row of ``facts`` as VERDICTS, of rows whose findings are in doubt.

    All but ``index`` is null where the verdict could rest on them. Where it is not, what the facts
    in doubt say cannot change an effect or a duty; they might add reasons for a denial.
    """
    compiled = compile_policy(_supposing_scanned(policy))
    known = facts.select(name for name in facts.columns if not name.startswith(FOUND_BY_SCAN))
    read = fact_columns(known, compiled)
    masks = compiled.profiles.masks(read, Codes(read))
    distinct = masks.unique()
    asking = _asking(policy)
    settled = [_settled(compiled, asking, key) for key in distinct.iter_rows()]
    columns = {
        name: pl.Series(
            [None if one is None else _column(one, name) for one in settled], dtype=kind
        )
        for name, kind in VERDICTS.items()
        if name != "index"
    }
    rows = masks.join(
        distinct.with_columns(**columns), on=masks.columns, how="left", maintain_order="left"
    )
    return rows.with_columns(read["index"]).select(VERDICTS.names())


@lru_cache(maxsize=8)
def _supposing_scanned(policy: Policy) -> Policy:
    """The policy where `known` and `unknown` are settled for what a scan finds: it is known."""
    rules = tuple(rule.model_copy(update={"when": _scanned(rule.when)}) for rule in policy.rules)
    document = policy.document.model_copy(update={"rules": rules})
    return replace(policy, source=policy.source + b"\n# scanned", document=document)


def _scanned(condition: Condition) -> Condition:
    match condition:
        case AllOf(parts):
            return AllOf(tuple(map(_scanned, parts)))
        case AnyOf(parts):
            return AnyOf(tuple(map(_scanned, parts)))
        case Not(part):
            return Not(_scanned(part))
        case IsKnown(fact) if fact.startswith(FOUND_BY_SCAN):
            return Always()
        case _:
            return condition


@lru_cache(maxsize=8)
def _asking(policy: Policy) -> frozenset[str]:
    """Rules that ask for what a scan finds."""
    return frozenset(
        rule.id
        for rule in policy.rules
        if any(fact.startswith(FOUND_BY_SCAN) for fact in facts_of(rule.when))
    )


def _column(verdict: Verdict, name: str) -> object:
    return verdict.duties if name == "obligations" else getattr(verdict, name)


def _settled(compiled: Compiled, asking: frozenset[str], masks: tuple[int, ...]) -> Verdict | None:
    """The verdict, if no rule that asks for findings and is unanswered can make it another."""
    matched, unanswered = (compiled.speakers_of(masks[at::2]) for at in (0, 1))
    known = [speaker for speaker in unanswered if speaker.id not in asking]
    doubtful = [speaker for speaker in unanswered if speaker.id in asking]
    effects = {use: _strictest(use, matched, known) for use in Use}
    if any(_may_differ(use, effects[use], doubtful) for use in Use):
        return None
    usable = any(effect not in (None, Effect.DENY) for effect in effects.values())
    if usable and any(speaker.obligations for speaker in doubtful):
        return None
    return settle(matched, known, findings_known=True)


def _strictest(
    use: Use, matched: Sequence[Speaker], unanswered: Sequence[Speaker]
) -> Effect | None:
    given = [rule.effects[use] for rule in matched if use in rule.effects]
    given += [rule.unanswered[use] for rule in unanswered if use in rule.unanswered]
    return max(given, default=None)


def _may_differ(use: Use, effect: Effect | None, doubtful: Sequence[Speaker]) -> bool:
    if effect is Effect.DENY:
        return False
    if effect is Effect.REDACT:  # what would be replaced is in doubt, and whether it can be
        return True
    said = [rule for rule in doubtful if use in rule.effects or use in rule.unanswered]
    if effect is None:
        return bool(said)
    return any(rule.effects.get(use) is not Effect.ALLOW or use in rule.unanswered for rule in said)
