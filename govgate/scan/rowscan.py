"""The texts of one row → the questions they are; the answers → its findings, and an account of
every text. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from govgate.model import Failure, Finding
from govgate.scan.question import Answer, Question, Sighting
from govgate.scan.walk import Text, TextKind, skip_reason

UNSUPPORTED: Final = Failure(
    "unsupported-value",
    "a value of this row is of a type that cannot be scanned, such as bytes",
    "leave the column out, or store it as text, numbers or lists of them",
)


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

    ``failure``: that of the first text that could not be scanned; findings of the others stand.
    """

    findings: tuple[Finding, ...] = ()
    scanned: Tally = field(default_factory=Tally)
    failed: Tally = field(default_factory=Tally)
    skipped: dict[str, Tally] = field(default_factory=dict)
    failure: Failure | None = None


def question(text: Text) -> Question | None:
    """What is asked about ``text``; None if it is skipped or of no kind that can be looked into."""
    if text.kind is TextKind.UNSUPPORTED or skip_reason(text) is not None:
        return None
    return Question(text.text, text.kind is TextKind.STRING)


def row_scan(texts: Sequence[Text], answer: Callable[[Question], Answer]) -> RowScan:
    """Findings in order of the texts, then start, end and entity."""
    row = RowScan()
    findings: list[Finding] = []
    for text in texts:
        if text.kind is TextKind.UNSUPPORTED:
            seen: Answer = UNSUPPORTED
        elif (reason := skip_reason(text)) is not None:
            row.skipped.setdefault(reason, Tally()).add(text)
            continue
        else:
            seen = answer(Question(text.text, text.kind is TextKind.STRING))
        if isinstance(seen, Failure):
            row.failed.add(text)
            row.failure = row.failure or seen
        else:
            row.scanned.add(text)
            findings.extend(_finding(text, sighting) for sighting in seen)
    row.findings = tuple(findings)
    return row


def _finding(text: Text, seen: Sighting) -> Finding:
    return Finding(
        pointer=text.pointer,
        role=text.role,
        entity=seen.entity,
        start=seen.start,
        end=seen.end,
        score=seen.score,
        recognizer=seen.recognizer,
        view=seen.view,
        fingerprint=seen.fingerprint,
    )
