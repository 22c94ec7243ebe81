"""Laws of the mutation score, on random policies and rows."""

import sys
from pathlib import Path

from hypothesis import given

from govgate.policy.decide import decide
from govgate.policy.testing.cases import Expect, Trial, facts_frame, run_trials
from govgate.policy.testing.mutants import mutants
from govgate.policy.testing.mutation import score
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parent))
from test_policy_laws import bodies_list, policy_of, tables


def trials_of(policy, table):
    """Cases that the policy answers as expected, every second with its obligations."""
    verdicts = decide(facts_frame(table), policy).iter_rows(named=True)
    trials = []
    for at, (facts, verdict) in enumerate(zip(table, verdicts, strict=True)):
        named = ["train", "retrieve", "reasons", *(["obligations"] if at % 2 else [])]
        expect = Expect.model_validate({name: verdict[name] for name in named})
        trials.append(Trial(f"row {at}", "r0", facts, expect))
    return trials


@law(60)
@given(bodies_list, tables)
def test_a_mutant_survives_if_and_only_if_its_policy_answers_every_case(bodies, table):
    policy = policy_of(bodies)
    trials = trials_of(policy, table)
    found = [one.mutant for one in score(policy, trials).survivors]
    for mutant in mutants(policy):
        mutated = mutant.of(policy)
        if mutated.rules:  # one without rules is no policy, and decides nothing
            answered = all(result.passed for result in run_trials(mutated, trials))
            assert answered == (mutant in found), mutant.change


@law(60)
@given(bodies_list, tables, tables)
def test_more_cases_never_lower_the_score(bodies, table, more):
    policy = policy_of(bodies)
    before = score(policy, trials_of(policy, table))
    after = score(policy, trials_of(policy, table) + trials_of(policy, more))
    assert after.total == before.total
    assert {one.mutant.change for one in after.survivors} <= {
        one.mutant.change for one in before.survivors
    }
    assert after.share >= before.share
