"""What a policy knows of a string by its place: field names, roles, and rules about them.

The words of a field's name, and the role, count as context for what is found in the string, as
far as a recognizer has such a context word: ``{"ssn": "078051120"}`` says as much as ``SSN
078051120``.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import regex

from govgate.scan.roles import FIELD_NAMES
from govgate.scan.walk import KEY_ROLE, Text, TextKind
from govgate.scansettings import FieldRule

SUBSTRING: Final = 4
"""Letters from which a context word also counts inside a longer word: ``phone`` in
``phonenumber``, but not ``us`` in ``user``."""
_WORDS: Final = regex.compile(r"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+")
REMEMBERED: Final = 10_000


class Fields:
    """The rules of a policy about fields. ``context_words``: those of all recognizers."""

    def __init__(self, rules: Sequence[FieldRule] = (), context_words: Sequence[str] = ()) -> None:
        self._rules = [_Rule(rule) for rule in rules]
        self._context = tuple(context_words)
        self._words = lru_cache(REMEMBERED)(self._words_of)

    def skipped_by(self, text: Text) -> str | None:
        """The id of the rule by which ``text`` is not looked into, None if it is."""
        return next((r.rule.id for r in self._about(text) if r.rule.skip is not None), None)

    def context(self, text: Text) -> tuple[str, ...]:
        """Words that count as context for all that is found in ``text``."""
        if text.kind is TextKind.KEY:
            return ()
        names = [name for name in text.pointer.split("/")[1:] if not name.isdigit()]
        words = [word for name in names[-2:] for word in self._words(name)]
        words += self._words(text.role)
        words += [word for rule in self._about(text) for word in rule.rule.context]
        return tuple(dict.fromkeys(words))

    def excluded_by(self, text: Text, entity: str) -> str:
        """The id of the rule by which an ``entity`` in ``text`` does not count, else empty."""
        for one in self._about(text):
            if one.rule.entities is not None and entity not in one.rule.entities:
                return one.rule.id
        return ""

    def held(self, text: Text) -> list[tuple[str, str]]:
        """Entities that all of ``text`` is by its place, each after the rule's id."""
        return [(r.rule.id, r.rule.holds) for r in self._about(text) if r.rule.holds is not None]

    def _about(self, text: Text) -> list["_Rule"]:
        if not self._rules or text.role == KEY_ROLE:
            return []
        return [rule for rule in self._rules if rule.speaks_of(text)]

    def _words_of(self, name: str) -> tuple[str, ...]:
        """The words of a field's name or role that a recognizer has for context."""
        if name in FIELD_NAMES:
            return ()
        words = [word.lower() for word in _WORDS.findall(name)]
        return tuple(word for word in words if any(self._says(word, own) for own in self._context))

    def _says(self, word: str, own: str) -> bool:
        return own == word or (len(own) >= SUBSTRING and own in word)


class _Rule:
    def __init__(self, rule: FieldRule) -> None:
        self.rule = rule
        self._roles = None if rule.roles is None else frozenset(rule.roles)
        globs = None if rule.fields is None else "|".join(map(_glob, rule.fields))
        self._place = None if globs is None else re.compile(globs)

    def speaks_of(self, text: Text) -> bool:
        """Whether ``text`` stands where the rule says."""
        if self._roles is not None and text.role not in self._roles:
            return False
        return self._place is None or self._place.fullmatch(text.pointer) is not None


def _glob(spelt: str) -> str:
    """``messages/*/name`` → a pattern for pointers."""
    steps = spelt.removeprefix("/").split("/")
    return "".join("(?:/[^/]*)*" if step == "**" else "/" + _step(step) for step in steps)


def _step(step: str) -> str:
    return "[^/]*".join(map(re.escape, step.split("*")))
