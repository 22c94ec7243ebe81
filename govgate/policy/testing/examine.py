"""How good a policy's cases are: what they find, cover, and notice of mistakes."""

from dataclasses import dataclass

from govgate.policy.load import Policy
from govgate.policy.testing.cases import CaseFile, CaseResult, run_cases
from govgate.policy.testing.coverage import Coverage, coverage
from govgate.policy.testing.mutation import MutationScore, score


@dataclass(frozen=True, slots=True)
class Bound:
    """The least that a share must be."""

    what: str
    share: float
    least: float

    @property
    def met(self) -> bool:
        """Whether it is as much; never where ``least`` is no number."""
        return self.share >= self.least

    @property
    def words(self) -> str:
        """What must be so."""
        return f"{self.what} is at least {self.least:g}"


@dataclass(frozen=True, slots=True)
class Examined:
    """A policy's cases, decided. ``mutation``: None where mutants were not asked for.

    ``inherited``: rules that are left to the cases of the policy that this one extends.
    """

    policy: str
    results: tuple[CaseResult, ...]
    coverage: Coverage
    mutation: MutationScore | None
    inherited: int = 0

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases that were answered otherwise than they expect."""
        return tuple(result for result in self.results if not result.passed)

    def bounds(self, *, coverage: float | None, mutation: float | None) -> list[Bound]:
        """What was asked for of rule coverage and of the mutation score."""
        asked = []
        if coverage is not None:
            asked.append(Bound("rule coverage", self.coverage.rule_share, coverage))
        if mutation is not None:
            reached = self.mutation.share if self.mutation else 0.0
            asked.append(Bound("mutation score", reached, mutation))
        return asked


def examine(policy: Policy, cases: CaseFile, *, mutants: bool = True) -> Examined:
    """Decide the cases; only those that pass count for coverage and the mutation score."""
    results = tuple(run_cases(policy, cases))
    trials = [result.trial for result in results if result.passed]
    return Examined(
        policy.name,
        results,
        coverage(policy, results),
        score(policy, trials) if mutants else None,
        len(policy.rules) - len(policy.own_rules),
    )
