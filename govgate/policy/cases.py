"""Cases of a policy: facts in, the expected effects and the reasons that decided out."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

import polars as pl
from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema, model_validator

from govgate.policy.compile import column_type
from govgate.policy.decide import decide
from govgate.policy.load import Policy
from govgate.policy.model import EffectWord
from govgate.policy.vocabulary import FACTS, UNKNOWN, Fact, Kind
from govgate.strict import Id, Strict, Text, calendar_day
from govgate.yamlfile import (
    Problem,
    Problems,
    did_you_mean,
    parse_yaml,
    read_limited,
    shown,
    unknown_word,
)

FactValue = str | int | date | tuple[str, ...] | None


def _facts(raw: object, info: ValidationInfo) -> dict[str, FactValue]:
    if not isinstance(raw, dict):
        raise ValueError(f"must be a mapping of facts to values, not {shown(raw)}")
    extra = (info.context or {}).get("extra_entities", ())
    problems: list[Problem] = []
    values: dict[str, FactValue] = {}
    for name, value in raw.items():
        fact = FACTS.get(str(name))
        if fact is None:
            text = f"unknown fact {shown(name)}{did_you_mean(str(name), FACTS)}"
            problems.append(Problem((str(name),), f"{text}; facts: {', '.join(FACTS)}", True))
            continue
        values[fact.name], wrong = _value(fact, value, extra)
        problems += [Problem((fact.name,), text) for text in wrong]
    if problems:
        raise Problems(problems)
    return values


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
            good = str(raw).isascii() and str(raw).isdigit()
            return (int(str(raw)), []) if good else (None, ["must be a whole number or unknown"])
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


class Expect(Strict):
    """What the policy must answer."""

    train: EffectWord = Field(description="The effect on training.", examples=["deny"])
    retrieve: EffectWord = Field(description="The effect on retrieval.", examples=["allow"])
    reasons: tuple[Text, ...] = Field(
        min_length=1,
        description="The rules that decided, in any order; RULE? for one that could not be "
        "answered, nothing-allows where no rule speaks.",
        examples=[["license-noncommercial"]],
    )
    obligations: tuple[Text, ...] | None = Field(
        default=None,
        description="The duties that go with the row, in any order; not checked if left out.",
        examples=[["attribute", "redact:train:EMAIL_ADDRESS"]],
    )


class Case(Strict):
    """One row's facts and the answer to expect."""

    name: Text = Field(
        description="A sentence about what should happen.",
        examples=["a non-commercial row is not trained on"],
    )
    rule: Id = Field(
        description="The rule that the case is about, whether it speaks or stays silent.",
        examples=["license-noncommercial"],
    )
    facts: Facts = Field(
        default_factory=dict,
        description="The facts in which this row differs from `given`.",
        examples=[{"license.class": "non-commercial"}],
    )
    expect: Expect = Field(
        description="The answer that makes the case pass.",
        examples=[{"train": "deny", "retrieve": "allow", "reasons": ["license-noncommercial"]}],
    )


class CaseFile(Strict):
    """Cases that hold a policy to what its author means."""

    policy: Id = Field(description="Name of the policy.", examples=["acme-fine-tuning"])
    given: Facts = Field(
        default_factory=dict,
        description="Facts of every case that does not say otherwise; what neither says is "
        "unknown.",
        examples=[{"license.class": "permissive", "pii.entities": [], "pii.count": 0}],
    )
    cases: tuple[Case, ...] = Field(
        min_length=1,
        description="The cases.",
        examples=[
            [
                {
                    "name": "a permissive row without personal data is trained on",
                    "rule": "license-open",
                    "expect": {"train": "allow", "retrieve": "allow", "reasons": ["license-open"]},
                }
            ]
        ],
    )

    @model_validator(mode="after")
    def _fits_its_policy(self, info: ValidationInfo) -> Self:
        context = info.context or {}
        problems = []
        if self.policy != context.get("policy", self.policy):
            text = f"these cases are for {self.policy!r}, and the policy is {context['policy']!r}"
            problems.append(Problem(("policy",), text))
        rules = context.get("rules", [case.rule for case in self.cases])
        problems += [
            Problem(
                ("cases", at, "rule"),
                f"the policy has no rule {case.rule!r}{did_you_mean(case.rule, rules)}",
            )
            for at, case in enumerate(self.cases)
            if case.rule not in rules
        ]
        if problems:
            raise Problems(problems)
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [case.name for case in self.cases]
        twice = [
            Problem(
                ("cases", at, "name"),
                f"case {shown(name)} is named twice",
                see=("cases", names.index(name), "name"),
                see_text="first at",
            )
            for at, name in enumerate(names)
            if names.index(name) != at
        ]
        if twice:
            raise Problems(twice)
        return self


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case and what the policy answered. ``differences`` is empty when it is as expected."""

    name: str
    rule: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the policy answered as expected."""
        return not self.differences


def load_cases(path: Path, policy: Policy) -> CaseFile:
    """The cases in the file at ``path``; UsageError when it is bad or is about another policy."""
    context = {
        "extra_entities": policy.document.scan.extra_entities,
        "policy": policy.name,
        "rules": tuple(rule.id for rule in policy.rules),
    }
    return parse_yaml(read_limited(path), str(path), CaseFile, context=context)


def run_cases(policy: Policy, cases: CaseFile) -> list[CaseResult]:
    """What the policy answers to each case, in their order."""
    rows = [cases.given | case.facts for case in cases.cases]
    verdicts = decide(facts_frame(rows), policy)
    return [
        CaseResult(case.name, case.rule, tuple(_differences(case.expect, verdict)))
        for case, verdict in zip(cases.cases, verdicts.iter_rows(named=True), strict=True)
    ]


def facts_frame(rows: list[dict[str, FactValue]]) -> pl.DataFrame:
    """Rows of facts as the frame that decide reads; what a row leaves out is unknown."""
    columns = {
        fact: pl.Series(
            fact,
            [list(one) if isinstance(one := row.get(fact), tuple) else one for row in rows],
            dtype=column_type(fact),
        )
        for fact in FACTS
    }
    return pl.DataFrame({"index": pl.Series(range(len(rows)), dtype=pl.UInt64)} | columns)


def _differences(expect: Expect, verdict: dict[str, Any]) -> list[str]:
    found = [
        f"{what} is {verdict[what]}, expected {getattr(expect, what)}"
        for what in ("train", "retrieve")
        if verdict[what] != getattr(expect, what)
    ]
    for what in ("reasons", "obligations"):
        wanted = getattr(expect, what)
        if wanted is not None and sorted(wanted) != sorted(verdict[what]):
            found.append(f"{what} are {_listed(verdict[what])}, expected {_listed(sorted(wanted))}")
    return found


def _listed(words: list[str]) -> str:
    return ", ".join(words) or "none"
