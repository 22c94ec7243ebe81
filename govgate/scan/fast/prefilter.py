"""Which of many regular expressions can match a text at all, found out in one pass.

Hyperscan reads the text once for all patterns. It reads bytes and knows ASCII alone, which keeps
its database small and made in under a second; so each character beyond ASCII is read as a byte
for its kind (digit, other word character, space, other), and the patterns' ``\\d``, ``\\w`` and
``\\s`` are widened by these bytes. Word boundaries are left out. All this only ever adds
candidates. A pattern that cannot be rewritten so, or that hyperscan refuses, is always one.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import hyperscan
import regex

from govgate.scan.fast.databases import Databases, Rewritten, compiled

DIGIT, WORD, SPACE, OTHER = "\x80", "\x81", "\x82", "\x83"
WIDENED: Final = {
    "d": rf"\d{DIGIT}",
    "w": rf"\w{DIGIT}{WORD}",
    "s": rf"\s{SPACE}\x0b\x1c-\x1f",
}
OUTSIDE: Final = frozenset("DWS")
"""Classes that hold every byte beyond ASCII already."""
BACK: Final = frozenset("123456789")
FOLDING: Final = re.compile("[\u0130\u0131\u017f\u212a]")
"""Characters that equal an ASCII letter when case is ignored: such texts are not told apart."""
MANY: Final = re.compile(r"\(\?:(?:\(\?:[a-z0-9-]+\)\|){50,}\(\?:[a-z0-9-]+\)\)")
"""A long list of words, such as all top level domains."""
TOGETHER: Final = 16
"""Patterns in one database. One of 64 takes twice as long to make as four of 16, which are read in
hardly more time."""
GROUPS: Final = ("?:", "?=", "?!", "?<=", "?<!")
"""What may stand behind a bracket: it means the same to hyperscan, or is left out by it."""
NAMED: Final = re.compile(r"\?P?<[A-Za-z_]\w*>", re.ASCII)
REPEAT: Final = re.compile(r"\{\d+(?:,\d*)?\}", re.ASCII)
FOLDED: Final = "(?i)"
FOLD: Final = re.compile(r"\(\?-?i\)")
"""At the beginning of a pattern: letter case is ignored, or is not."""
ANY: Final = OTHER + DIGIT + WORD + SPACE
"""Any character beyond ASCII, in a class; in this order also at either end of a range."""


class Prefilter:
    """Compiled for ``patterns``: regular expressions with their flags for the `regex` module."""

    def __init__(
        self, patterns: Sequence[tuple[str, int]], databases: Databases | None = None
    ) -> None:
        databases = databases or Databases()
        rewritten = [rewrite(pattern, flags) for pattern, flags in patterns]
        known = [(n, one) for n, one in enumerate(rewritten) if one is not None]
        made = [
            _made(dict(known[start : start + TOGETHER]), databases)
            for start in range(0, len(known), TOGETHER)
        ]
        self._databases = [database for database, taken in made if taken]
        self._all = frozenset(range(len(patterns)))
        self.always = self._all.difference(*(taken for _, taken in made))
        self._kinds = _Kinds()

    def candidates(self, text: str) -> frozenset[int]:
        """Numbers of the patterns that may match in ``text``; all others do not."""
        if not self._databases:
            return self._all
        if text.isascii():
            data = text.encode("ascii")
        elif FOLDING.search(text):
            return self._all
        else:
            data = text.translate(self._kinds).encode("latin-1")
        found: set[int] = set()
        for database in self._databases:
            database.scan(data, match_event_handler=_note, context=found)
        return self.always | found if found else self.always


def _note(number: int, *rest: Any) -> None:
    rest[-1].add(number)


class _Kinds(dict[int, str]):
    """For `str.translate`: the byte that stands for a character beyond ASCII."""

    _TESTS = (
        (regex.compile(r"\d"), DIGIT),
        (regex.compile(r"\w"), WORD),
        (regex.compile(r"\s"), SPACE),
    )

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = OTHER if code > 127 else character
        for test, stand_in in self._TESTS if code > 127 else ():
            if test.match(character):
                kind = stand_in
                break
        self[code] = kind
        return kind


def rewrite(pattern: str, flags: int) -> tuple[bytes, int] | None:
    """``pattern`` for hyperscan over bytes, matching at least where it matches; None if unsure."""
    if flags & ~int(regex.I | regex.M | regex.S | regex.V0 | regex.U) or FOLDING.search(pattern):
        return None
    fold = FOLD.match(pattern)
    caseless = fold[0] == FOLDED if fold else bool(flags & int(regex.I))
    rest = pattern[fold.end() if fold else 0 :]
    parts = _rewritten(MANY.sub(_any_of, rest), caseless=caseless)
    if parts is None:
        return None
    options = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
    options |= hyperscan.HS_FLAG_CASELESS if caseless else 0
    options |= hyperscan.HS_FLAG_MULTILINE if flags & int(regex.M) else 0
    return "".join(parts).encode("latin-1"), options


def _any_of(found: "re.Match[str]") -> str:
    """Instead of a long list of words: any of the same lengths."""
    lengths = [len(word) for word in re.findall(r"\(\?:([a-z0-9-]+)\)", found[0])]
    return f"[a-z0-9-]{{{min(lengths)},{max(lengths)}}}"


def _rewritten(pattern: str, *, caseless: bool) -> list[str] | None:
    """The pattern's characters with classes widened and boundaries dropped; None if it holds
    something whose meaning is not known to stay the same or grow."""
    parts: list[str] = []
    inside = negated = False
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "\\":
            escaped = pattern[at : at + 1]
            at += 1
            new = _escape(escaped, inside=inside, negated=negated)
            if new is None or (escaped in BACK and pattern[at : at + 1].isdigit()):
                return None
            if new == "" and _repeats(pattern, at):
                return None
            parts.append(new)
            continue
        if character == "[" and inside and pattern[at : at + 1] in (":", "="):
            return None
        if character == "[" and not inside:
            inside, negated = True, pattern[at : at + 1] == "^"
            if pattern[at + negated : at + negated + 1] == "]":
                return None
        elif character == "]" and inside:
            inside = negated = False
        elif character == "$" and not inside:
            if _repeats(pattern, at):
                return None
            continue  # hyperscan and regex differ in what ends a line
        elif character == "{" and not inside and not REPEAT.match(pattern, at - 1):
            return None  # "{,3}" is text to hyperscan, and "{e<=1}" allows for errors
        elif not character.isascii():
            if negated and inside:
                return None
            character = ANY if inside else f"[{ANY}]"
        elif character == "(" and not inside and pattern[at : at + 1] in ("?", "*"):
            named = NAMED.match(pattern, at)
            if caseless and pattern.startswith(FOLDED, at - 1):
                at += len(FOLDED) - 1
                if _repeats(pattern, at):
                    return None
                continue  # says what is so already
            if named:
                at = named.end()
            elif not pattern.startswith(GROUPS, at):
                return None
        parts.append(character)
    return parts


def _repeats(pattern: str, at: int) -> bool:
    """Whether what stands before ``at`` is repeated; what repeats nothing would repeat the
    character before."""
    return pattern[at : at + 1] in ("*", "+", "?", "{")


def _escape(escaped: str, *, inside: bool, negated: bool) -> str | None:
    if not escaped.isascii():
        if negated and inside:
            return None
        return ANY if inside else f"[{ANY}]"
    if escaped in WIDENED:
        if negated:
            return rf"\{escaped}"  # unwidened: the negated class then holds more
        return WIDENED[escaped] if inside else f"[{WIDENED[escaped]}]"
    if escaped == "b" and not inside:
        return ""
    if escaped in OUTSIDE and not negated:
        return f"\\{escaped}"
    if escaped in BACK and not inside:
        return f"\\{escaped}"  # hyperscan's prefilter takes it for anything
    if not escaped.isalnum() and escaped:
        return f"\\{escaped}"
    return f"\\{escaped}" if escaped in ("n", "r", "t", "f") else None


def _made(patterns: Rewritten, databases: Databases) -> "tuple[hyperscan.Database, Rewritten]":
    """A database, and which of ``patterns`` are in it: those that hyperscan takes."""
    try:
        return databases.made(patterns), patterns
    except hyperscan.error:
        taken = {number: one for number, one in patterns.items() if _compiles(one)}
        return databases.made(taken), taken


def _compiles(one: tuple[bytes, int]) -> bool:
    try:
        compiled({0: one})
    except hyperscan.error:
        return False
    return True
