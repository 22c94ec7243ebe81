"""A rule's ``when`` as a tree whose nodes know where in the file they stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from govgate.policy.conditions import AllOf, AnyOf, Condition, Not
from govgate.policy.fact import Kind
from govgate.policy.parse import parse_condition
from govgate.policy.vocabulary import FACTS
from govgate.yamlnodes import Path_


class Join(StrEnum):
    """How a part is made of its own parts."""

    ALL = "all"
    ANY = "any"
    NOT = "not"
    WORDS = "words"  # one of several words, each a part of its own
    TEST = "test"  # made of none


@dataclass(frozen=True, slots=True)
class Part:
    """A condition, its place (from the document's root) and what it is made of."""

    condition: Condition
    path: Path_
    join: Join = Join.TEST
    parts: tuple["Part", ...] = ()
    at_key: bool = True

    def walk(self) -> Iterator["Part"]:
        """This part and all within it."""
        yield self
        for part in self.parts:
            yield from part.walk()


def placed_when(raw: Any, path: Path_, entities: Sequence[str]) -> Part:
    """The checked ``when`` in ``raw``, which stands at ``path``; ``entities``: the policy's own."""
    if not isinstance(raw, Mapping):
        return Part(parse_condition(raw, entities), path)
    parts = [_entry(str(key), value, path, entities) for key, value in raw.items()]
    return parts[0] if len(parts) == 1 else _of(Join.ALL, path, parts)


def _entry(key: str, value: Any, path: Path_, entities: Sequence[str]) -> Part:
    path = (*path, key)
    if key in (Join.ALL, Join.ANY):
        parts = [placed_when(one, (*path, at), entities) for at, one in enumerate(value)]
        return _of(Join(key), path, parts)
    if key == Join.NOT:
        inner = placed_when(value, path, entities)
        return Part(Not(inner.condition), path, Join.NOT, (inner,))
    return _fact(key, value, path, entities)


def _fact(fact: str, value: Any, path: Path_, entities: Sequence[str]) -> Part:
    whole = parse_condition({fact: value}, entities)
    kind = FACTS[fact].kind
    if isinstance(value, Mapping) and kind is Kind.SET:
        tests = [
            Part(parse_condition({fact: {test: words}}, entities), (*path, str(test)))
            for test, words in value.items()
        ]
        return _of(Join.ALL, path, tests) if len(tests) > 1 else tests[0]
    if isinstance(value, list) and len(value) > 1:
        first = {str(word): at for at, word in reversed(list(enumerate(value)))}
        each = tuple(
            Part(parse_condition({fact: word}, entities), (*path, at), at_key=False)
            for word, at in sorted(first.items(), key=lambda one: one[1])
        )
        numbers = kind in (Kind.NUMBER, Kind.DATE)
        return Part(whole, path, Join.ALL if numbers else Join.WORDS, each)
    return Part(whole, path)


def _of(join: Join, path: Path_, parts: Sequence[Part]) -> Part:
    conditions = tuple(part.condition for part in parts)
    made = AllOf(conditions) if join is Join.ALL else AnyOf(conditions)
    # Of a list, the place of its key says more than that of its first entry.
    return Part(conditions[0] if len(parts) == 1 else made, path, join, tuple(parts))
