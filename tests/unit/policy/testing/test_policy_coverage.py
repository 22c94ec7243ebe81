"""Coverage counts what cases that pass put to use, and names the rest."""

from govgate.policy.load import parse_policy
from govgate.policy.testing.cases import Expect, Trial, run_trials
from govgate.policy.testing.coverage import coverage

POLICY = parse_policy(
    b"""
policy: acme
version: 1
expires: 2027-06-30
purposes: [fine-tuning]
rules:
- {id: open, when: always, then: {train: allow, retrieve: allow}}
- id: study
  when: {license.class: academic, pii.count: ">= 3"}
  then: {train: deny}
""",
    "acme.yaml",
)


def trial(license_class, count, train, *reasons):
    facts = {"license.class": license_class, "pii.count": count}
    return Trial("it", "open", facts, Expect(train=train, retrieve="allow", reasons=reasons))


STUDY = trial("academic", 3, "deny", "open", "study")
OPEN = trial("permissive", 2, "allow", "open")
UNREAD = trial("academic", None, "deny", "open", "study?")


def of(*trials):
    return coverage(POLICY, run_trials(POLICY, trials))


def test_all_is_covered_where_every_rule_decides_and_every_test_turns_out_both_ways():
    found = of(STUDY, OPEN)
    assert (found.rules, found.tests) == (2, 2)
    assert (found.rule_share, found.test_share) == (1.0, 1.0)
    assert found.uncovered_rules == found.uncovered_tests == ()


def test_a_rule_that_no_case_expects_is_named():
    found = of(OPEN)
    assert found.uncovered_rules == ("study",)
    assert found.rule_share == 0.5


def test_a_test_that_went_one_way_only_is_named_with_the_other():
    found = of(STUDY)
    assert found.test_share == 0.0
    assert [one.words for one in found.uncovered_tests] == [
        'study: "the class of the licence is academic" was never false',
        f'study: "{found.uncovered_tests[1].words.split(chr(34))[1]}" was never false',
    ]


def test_an_unanswered_rule_decides_but_its_test_was_neither_true_nor_false():
    found = of(UNREAD)
    assert found.uncovered_rules == ()
    assert [one.missing for one in found.uncovered_tests] == [(False,), (True, False)]
    assert found.uncovered_tests[1].words.endswith("was neither true nor false")


def test_a_case_that_fails_covers_nothing():
    wrong = trial("academic", 3, "allow", "open", "study")
    found = of(wrong, OPEN)
    assert found.uncovered_rules == ("study",)
    assert [one.missing for one in found.uncovered_tests] == [(True,), (True,)]


def test_no_case_covers_nothing():
    found = of()
    assert (found.rule_share, found.test_share) == (0.0, 0.0)
