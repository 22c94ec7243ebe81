"""Two policies as formulas, for z3 to search all facts for a row that tells them apart.

A fact is a ``known`` and a value; a condition is a pair (true, false), which Kleene's logic makes
out of its parts' pairs, and what is neither is unknown. From there it goes as in ``verdict``. What
"lets more through" means is said in ``milder``, which looks at verdicts; this says it again in
formulas, and ``counterexample`` checks every row that is found against it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, assert_never

import z3

from govgate.errors import IncompleteError
from govgate.model import Effect, Use
from govgate.policy.conditions import (
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    Has,
    IsEmpty,
    IsKnown,
    Not,
    OneOf,
    SetTest,
    compare,
    entities_named,
)
from govgate.policy.fact import Kind
from govgate.policy.load import Policy
from govgate.policy.model import Rule
from govgate.policy.prove.domains import Domain
from govgate.policy.testing.factvalues import FactValue
from govgate.policy.vocabulary import PII_ENTITIES, PII_IN

Formula = Any  # z3 has no types
_GREATEST = 2**63 - 1  # that a column of numbers holds


class Answer(NamedTuple):
    """A condition's answer; neither of the two is unknown."""

    true: Formula
    false: Formula


@dataclass(frozen=True, slots=True)
class Symbol:
    """A fact of the row that is searched for."""

    domain: Domain
    known: Formula
    words: Mapping[str, Formula]
    number: Formula  # a day's is its ordinal

    @classmethod
    def of(cls, domain: Domain) -> "Symbol":
        """A fact that may be anything."""
        name = domain.fact.name
        words = {word: z3.Bool(f"{name}={word}") for word in domain.words}
        return cls(domain, z3.Bool(f"{name} known"), words, z3.Int(f"{name} number"))

    def bounds(self) -> list[Formula]:
        """What holds of it whatever the row."""
        match self.domain.fact.kind:
            case Kind.TEXT | Kind.WORD:
                return [z3.PbEq([(word, 1) for word in self.words.values()], 1)]
            case Kind.SET:
                return []
            case Kind.NUMBER:
                return [self.number >= 0, self.number <= _GREATEST]
            case Kind.DATE:
                first, last = date.min.toordinal(), date.max.toordinal()
                return [self.number >= first, self.number <= last]
            case other:
                assert_never(other)

    def value(self, model: Formula) -> FactValue:
        """What it is in the row that was found."""

        def holds(formula: Formula) -> bool:
            return bool(z3.is_true(model.eval(formula, model_completion=True)))

        if not holds(self.known):
            return None
        match self.domain.fact.kind:
            case Kind.TEXT | Kind.WORD:
                return next(word for word, formula in self.words.items() if holds(formula))
            case Kind.SET:
                return tuple(word for word, formula in self.words.items() if holds(formula))
            case Kind.NUMBER:
                return int(model.eval(self.number, model_completion=True).as_long())
            case Kind.DATE:
                ordinal = model.eval(self.number, model_completion=True).as_long()
                return date.fromordinal(ordinal)
            case other:
                assert_never(other)


@dataclass(slots=True)
class Facts:
    """The row that is searched for, and the answers of conditions about it."""

    symbols: Mapping[str, Symbol]
    _answers: dict[Condition, Answer] = field(default_factory=dict)

    def answer(self, condition: Condition) -> Answer:
        """The condition's answer by Kleene's rules."""
        if condition not in self._answers:
            self._answers[condition] = self._answer(condition)
        return self._answers[condition]

    def _answer(self, condition: Condition) -> Answer:
        match condition:
            case Always():
                return Answer(z3.BoolVal(True), z3.BoolVal(False))
            case AllOf(parts):
                answers = [self.answer(part) for part in parts]
                return Answer(_all(a.true for a in answers), _any(a.false for a in answers))
            case AnyOf(parts):
                answers = [self.answer(part) for part in parts]
                return Answer(_any(a.true for a in answers), _all(a.false for a in answers))
            case Not(part):
                true, false = self.answer(part)
                return Answer(false, true)
            case IsKnown(fact):
                known = self.symbols[fact].known
                return Answer(known, z3.Not(known))
            case OneOf() | Has() | IsEmpty() | Compare():
                symbol = self.symbols[condition.fact]
                holds = _holds(condition, symbol)
                return Answer(z3.And(symbol.known, holds), z3.And(symbol.known, z3.Not(holds)))
            case other:
                assert_never(other)

    def present(self, name: str) -> Formula:
        """Whether the row is known to have ``ENTITY``, or ``ENTITY@ROLE``."""
        entity, at, role = name.partition("@")
        symbol = self.symbols[PII_IN + role if at else PII_ENTITIES]
        return z3.And(symbol.known, symbol.words[entity])


@dataclass(frozen=True, slots=True)
class Redaction:
    """What the rules that redact for one use replace: everything, or what they name."""

    everything: Formula
    named: Mapping[str, Formula]


@dataclass(frozen=True, slots=True)
class Decision:
    """What rules make of the row."""

    deny: Mapping[Use, Formula]
    redact: Mapping[Use, Formula]  # and not deny
    redaction: Mapping[Use, Redaction]
    duties: Mapping[str, Formula]

    @property
    def withheld(self) -> Formula:
        """Whether both uses are denied."""
        return _all(self.deny.values())


def differences(
    base: Policy,
    other: Policy,
    domains: Mapping[str, Domain],
    laws: Iterable[Condition],
    *,
    seconds: int,
) -> tuple[dict[str, FactValue] | None, dict[str, FactValue] | None]:
    """A row of which ``other`` lets more through, and one of which it lets less through.

    ``laws``: false of no row that there can be. None where there is none, which is a proof.
    IncompleteError when ``seconds`` did not suffice.
    """
    facts = Facts({name: Symbol.of(domain) for name, domain in domains.items()})
    first, second = _decision(facts, base), _decision(facts, other)
    lawful = _all(z3.Not(facts.answer(law).false) for law in laws)
    return (
        _solve(facts, z3.And(lawful, _more(facts, first, second)), seconds),
        _solve(facts, z3.And(lawful, _more(facts, second, first)), seconds),
    )


def prover() -> dict[str, str]:
    """Name and version of what proves."""
    return {"name": "z3", "version": z3.get_version_string()}


def _solve(facts: Facts, wanted: Formula, seconds: int) -> dict[str, FactValue] | None:
    solver = z3.Solver()
    solver.set("timeout", seconds * 1000)
    for symbol in facts.symbols.values():
        solver.add(*symbol.bounds())
    solver.add(wanted)
    found = solver.check()
    if found == z3.unsat:
        return None
    if found != z3.sat:
        raise IncompleteError(
            f"how the policies compare could not be proved: z3 gave up after {seconds} s "
            f"({solver.reason_unknown()})",
            remedy="compare them in smaller steps, or allow more time with --seconds",
        )
    model = solver.model()
    return {name: symbol.value(model) for name, symbol in facts.symbols.items()}


def _holds(condition: OneOf | Has | IsEmpty | Compare, symbol: Symbol) -> Formula:
    """Whether the condition holds of a fact that is known."""
    match condition:
        case OneOf(_, words):
            # A purpose that no gate of both policies has is not among the symbol's words.
            return _any(symbol.words[word] for word in words if word in symbol.words)
        case Has(_, test, words):
            held = [symbol.words[word] for word in words]
            if test is SetTest.ALL:
                return _all(held)
            return _any(held) if test is SetTest.ANY else z3.Not(_any(held))
        case IsEmpty():
            return z3.Not(_any(symbol.words.values()))
        case Compare(_, comparison, number):
            bound = number.toordinal() if isinstance(number, date) else number
            return compare(comparison, symbol.number, bound)
        case other:
            assert_never(other)


def _decision(facts: Facts, policy: Policy) -> Decision:
    """The rules' say, put together as :func:`govgate.policy.verdict.settle` does it."""
    said = {use: _said(facts, policy, use) for use in Use}
    deny = {use: one.deny for use, one in said.items()}
    withheld = _all(deny.values())
    speaking: dict[str, list[Formula]] = {}
    for rule in policy.rules:
        for duty in rule.obligations:
            speaking.setdefault(duty, []).append(z3.Not(facts.answer(rule.when).false))
    return Decision(
        deny=deny,
        redact={use: one.redact for use, one in said.items()},
        redaction={use: _redaction(one.redacting) for use, one in said.items()},
        duties={duty: z3.And(_any(spoken), z3.Not(withheld)) for duty, spoken in speaking.items()},
    )


class Said(NamedTuple):
    """The effect on one use, and which rules redact, each with when it is among those that do."""

    deny: Formula
    redact: Formula
    redacting: list[tuple[Rule, Formula]]


def _said(facts: Facts, policy: Policy, use: Use) -> Said:
    deny, redacting, allow = [], list[tuple[Rule, Formula]](), []
    for rule in policy.rules:
        matched, _ = answer = facts.answer(rule.when)
        if rule.unanswered(use) is not None:
            deny.append(_unknown(answer))
        match rule.then.on(use):
            case Effect.DENY:
                deny.append(matched)
            case Effect.ALLOW:
                allow.append(matched)
            case Effect.REDACT:
                known = facts.symbols[PII_ENTITIES].known
                redacting.append((rule, z3.And(matched, known)))
                deny.append(z3.And(matched, z3.Not(known)))
    redacts = _any(formula for _, formula in redacting)
    denied = z3.Or(_any(deny), z3.Not(z3.Or(redacts, _any(allow))))
    return Said(denied, z3.And(redacts, z3.Not(denied)), redacting)


def _redaction(redacting: Iterable[tuple[Rule, Formula]]) -> Redaction:
    everything, named = list[Formula](), dict[str, list[Formula]]()
    for rule, redacts in redacting:
        entities = entities_named(rule.when)
        for name in sorted(entities):
            named.setdefault(name, []).append(redacts)
        if not entities:
            everything.append(redacts)
    return Redaction(_any(everything), {name: _any(rules) for name, rules in named.items()})


def _more(facts: Facts, first: Decision, second: Decision) -> Formula:
    """Whether the second lets more of the row through than the first."""
    none = z3.BoolVal(False)
    ways = [
        z3.And(duty, z3.Not(second.withheld), z3.Not(second.duties.get(name, none)))
        for name, duty in first.duties.items()
    ]
    for use in Use:
        passed = z3.Not(second.deny[use])
        left = _leaves(facts, first.redaction[use], second.redaction[use])
        ways += [
            z3.And(first.deny[use], passed),
            z3.And(first.redact[use], passed, z3.Not(second.redact[use])),
            z3.And(first.redact[use], second.redact[use], left),
        ]
    return _any(ways)


def _leaves(facts: Facts, first: Redaction, second: Redaction) -> Formula:
    """Whether the second leaves something of the row that the first replaces."""
    none = z3.BoolVal(False)
    named = [
        z3.And(matched, facts.present(name), z3.Not(_replaced(facts, second, name)))
        for name, matched in first.named.items()
    ]
    left = _any(named)
    if not z3.is_false(first.everything):
        found = facts.symbols[PII_ENTITIES].words
        over = [z3.And(has, z3.Not(second.named.get(word, none))) for word, has in found.items()]
        left = z3.If(first.everything, _any(over), left)
    return z3.And(z3.Not(second.everything), left)


def _replaced(facts: Facts, redaction: Redaction, name: str) -> Formula:
    """Whether what stands in the row as ``name`` is among what the redaction names."""
    entity = name.partition("@")[0]
    ways = [redaction.named[name]] if name in redaction.named else []
    if entity != name and entity in redaction.named:
        ways.append(z3.And(redaction.named[entity], facts.present(entity)))
    return _any(ways)


def _unknown(answer: Answer) -> Formula:
    return z3.Not(z3.Or(answer.true, answer.false))


def _all(formulas: Iterable[Formula]) -> Formula:
    parts = list(formulas)
    return z3.And(parts) if parts else z3.BoolVal(True)


def _any(formulas: Iterable[Formula]) -> Formula:
    parts = list(formulas)
    return z3.Or(parts) if parts else z3.BoolVal(False)
