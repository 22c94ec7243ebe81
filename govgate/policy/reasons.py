"""Which of a verdict's reasons gave a use its effect, read off the verdict."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from govgate.model import Effect, Use
from govgate.policy.model import REQUIRE, Rule
from govgate.policy.verdict import UNKNOWN_MARK


class _Said(NamedTuple):
    """What a reason says to each use. ``rule``: empty for a reason of govgate's own."""

    rule: str
    train: Effect | None
    retrieve: Effect | None


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
            standing = [one for one in found if (said[one].rule, use) not in lifted]
            # A waived redaction decides where nothing else speaks: a waiver permits nothing.
            waived = found if effect is Effect.REDACT else []
            found = found if effect is Effect.ALLOW else standing or waived
        if not found and effect is Effect.DENY:
            return sorted({one for one in reasons if not said[one].rule} - {REQUIRE})
        return found

    def _learn(self, reason: str) -> _Said:
        rule = self._rules.get(reason.removesuffix(UNKNOWN_MARK))
        answered = not reason.endswith(UNKNOWN_MARK)
        train, retrieve = (
            None if rule is None else rule.gave(use, answered=answered)
            for use in (Use.TRAIN, Use.RETRIEVE)
        )
        said = _Said("" if rule is None else rule.id, train, retrieve)
        self._said[reason] = said
        return said
