"""JSON Schema 2020-12 of policies and cases, for editors that complete and check as one types.

The models give the keys; conditions and fact values, which pydantic does not see into, are
described here from the vocabulary.
"""

from typing import Any

from pydantic import BaseModel

from govgate.entities import ENTITIES
from govgate.entitygroups import entity_groups
from govgate.policy.fact import Fact, Kind
from govgate.policy.model import RESERVED, PolicyDocument
from govgate.policy.testing.cases import CaseFile
from govgate.policy.vocabulary import FACTS, KNOWN, MOST_DIGITS, UNKNOWN

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CONDITION = {"$ref": "#/$defs/Condition"}
_COMPARISON = {"type": "string", "pattern": f"^ *(>=|<=|==|!=|>|<) *[0-9]{{1,{MOST_DIGITS}}} *$"}
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DAY_COMPARISON = {"type": "string", "pattern": f"^ *(>=|<=|==|!=|>|<) *{_DAY} *$"}
_TWO = [{"license.class": "non-commercial"}, {"pii.count": ">= 3"}]


def _one_of(*keys: str) -> dict[str, Any]:
    return {"oneOf": [{"required": [key]} for key in keys]}


def _some_of(*keys: str) -> dict[str, Any]:
    return {"anyOf": [{"required": [key]} for key in keys]}


# Which keys of `scan` go together; `scansettings` says the same of what was read.
_SOUGHT, _FIELD = ("words", "pattern"), ("entities", "context", "holds")
_TOGETHER: dict[str, list[dict[str, Any]]] = {
    "Nearby": [_one_of(*_SOUGHT)],
    "Hotword": [_one_of(*_SOUGHT), _one_of("score", "change")],
    "Exclusion": [_one_of("pattern", "within", "near")],
    "FieldRule": [
        _some_of("fields", "roles"),
        {"oneOf": [{"required": ["skip"]}, _some_of(*_FIELD)]},
    ],
}
_CUSTOM_ENTITY = {"type": "string", "pattern": "^[A-Z][A-Z0-9_]{1,63}$"}


def schema() -> dict[str, Any]:
    """The JSON Schema of a policy file."""
    document = _published(PolicyDocument, "govgate policy")
    when = document["$defs"]["Rule"]["properties"]["when"]
    when.pop("type")
    when["anyOf"] = [{"const": "always"}, _CONDITION]
    document["$defs"]["Then"]["minProperties"] = 1
    document["$defs"]["Rule"]["properties"]["id"]["not"] = {"enum": list(RESERVED)}
    document["dependentRequired"] = {"without": ["extends"]}
    document["anyOf"] = [{"required": ["rules"]}, {"required": ["extends"]}]
    for name, together in _TOGETHER.items():
        document["$defs"][name]["allOf"] = together
    document["$defs"] |= {"Condition": _condition(), **_entities()}
    return document


def cases_schema() -> dict[str, Any]:
    """The JSON Schema of a file of cases."""
    document = _published(CaseFile, "govgate policy cases")
    document["$defs"]["Case"]["properties"]["facts"] |= {"$ref": "#/$defs/Facts"}
    document["$defs"]["Case"]["properties"]["each"] |= {"$ref": "#/$defs/Each"}
    document["properties"]["given"] |= {"$ref": "#/$defs/Facts"}
    document["$defs"]["Facts"] = {
        "title": "Facts",
        "description": "Facts of a row; the word unknown for one that is not known.",
        "type": "object",
        "additionalProperties": False,
        "properties": {fact.name: _described(fact, _value(fact)) for fact in FACTS.values()},
    }
    document["$defs"]["Each"] = {
        "title": "Each",
        "description": "One fact, and the values for which the case is decided, one at a time.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {fact.name: _described(fact, _values(fact)) for fact in FACTS.values()},
    }
    document["$defs"] |= _entities()
    return document


def _entities() -> dict[str, Any]:
    group = {
        "title": "Entity or group",
        "description": "A kind of personal data, or a group of them.",
        "anyOf": [{"$ref": "#/$defs/EntityWord"}, {"enum": list(entity_groups())}],
        "examples": ["EMAIL_ADDRESS", "contact-data"],
    }
    return {"EntityWord": _entity(), "EntityOrGroup": group}


def _entity() -> dict[str, Any]:
    return {
        "title": "Entity",
        "description": "A kind of personal data: one that govgate knows, or the policy's own.",
        "anyOf": [{"enum": list(ENTITIES)}, _CUSTOM_ENTITY],
        "examples": ["EMAIL_ADDRESS"],
    }


def _published(model: type[BaseModel], title: str) -> dict[str, Any]:
    found = model.model_json_schema(by_alias=True)
    # pydantic notes None defaults as null and lets null pass; we refuse an empty value.
    plain: dict[str, Any] = _without_null(found)
    return {"$schema": DIALECT, "title": title} | {
        key: value for key, value in plain.items() if key != "title"
    }


def _without_null(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_null(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: _without_null(value)
        for key, value in part.items()
        if not (key == "default" and value is None)
    }
    choices = kept.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        kept.pop("anyOf")
        kept |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    return kept


def _condition() -> dict[str, Any]:
    several = {"type": "array", "minItems": 1, "items": _CONDITION}
    return {
        "title": "Condition",
        "description": "What must be so of a row; all keys must hold.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "all": several | {"description": "All of these hold.", "examples": [_TWO]},
            "any": several | {"description": "At least one of these holds.", "examples": [_TWO]},
            "not": _CONDITION | {"description": "This does not hold.", "examples": [_TWO[0]]},
        }
        | {fact.name: _described(fact, _test(fact)) for fact in FACTS.values()},
    }


def _described(fact: Fact, body: dict[str, Any]) -> dict[str, Any]:
    text = f"{fact.description[0].upper()}{fact.description[1:]}."
    return body | {"title": fact.name, "description": text}


def _test(fact: Fact) -> dict[str, Any]:
    asked = [UNKNOWN, KNOWN]
    match fact.kind:
        case Kind.TEXT | Kind.WORD:
            free = {"type": "string", "minLength": 1}
            one: dict[str, Any] = {"enum": [*fact.words, *asked]} if fact.words else free
            return {"anyOf": [one, _list(one)], "examples": [fact.example, [fact.example]]}
        case Kind.SET:
            some = [[fact.example]]
            body = {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {
                    "any": _list(_word(fact, groups=True))
                    | {"description": "It has at least one of these.", "examples": some},
                    "all": _list(_word(fact))
                    | {"description": "It has every one of these.", "examples": some},
                    "none": _list(_word(fact, groups=True))
                    | {"description": "It has none of these.", "examples": some},
                },
            }
            words = {"enum": ["any", "none", *asked]}
            return {"anyOf": [words, body], "examples": [{"any": [fact.example]}, "none"]}
        case Kind.NUMBER:
            forms = [{"enum": asked}, _COMPARISON, _list(_COMPARISON)]
            return {"anyOf": forms, "examples": [">= 3", [">= 3", "< 10"]]}
        case Kind.DATE:
            forms = [{"enum": asked}, _DAY_COMPARISON, _list(_DAY_COMPARISON)]
            return {"anyOf": forms, "examples": [f"< {fact.example}"]}


def _value(fact: Fact) -> dict[str, Any]:
    match fact.kind:
        case Kind.TEXT:
            return {"type": "string", "minLength": 1, "examples": [fact.example]}
        case Kind.WORD:
            return {"enum": [*fact.words, UNKNOWN], "examples": [fact.example]}
        case Kind.SET:
            listed = {"type": "array", "items": _word(fact)}
            return {"anyOf": [{"const": UNKNOWN}, listed], "examples": [[fact.example], []]}
        case Kind.NUMBER:
            number = {"type": "integer", "minimum": 0, "maximum": 10**MOST_DIGITS - 1}
            return {"anyOf": [{"const": UNKNOWN}, number], "examples": [3]}
        case Kind.DATE:
            day = {"type": "string", "format": "date", "pattern": f"^{_DAY}$"}
            return {"anyOf": [{"const": UNKNOWN}, day], "examples": [fact.example]}


def _values(fact: Fact) -> dict[str, Any]:
    one = _value(fact)
    examples = [one["examples"]]
    if fact.kind is Kind.SET:  # a word alone is the set of it
        one = {"anyOf": [*one["anyOf"], _word(fact, groups=True)]}
    return _list(one) | {"uniqueItems": True, "examples": examples}


def _word(fact: Fact, *, groups: bool = False) -> dict[str, Any]:
    if fact.entities:
        return {"$ref": f"#/$defs/{'EntityOrGroup' if groups else 'EntityWord'}"}
    if fact.words:
        return {"enum": list(fact.words)}
    return {"type": "string", "minLength": 1, "not": {"enum": [UNKNOWN, KNOWN]}}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": item}
