"""Why a row was decided as it was: the reasons of its verdict, in words, with the facts used.

Nothing is decided again. The verdict names its reasons; the policy says what they mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from govgate.errors import UsageError
from govgate.model import Effect, Use
from govgate.policy.conditions import facts_of
from govgate.policy.load import Policy
from govgate.policy.model import (
    ERASED,
    FAILED,
    INCOMPLETE,
    NOTHING_ALLOWS,
    REQUIRE,
    UNREDACTABLE,
    Rule,
)
from govgate.policy.reasons import Reasons
from govgate.policy.verdict import UNKNOWN_MARK
from govgate.policy.waivers import Waiver, lifted_by


@dataclass(frozen=True, slots=True)
class FactUsed:
    """A fact that a rule asked for. ``value`` is None where unknown, and ``why`` says why."""

    name: str
    value: str | int | tuple[str, ...] | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict. ``effects``: the uses that it decided, and how.

    ``matched`` is False where the rule asked for an unknown fact and so could not be answered.
    """

    rule: str
    title: str
    effects: dict[Use, Effect]
    matched: bool
    facts: tuple[FactUsed, ...] = ()
    cites: tuple[str, ...] = ()
    remedy: str = ""


_OWN = {
    NOTHING_ALLOWS: (
        "No rule of the policy allows this use",
        "a use is denied unless a rule allows it; settle the row's facts, or add a rule for it",
    ),
    REQUIRE: (
        "The data set as a whole does not meet what the policy requires for training",
        "see the unmet requirements of the outcome",
    ),
    INCOMPLETE: (
        "Something of the data set could not be read or scanned, so no row is for any use",
        "mend what coverage.json lists as failed, then gate again",
    ),
    UNREDACTABLE: (
        "What a rule would redact stands in a column name, which no row can redact",
        "rename the column, then gate again",
    ),
    ERASED: (
        "The row was erased, so it is for no use",
        "remove it from the data; the receipts in the home's erasures/ say since when",
    ),
}


def own_reason(name: str) -> str:
    """What a reason of govgate's own means, in words; empty for a rule's."""
    if name.startswith(FAILED):
        return f"The row could not be read or scanned ({name.removeprefix(FAILED)})"
    return _OWN[name][0] if name in _OWN else ""


def explain(
    policy: Policy,
    facts_row: Mapping[str, Any],
    verdict_row: Mapping[str, Any],
    waivers: Sequence[Waiver] = (),
) -> list[Reason]:
    """The reasons of one row's verdict, those that decided training first.

    ``facts_row`` and ``verdict_row`` are the row's entries in the two tables, by column.
    ``waivers``: those that were in effect.
    """
    rules = {rule.id: rule for rule in policy.rules}
    read = Reasons(policy.rules)
    listed = [str(reason) for reason in verdict_row["reasons"]]
    lifted = lifted_by(waivers, verdict_row.get("waivers") or ())
    effects: dict[str, dict[Use, Effect]] = {reason: {} for reason in listed}
    for use in Use:
        effect = Effect[str(verdict_row[use.value]).upper()]
        for reason in read.deciding(listed, use, effect, lifted):
            effects[reason][use] = effect
    reasons = [_reason(policy, rules, name, effects[name], facts_row) for name in listed]
    return sorted(reasons, key=lambda one: (Use.TRAIN not in one.effects, not one.matched))


def _reason(
    policy: Policy,
    rules: Mapping[str, Rule],
    name: str,
    effects: dict[Use, Effect],
    facts_row: Mapping[str, Any],
) -> Reason:
    if name in _OWN:
        title, remedy = _OWN[name]
        return Reason(name, title, effects, matched=True, remedy=remedy)
    if name.startswith(FAILED):
        why = facts_row.get("pii.why") or name.removeprefix(FAILED)
        title = f"The row could not be read or scanned: {why}"
        return Reason(name, title, effects, matched=True, remedy="mend the row, then gate again")
    matched = not name.endswith(UNKNOWN_MARK)
    rule = rules.get(name.removesuffix(UNKNOWN_MARK))
    if rule is None:
        raise UsageError(
            f"{policy.name_for_messages}: the policy has no rule {name!r}, which the verdict names",
            remedy="explain the row with the policy that decided it",
        )
    asked = facts_of(rule.when)
    if not matched and not any(facts_row.get(fact) is None for fact in asked):
        asked |= {"pii.entities"}  # it matched, and what it would redact is not known
    facts = tuple(_fact_used(fact, facts_row) for fact in sorted(asked))
    return Reason(rule.id, rule.heading, effects, matched, facts, rule.cites, rule.remedy)


def _fact_used(name: str, facts_row: Mapping[str, Any]) -> FactUsed:
    value = facts_row.get(name)
    if value is None:
        # One `why` per fact, or one for its group: license.class.why, license.why.
        group = name.partition(".")[0]
        why = facts_row.get(f"{name}.why") or facts_row.get(f"{group}.why")
        return FactUsed(name, None, str(why or "nothing says it"))
    if isinstance(value, date):
        return FactUsed(name, value.isoformat())
    return FactUsed(name, value if isinstance(value, str | int) else tuple(value))
