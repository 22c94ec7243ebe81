"""What narrows a search, as requests, tokens and the query log write it.

```
{"audience": ["staff"], "sources": ["acme-articles"], "licenses": ["permissive"],
 "terms": ["attribution"], "consent": ["given"], "jurisdictions": ["DE", "FR"],
 "languages": ["de"], "collected_from": "2026-01-01", "collected_to": "2026-12-31"}
```
Each may be left out; what is there narrows, as :class:`~govgate.retrieve.scope.Scope` says.
"""

from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from govgate.codes import COUNTRIES, LANGUAGES, unknown_country
from govgate.policy.rightsfacts import CONSENT_STATUSES, LICENSE_TERMS
from govgate.retrieve.scope import Scope
from govgate.spelling import unknown_word
from govgate.strict import Day, calendar_day

MAX_WORDS = 1000
Word = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[list[Word], Field(max_length=MAX_WORDS)]


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError(unknown_country(code))
    return code


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(unknown_word(code, LANGUAGES))
    return code


def _term(word: str) -> str:
    if word not in LICENSE_TERMS:
        raise ValueError(unknown_word(word, LICENSE_TERMS))
    return word


def _status(word: str) -> str:
    if word not in CONSENT_STATUSES:
        raise ValueError(unknown_word(word, CONSENT_STATUSES))
    return word


def _read(raw: object) -> object:
    """A request is held to its types, and JSON has none for days: a text that is one becomes it."""
    return (calendar_day(raw) or raw) if isinstance(raw, str) else raw


AsDay = Annotated[Day, BeforeValidator(_read)]
Countries = Annotated[list[Annotated[Word, AfterValidator(_country)]], Field(max_length=MAX_WORDS)]
Languages = Annotated[list[Annotated[Word, AfterValidator(_language)]], Field(max_length=MAX_WORDS)]

Term = Annotated[Word, AfterValidator(_term), Field(json_schema_extra={"enum": [*LICENSE_TERMS]})]
Terms = Annotated[list[Term], Field(max_length=MAX_WORDS)]
Status = Annotated[
    Word, AfterValidator(_status), Field(json_schema_extra={"enum": [*CONSENT_STATUSES]})
]
Statuses = Annotated[list[Status], Field(max_length=MAX_WORDS)]


class Filters(BaseModel):
    """Narrows a search; what is left out is no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audience: Annotated[
        Words | None, Field(description="Of rows with an audience, these words' alone")
    ] = None
    sources: Annotated[Words | None, Field(description="Rows of these sources")] = None
    licenses: Annotated[
        Words | None, Field(description="Rows under these licences, or classes of them")
    ] = None
    terms: Annotated[
        Terms | None, Field(description="Licence terms that the caller can honour")
    ] = None
    consent: Annotated[Statuses | None, Field(description="Rows of these consent statuses")] = None
    jurisdictions: Annotated[
        Countries | None, Field(description="Rows that concern these countries alone")
    ] = None
    languages: Annotated[Languages | None, Field(description="Rows in one of these languages")] = (
        None
    )
    collected_from: Annotated[
        AsDay | None, Field(description="Rows collected on this day or later")
    ] = None
    collected_to: Annotated[
        AsDay | None, Field(description="Rows collected on this day or before")
    ] = None

    @field_validator("collected_to")
    @classmethod
    def _in_order(cls, last: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("collected_from")
        if first is not None and last is not None and first > last:
            raise PydanticCustomError(
                "before_collected_from", "no day is on or after {first} and on or before {last}",
                {"first": first.isoformat(), "last": last.isoformat()},
            )  # fmt: skip
        return last

    def scope(self, today: date) -> Scope:
        """The scope of a caller who is bounded by this alone."""
        scope = Scope(today, audience=frozenset(self.audience or ()))
        return self.narrow(scope)

    def narrow(self, scope: Scope) -> Scope:
        """``scope`` with this within it."""
        return scope.narrowed(
            audience=_set(self.audience),
            sources=_set(self.sources),
            licenses=_set(self.licenses),
            terms=_set(self.terms),
            consent=_set(self.consent),
            jurisdictions=_set(self.jurisdictions),
            languages=_set(self.languages),
            collected_from=self.collected_from,
            collected_to=self.collected_to,
        )


EVERYTHING = Filters()
"""Narrows nothing."""


def _set(words: list[str] | None) -> frozenset[str] | None:
    return None if words is None else frozenset(words)
