"""Strings → what is seen in them, in all views. Runs inside a worker; pure but for its detector."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from govgate.model import Failure
from govgate.scan.detector import Ask, Detector, Span
from govgate.scan.fingerprint import fingerprint
from govgate.scan.jsontext import InnerText, inner_texts
from govgate.scan.judge import Judge, Judged
from govgate.scan.question import JSON, ORIGINAL, Answer, Question, Sighting, merged
from govgate.scan.views.offsets import Outer, through
from govgate.scan.views.readings import views
from govgate.scan.views.view import NAMES, View
from govgate.scan.walk import Text, TextKind, skip_reason
from govgate.scan.windows import Stitches, Window, across, windows
from govgate.scansettings import Looks

CHUNK_CHARACTERS: Final = 256 * 1024
"""Text that the detector is given at a time: enough to fill its batches, little enough to hold."""
MEMO_CHARACTERS: Final = 4_000_000
MEMO_LONGEST: Final = 20_000

Place = tuple[int, int, str]
"""A finding's start, end and entity, in the string."""


@dataclass(slots=True)
class _Reading:
    """One text that a string is read as, the way back, and what was seen in its windows.

    ``shown``: the view that says which findings count; None where all do.
    """

    view: str
    text: str
    context: tuple[str, ...]
    outer: Outer
    shown: View | None = None
    seen: Stitches = field(default_factory=Stitches)
    failure: Failure | None = None

    @property
    def asked(self) -> bool:
        """Whether a detector is to look at it."""
        return self.shown is None or self.shown.asked

    def take(self, part: "_Part", seen: list[Span] | Failure) -> None:
        """Note what was seen in a part; windows come in order."""
        if isinstance(seen, Failure):
            self.failure = self.failure or seen
        elif part.shared is None:
            self.seen.add(part.window, seen)
        else:
            self.seen.add_across(part.window, part.shared, seen)

    def parts(self, *, across_cuts: bool) -> Iterator["_Part"]:
        """What of it a detector is to look at: its windows, and ``across_cuts`` what lies around
        each cut between two."""
        before: Window | None = None
        for window in windows(self.text):
            if before is not None and across_cuts:
                shared = Window(window.start, self.text[window.start : before.end])
                yield _Part(self, across(self.text, before, window), shared)
            yield _Part(self, window)
            before = window

    def counting(self, known: Mapping[Place, float]) -> list[Span]:
        """The findings that count: all, or those that the view is there for. Outside of what a
        view reads otherwise it is there for scores that its context raises, over ``known``."""
        spans = self.seen.spans()
        view = self.shown
        if view is None:
            return spans
        kept = [s for s in spans if view.keeps(s) or self._raises(s, known)]
        return sorted({*kept, *view.seen})

    def _raises(self, span: Span, known: Mapping[Place, float]) -> bool:
        score = known.get((*self.outer(span.start, span.end), span.entity))
        return score is not None and span.score > score and span.recognizer != NAMES


@dataclass(frozen=True, slots=True)
class _Part:
    """A window of a reading, or the surroundings of what two windows ``shared``."""

    reading: _Reading
    window: Window
    shared: Window | None = None

    @property
    def ask(self) -> Ask:
        """What a detector is asked about it."""
        return Ask(self.window.text, self.reading.context, self.shared is not None)


class StringScanner:
    """Answers questions about strings with one detector."""

    def __init__(
        self,
        detector: Detector,
        *,
        fingerprint_key: bytes,
        looks: Looks | None = None,
        thresholds: Mapping[str, float] | None = None,
    ) -> None:
        self._memo = Memo(detector)
        looks = looks or Looks()
        self._judge = Judge(looks, thresholds)
        self._patterns = frozenset(pattern.id for pattern in looks.patterns)
        self._only = None if looks.entities is None else frozenset(looks.entities)
        self._key = fingerprint_key

    def answer(self, questions: Sequence[Question]) -> list[Answer]:
        """An answer to each of ``questions``, in order, with memory bounded by their own size."""
        read = [list(_readings(question)) for question in questions]
        chunk: list[_Part] = []
        size = 0
        for reading in (reading for readings in read for reading in readings if reading.asked):
            for part in reading.parts(across_cuts=bool(self._patterns)):
                chunk.append(part)
                size += len(part.window.text)
                if size >= CHUNK_CHARACTERS:
                    self._look(chunk)
                    chunk, size = [], 0
        self._look(chunk)
        return [self._answer(readings) for readings in read]

    def _look(self, chunk: Sequence[_Part]) -> None:
        seen = self._memo.detect([part.ask for part in chunk])
        for part, told in zip(chunk, seen, strict=True):
            if part.shared is not None and not isinstance(told, Failure):
                told = [span for span in told if span.recognizer in self._patterns]
            part.reading.take(part, told)

    def _answer(self, readings: Sequence[_Reading]) -> Answer:
        """The findings of all readings: of those at one place the best, of equals the plainest."""
        seen: list[Sighting] = []
        known: dict[Place, float] = {}
        for reading in readings:
            if reading.failure is not None:
                return reading.failure
            spans = reading.counting(known)
            if len(readings) > 1:
                known |= {(*reading.outer(s.start, s.end), s.entity): s.score for s in spans}
            judged = self._judge.twice(reading.text, spans)
            if isinstance(judged, Failure):
                return judged
            seen += [self._sighting(reading, one) for one in judged if self._wanted(one)]
        return tuple(merged(seen))

    def _wanted(self, judged: Judged) -> bool:
        """Whether the policy looks for it: what was seen without a detector was not chosen yet."""
        return self._only is None or judged.span.entity in self._only

    def _sighting(self, reading: _Reading, judged: Judged) -> Sighting:
        span = judged.span
        start, end = reading.outer(span.start, span.end)
        return Sighting(
            start,
            end,
            span.entity,
            span.score,
            span.recognizer,
            reading.view,
            fingerprint(reading.text[span.start : span.end], self._key),
            judged.excluded,
        )


def _readings(question: Question) -> Iterator[_Reading]:
    """The string as it stands, then what JSON in it spells; then the views of all of them."""
    text, context = question.text, question.context
    yield _Reading(ORIGINAL, text, context, _same)
    opened = [one for one in inner_texts(text) if _is_looked_into(one)] if question.opens else []
    for inner in opened:
        yield _Reading(JSON, inner.text, context, _within(inner))
    yield from _views(text, context, _same, question.opens)
    for inner in opened:
        yield from _views(inner.text, context, _within(inner), inner.kind is TextKind.STRING)


def _is_looked_into(inner: InnerText) -> bool:
    return skip_reason(Text("", "", inner.text, inner.kind)) is None


def _views(text: str, context: tuple[str, ...], outer: Outer, tables: bool) -> Iterator[_Reading]:
    for view in views(text, tables=tables):
        back = view.outer if outer is _same else through(view.outer, outer)
        yield _Reading(view.name, view.text, (*context, *view.context), back, view)


def _same(start: int, end: int) -> tuple[int, int]:
    return start, end


def _within(inner: InnerText) -> Outer:
    return lambda start, end: (inner.outer(start), inner.outer(end))


class Memo:
    """A detector that remembers texts seen lately: chat data repeats its prompts.

    Holds texts in memory only, least recently used out first. What failed is tried once more, on
    its own, and not remembered.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._known: OrderedDict[Ask, list[Span]] = OrderedDict()
        self._characters = 0

    def detect(self, asks: Sequence[Ask]) -> list[list[Span] | Failure]:
        """What the detector says of each of ``asks``; of equal ones it is asked once."""
        seen: dict[Ask, list[Span] | Failure] = {}
        for ask in asks:
            if (known := self._known.get(ask)) is not None:
                self._known.move_to_end(ask)
                seen[ask] = known
        new = [ask for ask in dict.fromkeys(asks) if ask not in seen]
        for ask, spans in zip(new, self._detector.detect(new) if new else [], strict=True):
            seen[ask] = self._detector.detect([ask])[0] if isinstance(spans, Failure) else spans
            self._remember(ask, seen[ask])
        return [seen[ask] for ask in asks]

    def _remember(self, ask: Ask, spans: list[Span] | Failure) -> None:
        if isinstance(spans, Failure) or len(ask.text) > MEMO_LONGEST:
            return
        self._known[ask] = spans
        self._characters += len(ask.text) + 100
        while self._characters > MEMO_CHARACTERS:
            oldest, _ = self._known.popitem(last=False)
            self._characters -= len(oldest.text) + 100
