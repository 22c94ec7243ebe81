"""The texts of one row → its findings, and an account of every text. Pure but for the detector."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from govgate.model import Failure, Finding
from govgate.scan.detector import Detector, DetectorError, Span
from govgate.scan.fingerprint import fingerprint
from govgate.scan.jsontext import inner_texts
from govgate.scan.walk import Text, TextKind, skip_reason

ORIGINAL: Final = "original"
JSON: Final = "json"
MEMO_CHARACTERS: Final = 4_000_000
MEMO_LONGEST: Final = 20_000


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


class Memo:
    """A detector that remembers texts seen lately: chat data repeats its prompts and its keys.

    Holds texts in memory only, least recently used out first.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._known: OrderedDict[str, list[Span]] = OrderedDict()
        self._characters = 0

    def detect(self, text: str) -> list[Span]:
        """What the detector says of ``text``. Failures are not remembered."""
        if (known := self._known.get(text)) is not None:
            self._known.move_to_end(text)
            return known
        spans = self._detector.detect(text)
        if len(text) <= MEMO_LONGEST:
            self._known[text] = spans
            self._characters += len(text) + 100
            while self._characters > MEMO_CHARACTERS:
                oldest, _ = self._known.popitem(last=False)
                self._characters -= len(oldest) + 100
        return spans


class RowScanner:
    """Scans the texts of rows with one detector."""

    def __init__(self, detector: Detector, *, max_characters: int, fingerprint_key: bytes) -> None:
        self._memo = Memo(detector)
        self._max_characters = max_characters
        self._key = fingerprint_key

    def scan(self, texts: Sequence[Text]) -> RowScan:
        """Findings in order of the texts, then start, end and entity."""
        row = RowScan()
        findings: list[Finding] = []
        for text in texts:
            reason = skip_reason(text)
            if reason is not None:
                row.skipped.setdefault(reason, Tally()).add(text)
                continue
            failure = self._failure(text) or self._look(text, findings)
            (row.failed if failure else row.scanned).add(text)
            row.failure = row.failure or failure
        row.findings = tuple(findings)
        return row

    def _failure(self, text: Text) -> Failure | None:
        """Why ``text`` cannot be given to the detector at all."""
        if text.kind is TextKind.UNSUPPORTED:
            return Failure(
                "unsupported-value",
                "a value of this row is of a type that cannot be scanned, such as bytes",
                "leave the column out, or store it as text, numbers or lists of them",
            )
        if len(text.text) > self._max_characters:
            return Failure(
                "string-too-long",
                f"a string of this row has over {self._max_characters} characters",
                "split the text into several rows, or raise scan.max_characters",
            )
        return None

    def _look(self, text: Text, findings: list[Finding]) -> Failure | None:
        """Add the findings of ``text`` in all its views; the failure of a view that failed."""
        best: dict[tuple[int, int, str], Finding] = {}
        failure = None
        try:
            for finding in self._views(text):
                place = (finding.start, finding.end, finding.entity)
                if place not in best or finding.score > best[place].score:
                    best[place] = finding
        except DetectorError as problem:
            failure = problem.failure
        findings.extend(best[place] for place in sorted(best))
        return failure

    def _views(self, text: Text) -> Iterator[Finding]:
        for span in self._memo.detect(text.text):
            yield self._finding(text, span, span.start, span.end, text.text, ORIGINAL)
        if text.kind is not TextKind.STRING:
            return
        for inner in inner_texts(text.text):
            if skip_reason(Text("", "", inner.text, inner.kind)) is not None:
                continue
            for span in self._memo.detect(inner.text):
                start, end = inner.outer(span.start), inner.outer(span.end)
                yield self._finding(text, span, start, end, inner.text, JSON)

    def _finding(
        self, text: Text, span: Span, start: int, end: int, seen: str, view: str
    ) -> Finding:
        """A finding at ``start:end`` of ``text``; ``span`` is where it lies in ``seen``."""
        return Finding(
            pointer=text.pointer,
            role=text.role,
            entity=span.entity,
            start=start,
            end=end,
            score=span.score,
            recognizer=span.recognizer,
            view=view,
            fingerprint=fingerprint(seen[span.start : span.end], self._key),
        )
