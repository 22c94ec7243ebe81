"""Reads a rule's ``when`` into a condition; says in plain words what is wrong, and what is allowed.

::

    when: always
    when: {FACT: TEST, FACT: TEST}                       all of them hold
    when: {all: [{...}, {...}]}   any: [...]   not: {...}
    TEST of a word or text   WORD   [WORD, WORD, unknown]
    TEST of a set            any    none    {any: [WORD], all: [WORD], none: [WORD]}
                             of entities also the GROUPS of entitygroups.py, under any and none
    TEST of a number         ">= 3"    [">= 3", "< 10"]
    TEST of a date           "< 2024-05-25"    [">= 2020-01-01", "< 2024-05-25"]
    TEST of every fact       unknown   known
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from govgate.codes import COUNTRIES, unknown_country
from govgate.entities import ENTITIES
from govgate.entitygroups import entity_groups
from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    Has,
    IsEmpty,
    IsKnown,
    Not,
    OneOf,
    Operator,
    SetTest,
)
from govgate.policy.fact import Fact, Kind
from govgate.policy.vocabulary import FACTS, KNOWN, MOST_DIGITS, UNKNOWN
from govgate.spelling import did_you_mean, shown, unknown_word
from govgate.strict import calendar_day, is_id
from govgate.yamlfile import Problem, Problems
from govgate.yamlnodes import Path_

_COMPARISON = re.compile(rf"(>=|<=|==|!=|>|<) *([0-9]{{1,{MOST_DIGITS}}})")
_DAY_COMPARISON = re.compile(r"(>=|<=|==|!=|>|<) *([0-9]{4}-[0-9]{2}-[0-9]{2})")
_EXAMPLES = {
    Kind.TEXT: "{FACT: WORD} or {FACT: [WORD, unknown]}",
    Kind.WORD: "{FACT: WORD} or {FACT: [WORD, unknown]}",
    Kind.SET: "{FACT: {any: [WORD]}}, {FACT: any} or {FACT: none}",
    Kind.NUMBER: '{FACT: ">= 3"} or {FACT: [">= 3", "< 10"]}',
    Kind.DATE: '{FACT: "< 2024-05-25"} or {FACT: [">= 2020-01-01", "< 2024-05-25"]}',
}


def parse_condition(raw: object, extra_entities: Iterable[str] = ()) -> Condition:
    """What ``when`` says; raises Problems, each with its path, for all that is wrong."""
    parser = _Parser((*ENTITIES, *extra_entities))
    condition = parser.when(raw)
    if parser.problems or condition is None:
        raise Problems(parser.problems)
    return condition


class _Parser:
    """Reads one ``when``, collecting problems; a method returns None where it found one."""

    def __init__(self, entities: tuple[str, ...]) -> None:
        self.entities = entities
        self.problems: list[Problem] = []

    def _wrong(self, path: Path_, text: str, *, at_key: bool = False) -> None:
        self.problems.append(Problem(path, text, at_key=at_key))

    def when(self, raw: object) -> Condition | None:
        return Always() if raw == "always" else self._mapping(raw, ())

    def _mapping(self, raw: object, path: Path_) -> Condition | None:
        if raw == "always":
            self._wrong(path, "`always` stands alone as a rule's whole `when`, not inside another")
        elif not isinstance(raw, dict):
            self._wrong(
                path,
                f"must be a mapping such as {{license.class: non-commercial}}, not {shown(raw)}"
                + (", or the word always" if not path else ""),
            )
        elif not raw:
            self._wrong(path, "must not be empty; write `when: always` to speak for every row")
        else:
            parts = [self._entry(str(key), value, path) for key, value in raw.items()]
            return _joined(AllOf, parts)
        return None

    def _entry(self, key: str, value: object, path: Path_) -> Condition | None:
        path = (*path, key)
        if key in ("all", "any"):
            return self._several(AllOf if key == "all" else AnyOf, value, path)
        if key == "not":
            part = self._mapping(value, path)
            return None if part is None else Not(part)
        fact = FACTS.get(key)
        if fact is None:
            known = [*FACTS, "all", "any", "not"]
            self._wrong(
                path,
                f"unknown fact {shown(key)}{did_you_mean(key, known)}; facts: {', '.join(FACTS)}; "
                "or all, any, not",
                at_key=True,
            )
            return None
        return self._test(fact, value, path)

    def _several(
        self, join: type[AllOf] | type[AnyOf], raw: object, path: Path_
    ) -> Condition | None:
        if not isinstance(raw, list) or not raw:
            self._wrong(path, "must be a list of at least one condition, such as [{...}, {...}]")
            return None
        return _joined(join, [self._mapping(one, (*path, at)) for at, one in enumerate(raw)])

    def _test(self, fact: Fact, raw: object, path: Path_) -> Condition | None:
        if raw in (UNKNOWN, KNOWN):
            return _knownness(fact, raw == KNOWN)
        if raw is None or raw == [] or raw == {}:
            self._wrong(path, f"must not be empty; {self._how(fact)}")
            return None
        match fact.kind:
            case Kind.TEXT | Kind.WORD:
                return self._words(fact, raw, path)
            case Kind.SET:
                return self._set(fact, raw, path)
            case Kind.NUMBER | Kind.DATE:
                return self._number(fact, raw, path)

    def _how(self, fact: Fact) -> str:
        form = _EXAMPLES[fact.kind].replace("FACT", fact.name)
        return "write " + form.replace("WORD", fact.example)

    def _words(self, fact: Fact, raw: object, path: Path_) -> Condition | None:
        if isinstance(raw, dict):
            self._wrong(path, f"{fact.name} holds one {fact.kind}, not a set; {self._how(fact)}")
            return None
        listed = [(raw, path)] if not isinstance(raw, list) else _placed(raw, path)
        words = [str(word) for word, _ in listed if word not in (UNKNOWN, KNOWN)]
        for word, place in listed:
            if word not in (UNKNOWN, KNOWN):
                self._check_word(fact, word, place)
        parts: list[Condition | None] = [OneOf(fact.name, tuple(words))] if words else []
        parts += [_knownness(fact, word == KNOWN) for word, _ in listed if word in (UNKNOWN, KNOWN)]
        return _joined(AnyOf, parts)

    def _check_word(self, fact: Fact, word: object, path: Path_) -> None:
        if word in (UNKNOWN, KNOWN):  # of a set: lists of single words are read without them
            self._wrong(path, f"`{word}` stands alone: write {{{fact.name}: {word}}}")
            return
        if not fact.words:
            if not isinstance(word, str) or not word:
                self._wrong(path, f"must be a text, not {shown(word)}")
            return
        allowed = self.entities if fact.entities else fact.words
        if word in allowed:
            return
        if not fact.entities or not isinstance(word, str):
            self._wrong(path, _no_word(fact, word))
        else:
            known = [*allowed, *entity_groups()]
            self._wrong(
                path,
                f"unknown entity {shown(word)}{did_you_mean(word, known)}; name a custom "
                "detector's entity under scan.patterns, scan.deny or scan.extra_entities",
            )

    def _set(self, fact: Fact, raw: object, path: Path_) -> Condition | None:
        if raw in ("any", "none"):
            empty = IsEmpty(fact.name)
            return empty if raw == "none" else Not(empty)
        if not isinstance(raw, dict):
            self._wrong(path, f"{fact.name} is a set, not {shown(raw)}; {self._how(fact)}")
            return None
        return _joined(
            AllOf, [self._set_test(fact, key, words, path) for key, words in raw.items()]
        )

    def _set_test(self, fact: Fact, key: object, raw: object, path: Path_) -> Condition | None:
        path = (*path, str(key))
        if key not in tuple(SetTest):
            self._wrong(
                path,
                f"unknown test {shown(key)} of a set{did_you_mean(str(key), SetTest)}; "
                "allowed: any, all, none",
                at_key=True,
            )
        elif not isinstance(raw, list) or not raw:
            self._wrong(
                path,
                "must be a list of at least one word, such as "
                f"[{fact.example}], not {shown(raw) if raw != [] else 'an empty list'}",
            )
        else:
            words: list[str] = []
            for word, place in _placed(raw, path):
                words += self._meant(fact, word, SetTest(str(key)), place)
            return Has(fact.name, SetTest(str(key)), tuple(words))
        return None

    def _meant(self, fact: Fact, word: object, test: SetTest, path: Path_) -> Sequence[str]:
        """A word of a set's list, or the entities of the group that it names."""
        group = entity_groups().get(str(word)) if fact.entities and is_id(str(word)) else None
        if group is None:
            self._check_word(fact, word, path)
            return (str(word),)
        if test is SetTest.ALL:
            self._wrong(path, f"{group.id} is a group: it can stand under any and none, not all")
        return group.entities

    def _number(self, fact: Fact, raw: object, path: Path_) -> Condition | None:
        listed = _placed(raw, path) if isinstance(raw, list) else [(raw, path)]
        return _joined(AllOf, [self._comparison(fact, one, place) for one, place in listed])

    def _comparison(self, fact: Fact, raw: object, path: Path_) -> Condition | None:
        if fact.kind is Kind.DATE:
            return self._day(fact, raw, path)
        found = _COMPARISON.fullmatch(raw.strip()) if isinstance(raw, str) else None
        if found is None:
            self._wrong(
                path,
                f"must compare with a whole number, not {shown(raw)}; {self._how(fact)}, with one "
                "of >=, <=, ==, !=, >, <",
            )
            return None
        return Compare(fact.name, Operator(found[1]), int(found[2]))

    def _day(self, fact: Fact, raw: object, path: Path_) -> Condition | None:
        found = _DAY_COMPARISON.fullmatch(raw.strip()) if isinstance(raw, str) else None
        day = calendar_day(found[2]) if found else None
        if found is None or day is None:
            what = "a day of the calendar" if found else "a day written YYYY-MM-DD"
            self._wrong(path, f"must compare with {what}, not {shown(raw)}; {self._how(fact)}")
            return None
        return Compare(fact.name, Operator(found[1]), day)


def _placed(raw: list[Any], path: Path_) -> list[tuple[Any, Path_]]:
    return [(one, (*path, at)) for at, one in enumerate(raw)]


def _no_word(fact: Fact, word: object) -> str:
    """What is wrong with a word that the fact's closed list has not."""
    if fact.words is COUNTRIES:
        return unknown_country(word)
    alone = () if fact.kind is Kind.SET else (UNKNOWN, KNOWN)
    return unknown_word(word, [*fact.words, *alone])


def _knownness(fact: Fact, known: bool) -> Condition:
    return IsKnown(fact.name) if known else Not(IsKnown(fact.name))


def _joined(join: type[AllOf] | type[AnyOf], parts: list[Condition | None]) -> Condition | None:
    """The parts as one condition; None when one of them could not be read."""
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 else join(whole)
