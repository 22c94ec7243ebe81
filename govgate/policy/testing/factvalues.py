"""Facts as a cases file writes them: known names, values of their kinds, mistakes with place."""

import re
from datetime import date
from typing import Annotated

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from govgate.entitygroups import entity_groups
from govgate.policy.fact import Fact, Kind
from govgate.policy.vocabulary import FACTS, MOST_DIGITS, UNKNOWN
from govgate.spelling import did_you_mean, shown, unknown_word
from govgate.strict import calendar_day, is_id
from govgate.yamlfile import Problem, Problems

FactValue = str | int | date | tuple[str, ...] | None
_NUMBER = re.compile(f"[0-9]{{1,{MOST_DIGITS}}}")


def value_words(value: FactValue) -> str:
    """A value as a line of text names it."""
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return UNKNOWN if value is None else str(value)


def _facts(raw: object, info: ValidationInfo) -> dict[str, FactValue]:
    if not isinstance(raw, dict):
        raise ValueError(f"must be a mapping of facts to values, not {shown(raw)}")
    problems: list[Problem] = []
    values: dict[str, FactValue] = {}
    for name, value in raw.items():
        fact = FACTS.get(str(name))
        if fact is None:
            problems.append(_no_such_fact(name))
            continue
        values[fact.name], wrong = _value(fact, value, _extra(info))
        problems += [Problem((fact.name,), text) for text in wrong]
    if problems:
        raise Problems(problems)
    return values


def _each(raw: object, info: ValidationInfo) -> dict[str, tuple[FactValue, ...]]:
    """One fact with its values; of a set, a word alone is the set that holds just this word, and a
    group of entities stands for each of them in turn."""
    if not isinstance(raw, dict) or len(raw) != 1:
        found = f"{len(raw)} facts" if isinstance(raw, dict) else shown(raw)
        raise ValueError(
            "must name one fact and list its values, such as {pii.entities: [US_SSN, IBAN_CODE]}, "
            f"not {found}"
        )
    ((name, listed),) = raw.items()
    fact = FACTS.get(str(name))
    if fact is None:
        raise Problems([_no_such_fact(name)])
    if not isinstance(listed, list) or not listed:
        text = f"must be a list of the values of {fact.name}, one for each time the case runs"
        raise Problems([Problem((fact.name,), f"{text}, not {shown(listed)}")])
    values: list[FactValue] = []
    problems: list[Problem] = []
    for at, one in enumerate(_ungrouped(fact, listed)):
        alone = fact.kind is Kind.SET and isinstance(one, str) and one != UNKNOWN
        value, wrong = _value(fact, [one] if alone else one, _extra(info))
        if not wrong and value in values:
            wrong = [f"{shown(value_words(value))} is listed twice"]
        values.append(value)
        problems += [Problem((fact.name, at), text) for text in wrong]
    if problems:
        raise Problems(problems)
    return {fact.name: tuple(values)}


def _ungrouped(fact: Fact, listed: list[object]) -> list[object]:
    """``listed`` with the entities of a group in the place of its name."""
    if not fact.entities:
        return listed
    groups = {
        one: entity_groups().get(one) for one in listed if isinstance(one, str) and is_id(one)
    }
    parts = ((groups.get(one) if isinstance(one, str) else None, one) for one in listed)
    return [word for group, one in parts for word in (group.entities if group else (one,))]


def _no_such_fact(name: object) -> Problem:
    text = f"unknown fact {shown(name)}{did_you_mean(str(name), FACTS)}"
    return Problem((str(name),), f"{text}; facts: {', '.join(FACTS)}", True)


def _extra(info: ValidationInfo) -> tuple[str, ...]:
    return tuple((info.context or {}).get("extra_entities", ()))


def _value(fact: Fact, raw: object, extra: tuple[str, ...]) -> tuple[FactValue, list[str]]:
    """A fact's value, and what is wrong with it."""
    if raw == UNKNOWN:
        return None, []
    match fact.kind:
        case Kind.TEXT | Kind.WORD:
            good = isinstance(raw, str) and raw and (not fact.words or raw in fact.words)
            wrong = unknown_word(raw, (*fact.words, UNKNOWN)) if fact.words else "must be a text"
            return str(raw), [] if good else [wrong]
        case Kind.NUMBER:
            if not _NUMBER.fullmatch(str(raw)):
                return None, [f"must be a whole number of at most {MOST_DIGITS} digits, or unknown"]
            return int(str(raw)), []
        case Kind.DATE:
            day = calendar_day(str(raw))
            return day, [] if day else [f"must be a day such as {fact.example}, or unknown"]
        case Kind.SET:
            if not isinstance(raw, list):
                return None, [f"must be a list such as [{fact.example}], or unknown"]
            allowed = (*fact.words, *extra) if fact.entities else fact.words
            misfits = [unknown_word(word, allowed) for word in raw if word not in allowed]
            return tuple(str(word) for word in raw), misfits if allowed else []


Facts = Annotated[dict[str, FactValue], PlainValidator(_facts), WithJsonSchema({"type": "object"})]
Each = Annotated[
    dict[str, tuple[FactValue, ...]], PlainValidator(_each), WithJsonSchema({"type": "object"})
]
