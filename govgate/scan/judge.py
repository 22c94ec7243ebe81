"""A policy's rules about findings: hotwords change scores, lists and exclusions take findings out.

A finding that is taken out is not dropped: it carries the id of what took it out, so that it
stays in the table of findings and is counted there.
"""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Final, NamedTuple

import regex

from govgate.model import Failure
from govgate.scan.detector import DetectorError, Span
from govgate.scansettings import AllowList, Exclusion, Hotword, Looks, Nearby

SECONDS: Final = 1.0
"""How long the policy's patterns may take over the findings of a string, and over each of them
another hundredth."""


class Judged(NamedTuple):
    """A span with its final score. ``excluded``: the id of what took it out, else empty."""

    span: Span
    excluded: str = ""


Test = Callable[[Span, float], bool]
"""Whether a span is taken out; not later than at the moment given, of the monotonic clock."""
MakeTest = Callable[[str, Sequence[Span]], Test]
"""A test for a text, given the findings in it that count so far."""


class Judge:
    """Applies the hotwords, allow lists and exclusions of ``looks``.

    ``thresholds``: for entities that exclusions look ``within``, the score from which one counts.
    """

    def __init__(self, looks: Looks, thresholds: Mapping[str, float] | None = None) -> None:
        self._thresholds = dict(thresholds or {})
        self._hotwords = [(one, _Around(one.id, one)) for one in looks.hotwords]
        self._exclusions: list[tuple[str, frozenset[str] | None, MakeTest]] = [
            *((one.id, _set(one.entities), _allowing(one)) for one in looks.allow),
            *((one.id, _set(one.entities), _excluding(one)) for one in looks.exclusions),
        ]

    def judge(self, text: str, spans: Sequence[Span]) -> list[Judged]:
        """What becomes of each of ``spans``, which were found in ``text``.

        First all hotwords in the policy's order, then the first list or exclusion that applies.
        DetectorError if the patterns of the policy run out of time.
        """
        until = time.monotonic() + SECONDS * (1 + len(spans) / 100)
        judged = [Judged(span) for span in spans]
        for hotword, around in self._hotwords:
            judged = [_rescored(hotword, around, text, one, until) for one in judged]
        for id, entities, make in self._exclusions:
            test = make(text, [one.span for one in judged if self._counts(one)])
            judged = [
                Judged(span, id)
                if not excluded
                and (entities is None or span.entity in entities)
                and test(span, until)
                else Judged(span, excluded)
                for span, excluded in judged
            ]
        return judged

    def twice(self, text: str, spans: Sequence[Span]) -> list[Judged] | Failure:
        """As `judge`, tried once more where time ran out; the failure if it does so again."""
        try:
            return self.judge(text, spans)
        except DetectorError:
            try:
                return self.judge(text, spans)
            except DetectorError as late:
                return late.failure

    def _counts(self, judged: Judged) -> bool:
        span, excluded = judged
        return not excluded and span.score >= self._thresholds.get(span.entity, 0)


def _set(entities: Sequence[str] | None) -> frozenset[str] | None:
    return None if entities is None else frozenset(entities)


def _rescored(
    hotword: Hotword, around: "_Around", text: str, judged: Judged, until: float
) -> Judged:
    """``judged`` with another score; what is left with none is taken out by the hotword."""
    span = judged.span
    if hotword.entities is not None and span.entity not in hotword.entities:
        return judged
    if not around.holds(text, span, until):
        return judged
    score = hotword.score if hotword.score is not None else span.score + (hotword.change or 0)
    score = round(min(max(score, 0.0), 1.0), 6)
    return Judged(span._replace(score=score), judged.excluded if score else hotword.id)


def _allowing(rule: AllowList) -> MakeTest:
    fold = str.casefold if rule.ignore_case else str
    values = frozenset(map(fold, rule.values))
    return lambda text, _: lambda span, _: fold(text[span.start : span.end]) in values


def _excluding(rule: Exclusion) -> MakeTest:
    if rule.pattern is not None:
        whole = _Limited(rule.id, rule.pattern)
        return lambda text, _: lambda span, until: whole.is_all(text[span.start : span.end], until)
    if rule.near is not None:
        around = _Around(rule.id, rule.near)
        return lambda text, _: lambda span, until: around.holds(text, span, until)
    within = rule.within or ()
    return lambda _, spans: _inside([span for span in spans if span.entity in within])


def _inside(outer: Sequence[Span]) -> Test:
    """Whether a span lies inside one of ``outer`` of another entity."""
    by_entity: dict[str, list[Span]] = {}
    for span in sorted(outer):
        by_entity.setdefault(span.entity, []).append(span)
    ends = {name: list(accumulate((s.end for s in some), max)) for name, some in by_entity.items()}

    def test(span: Span, _: float) -> bool:
        for entity, some in by_entity.items():
            upto = bisect_right(some, span.start, key=lambda one: one.start)
            if entity != span.entity and upto and ends[entity][upto - 1] >= span.end:
                return True
        return False

    return test


class _Around:
    """Looks for what ``nearby`` names before and behind findings."""

    def __init__(self, id: str, nearby: Nearby) -> None:
        words = "|".join(map(regex.escape, sorted(nearby.words or (), key=len, reverse=True)))
        self._search = _Limited(id, nearby.pattern or rf"(?<!\w)(?:{words})(?!\w)")
        self._before, self._after = nearby.before, nearby.after

    def holds(self, text: str, span: Span, until: float) -> bool:
        """Whether it stands in the window around ``span``, outside it, and not cut off."""
        before = (max(span.start - self._before, 0), span.start)
        behind = (span.end, min(span.end + self._after, len(text)))
        return any(self._search.within(text, *window, until) for window in (before, behind))


class _Limited:
    """A pattern of the policy, which has to end in time; letter case is ignored."""

    def __init__(self, id: str, pattern: str) -> None:
        self._id = id
        self._pattern = regex.compile(pattern, regex.IGNORECASE)

    def is_all(self, text: str, until: float) -> bool:
        """Whether it matches all of ``text``."""
        with self._ending(until) as seconds:
            return self._pattern.fullmatch(text, timeout=seconds) is not None

    def within(self, text: str, low: int, high: int, until: float) -> bool:
        """Whether it matches some of ``text[low:high]``, seeing what stands around that."""
        if low >= high:
            return False
        end = min(high + 1, len(text))
        with self._ending(until) as seconds:
            found = self._pattern.finditer(text, low, end, timeout=seconds)
            return any(match.start() < match.end() <= high for match in found)

    @contextmanager
    def _ending(self, until: float) -> Iterator[float]:
        """The seconds left; DetectorError if they do not suffice."""
        try:
            yield max(until - time.monotonic(), 0.001)
        except TimeoutError as late:
            raise DetectorError(
                Failure(
                    "pattern-timed-out",
                    f"the policy's rule {self._id!r} ran out of time on a string of this row",
                    "simplify the rule's pattern, or withhold the row",
                )
            ) from late
