"""A policy file as checked values: pydantic models that double as the published JSON Schema."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from govgate.entities import ENTITIES
from govgate.model import Effect, Purpose, Use
from govgate.policy.conditions import Condition
from govgate.policy.law import Law
from govgate.policy.parse import parse_condition
from govgate.policy.require import Require
from govgate.policy.vocabulary import ROLES
from govgate.scansettings import Entity, Looks, Score
from govgate.spelling import did_you_mean, shown, unknown_word
from govgate.strict import Day, Id, Line, SomeLine, Strict, Text
from govgate.yamlfile import Problem, Problems
from govgate.yamlnodes import Path_

NOTHING_ALLOWS = "nothing-allows"
REQUIRE = "require"
INCOMPLETE = "incomplete"  # something of the data set could not be read or scanned
UNREDACTABLE = "unredactable"  # what a rule would redact stands in a column name
ERASED = "erased"  # a person asked for it; the tombstones of the home say so
FAILED = "failed:"  # then the code of what failed in the row
MAX_RULES = 5_000
MAX_VERSION = 10**9
RESERVED = (NOTHING_ALLOWS, REQUIRE, INCOMPLETE, UNREDACTABLE, ERASED)
EffectWord = Literal["allow", "redact", "deny"]
UnknownWord = Literal["deny", "silent"]
Obligation = Literal["attribute", "share-alike"]


def _when(raw: object, info: ValidationInfo) -> Condition:
    return parse_condition(raw, (info.context or {}).get("extra_entities", ()))


def declared_in(scan: dict[str, Any]) -> Iterator[str]:
    """Entities that the ``scan`` part introduces, before anybody has checked it."""
    for key, member in (("patterns", "entity"), ("deny", "entity"), ("fields", "holds")):
        listed = scan.get(key)
        for one in listed if isinstance(listed, list | tuple) else ():
            if isinstance(one, dict) and isinstance(one.get(member), str):
                yield one[member]
    extra = scan.get("extra_entities")
    yield from (str(name) for name in extra) if isinstance(extra, list | tuple) else ()


Approvals = Annotated[int, Field(ge=1, le=9)]
When = Annotated[Condition, PlainValidator(_when), WithJsonSchema({"type": "object"})]


class Then(Strict):
    """A rule's effect on each use. A use that is not named is left to the other rules."""

    train: EffectWord | None = Field(
        default=None,
        description="Effect on training: allow, redact (personal data is replaced) or deny. "
        "The strictest of all rules that speak wins.",
        examples=["deny"],
    )
    retrieve: EffectWord | None = Field(
        default=None,
        description="Effect on retrieval, where the row is looked up and never trained on.",
        examples=["allow"],
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.train is None and self.retrieve is None:
            raise ValueError("must name train, retrieve or both, such as {train: deny}")
        return self

    def on(self, use: Use) -> Effect | None:
        """The effect on ``use``; None when the rule does not speak of it."""
        word = self.train if use is Use.TRAIN else self.retrieve
        return None if word is None else Effect[word.upper()]


class Rule(Strict):
    """When something is so, then this is the effect on each use."""

    id: Id = Field(
        description="Name of the rule in verdicts and reports: small letters, digits, hyphens.",
        examples=["license-noncommercial"],
    )
    title: Line = Field(
        default="",
        description="One line a reader understands; the id stands in where it is missing.",
        examples=["Non-commercial licences stay out of training"],
    )
    cites: tuple[SomeLine, ...] = Field(
        default=(),
        description="The clauses or articles that the rule rests on.",
        examples=[["CC BY-NC 4.0 s. 2(a)(1)"]],
    )
    law: Law | None = Field(
        default=None,
        description="The provision that the rule carries out, with its place and its days.",
        examples=[
            {
                "jurisdiction": "EU",
                "article": "art. 9(1)",
                "effective": "2018-05-25",
                "verified": "2026-11-29",
                "source": "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
            }
        ],
    )
    when: When = Field(
        description="What must be so of a row: facts with the values that match (all keys must "
        "hold), all/any/not around such mappings, or the word always.",
        examples=[{"license.class": ["non-commercial", "academic"]}, "always"],
    )
    then: Then = Field(
        description="The effect on each use.", examples=[{"train": "deny", "retrieve": "allow"}]
    )
    remedy: Line = Field(
        default="",
        description="What the reader can do about a row that this rule stopped.",
        examples=["obtain a commercial licence, or use the row for retrieval only"],
    )
    obligations: tuple[Obligation, ...] = Field(
        default=(),
        description="Duties that go with using the row.",
        examples=[["attribute"]],
    )

    unknown: UnknownWord | None = Field(
        default=None,
        description="What the rule does where it asks for an unknown fact: deny the uses that it "
        "names, or stay silent. If left out, a rule that redacts or denies denies, and one that "
        "allows is silent.",
        examples=["silent"],
    )
    waivable: bool = Field(
        default=True,
        description="Whether a signed waiver may lift the rule for single rows.",
        examples=[False],
    )
    approvals: Approvals | None = Field(
        default=None,
        description="How many people must sign a waiver of this rule, where it is not the number "
        "that the policy asks for.",
        examples=[2],
    )

    @field_validator("id")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value in RESERVED:
            raise ValueError(f"{value!r} is a reason that govgate itself gives; choose another id")
        return value

    def unanswered(self, use: Use) -> Effect | None:
        """What it gives to ``use`` where it asks for an unknown fact; None: nothing."""
        effect = self.then.on(use)
        speaks = self.unknown == "deny" if self.unknown else effect is not Effect.ALLOW
        return Effect.DENY if effect is not None and speaks else None

    def gave(self, use: Use, *, answered: bool) -> Effect | None:
        """What its reason ``RULE``, or ``RULE?``, stands for; None: it says nothing of the use.

        A redaction of unknown findings denies, whatever the rule says about unknown facts.
        """
        said = self.then.on(use)
        if answered:
            return said
        return Effect.DENY if said is Effect.REDACT else self.unanswered(use)

    @property
    def heading(self) -> str:
        """The title, or the id of a rule without one."""
        return self.title or self.id


class Scan(Looks):
    """What is looked for, and what counts as a finding."""

    threshold: float = Field(
        default=0.4,
        ge=0,
        le=1,
        description="Findings of a lower score do not become facts and are not redacted.",
        examples=[0.4],
    )
    thresholds: dict[Entity, Score] = Field(
        default={},
        description="The threshold of single entities, where it is not the one above.",
        examples=[{"PERSON": 0.6}],
    )
    extra_entities: tuple[Entity, ...] = Field(
        default=(),
        description="Entities of other models that govgate.yaml sets up, which rules may name.",
        examples=[["ACME_BADGE"]],
    )

    @model_validator(mode="after")
    def _entities_and_roles_are_known(self, info: ValidationInfo) -> Self:
        known = {*ENTITIES, *self.every_extra, *(info.context or {}).get("extra_entities", ())}
        wrong = [(path, name) for path, name in self._named() if name not in known]
        if misplaced := [*self._wrong_roles(), *self._holds_unlooked()]:
            raise Problems(misplaced)
        if wrong:
            raise Problems(
                Problem(
                    path,
                    f"unknown entity {shown(name)}{did_you_mean(name, known)}; one that another "
                    "model finds is named under extra_entities",
                    at_key=path[0] == "thresholds",
                )
                for path, name in wrong
            )
        return self

    def _wrong_roles(self) -> Iterator[Problem]:
        for at, rule in enumerate(self.fields):
            for number, role in enumerate(rule.roles or ()):
                path = ("fields", at, "roles", number)
                if role == "key":
                    yield Problem(path, "rules about fields never speak of member names")
                elif role not in ROLES:
                    yield Problem(path, unknown_word(role, [r for r in ROLES if r != "key"]))

    def _holds_unlooked(self) -> Iterator[Problem]:
        for at, rule in enumerate(self.fields):
            if self.entities is not None and rule.holds not in (None, *self.entities):
                yield Problem(("fields", at, "holds"), f"{rule.holds} is not among scan.entities")

    def _named(self) -> Iterator[tuple[Path_, str]]:
        """Every place that names an entity to be found by something else."""
        for at, name in enumerate(self.entities or ()):
            yield ("entities", at), name
        for name in self.thresholds:
            yield ("thresholds", name), name
        for part in ("allow", "hotwords", "exclusions", "fields"):
            for number, one in enumerate(getattr(self, part)):
                for key in ("entities", "within"):
                    for at, name in enumerate(getattr(one, key, None) or ()):
                        yield (part, number, key, at), name

    @property
    def every_extra(self) -> tuple[str, ...]:
        """Entities beside those that govgate knows: the policy's own, and those of other models."""
        return (*self.declared, *self.extra_entities)

    @property
    def looks(self) -> Looks:
        """What of it decides what is found; thresholds only decide what of that counts."""
        asked = {name: getattr(self, name) for name in Looks.model_fields}
        return Looks.model_validate({k: v for k, v in asked.items() if v is not None})


class Base(Strict):
    """A policy that this one was extended from; written by govgate into the copy it keeps."""

    policy: Id = Field(description="Its name.", examples=["default"])
    version: int = Field(ge=1, description="Its version.", examples=[1])
    sha256: Text = Field(
        pattern="^[0-9a-f]{64}$", description="SHA-256 of its bytes.", examples=["0" * 64]
    )
    floor: bool = Field(default=False, description="Whether it is a floor.", examples=[True])
    loosened: tuple[Text, ...] = Field(
        default=(),
        description="What lets more through than it did.",
        examples=[["rule person-names is left out"]],
    )


class PolicyDocument(Strict):
    """What may be done with rows of training data, row by row and use by use."""

    policy: Id = Field(description="Name of the policy.", examples=["acme-fine-tuning"])
    version: int = Field(
        ge=1,
        le=MAX_VERSION,
        description="Counts up by one with every published change.",
        examples=[4],
    )
    expires: Day = Field(
        description="The first day on which the policy may no longer be used.",
        examples=["2027-06-30"],
    )
    purposes: tuple[Purpose, ...] = Field(
        min_length=1,
        description="The kinds of training that the policy may be used for.",
        examples=[["fine-tuning", "instruction-tuning"]],
    )
    description: str = Field(
        default="",
        description="What the policy is for, and who answers for it.",
        examples=["Customer dialogues of Acme, agreed with the legal department."],
    )
    scan: Scan = Field(
        default_factory=Scan,
        description="How the scan for personal data is read.",
        examples=[{"threshold": 0.4}],
    )
    extends: Text | None = Field(
        default=None,
        description="A policy to start from: the name of a shipped pack, or a path from this "
        "file's folder. Rules of the same id replace its rules, scan and require its keys.",
        examples=["default"],
    )
    without: tuple[Id, ...] = Field(
        default=(),
        description="Rules of the extended policy that this one leaves out.",
        examples=[["person-names"]],
    )
    floor: bool = Field(
        default=False,
        description="Whether a policy that extends this one is refused when it lets more through.",
        examples=[True],
    )
    approvals: Approvals = Field(
        default=1, description="How many people must sign a waiver.", examples=[2]
    )
    based_on: tuple[Base, ...] = Field(
        default=(),
        description="What the policy was extended from, nearest first. govgate writes it.",
        examples=[[{"policy": "default", "version": 1, "sha256": "0" * 64}]],
    )
    rules: tuple[Rule, ...] = Field(
        default=(),
        min_length=1,
        description="At least one rule. Their order does not matter: the strictest effect wins, "
        "and a use that no rule allows is denied.",
        examples=[[{"id": "open", "when": "always", "then": {"train": "allow"}}]],
    )
    require: Require = Field(
        default_factory=Require,
        description="What must hold of the data set as a whole.",
        examples=[{"train.share": ">= 0.6"}],
    )

    @model_validator(mode="before")
    @classmethod
    def _declare_entities(cls, data: Any, info: ValidationInfo) -> Any:
        """Let the rules' conditions, which cannot see their siblings, know declared entities."""
        scan = data.get("scan") if isinstance(data, dict) else None
        if info.context is not None and isinstance(scan, dict):
            inherited = info.context.get("extra_entities", ())
            info.context["extra_entities"] = (*inherited, *declared_in(scan))
        return data

    @field_validator("rules", mode="before")
    @classmethod
    def _not_too_many(cls, rules: Any) -> Any:
        if isinstance(rules, list) and len(rules) > MAX_RULES:
            text = f"more than {MAX_RULES:,} rules; merge those that differ in one word into a list"
            raise Problems([Problem((MAX_RULES,), text)])
        return rules

    @model_validator(mode="after")
    def _has_rules(self) -> Self:
        if not self.rules and self.extends is None:
            raise ValueError("key 'rules' is missing")
        if self.without and self.extends is None:
            raise Problems([Problem(("without",), "there is no `extends` to leave out of", True)])
        return self

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        first: dict[str, int] = {}
        twice = [
            Problem(
                ("rules", at, "id"),
                f"rule id {rule.id!r} is used twice; rename one",
                see=("rules", first[rule.id], "id"),
                see_text="first at",
            )
            for at, rule in enumerate(self.rules)
            if first.setdefault(rule.id, at) != at
        ]
        if twice:
            raise Problems(twice)
        return self
