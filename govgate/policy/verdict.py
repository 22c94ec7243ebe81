"""From the rules that speak of a row to its verdict.

1. A matched rule gives its effect. A rule that could not be answered gives deny where it would
   redact or deny, and nothing where it would allow: unknown permission is no permission. Its key
   ``unknown`` can turn the first into silence, and the second into deny.
2. The strictest effect wins; a use that no rule speaks of is denied.
3. Redacting needs to know what: where the findings are unknown, redact becomes deny.
4. A waiver takes away what its rule has against a use. It permits nothing: where that leaves no
   rule that speaks, a waived redaction stays, and a waived denial leaves the use denied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from govgate.model import Effect, Partition, Use
from govgate.policy.conditions import entities_named
from govgate.policy.model import NOTHING_ALLOWS, Rule

EVERY_FINDING = "*"
UNKNOWN_MARK = "?"  # ends a reason whose rule could not be answered


class Verdict(NamedTuple):
    """What all rows of which the same rules speak have in common.

    ``redact_train``, ``redact_retrieve``: the entities to replace for that use, ``*`` for every
    finding; which of them a row has is not looked at here. ``waivers``: those whose rule would
    have stood against a use, by id.
    """

    train: str
    retrieve: str
    partition: str
    reasons: list[str]
    waivers: list[str]
    duties: list[str]
    redact_train: list[str]
    redact_retrieve: list[str]


Given = tuple[Effect, str, tuple[str, ...]]
"""What a rule gives to a use: an effect, the reason for it, and the waivers that lift it, by id."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """What a rule says when it speaks. ``waived``: the waivers of it by use, by id.

    ``matched``: what it gives to each use, in their order, where it matches; ``blind``: where it
    matches and the findings are unknown; ``open``: where it could not be answered. All three follow
    from the rest, and are worked out once, as verdicts are settled by the hundred thousand.
    """

    id: str
    effects: dict[Use, Effect]
    unanswered: dict[Use, Effect]  # those where it asks for an unknown fact
    entities: frozenset[str]  # those it redacts; empty: all
    obligations: tuple[str, ...]
    waived: Mapping[Use, tuple[str, ...]] = field(default_factory=dict)
    matched: tuple[Given | None, ...] = field(init=False, repr=False, compare=False)
    blind: tuple[Given | None, ...] = field(init=False, repr=False, compare=False)
    open: tuple[Given | None, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        marked = self.id + UNKNOWN_MARK
        matched = [self._gives(use, self.effects.get(use), self.id) for use in Use]
        denied = [self._gives(use, Effect.DENY, marked) for use in Use]
        redacts = [self.effects.get(use) is Effect.REDACT for use in Use]
        blind = [no if r else yes for r, no, yes in zip(redacts, denied, matched, strict=True)]
        opened = [self._gives(use, self.unanswered.get(use), marked) for use in Use]
        for name, given in (("matched", matched), ("blind", blind), ("open", opened)):
            object.__setattr__(self, name, tuple(given))

    def _gives(self, use: Use, effect: Effect | None, reason: str) -> Given | None:
        if effect is None:
            return None
        return effect, reason, () if effect is Effect.ALLOW else self.waived.get(use, ())

    @classmethod
    def of(cls, rule: Rule) -> "Speaker":
        """The rule without its ``when``."""
        effects = {use: effect for use in Use if (effect := rule.then.on(use)) is not None}
        unanswered = {use: deny for use in Use if (deny := rule.unanswered(use)) is not None}
        return cls(rule.id, effects, unanswered, entities_named(rule.when), rule.obligations)


def settle(
    matched: Sequence[Speaker], unknown: Sequence[Speaker], *, findings_known: bool
) -> Verdict:
    """The verdict on rows of which these rules speak."""
    effects: dict[Use, Effect] = {}
    reasons: set[str] = set()
    waivers: set[str] = set()
    redacting: dict[Use, list[str]] = {}
    for number, use in enumerate(Use):
        said = _contributions(number, matched, unknown, findings_known=findings_known)
        waivers.update(*(ids for _, _, ids in said))
        given = _standing(said)
        effects[use] = max((effect for effect, _ in given), default=Effect.DENY)
        decided_by = [reason for effect, reason in given if effect == effects[use]]
        reasons.update(decided_by or [NOTHING_ALLOWS])
        redacting[use] = _redacted(effects[use], decided_by, matched)
    return Verdict(
        effects[Use.TRAIN].word,
        effects[Use.RETRIEVE].word,
        partition_of(effects[Use.TRAIN], effects[Use.RETRIEVE]).value,
        sorted(reasons),
        sorted(waivers),
        _duties(effects, (*matched, *unknown)),
        redacting[Use.TRAIN],
        redacting[Use.RETRIEVE],
    )


def partition_of(train: Effect, retrieve: Effect) -> Partition:
    """Where a row with these effects ends."""
    if train < Effect.DENY:
        return Partition.TRAIN
    return Partition.RETRIEVE if retrieve < Effect.DENY else Partition.WITHHELD


def _contributions(
    use: int, matched: Sequence[Speaker], unknown: Sequence[Speaker], *, findings_known: bool
) -> list[Given]:
    """All that is given to use number ``use``."""
    given = [rule.matched[use] if findings_known else rule.blind[use] for rule in matched]
    given += [rule.open[use] for rule in unknown]
    return [one for one in given if one is not None]


def _standing(said: list[Given]) -> list[tuple[Effect, str]]:
    """What no waiver lifts; where that is nothing, the redactions: they alone allow the use."""
    standing = [(effect, reason) for effect, reason, waived in said if not waived]
    return standing or [(effect, reason) for effect, reason, _ in said if effect is Effect.REDACT]


def _duties(effects: dict[Use, Effect], speakers: Sequence[Speaker]) -> list[str]:
    """Duties of using the row. An unanswered rule's are kept too: they may well apply."""
    if min(effects.values()) is Effect.DENY:
        return []
    return sorted({duty for rule in speakers for duty in rule.obligations})


def _redacted(effect: Effect, decided_by: list[str], matched: Sequence[Speaker]) -> list[str]:
    if effect is not Effect.REDACT:
        return []
    rules = [rule for rule in matched if rule.id in decided_by]
    if any(not rule.entities for rule in rules):
        return [EVERY_FINDING]
    return sorted({entity for rule in rules for entity in rule.entities})
