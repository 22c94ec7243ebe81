"""Presidio's pattern recognizers, run only where one of their patterns can match.

Each result is the recognizer's own: it is given the text and those of its patterns that may
match. Only the e-mail pattern, whose time grows with the square of an unbroken run of characters,
is searched by `emails` first, around each ``@``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import regex
from presidio_analyzer import Pattern, RecognizerResult

from govgate.scan.fast.prefilter import Prefilter

DOMAIN: Final = r"\w+(?:-+\w+)*(?:\.\w+(?:-+\w+)*)+"
EMAIL: Final = (
    r"\b((([!#$%&'*+\-/=?^_`{|}~\w])|([!#$%&'*+\-/=?^_`{|}~\w][!#$%&'*+\-/=?^_`{|}~\.\w]{0,}"
    r"[!#$%&'*+\-/=?^_`{|}~\w]))[@]" + DOMAIN + r")\b"
)
"""Presidio's pattern for e-mail addresses, as far as it is known here."""


class PatternStage:
    """All of ``recognizers``, each of which finds nothing but by its patterns."""

    def __init__(self, recognizers: Sequence[Any]) -> None:
        self._owners: list[Any] = []
        self._patterns: list[Pattern] = []
        for recognizer in recognizers:
            for pattern in recognizer.patterns:
                self._owners.append(recognizer)
                self._patterns.append(_localised(pattern, recognizer.global_regex_flags))
        flags = [int(owner.global_regex_flags) for owner in self._owners]
        expressions = [pattern.regex for pattern in self._patterns]
        self._prefilter = Prefilter(list(zip(expressions, flags, strict=True)))

    def find(self, text: str) -> list[RecognizerResult]:
        """What the recognizers' own ``analyze`` gives for ``text``, in their order."""
        patterns: dict[int, list[Pattern]] = {}
        for number in sorted(self._prefilter.candidates(text)):
            owner = self._owners[number]
            patterns.setdefault(self._owners.index(owner), []).append(self._patterns[number])
        found: list[RecognizerResult] = []
        for place, some in patterns.items():
            owner = self._owners[place]
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
    """``pattern``, searching in linear time if it is the one for e-mail addresses."""
    if pattern.regex != EMAIL:
        return pattern
    own = Pattern(name=pattern.name, regex=pattern.regex, score=pattern.score)
    vars(own).update(compiled_with_flags=flags, compiled_regex=EmailSearch(flags))
    return own


class EmailSearch:
    """`EMAIL` as a compiled expression, as far as Presidio uses one; linear in the text.

    A match ends in ``@`` and a domain, and what stands before the ``@`` is a run of certain
    characters whose last one is no dot. Where that is so, the leftmost start that the pattern
    allows lies in that run, and the match goes on to the end of the domain. So the pattern need
    only be tried from the beginning of such runs, and not where it must fail in the end.
    """

    def __init__(self, flags: int) -> None:
        self._whole = regex.compile(EMAIL, flags)
        self._at = regex.compile("@" + DOMAIN, flags)
        self._before = regex.compile(r"(?r)[!#$%&'*+\-/=?^_`{|}~\.\w]+", flags)
        self._behind = regex.compile(r"[\w.\-]*", flags)

    def finditer(self, text: str, timeout: float) -> "Iterator[regex.Match[str]]":
        """As `regex.Pattern.finditer`."""
        done = 0
        at = text.find("@")
        while at >= 0:
            match = self._around(text, at, done, timeout)
            if match is not None:
                yield match
                done = match.end()
            at = text.find("@", max(at + 1, done))

    def _around(self, text: str, at: int, done: int, timeout: float) -> "regex.Match[str] | None":
        """The match whose ``@`` stands at ``at``, none of it before ``done``."""
        if at <= done or text[at - 1] == "." or self._at.match(text, at) is None:
            return None
        run: Any = self._before.match(text, done, at)
        if run is None:
            return None
        end: Any = self._behind.match(text, at + 1)
        return self._whole.search(text, run.start(), min(end.end() + 1, len(text)), timeout=timeout)
