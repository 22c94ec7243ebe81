"""Cases of a policy: facts in, the expected effects and the reasons that decided out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl
from pydantic import Field, ValidationInfo, model_validator

from govgate.policy.compile import column_type
from govgate.policy.decide import decide
from govgate.policy.load import Policy
from govgate.policy.model import EffectWord
from govgate.policy.testing.factvalues import Each, Facts, FactValue, value_words
from govgate.policy.vocabulary import FACTS
from govgate.spelling import did_you_mean, shown
from govgate.strict import Id, Strict, Text
from govgate.yamlfile import Problem, Problems, parse_yaml, read_limited


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
    each: Each = Field(
        default_factory=dict,
        description="One more fact, with the values of which each in turn must give the same "
        "answer; of a set, a word alone is the set that holds just this word.",
        examples=[{"pii.entities": ["US_SSN", "IBAN_CODE"]}],
    )
    expect: Expect = Field(
        description="The answer that makes the case pass.",
        examples=[{"train": "deny", "retrieve": "allow", "reasons": ["license-noncommercial"]}],
    )

    @model_validator(mode="after")
    def _each_is_said_once(self) -> Self:
        if twice := [name for name in self.each if name in self.facts]:
            text = f"`facts` says already what {twice[0]} is; say it in one of the two"
            raise Problems([Problem(("each", twice[0]), text, at_key=True)])
        return self


@dataclass(frozen=True, slots=True)
class Trial:
    """One row to decide: a case, or one of the values of its ``each``."""

    name: str
    rule: str
    facts: dict[str, FactValue]
    expect: Expect


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

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The rows that the cases speak of, with all their facts, in the file's order."""
        return tuple(trial for case in self.cases for trial in self._trials(case))

    def _trials(self, case: Case) -> list[Trial]:
        facts = self.given | case.facts
        if not case.each:
            return [Trial(case.name, case.rule, facts, case.expect)]
        ((fact, values),) = case.each.items()
        return [
            Trial(
                f"{case.name}: {value_words(value)}", case.rule, facts | {fact: value}, case.expect
            )
            for value in values
        ]

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
    """One trial and what the policy answered. ``differences`` is empty when it is as expected."""

    trial: Trial
    differences: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the case says should happen, and for which value of ``each``."""
        return self.trial.name

    @property
    def rule(self) -> str:
        """The rule that the case is about."""
        return self.trial.rule

    @property
    def passed(self) -> bool:
        """Whether the policy answered as expected."""
        return not self.differences


def load_cases(path: Path, policy: Policy) -> CaseFile:
    """The cases in the file at ``path``; UsageError when it is bad or is about another policy."""
    scan = policy.document.scan
    context = {
        "extra_entities": (*scan.looks.declared, *scan.extra_entities),
        "policy": policy.name,
        "rules": tuple(rule.id for rule in policy.rules),
    }
    return parse_yaml(read_limited(path), str(path), CaseFile, context=context)


def run_cases(policy: Policy, cases: CaseFile) -> list[CaseResult]:
    """What the policy answers to each trial of the cases, in their order."""
    return run_trials(policy, cases.trials)


def run_trials(policy: Policy, trials: Sequence[Trial]) -> list[CaseResult]:
    """What the policy answers to each trial, in their order."""
    verdicts = decide(facts_frame([trial.facts for trial in trials]), policy)
    return [
        CaseResult(trial, tuple(_differences(trial.expect, verdict)))
        for trial, verdict in zip(trials, verdicts.iter_rows(named=True), strict=True)
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
