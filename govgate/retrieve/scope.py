"""Who asks, and so which rows there are for them.

A scope is put into SQL conditions over a store's groups. They hold before anything is counted or
ranked: a row that a caller may not see changes no score, no count and no order that they see.
What a scope asks for and a row does not tell hides the row.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

Words = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see; each part narrows, none widens. None is no limit.

    ``today``: a store whose policy has expired by then gives nothing. ``audience``: rows that are
    for an audience are seen by those alone who share a word of it. ``sources``, ``licenses`` (the
    classes of licences), ``consent`` (statuses): the row's is among them. ``terms``: what the
    caller can honour, so all of the licence's terms are among them. ``jurisdictions``: all of the
    row's are among them. ``languages``: one of the row's is. ``collected_from``, ``collected_to``:
    days, both included.
    """

    today: date
    audience: frozenset[str] = frozenset()
    sources: Words = None
    licenses: Words = None
    terms: Words = None
    consent: Words = None
    jurisdictions: Words = None
    languages: Words = None
    collected_from: date | None = None
    collected_to: date | None = None

    def narrowed(
        self,
        *,
        audience: Words = None,
        sources: Words = None,
        licenses: Words = None,
        terms: Words = None,
        consent: Words = None,
        jurisdictions: Words = None,
        languages: Words = None,
        collected_from: date | None = None,
        collected_to: date | None = None,
    ) -> "Scope":
        """What is in this scope and in what is asked for: a request never sees more than its
        caller may."""
        return replace(
            self,
            audience=self.audience if audience is None else self.audience & audience,
            sources=_both(self.sources, sources),
            licenses=_both(self.licenses, licenses),
            terms=_both(self.terms, terms),
            consent=_both(self.consent, consent),
            jurisdictions=_both(self.jurisdictions, jurisdictions),
            languages=_both(self.languages, languages),
            collected_from=max(filter(None, (self.collected_from, collected_from)), default=None),
            collected_to=min(filter(None, (self.collected_to, collected_to)), default=None),
        )

    def values(self) -> dict[str, Any]:
        """What the conditions are asked with: days as ISO text, words as JSON arrays."""
        return {field.name: _value(getattr(self, field.name)) for field in fields(self)}

    def where(self) -> str:
        """The conditions over a table of groups, with :meth:`values` to put into them."""
        return " AND ".join(self._conditions())

    def _conditions(self) -> Iterator[str]:
        yield "retrieve IN ('allow', 'redact')"
        yield f"(audience IS NULL OR {_shares('audience')})"
        for name, column in _ONE.items():
            if getattr(self, name) is not None:
                yield _among(column, name)
        if self.licenses is not None:
            yield f"({_among('license', 'licenses')} OR {_among('license_class', 'licenses')})"
        for name, column in _ALL.items():
            if getattr(self, name) is not None:
                yield f"({column} IS NOT NULL AND NOT {_outside(column, name)})"
        if self.languages is not None:
            yield f"(languages IS NOT NULL AND {_shares('languages')})"
        if self.collected_from is not None:
            yield "collected >= :collected_from"
        if self.collected_to is not None:
            yield "collected <= :collected_to"


_ONE = {"sources": "source", "consent": "consent"}
_ALL = {"terms": "license_terms", "jurisdictions": "jurisdictions"}


def _among(column: str, name: str) -> str:
    return f"{column} IN (SELECT value FROM json_each(:{name}))"  # noqa: S608 - names of ours


def _shares(column: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM json_each({column})"  # noqa: S608 - names of ours
        f" WHERE value IN (SELECT value FROM json_each(:{column})))"
    )


def _outside(column: str, name: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM json_each({column})"  # noqa: S608 - names of ours
        f" WHERE value NOT IN (SELECT value FROM json_each(:{name})))"
    )


def _both(mine: Words, asked: Words) -> Words:
    if mine is None or asked is None:
        return asked if mine is None else mine
    return mine & asked


def _value(value: object) -> str | None:
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else _words(value)  # type: ignore[arg-type]


def _words(words: Iterable[str]) -> str:
    return json.dumps(sorted(words))
