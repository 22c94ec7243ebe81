"""The mutation score: how many mutants of a policy its cases notice, and which they do not.

A mutant is noticed when one of the cases is answered otherwise than it expects. The answers of all
conditions to all cases are worked out at once, and what follows from them is settled where they, or
what the rule says, differ from before. Where only obligations may differ, `decide` decides again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from govgate.policy.compile import expression
from govgate.policy.conditions import Condition
from govgate.policy.load import Policy
from govgate.policy.testing.cases import Trial, facts_frame, run_trials
from govgate.policy.testing.mutants import Mutant, mutants
from govgate.policy.verdict import Speaker, Verdict, settle
from govgate.policy.vocabulary import PII_ENTITIES

_CONDITIONS = 200  # evaluated at once
Answers = list[bool | None]  # of one condition to every trial; None: unknown


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no case noticed.

    ``hidden``: the mistake shows in what the rule says to some case, and the other rules make up
    for it. Perhaps they always do.
    """

    mutant: Mutant
    hidden: bool

    @property
    def hint(self) -> str:
        """What to do about it."""
        if self.hidden:
            return "the cases that it touches are decided by other rules, perhaps all such rows are"
        return f"add a case {self.mutant.told_by}"


@dataclass(frozen=True, slots=True)
class MutationScore:
    """All mutants, and those that no case noticed."""

    total: int
    survivors: tuple[Survivor, ...]

    @property
    def noticed(self) -> int:
        """How many a case noticed."""
        return self.total - len(self.survivors)

    @property
    def share(self) -> float:
        """The score, 0 to 1."""
        return self.noticed / self.total if self.total else 0.0


def score(policy: Policy, trials: Sequence[Trial]) -> MutationScore:
    """The score of ``trials``, which are cases that the policy itself answers as expected."""
    found = mutants(policy)
    bench = _Bench(policy, trials, found)
    survivors = (bench.survivor(mutant) for mutant in found)
    return MutationScore(len(found), tuple(one for one in survivors if one is not None))


class _Bench:
    """The trials with every answer that the rules and their mutants give to them."""

    def __init__(self, policy: Policy, trials: Sequence[Trial], found: Iterable[Mutant]) -> None:
        self.policy = policy
        self.trials = trials
        frame = facts_frame([trial.facts for trial in trials])
        mutated = (one.mutated.when for one in found if one.mutated is not None)
        whens = (rule.when for rule in policy.rules)
        self.answers = _answers(dict.fromkeys((*whens, *mutated)), frame)
        self.known = frame[PII_ENTITIES].is_not_null().to_list()
        self.speakers = [Speaker.of(rule) for rule in policy.rules]
        self.spoken: list[list[tuple[int, bool | None]]] = [[] for _ in trials]
        for at, rule in enumerate(policy.rules):
            for row, answer in enumerate(self.answers[rule.when]):
                if answer is not False:
                    self.spoken[row].append((at, answer))
        self.verdicts = [self._settled(row) for row in range(len(trials))]

    def survivor(self, mutant: Mutant) -> Survivor | None:
        """The mutant, unless a trial is answered otherwise than it expects."""
        before = self.answers[self.policy.rules[mutant.at].when]
        after: Answers = [False] * len(self.trials)  # a missing rule matches nothing
        speaker = self.speakers[mutant.at]
        if mutant.mutated is not None:
            after = self.answers[mutant.mutated.when]
            speaker = Speaker.of(mutant.mutated)
        changed = [row for row, one in enumerate(after) if one is not before[row]]
        hidden = bool(changed)
        if speaker != self.speakers[mutant.at]:  # it says something else wherever it speaks
            changed += [r for r, one in enumerate(after) if one is before[r] and one is not False]
        doubtful = []
        for row in changed:
            verdict = self._settled(row, mutant.at, speaker, after[row])
            if not _as_expected(verdict, self.trials[row]):
                return None
            if verdict != self.verdicts[row] and self.trials[row].expect.obligations is not None:
                doubtful.append(self.trials[row])
        # Which of a redaction's entities a row has, and so its obligations, `decide` knows.
        results = run_trials(mutant.of(self.policy), doubtful) if doubtful else []
        noticed = any(not result.passed for result in results)
        return None if noticed else Survivor(mutant, hidden)

    def _settled(
        self, row: int, at: int = -1, instead: Speaker | None = None, answer: bool | None = False
    ) -> Verdict:
        """The verdict on a trial; ``instead`` gives ``answer`` in the place of rule ``at``."""
        spoken = [(self.speakers[n], given) for n, given in self.spoken[row] if n != at]
        if instead is not None:
            spoken.append((instead, answer))
        matched = [speaker for speaker, given in spoken if given]
        unknown = [speaker for speaker, given in spoken if given is None]
        return settle(matched, unknown, findings_known=self.known[row])


def _as_expected(verdict: Verdict, trial: Trial) -> bool:
    expect = trial.expect
    return (verdict.train, verdict.retrieve, verdict.reasons) == (
        expect.train,
        expect.retrieve,
        sorted(expect.reasons),
    )


def _answers(conditions: Iterable[Condition], facts: pl.DataFrame) -> dict[Condition, Answers]:
    asked = list(conditions)
    found: dict[Condition, Answers] = {}
    for start in range(0, len(asked), _CONDITIONS):
        some = {str(at): one for at, one in enumerate(asked[start : start + _CONDITIONS])}
        columns = [expression(one).alias(name) for name, one in some.items()]
        # with_columns, not select: `always` is a literal, and must be there for every row.
        answered = facts.with_columns(columns).select(*some)
        found |= {one: answered[name].to_list() for name, one in some.items()}
    return found
