"""The licence table `policies/licenses.yaml`: checked on loading, then looked up by id or spelling.

```yaml
terms:    {non-commercial: {class: non-commercial, means: no commercial use}}
output:   {permissive: []}          # of a class: what its licences say of a model's output
licenses:
  - {id: CC-BY-NC-4.0, class: non-commercial, commercial: no, derivatives: yes, share-alike: no,
     attribution: yes, source: "https://…", verified: 2026-11-29, spellings: [cc-by-nc-4]}
unknown:  [{why: declared as unknown or other, spellings: [other]}]
```
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, Self

from pydantic import Field, model_validator

from govgate.rights.spelling import spelling_key
from govgate.rights.terms import Covers, LicenseClass, Term, Terms
from govgate.shipped import shipped_table
from govgate.strict import Day, Line, Strict
from govgate.yamlfile import parse_yaml

FILE = "licenses.yaml"
WORDS = "words"  # the source of an entry that no one text stands behind

YesNo = Literal["yes", "no"]


class Meaning(Strict):
    """A term: the class that it amounts to by itself, and what it asks."""

    cls: LicenseClass = Field(alias="class")
    means: Line


class Entry(Strict):
    """A licence of the table; what the columns mean stands at the table's head."""

    id: Line
    cls: LicenseClass = Field(alias="class")
    commercial: YesNo
    derivatives: YesNo
    share_alike: YesNo = Field(alias="share-alike")
    attribution: Literal["yes", "notice", "no"]
    limits: tuple[Term, ...] = ()
    output: tuple[Term, ...] | None = None
    covers: Covers = Covers.CONTENT
    source: Line
    verified: Day | None = None
    spellings: tuple[Line, ...] = ()
    note: Line | None = None

    @property
    def terms(self) -> frozenset[Term]:
        """All that the entry's columns ask for."""
        columns = {
            Term.NON_COMMERCIAL: self.commercial == "no",
            Term.NO_DERIVATIVES: self.derivatives == "no",
            Term.SHARE_ALIKE: self.share_alike == "yes",
            Term.ATTRIBUTION: self.attribution == "yes",
            Term.NOTICE: self.attribution == "notice",
        }
        return frozenset(self.limits).union(term for term, asked in columns.items() if asked)


class NoLicense(Strict):
    """Words that name no licence, and the reason given for them."""

    why: Line
    spellings: tuple[Line, ...]


class TableFile(Strict):
    """The file as it is written. Every entry's class is the strictest of its terms."""

    terms: dict[Term, Meaning]
    output: dict[LicenseClass, tuple[Term, ...]]
    licenses: tuple[Entry, ...]
    unknown: tuple[NoLicense, ...]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if missing := set(Term) - set(self.terms):
            raise ValueError(f"terms lacks {', '.join(sorted(missing))}")
        for entry in self.licenses:
            if self.of_terms(entry.terms).cls is not entry.cls:
                raise ValueError(
                    f"{entry.id}: its terms amount to {self.of_terms(entry.terms).cls}"
                )
        return self

    def of_terms(self, words: frozenset[Term]) -> Terms:
        """Terms with the class that they amount to."""
        classes = [self.terms[word].cls for word in words] or [LicenseClass.PUBLIC_DOMAIN]
        return Terms(max(classes, key=lambda cls: cls.strictness), words)


@dataclass(frozen=True, slots=True)
class Licensed:
    """A licence of the table. ``output``: its terms on a generated text; None where unknown."""

    id: str
    terms: Terms
    output: Terms | None
    covers: Covers
    source: str
    verified: date | None
    note: str | None


@dataclass(frozen=True, slots=True)
class LicenseTable:
    """``found``: lower-case ids and spelling keys to a licence, or to the reason why it is none."""

    found: Mapping[str, Licensed | str]
    meanings: Mapping[Term, str]
    digest: str

    def get(self, key: str) -> Licensed | str | None:
        """What ``key`` means here; None where the table does not hold it."""
        return self.found.get(key)

    @property
    def licenses(self) -> tuple[Licensed, ...]:
        """Every licence once, in the order of the table."""
        return tuple(dict.fromkeys(one for one in self.found.values() if not isinstance(one, str)))


@cache
def license_table() -> LicenseTable:
    """The shipped table. UsageError where it does not hang together, with line and column."""
    path = shipped_table(FILE)
    data = path.read_bytes()
    file = parse_yaml(data, FILE, TableFile)
    found: dict[str, Licensed | str] = {}
    for key, meaning in _meanings(file):
        if found.setdefault(key, meaning) != meaning:
            raise ValueError(f"{FILE}: {key!r} stands for two licences")
    means = {term: meaning.means for term, meaning in file.terms.items()}
    return LicenseTable(found, means, hashlib.sha256(data).hexdigest())


def _meanings(file: TableFile) -> Iterator[tuple[str, Licensed | str]]:
    for entry in file.licenses:
        words = file.output.get(entry.cls) if entry.output is None else entry.output
        output = None if words is None else file.of_terms(frozenset(words))
        terms = file.of_terms(entry.terms)
        one = Licensed(
            entry.id, terms, output, entry.covers, entry.source, entry.verified, entry.note
        )
        for key in (entry.id.lower(), spelling_key(entry.id), *entry.spellings):
            yield key, one
    for words_of_none in file.unknown:
        for key in words_of_none.spellings:
            yield key, words_of_none.why
