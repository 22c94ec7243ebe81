"""Which of a verdict's reasons gave a use its effect, read off the verdict."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from govgate.model import Effect, Use
from govgate.policy.model import REQUIRE, Rule
from govgate.policy.verdict import UNKNOWN_MARK, WAIVED


class _Said(NamedTuple):
    """What a reason says to each use. ``rule``: empty for a reason of govgate's own.

    ``waived``: a waiver's word, which speaks only of the uses that it lifts.
    """

    rule: str
    train: Effect | None
    retrieve: Effect | None
    waived: bool = False


class Reasons:
    """Reads the reasons of verdicts under some rules; remembers what each reason says."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._said: dict[str, _Said] = {}

    def deciding(
        self,
        reasons: Sequence[str],
        use: Use,
        effect: Effect,
        lifted: AbstractSet[tuple[str, Use]] = frozenset(),
    ) -> list[str]:
        """Those of ``reasons`` that gave ``use`` its ``effect``.

        ``lifted``: rules that a waiver lifts in this row, with the use for which it does.
        """
        if REQUIRE in reasons and use is Use.TRAIN:
            return [REQUIRE]
        at = 1 if use is Use.TRAIN else 2
        said = self._said
        found = [one for one in reasons if (said.get(one) or self._learn(one))[at] is effect]
        if lifted:
            found = self._with_waivers(found, reasons, use, effect, lifted)
        if not found and effect is Effect.DENY:
            return sorted({one for one in reasons if not said[one].rule} - {REQUIRE})
        return found

    def _with_waivers(
        self,
        found: list[str],
        reasons: Sequence[str],
        use: Use,
        effect: Effect,
        lifted: AbstractSet[tuple[str, Use]],
    ) -> list[str]:
        """A lifted rule has nothing against the use; the waiver allows it instead."""
        if effect is not Effect.ALLOW:
            return [one for one in found if (self._said[one].rule, use) not in lifted]
        said = self._said
        return [
            *found,
            *(one for one in reasons if said[one].waived and (said[one].rule, use) in lifted),
        ]

    def _learn(self, reason: str) -> _Said:
        if reason.startswith(WAIVED):
            rule_id = reason.removeprefix(WAIVED)
            said = _Said(rule_id, None, None, waived=True)
        else:
            rule = self._rules.get(reason.removesuffix(UNKNOWN_MARK))
            answered = not reason.endswith(UNKNOWN_MARK)
            train, retrieve = (
                None if rule is None else _gives(rule, use, answered=answered)
                for use in (Use.TRAIN, Use.RETRIEVE)
            )
            said = _Said("" if rule is None else rule.id, train, retrieve)
        self._said[reason] = said
        return said


def _gives(rule: Rule, use: Use, *, answered: bool) -> Effect | None:
    """What the rule gave to the use, as far as its reason tells."""
    effect = rule.then.on(use)
    if answered:
        return effect
    # A redaction of unknown findings denies, whatever the rule says about unknown facts.
    return Effect.DENY if effect is Effect.REDACT else rule.unanswered(use)
