"""What every model of our own YAML files has in common."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from govgate.spelling import shown
from govgate.yamlfile import Problem, Problems

_ID = "[a-z0-9]+(-[a-z0-9]+)*"


def _day(raw: object) -> object:
    """Only YYYY-MM-DD reaches pydantic, which would also read a number as seconds since 1970."""
    if isinstance(raw, date) or (
        isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw)
    ):
        return raw
    raise ValueError(f"must be a day of the calendar written YYYY-MM-DD, not {shown(raw)}")


def calendar_day(text: str) -> date | None:
    """The day written YYYY-MM-DD; None where ``text`` is written otherwise or no such day is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def is_id(text: str) -> bool:
    """Whether ``text`` can be the name of a policy or a rule."""
    return len(text) <= 80 and re.fullmatch(_ID, text) is not None


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError(
            f"must be small letters and digits, joined by hyphens, up to 80, not {shown(text)}"
        )
    return text


Day = Annotated[
    date,
    BeforeValidator(_day),
    Field(json_schema_extra={"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
Text = Annotated[str, Field(min_length=1)]


def _line(text: str) -> str:
    """One line: what is printed beside other lines must not look like several of them."""
    text = text.strip()
    if "\n" in text:
        raise ValueError("must be one line; fold it with `>-`")
    return text


Line = Annotated[str, AfterValidator(_line)]
SomeLine = Annotated[Line, Field(min_length=1)]
Id = Annotated[
    str,
    AfterValidator(_id),
    WithJsonSchema({"type": "string", "maxLength": 80, "pattern": f"^{_ID}$"}),
]


class Strict(BaseModel):
    """A frozen mapping of known keys, none of them left empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _no_empty_values(cls, data: Any) -> Any:
        # An empty `train:` must not read as "no effect": that would loosen a rule silently.
        if isinstance(data, dict):
            empty = [str(key) for key, value in data.items() if value is None]
            if empty:
                raise Problems(
                    Problem((key,), f"key {key!r} has no value; give it one or remove it", True)
                    for key in empty
                )
        return data
