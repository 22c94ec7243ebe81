"""What each rule of the policy did."""

from collections.abc import Iterator

from govgate.model import Effect, Use
from govgate.policy.explain import own_reason
from govgate.policy.verdict import UNKNOWN_MARK
from govgate.report.counting import table
from govgate.report.document import Bars, Column, Kind, Paragraph, Section, Shown, Value
from govgate.report.evidence import RunEvidence
from govgate.rundir import RECORD

_EFFECTS = [(use, effect) for use in Use for effect in Effect]


def section(evidence: RunEvidence) -> Section:
    """Rows by the reason that decided them, for each use and effect."""
    decided = table(
        "rules",
        "Rows that each rule decided",
        (
            Column("rule", Kind.CODE),
            Column("what it is for"),
            *(Column(f"{use}: {effect.word}", Kind.COUNT) for use, effect in _EFFECTS),
        ),
        _rows(evidence),
        f"{RECORD}: counts.rules",
        "A row can have several reasons, so a column does not add up to the number of rows. A rule"
        f" with {UNKNOWN_MARK} could not be answered, because a fact was unknown.",
    )
    silent = table(
        "silent-rules",
        "Rules that decided no row",
        (Column("rule", Kind.CODE), Column("what it is for")),
        (
            (rule.id, rule.heading)
            for rule in evidence.policy.rules
            if rule.id not in evidence.decision.counts.rules
            and f"{rule.id}{UNKNOWN_MARK}" not in evidence.decision.counts.rules
        ),
        f"{RECORD}: counts.rules; policy.yaml: rules",
    )
    said = (
        "Every row's verdict names the rules that gave it. This is how often each of them did."
        " The policy above says what they mean."
    )
    return Section(
        "effects",
        "What each rule did",
        (
            Paragraph((said,), lead=True),
            Bars(decided, ("train: deny", "train: redact", "train: allow"), "Training, by rule"),
            Shown(decided),
            *((Shown(silent),) if silent.rows else ()),
        ),
    )


def _rows(evidence: RunEvidence) -> Iterator[tuple[Value, ...]]:
    titles = {rule.id: rule.heading for rule in evidence.policy.rules}
    rules = evidence.decision.counts.rules
    most = sorted(rules, key=lambda one: (-max(_all(rules[one])), one))
    for reason in most:
        told = rules[reason]
        title = titles.get(reason.removesuffix(UNKNOWN_MARK)) or own_reason(reason)
        counts = (told.get(use.value, {}).get(effect.word, 0) for use, effect in _EFFECTS)
        yield (reason, title, *counts)


def _all(uses: dict[str, dict[str, int]]) -> list[int]:
    return [rows for effects in uses.values() for rows in effects.values()] or [0]
