"""Presidio's pattern recognizers, run only where one of their patterns can match.

Each result is the recognizer's own: it is given the text and those of its patterns that may
match. Patterns whose time gets out of hand are searched for by `searches` and `lookahead`, with the
same matches.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from presidio_analyzer import Pattern, RecognizerResult

from govgate.scan.fast.databases import Databases
from govgate.scan.fast.lookahead import pan_search
from govgate.scan.fast.prefilter import Prefilter
from govgate.scan.fast.searches import linear_search


class PatternStage:
    """All of ``recognizers``, each of which finds nothing but by its patterns."""

    def __init__(self, recognizers: Sequence[Any], databases: Databases | None = None) -> None:
        self._recognizers = list(recognizers)
        self._owners: list[int] = []
        self._patterns: list[Pattern] = []
        for place, recognizer in enumerate(recognizers):
            for pattern in recognizer.patterns:
                self._owners.append(place)
                self._patterns.append(_localised(pattern, recognizer.global_regex_flags))
        flags = [int(recognizers[place].global_regex_flags) for place in self._owners]
        expressions = [pattern.regex for pattern in self._patterns]
        self._prefilter = Prefilter(list(zip(expressions, flags, strict=True)), databases)

    def find(self, text: str) -> list[RecognizerResult]:
        """What the recognizers' own ``analyze`` gives for ``text``, in their order."""
        patterns: dict[int, list[Pattern]] = {}
        for number in sorted(self._prefilter.candidates(text)):
            patterns.setdefault(self._owners[number], []).append(self._patterns[number])
        found: list[RecognizerResult] = []
        for place, some in patterns.items():
            owner = self._recognizers[place]
            with _narrowed(owner, some):
                found += owner.analyze(text, owner.supported_entities)
        return found


@contextmanager
def _narrowed(recognizer: Any, patterns: list[Pattern]) -> Iterator[None]:
    """``recognizer`` with some of its patterns: the others would find nothing."""
    before = recognizer.patterns
    recognizer.patterns = patterns
    try:
        yield
    finally:
        recognizer.patterns = before


def _localised(pattern: Pattern, flags: int) -> Pattern:
    """``pattern``, searched for in linear time if it is one of those that take longer."""
    search = linear_search(pattern.regex, flags) or pan_search(pattern.regex, flags)
    if search is None:
        return pattern
    own = Pattern(name=pattern.name, regex=pattern.regex, score=pattern.score)
    vars(own).update(compiled_with_flags=flags, compiled_regex=search)
    return own
