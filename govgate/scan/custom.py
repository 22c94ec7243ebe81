"""Recognizers that Presidio does not ship: a policy's patterns and lists, and identifiers.

They are Presidio's own kind, so its engine and the fast path treat them as the others; what is
different is how a pattern is searched for (`TimedSearch`, `ListSearch`).
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import regex
from presidio_analyzer import Pattern, PatternRecognizer

from govgate.errors import UsageError
from govgate.model import Failure
from govgate.scan.detector import DetectorError
from govgate.scan.identifiers import Identifier, is_valid
from govgate.scansettings import DenyList, ExtraPattern, Looks

FLAGS: Final = int(regex.DOTALL | regex.MULTILINE | regex.IGNORECASE)
"""Those with which Presidio searches by default."""
SECONDS: Final = 1.0
"""How long a policy's own pattern or list may take for one text."""
SOME: Final = r"\S"
"""What `Prefilter` is to ask for in place of a list, whose search is fast by itself."""


def policy_recognizers(looks: Looks, language: str) -> list[PatternRecognizer]:
    """A recognizer for each pattern and list of ``looks``, named by its id."""
    patterns = [_pattern_recognizer(one, language) for one in looks.patterns]
    return patterns + [_list_recognizer(one, language) for one in looks.deny]


def identifier_recognizer(identifier: Identifier, language: str) -> PatternRecognizer:
    """A recognizer for ``identifier``, named by its entity."""
    return IdentifierRecognizer(identifier, language)


class IdentifierRecognizer(PatternRecognizer):
    """Finds what has a shape of ``identifier`` and passes its check, with the shape's score."""

    def __init__(self, identifier: Identifier, language: str) -> None:
        self._identifier = identifier
        super().__init__(
            supported_entity=identifier.entity,
            name=identifier.entity,
            supported_language=language,
            patterns=[
                Pattern(f"{identifier.entity} {number}", shape.pattern, shape.score)
                for number, shape in enumerate(identifier.shapes, 1)
            ],
            context=list(identifier.context),
            country_code=identifier.country,
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """None, which leaves the shape's score, or False, which drops the match: unlike Presidio's,
        a check digit that one in ten random numbers passes makes nothing certain."""
        return None if is_valid(self._identifier, _with_ascii_digits(pattern_text)) else False


def _with_ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _pattern_recognizer(one: ExtraPattern, language: str) -> PatternRecognizer:
    search = TimedSearch(f"pattern {one.id!r}", regex.compile(one.pattern, FLAGS))
    return _recognizer(one, one.pattern, search, language, one.context)


def _list_recognizer(one: DenyList, language: str) -> PatternRecognizer:
    if any(not word.strip() for word in one.words):
        raise UsageError(
            f"scan.deny: the list {one.id!r} has a word of white space alone",
            remedy="take that word out",
        )
    return _recognizer(one, SOME, ListSearch(f"list {one.id!r}", one.words), language)


def _recognizer(
    one: ExtraPattern | DenyList,
    expression: str,
    search: "TimedSearch | ListSearch",
    language: str,
    context: Sequence[str] = (),
) -> PatternRecognizer:
    """Presidio takes ``search`` for the compiled ``expression``, as its flags are the same."""
    pattern = Pattern(one.id, expression, one.score)
    vars(pattern).update(compiled_with_flags=FLAGS, compiled_regex=search)
    return PatternRecognizer(
        supported_entity=one.entity,
        name=one.id,
        supported_language=language,
        patterns=[pattern],
        context=list(context),
        global_regex_flags=FLAGS,
    )


def of_a_policy(recognizer: Any) -> bool:
    """Whether ``recognizer`` searches for a pattern of a policy's."""
    return any(isinstance(p.compiled_regex, TimedSearch) for p in recognizer.patterns)


def _timed_out(what: str) -> DetectorError:
    return DetectorError(
        Failure(
            "pattern-timed-out",
            f"the policy's {what} ran out of time or memory on a string of this row",
            "rewrite it so that it does not try the same characters in many ways",
        )
    )


class TimedSearch:
    """``compiled``, the policy's ``what``, with a limit on the time for a text.

    Presidio only logs that a pattern ran out of time, without saying which.
    """

    def __init__(self, what: str, compiled: "regex.Pattern[str]") -> None:
        self._what, self._compiled = what, compiled

    def finditer(self, text: str, timeout: float) -> "Iterator[regex.Match[str]]":
        """As `regex.Pattern.finditer`; DetectorError where time runs out."""
        matches = self._compiled.finditer(text, timeout=min(timeout, SECONDS))
        try:
            yield from matches
        except (TimeoutError, MemoryError) as late:  # memory: endless recursion
            raise _timed_out(self._what) from late


class Place(NamedTuple):
    """Where something stands: a match, as far as Presidio asks for one."""

    start: int
    end: int

    def span(self) -> tuple[int, int]:
        """As `regex.Match.span`."""
        return self.start, self.end


class ListSearch:
    """Searches for ``words``, of which there may be thousands; the longest where several begin.

    Letter case is ignored, and any white space stands for any other. A word begins and ends where
    no letter, digit or underscore goes on: ``(?<!\\w)(?:WORDS)(?!\\w)``. Words are looked up by
    their first piece, which is a run of word characters or one other character, and only those
    with the piece at hand are searched for.
    """

    def __init__(self, what: str, words: Iterable[str]) -> None:
        self._what = what
        self._words: dict[str, list[str]] = {}
        for word in sorted(set(words), key=lambda w: (-len(w), w)):
            piece: Any = PIECE.match(word.strip())
            self._words.setdefault(folded_case(piece[0]), []).append(word)
        self._runs = frozenset(piece for piece in self._words if RUN.fullmatch(piece))
        self._marks = frozenset(self._words) - self._runs
        self._compiled: dict[str, regex.Pattern[str]] = {}

    def finditer(self, text: str, timeout: float) -> Iterator[Place]:
        """As `regex.Pattern.finditer`; DetectorError where time runs out."""
        folded = folded_case(text)
        if self._runs.isdisjoint(RUN.findall(folded)) and self._marks.isdisjoint(folded):
            return
        done = 0
        for piece in PIECE.finditer(folded):
            if piece.start() < done or piece[0] not in self._words:
                continue
            match = self._match(piece[0], text, piece.start(), min(timeout, SECONDS))
            if match is not None:
                yield Place(*match.span())
                done = match.end()

    def _match(
        self, piece: str, text: str, start: int, timeout: float
    ) -> "regex.Match[str] | None":
        """The word that begins with ``piece`` at ``start``, if there is one."""
        if piece not in self._compiled:
            words = ("\\s+".join(map(regex.escape, word.split())) for word in self._words[piece])
            self._compiled[piece] = regex.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", FLAGS)
        try:
            return self._compiled[piece].match(text, start, timeout=timeout)
        except TimeoutError as late:
            raise _timed_out(self._what) from late


RUN: Final = regex.compile(r"\w+")
PIECE: Final = regex.compile(r"\w+|[^\w\s]")


def folded_case(text: str) -> str:
    """``text`` with one character for each, the same for those that differ in letter case alone as
    `regex` sees it."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


class _Folded(dict[int, str]):
    """For `str.translate`. Full case folding would change a text's length."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        forms = (character.casefold(), character.lower(), character)
        folded = next(form for form in forms if len(form) == 1)
        self[code] = "i" if character in "\u0130\u0131" else folded
        return self[code]


_FOLDED: Final = _Folded()
