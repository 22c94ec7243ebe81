"""The manifest's words about where files come from: licence, source and consent basis per glob."""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from govgate.codes import COUNTRIES, LANGUAGES, unknown_country
from govgate.errors import UsageError
from govgate.rights.lineage.nodes import Address, Name, Names, Node
from govgate.rights.terms import Covers
from govgate.strict import Day, Id, Line


class Basis(StrEnum):
    """On what ground the source holds personal data (GDPR art. 6(1)), as it declares it."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal-obligation"
    VITAL_INTERESTS = "vital-interests"
    PUBLIC_TASK = "public-task"
    LEGITIMATE_INTERESTS = "legitimate-interests"
    NOT_PERSONAL = "not-personal"  # declared to hold no personal data; nobody has checked it


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError(unknown_country(code))
    return code


Country = Annotated[str, AfterValidator(_country)]
Language = Literal[LANGUAGES]  # type: ignore[valid-type]


class Category(StrEnum):
    """Special kinds of data that a source is declared to hold: GDPR art. 9(1) and 10, and others
    with rules of their own."""

    ORIGIN = "racial-or-ethnic-origin"
    POLITICS = "political-opinions"
    BELIEFS = "religious-or-philosophical-beliefs"
    UNION = "trade-union-membership"
    GENETIC = "genetic"
    BIOMETRIC = "biometric"
    HEALTH = "health"
    SEX = "sex-life-or-orientation"
    OFFENCES = "criminal-offences"
    CARDS = "payment-cards"
    CHILDREN = "children"


_LINEAGE = ("name", "license", "covers", "url", "derived_from", "generated_by", "cleared")


class Source(BaseModel):
    """One source of the manifest, and the files that came from it.

    ``files`` is a glob over the data set's file names: ``*`` and ``?`` stay within a folder,
    ``**/`` spans any number of folders, ``[ab]`` is one of the characters. ``license`` holds
    for every row that names none itself. The ``…_field`` members name top-level fields of a row.
    ``jurisdictions`` (ISO 3166 countries), ``languages`` (ISO 639) and ``collected`` (the last day
    on which the source's data was collected) are declared: nobody has checked them. ``audience``
    are your own words for those by whom alone rows may be looked up; None for everybody. What the
    lineage keys mean, ``lineage/nodes.py`` says; ``overrules`` is the reason why ``license`` counts
    in place of what rows and papers name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    files: str = Field(min_length=1, max_length=500)
    name: Name
    url: Address | None = None
    license: Line | None = None
    overrules: Name | None = None
    license_field: str = Field(default="license", min_length=1)
    source_field: str | None = Field(default=None, min_length=1)
    url_field: str | None = Field(default=None, min_length=1)
    id_field: str | None = Field(default=None, min_length=1)
    subject_field: str | None = Field(default=None, min_length=1)
    consent_basis: Basis | None = None
    jurisdictions: tuple[Country, ...] = ()
    languages: tuple[Language, ...] = ()
    collected: Day | None = None
    covers: Covers | None = None
    derived_from: Names | None = None
    generated_by: Names | None = None
    cleared: Name | None = None
    special_categories: tuple[Category, ...] | None = None
    retain_until: Day | None = None
    audience: tuple[Id, ...] | None = Field(default=None, min_length=1)

    @property
    def node(self) -> Node:
        """The source as the lineage has it."""
        said = {key: getattr(self, key) for key in _LINEAGE}
        return Node.model_validate(
            {key: value for key, value in said.items() if value not in (None, "")}
        )

    @model_validator(mode="after")
    def _reasons_have_a_license(self) -> Self:
        for key in ("overrules", "cleared"):
            if getattr(self, key) is not None and not self.license:
                raise ValueError(f"{key} is the reason for a license, and none is given")
        return self

    @field_validator("files")
    @classmethod
    def _is_a_relative_glob(cls, value: str) -> str:
        parts = value.split("/")
        if value.startswith("/") or ".." in parts or "\\" in value:
            raise ValueError("a glob is relative to the data set: no leading '/', no '..', no '\\'")
        if any("**" in part and part != "**" for part in parts):
            raise ValueError("'**' stands for whole folders: write it between slashes")
        try:
            _pattern(value)
        except re.error as error:
            raise ValueError(f"this glob cannot be read ({error.msg})") from error
        return value.removeprefix("./")


def source_for(name: str, sources: Sequence[Source]) -> Source | None:
    """The one source whose glob matches a file's published name; None where no glob does.

    UsageError where two match: which terms hold is then nobody's guess.
    """
    matching = [source for source in sources if _pattern(source.files).fullmatch(name)]
    if len(matching) > 1:
        first, second = matching[:2]
        raise UsageError(
            f"{name}: two sources of the manifest claim this file, "
            f"'{first.name}' ({first.files}) and '{second.name}' ({second.files})",
            remedy="narrow one of the two globs",
        )
    return matching[0] if matching else None


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile("".join(_token_pattern(token) for token in _TOKENS.findall(glob)), re.DOTALL)


_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)


def _token_pattern(token: str) -> str:
    fixed = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in fixed:
        return fixed[token]
    if token.startswith("[") and len(token) > 2:
        body = token[1:-1].replace("\\", r"\\").replace("[", r"\[").replace("&", r"\&")
        body = body.replace("~", r"\~").replace("|", r"\|").replace("^", r"\^")
        return f"(?!/)[^{body[1:]}]" if body.startswith("!") else f"[{body}]"
    return re.escape(token)
