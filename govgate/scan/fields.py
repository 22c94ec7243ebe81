"""What a policy knows of a string by its place: field names, roles, and rules about them.

The words of a field's name, and the role, count as context for what is found in the string, as
far as a recognizer has such a context word: ``{"ssn": "078051120"}`` says as much as ``SSN
078051120``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from govgate.scan.judge import Judge
from govgate.scan.remembered import NAMES, Remembered
from govgate.scan.roles import FIELD_NAMES
from govgate.scan.walk import Text, TextKind
from govgate.scansettings import FieldRule, Looks

SUBSTRING: Final = 4
"""Letters from which a context word also counts inside a longer word: ``phone`` in
``phonenumber``, but not ``us`` in ``user``."""
_WORDS: Final = regex.compile(r"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+")


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of all strings at one pointer, in one role.

    ``skipped_by``: the id of the rule by which they are not looked into. ``context``: words that
    count as context for all that is found. ``held``: entities that all of such a string is, each
    behind the rule's id.
    """

    skipped_by: str | None = None
    context: tuple[str, ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    only: tuple[tuple[str, frozenset[str]], ...] = ()

    def excluded_by(self, entity: str) -> str:
        """The id of the rule by which an ``entity`` does not count here, else empty."""
        return next((rule for rule, entities in self.only if entity not in entities), "")


NOWHERE: Final = Place()


class Fields:
    """The rules of ``looks`` about fields. ``context_words``: those of all recognizers.

    ``hold``: whether some field is known to hold an entity.
    """

    def __init__(self, looks: Looks | None = None, context_words: Sequence[str] = ()) -> None:
        looks = looks or Looks()
        self.judge = Judge(looks)
        self._rules = [_Rule(rule) for rule in looks.fields]
        self.hold = any(rule.holds is not None for rule in looks.fields)
        self._met: set[str] = set()
        self._own = tuple(context_words)
        self._words: Remembered[str, tuple[str, ...]] = Remembered(NAMES)
        self._places: Remembered[tuple[str, str], Place] = Remembered(NAMES)

    def place(self, text: Text) -> Place:
        """What is known of ``text``; nothing of member names."""
        if text.kind is TextKind.KEY:
            return NOWHERE
        return self._places.get((text.pointer, text.role)) or self._place(text.pointer, text.role)

    @property
    def unmet(self) -> tuple[str, ...]:
        """The ids of rules that have met no string."""
        return tuple(one.rule.id for one in self._rules if one.rule.id not in self._met)

    def _place(self, pointer: str, role: str) -> Place:
        rules = [one.rule for one in self._rules if one.speaks_of(pointer, role)]
        self._met.update(rule.id for rule in rules)
        names = [name for name in pointer.split("/")[1:] if not name.isdigit()]
        words = [word for name in (*names[-2:], role) for word in self._words_of(name)]
        words += [word for rule in rules for word in rule.context]
        place = Place(
            skipped_by=next((rule.id for rule in rules if rule.skip is not None), None),
            context=tuple(dict.fromkeys(words)),
            held=tuple((rule.id, rule.holds) for rule in rules if rule.holds is not None),
            only=tuple((r.id, frozenset(r.entities)) for r in rules if r.entities is not None),
        )
        return self._places.keep((pointer, role), place, len(pointer))

    def _words_of(self, name: str) -> tuple[str, ...]:
        """The words of a field's name or role that a recognizer has for context."""
        if name in FIELD_NAMES:
            return ()
        if (known := self._words.get(name)) is not None:
            return known
        words = [word.lower() for word in _WORDS.findall(name)]
        said = tuple(word for word in words if any(_says(word, own) for own in self._own))
        return self._words.keep(name, said, len(name))


def _says(word: str, own: str) -> bool:
    return own == word or (len(own) >= SUBSTRING and own in word)


class _Rule:
    def __init__(self, rule: FieldRule) -> None:
        self.rule = rule
        self._roles = None if rule.roles is None else frozenset(rule.roles)
        globs = [spelt.removeprefix("/").split("/") for spelt in rule.fields or ()]
        self._globs = None if rule.fields is None else globs

    def speaks_of(self, pointer: str, role: str) -> bool:
        """Whether strings at ``pointer`` in that role stand where the rule says."""
        if self._roles is not None and role not in self._roles:
            return False
        names = pointer.split("/")[1:]
        return self._globs is None or any(_leads(glob, names) for glob in self._globs)


def _leads(glob: Sequence[str], names: Sequence[str]) -> bool:
    """Whether ``glob`` spells the way that ``names`` are: ``**`` is any number of them.

    Takes a step for each pair of the two, whatever they hold: names come with the data.
    """
    ends = {0}  # of names that the glob so far can have spelt
    for step in glob:
        if not ends:
            return False
        if step == "**":
            ends = set(range(min(ends), len(names) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(names) and _spells(step, names[end])}
    return len(names) in ends


def _spells(step: str, name: str) -> bool:
    """Whether ``step`` spells ``name``: ``*`` is any part of it, also none."""
    first, *others = step.split("*")
    if not others:
        return step == name
    last = others.pop()
    if not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in others:
        found = name.find(part, at, max(at, end))
        if found < 0:
            return False
        at = found + len(part)
    return at <= end
