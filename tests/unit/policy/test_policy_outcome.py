"""The data set as a whole: counts, requirements, the outcome, and why a row ended where it did."""

import polars as pl
import pytest

from govgate.errors import UsageError
from govgate.model import Effect, Outcome, Partition, Use
from govgate.policy.decide import decide
from govgate.policy.explain import explain
from govgate.policy.load import parse_policy
from govgate.policy.outcome import RuleCount, demote, summarise
from govgate.policy.testing.cases import facts_frame

HEAD = "policy: acme\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
RULES = """
rules:
- {id: open, title: Open, when: always, then: {train: allow, retrieve: allow}}
- {id: names, when: {pii.entities: {any: [PERSON]}}, then: {train: redact, retrieve: redact},
   obligations: [attribute]}
- {id: paid, when: {license.class: proprietary}, then: {train: deny, retrieve: deny},
   cites: [art. 1], remedy: buy it}
- {id: study, when: {license.class: [academic]}, then: {train: deny}}
"""
FREE = {"license.class": "permissive", "pii.entities": (), "consent.status": "given"}
NAME = FREE | {"pii.entities": ("PERSON",)}
PAID = FREE | {"license.class": "proprietary"}
STUDY = FREE | {"license.class": "academic"}
UNLICENSED = {"pii.entities": ()}


def policy(rest="", rules=RULES):
    return parse_policy((HEAD + rules + rest).encode(), "acme.yaml")


def summary(rows, held_to):
    facts = facts_frame(rows)
    return summarise([(decide(facts, held_to), facts)])


def outcome(rows, rest=""):
    held_to = policy(rest)
    return summary(rows, held_to).outcome(held_to)


def test_trainable_rows_make_the_outcome_train():
    assert outcome([FREE, PAID]) == (Outcome.TRAIN, [])


def test_no_trainable_row_leaves_retrieval():
    assert outcome([STUDY, PAID]) == (Outcome.RETRIEVAL_ONLY, ["no row may be trained on"])


def test_nothing_usable_is_blocked():
    assert outcome([PAID]) == (Outcome.BLOCKED, ["no row may be trained on"])


def test_no_rows_are_never_a_yes():
    assert outcome([]) == (Outcome.BLOCKED, ["there are no rows"])
    assert outcome([], 'require: {rows.count: ">= 0", pii.known: ">= 0"}')[0] is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("require", "unmet"),
    [
        ('train.share: ">= 0.5"', []),
        ('train.share: "> 0.5"', ["train.share must be > 0.5, and is 0.5 (2 of 4 rows)"]),
        ('retrieve.share: "<= 0.2"', ["retrieve.share must be <= 0.2, and is 0.25 (1 of 4 rows)"]),
        ('license.known: "== 1"', ["license.known must be == 1, and is 0.75 (3 of 4 rows)"]),
        ('consent.known: ">= 0.8"', ["consent.known must be >= 0.8, and is 0.75 (3 of 4 rows)"]),
        ('pii.known: "== 1"', []),
        ('rows.count: ">= 5"', ["rows.count must be >= 5, and is 4"]),
    ],
)
def test_an_unmet_requirement_is_named_with_its_figures(require, unmet):
    found, messages = outcome([FREE, NAME, STUDY, UNLICENSED], f"require: {{{require}}}")
    assert messages == unmet
    assert found is (Outcome.RETRIEVAL_ONLY if unmet else Outcome.TRAIN)


def test_a_share_is_compared_exactly():
    rows = [FREE] * 6 + [PAID] * 4
    assert outcome(rows, 'require: {train.share: ">= 0.6"}') == (Outcome.TRAIN, [])


@pytest.mark.parametrize("bound", ['train.share: "== 1"', 'license.known: "== 1"'])
def test_erased_rows_are_in_no_share_and_do_not_count_as_rows(bound):
    held_to = policy(f'require: {{{bound}, rows.count: "== 2"}}')
    facts = facts_frame([FREE, FREE, {}, {}])
    gone = pl.Series([False, False, True, True])
    verdicts = decide(facts, held_to).with_columns(
        reasons=pl.when(gone).then(pl.lit(["erased"])).otherwise("reasons")
    )
    assert summarise([(verdicts, facts)]).outcome(held_to) == (Outcome.TRAIN, [])


def test_nothing_is_left_where_all_rows_were_erased():
    held_to = policy('require: {license.known: ">= 0"}')
    facts = facts_frame([{}])
    verdicts = decide(facts, held_to).with_columns(
        reasons=pl.lit(["erased"]), partition=pl.lit("withheld"), retrieve=pl.lit("deny")
    )
    found, unmet = summarise([(verdicts, facts)]).outcome(held_to)
    assert found is Outcome.BLOCKED
    assert unmet[0] == "license.known must be >= 0, and there are no rows"


def test_each_reason_is_counted_for_the_use_that_it_decided():
    held_to = policy()
    counted = summary([FREE, NAME, STUDY, PAID, UNLICENSED], held_to)
    assert counted.rows == 5
    assert counted.partitions == {
        Partition.TRAIN: 2,
        Partition.RETRIEVE: 1,
        Partition.WITHHELD: 2,
    }
    assert set(counted.rule_counts(held_to)) == {
        RuleCount("open", Use.TRAIN, Effect.ALLOW, 1),
        RuleCount("open", Use.RETRIEVE, Effect.ALLOW, 2),
        RuleCount("names", Use.TRAIN, Effect.REDACT, 1),
        RuleCount("names", Use.RETRIEVE, Effect.REDACT, 1),
        RuleCount("study", Use.TRAIN, Effect.DENY, 1),
        RuleCount("study?", Use.TRAIN, Effect.DENY, 1),
        RuleCount("paid", Use.TRAIN, Effect.DENY, 1),
        RuleCount("paid", Use.RETRIEVE, Effect.DENY, 1),
        RuleCount("paid?", Use.TRAIN, Effect.DENY, 1),
        RuleCount("paid?", Use.RETRIEVE, Effect.DENY, 1),
    }


def test_batches_add_up():
    held_to = policy()
    facts = facts_frame([FREE, NAME, STUDY])
    verdicts = decide(facts, held_to)
    whole = summarise([(verdicts, facts)])
    parts = summarise([(verdicts[:1], facts[:1]), (verdicts[1:], facts[1:])])
    assert (whole.rows, whole.verdicts, whole.known) == (parts.rows, parts.verdicts, parts.known)


def test_demotion_leaves_no_row_to_train_on():
    rules = RULES + "- {id: local, when: {source.name: here}, then: {retrieve: deny}}\n"
    here = FREE | {"source.name": "here"}
    away = NAME | {"source.name": "away"}
    before = decide(facts_frame([here, away, STUDY | {"source.name": "away"}]), policy("", rules))
    after = demote(before).to_dicts()
    assert [row["partition"] for row in after] == ["withheld", "retrieve", "retrieve"]
    assert [row["train"] for row in after] == ["deny"] * 3
    assert [row["reasons"] for row in after] == [
        ["local", "open", "require"],
        ["names", "require"],
        ["open", "study"],
    ]
    assert [row["obligations"] for row in after] == [
        [],
        ["attribute", "redact:retrieve:PERSON"],
        [],
    ]
    assert demote(before).schema == before.schema


def explained(row, change=lambda frame: frame, more=()):
    held_to = policy()
    facts = facts_frame([row])
    verdict = change(decide(facts, held_to)).row(0, named=True)
    return explain(held_to, facts.row(0, named=True) | dict(more), verdict)


def test_a_reason_carries_what_the_rule_says_and_the_facts_it_asked_for():
    (reason,) = explained(PAID)
    assert (reason.rule, reason.title, reason.matched) == ("paid", "paid", True)
    assert reason.effects == {Use.TRAIN: Effect.DENY, Use.RETRIEVE: Effect.DENY}
    assert (reason.cites, reason.remedy) == (("art. 1",), "buy it")
    assert [(fact.name, fact.value) for fact in reason.facts] == [("license.class", "proprietary")]


def test_an_unanswered_rule_says_which_fact_was_unknown_and_why():
    reasons = explained(UNLICENSED, more={"license.why": "no licence field"}.items())
    assert [(reason.rule, reason.matched) for reason in reasons] == [
        ("paid", False),
        ("study", False),
    ]
    (fact,) = reasons[0].facts
    assert (fact.value, fact.why) == (None, "no licence field")


def test_the_reasons_that_decided_training_come_first():
    assert [reason.rule for reason in explained(STUDY)] == ["study", "open"]
    assert explained(STUDY)[1].effects == {Use.RETRIEVE: Effect.ALLOW}


def test_a_demoted_row_is_explained_by_the_data_set():
    reasons = {reason.rule: reason.effects for reason in explained(NAME, demote)}
    assert reasons == {
        "require": {Use.TRAIN: Effect.DENY},
        "names": {Use.RETRIEVE: Effect.REDACT},
    }


def test_a_row_that_failed_is_explained_by_its_failure():
    verdict = {"train": "deny", "retrieve": "deny", "reasons": ["failed:malformed-json"]}
    (reason,) = explain(policy(), {}, verdict)
    assert "malformed-json" in reason.title
    assert reason.effects == {Use.TRAIN: Effect.DENY, Use.RETRIEVE: Effect.DENY}


def test_a_verdict_of_another_policy_is_refused():
    with pytest.raises(UsageError, match="has no rule 'strange'"):
        explain(policy(), {}, {"train": "deny", "retrieve": "deny", "reasons": ["strange"]})
