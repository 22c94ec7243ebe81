import polars as pl
import pytest

from govgate.errors import UsageError
from govgate.model import Use
from govgate.policy.decide import decide
from govgate.policy.explain import explain
from govgate.policy.load import parse_policy
from govgate.policy.outcome import Summary
from govgate.policy.waivers import (
    Selector,
    Waiver,
    by_waivers,
    restricts,
    rule_digest,
    split_selector,
)

HEAD = "policy: acme\nversion: 1\nexpires: 2030-01-01\npurposes: [fine-tuning]\nrules:\n"
RULES = """\
  - {id: open, when: {license.class: [permissive, academic]}, then: {train: allow}}
  - {id: academic, when: {license.class: academic}, then: {train: deny, retrieve: allow},
     obligations: [attribute]}
  - {id: mail, when: {pii.entities: {any: [EMAIL_ADDRESS]}}, then: {train: redact}}
"""
ROWS = pl.DataFrame(
    {
        "index": [0, 1, 2, 3],
        "row": ["a.jsonl:1", "a.jsonl:2", "id, with comma", "sub/b.jsonl:1"],
        "file": ["a.jsonl", "a.jsonl", "c.jsonl", "sub/b.jsonl"],
        "source.name": ["faq", None, "faq", "chats"],
        "license.class": ["academic", "permissive", None, "proprietary"],
        "pii.entities": [["EMAIL_ADDRESS"], ["EMAIL_ADDRESS"], [], ["EMAIL_ADDRESS"]],
    }
)


def policy(rules=RULES):
    return parse_policy((HEAD + rules).encode(), "acme.yaml")


def waiver(rule, *words, uses=(Use.TRAIN,), id="w-1"):
    return Waiver(id, rule, frozenset(uses), Selector.of(words or ["all"]), 10)


def decided(*waivers, rules=RULES):
    return decide(ROWS, policy(rules), waivers).to_dicts()


@pytest.mark.parametrize(
    ("words", "picked"),
    [
        (["all"], [0, 1, 2, 3]),
        (["row:a.jsonl:1"], [0]),
        (["row:a.jsonl"], []),
        (["row:a.jsonl:1", "row:id, with comma"], [0, 2]),
        (["file:a.jsonl"], [0, 1]),
        (["file:*.jsonl"], [0, 1, 2]),
        (["file:**/*.jsonl"], [0, 1, 2, 3]),
        (["file:sub/?.jsonl"], [3]),
        (["file:a"], []),
        (["file:A.jsonl"], []),
        (["source:faq"], [0, 2]),
        (["source:fa"], []),
        (["row:a.jsonl:2", "source:chats"], [1, 3]),
    ],
)
def test_a_selector_picks_rows_by_name_file_and_source(words, picked):
    flags = Selector.of(words).picks(ROWS).to_list()
    assert [at for at, flag in enumerate(flags) if flag] == picked
    assert None not in flags
    assert list(Selector.of(words).words) == words


@pytest.mark.parametrize(
    "words", [[], ["a.jsonl"], ["row:"], ["rows:a"], ["row:a\nb"], ["all", "row:a"], ["ALL"]]
)
def test_a_selector_spelt_otherwise_is_refused(words):
    with pytest.raises(UsageError):
        Selector.of(words)


def test_only_an_item_without_a_pattern_names_a_file():
    assert Selector.of(["file:a.jsonl"]).names_file("a.jsonl")
    assert not Selector.of(["file:*.jsonl"]).names_file("a.jsonl")
    assert not Selector.of(["all"]).names_file("a.jsonl")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("row:a:1,b:2", ["row:a:1", "row:b:2"]),
        ("row:a, file:*.jsonl", ["row:a", "file:*.jsonl"]),
        (r"row:id\, with comma,x", ["row:id, with comma", "row:x"]),
        ("all", ["all"]),
        ("a.jsonl", ["a.jsonl"]),
    ],
)
def test_a_typed_selector_is_split_at_its_commas(text, words):
    assert split_selector(text) == words


def test_a_waived_denial_leaves_the_other_rules_to_decide():
    before, after = decided()[0], decided(waiver("academic"))[0]
    assert (before["train"], before["reasons"]) == ("deny", ["academic"])
    assert (after["train"], after["reasons"]) == ("redact", ["academic", "mail"])
    assert after["waivers"] == ["w-1"]
    assert after["obligations"] == ["attribute", "redact:train:EMAIL_ADDRESS"]


def test_a_waived_redaction_leaves_the_data_in_where_another_rule_allows():
    row = decided(waiver("mail"))[1]
    assert (row["train"], row["obligations"], row["waivers"]) == ("allow", [], ["w-1"])


def test_a_waived_redaction_stays_where_nothing_else_allows():
    row = decided(waiver("mail"))[3]
    assert (row["train"], row["reasons"]) == ("redact", ["mail", "nothing-allows"])
    assert row["obligations"] == ["redact:train:EMAIL_ADDRESS"]
    assert row["waivers"] == ["w-1"]


def test_a_waived_denial_permits_nothing_by_itself():
    rules = "  - {id: no, when: always, then: {train: deny, retrieve: deny}}\n"
    row = decided(waiver("no", uses=tuple(Use)), rules=rules)[0]
    assert (row["train"], row["retrieve"], row["reasons"]) == ("deny", "deny", ["nothing-allows"])


def test_a_waived_denial_leaves_the_denial_of_another_rule():
    rules = (
        "  - {id: no, when: always, then: {train: deny}}\n"
        "  - {id: never, when: always, then: {train: deny}}\n"
    )
    row = decided(waiver("no"), rules=rules)[0]
    assert (row["train"], row["reasons"]) == ("deny", ["never", "nothing-allows"])
    assert row["waivers"] == ["w-1"]


def test_a_rule_that_could_not_be_answered_is_waived_too():
    assert decided()[2]["reasons"] == ["academic?", "nothing-allows"]
    row = decided(waiver("academic"))[2]
    assert (row["train"], row["reasons"], row["waivers"]) == ("deny", ["nothing-allows"], ["w-1"])


def test_a_waiver_lifts_nothing_in_other_uses_other_rows_or_where_its_rule_is_silent():
    plain = decided()
    assert decided(waiver("academic", uses=(Use.RETRIEVE,))) == plain
    assert decided(waiver("academic", "row:none")) == plain
    assert decided(waiver("open")) == plain
    assert decided(waiver("academic"))[1] == plain[1]


def test_two_waivers_of_a_row_are_both_listed():
    row = decided(waiver("mail", id="w-2"), waiver("academic", "file:a.jsonl"))[0]
    assert (row["train"], row["waivers"]) == ("allow", ["w-1", "w-2"])


def test_rows_are_put_together_by_the_waivers_that_pick_them():
    one, two = waiver("a", "file:a.jsonl"), waiver("b", "row:a.jsonl:2", id="w-2")
    groups = {
        tuple(w.id for w in chosen): rows.arg_true().to_list()
        for chosen, rows in by_waivers(ROWS, [one, two])
    }
    assert groups == {("w-1",): [0], ("w-1", "w-2"): [1], (): [2, 3]}


def test_counts_and_reasons_do_not_put_a_denial_down_to_a_rule_that_is_waived():
    rules = RULES + "  - {id: late, when: {license.class: academic}, then: {train: deny}}\n"
    heeded = (waiver("academic"),)
    verdicts = decide(ROWS, policy(rules), heeded)
    summary = Summary()
    summary.add(verdicts, ROWS)
    told = {(c.reason, c.use.value): c.rows for c in summary.rule_counts(policy(rules), heeded)}
    assert ("academic", "train") not in told
    assert told["late", "train"] == 1
    assert told["academic", "retrieve"] == 1
    reasons = explain(policy(rules), ROWS.to_dicts()[0], verdicts.to_dicts()[0], heeded)
    effects = {reason.rule: set(reason.effects) for reason in reasons}
    assert effects == {"late": {Use.TRAIN}, "academic": {Use.RETRIEVE}}


def rule(text):
    return policy(f"  - {{{text}}}\n").rules[0]


BASE = "id: a, when: {license.class: [academic, permissive]}, then: {train: deny}"


@pytest.mark.parametrize(
    "same",
    [
        "id: a, title: Other, when: {license.class: [permissive, academic]}, then: {train: deny}",
        BASE + ", remedy: ask, cites: [x], obligations: [attribute]",
        BASE + ", unknown: deny",
    ],
)
def test_what_a_rule_means_has_one_digest(same):
    assert rule_digest(rule(same)) == rule_digest(rule(BASE))


@pytest.mark.parametrize(
    "other",
    [
        "id: a, when: {license.class: [academic]}, then: {train: deny}",
        "id: a, when: {not: {license.class: [academic, permissive]}}, then: {train: deny}",
        "id: a, when: {license.class: [academic, permissive]}, then: {train: redact}",
        "id: a, when: {license.class: [academic, permissive]}, then: {retrieve: deny}",
        BASE + ", unknown: silent",
    ],
)
def test_a_rule_that_means_something_else_has_another_digest(other):
    assert rule_digest(rule(other)) != rule_digest(rule(BASE))


def test_a_rule_restricts_a_use_that_it_may_redact_or_deny():
    assert restricts(rule(BASE), Use.TRAIN)
    assert not restricts(rule(BASE), Use.RETRIEVE)
    allowing = "id: a, when: {license.class: academic}, then: {train: allow}"
    assert not restricts(rule(allowing), Use.TRAIN)
    assert restricts(rule(allowing + ", unknown: deny"), Use.TRAIN)
