"""The texts of one row → the questions they are; the answers → its findings, and an account of
every text. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from govgate.model import Failure, Finding
from govgate.scan.detector import Span
from govgate.scan.fields import Fields
from govgate.scan.fingerprint import fingerprint
from govgate.scan.question import ORIGINAL, Answer, Question, Sighting, merged
from govgate.scan.remembered import NAMES, Remembered
from govgate.scan.seams import Seam, seams
from govgate.scan.walk import Text, TextKind, is_long, skip_reason, walk

UNSUPPORTED: Final = Failure(
    "unsupported-value",
    "a value of this row is of a type that cannot be scanned, such as bytes",
    "leave the column out, or store it as text, numbers or lists of them",
)
POLICY: Final = "policy:"
"""Stands before the id of the policy's rule that has a text skipped."""


class Skipped(NamedTuple):
    """A text that is not looked into, and the reason."""

    reason: str


Fate = Question | Skipped | Failure
_KEYS: Final[Remembered[str, Fate]] = Remembered(NAMES)
"""What becomes of a member's name: its place has no say in it."""


@dataclass(frozen=True, slots=True)
class RowTexts:
    """All texts of a row, what is to become of each, and where a number may cross two of them.

    ``characters``: those of all texts.
    """

    texts: tuple[Text, ...] = ()
    fates: tuple[Fate, ...] = ()
    seams: tuple[Seam, ...] = ()
    characters: int = 0

    def questions(self) -> Iterator[Question]:
        """Everything that is asked about the row; equal strings are equal questions."""
        for fate in self.fates:
            if isinstance(fate, Question):
                yield fate
        for seam in self.seams:
            yield seam.question


def row_texts(value: Any, fields: Fields) -> RowTexts:
    """The texts of a row's value, and what the policy says is to become of them."""
    texts = tuple(_texts(value, fields))
    fates = tuple(_fate(text, fields) for text in texts)
    looked = [isinstance(fate, Question) for fate in fates]
    across = (seam for seam in seams(texts) if all(looked[place] for place in seam.turns))
    return RowTexts(texts, fates, tuple(across), sum(len(text.text) for text in texts))


def _texts(value: Any, fields: Fields) -> Iterator[Text]:
    """The texts of ``value``; short numbers among them only where a field is known to hold
    something."""
    if not fields.hold:
        return walk(value)
    return (
        text
        for text in walk(value, short=True)
        if text.kind is not TextKind.NUMBER or is_long(text.text) or fields.place(text).held
    )


def _fate(text: Text, fields: Fields) -> Fate:
    if text.kind is TextKind.KEY:
        return _KEYS.get(text.text) or _key_fate(text)
    if text.kind is TextKind.UNSUPPORTED:
        return UNSUPPORTED
    if (reason := skip_reason(text)) is not None:
        return Skipped(reason)
    place = fields.place(text)
    if place.skipped_by is not None:
        return Skipped(POLICY + place.skipped_by)
    return Question(text.text, text.kind is TextKind.STRING, place.context)


def _key_fate(text: Text) -> Fate:
    reason = skip_reason(text)
    fate = Question(text.text, opens=False) if reason is None else Skipped(reason)
    return _KEYS.keep(text.text, fate, len(text.text))


@dataclass(slots=True)
class Tally:
    """How many strings, and how many characters they hold."""

    strings: int = 0
    characters: int = 0

    def add(self, text: Text) -> None:
        """Count one text."""
        self.strings += 1
        self.characters += len(text.text)


@dataclass(slots=True)
class RowScan:
    """What was seen in a row, and what became of each of its texts.

    ``skipped`` by reason, ``failed`` by code. ``failure``: that of the first text that could not
    be scanned; findings of the others stand.
    """

    findings: tuple[Finding, ...] = ()
    scanned: Tally = field(default_factory=Tally)
    skipped: dict[str, Tally] = field(default_factory=dict)
    failed: dict[str, Tally] = field(default_factory=dict)
    failure: Failure | None = None


def row_scan(
    row: RowTexts, answer: Callable[[Question], Answer], *, fields: Fields, key: bytes
) -> RowScan:
    """Findings in order of the texts, then start, end and entity. ``key`` is for fingerprints."""
    scan = RowScan()
    seen: dict[int, list[Sighting]] = {}
    strings = characters = 0
    for place, (text, fate) in enumerate(zip(row.texts, row.fates, strict=True)):
        told = answer(fate) if isinstance(fate, Question) else fate
        if isinstance(told, Skipped):
            scan.skipped.setdefault(told.reason, Tally()).add(text)
            continue
        if fields.hold and isinstance(fate, Question):
            told = _with_held(told, text, fields, key)
        if isinstance(told, Failure):
            scan.failed.setdefault(told.code, Tally()).add(text)
            scan.failure = scan.failure or told
            continue
        strings += 1
        characters += len(text.text)
        if told:
            seen[place] = list(told)
    scan.scanned = Tally(strings, characters)
    for seam in row.seams:
        across = answer(seam.question)
        if isinstance(across, Failure):
            scan.failure = scan.failure or across
        else:
            for place, sighting in seam.findings(across):
                seen.setdefault(place, []).append(sighting)
    scan.findings = tuple(
        finding
        for place in sorted(seen)
        for finding in _findings(row.texts[place], seen[place], fields)
    )
    return scan


def _with_held(seen: Answer, text: Text, fields: Fields, key: bytes) -> Answer:
    """``seen`` in ``text``, and findings that are all of it, because the policy says what its
    field holds. Its lists and exclusions speak of those too; a failure if they ran out of time."""
    held = fields.place(text).held
    if isinstance(seen, Failure) or not held or not text.text:
        return seen
    spans = [Span(0, len(text.text), entity, 1.0, rule) for rule, entity in held]
    judged = fields.judge.twice(text.text, spans)
    if isinstance(judged, Failure):
        return judged
    mark = fingerprint(text.text, key)
    return seen + tuple(
        Sighting(0, len(text.text), s.entity, s.score, s.recognizer, ORIGINAL, mark, excluded)
        for s, excluded in judged
    )


def _findings(text: Text, seen: Sequence[Sighting], fields: Fields) -> Iterator[Finding]:
    """What was ``seen`` in ``text``, where it stands in the row."""
    excluded_by = fields.place(text).excluded_by
    for start, end, entity, score, recognizer, view, mark, excluded in merged(seen):
        yield Finding(
            text.pointer,
            text.role,
            entity,
            start,
            end,
            score,
            recognizer,
            view,
            mark,
            excluded or excluded_by(entity),
        )
