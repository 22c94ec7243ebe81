"""Mutants are mistakes that an author can make; the score counts those that a case notices."""

from datetime import date

import pytest

from govgate.policy.conditions import Compare, IsKnown, Operator
from govgate.policy.load import load_policy, parse_policy
from govgate.policy.packs import pack_names, pack_path
from govgate.policy.parse import parse_condition
from govgate.policy.testing.cases import CaseFile, load_cases
from govgate.policy.testing.examine import examine
from govgate.policy.testing.mistakes import mistakes
from govgate.policy.testing.mutants import mutants
from govgate.policy.testing.mutation import score
from govgate.yamlfile import parse_yaml

HEAD = "policy: acme\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\nrules:\n"
OPEN = "- {id: open, when: always, then: {train: allow, retrieve: allow}}\n"


def policy(rules):
    return parse_policy((HEAD + rules).encode(), "acme.yaml")


def written(*raws):
    return {parse_condition(raw) for raw in raws}


def conditions(raw, *, wider):
    return {one.condition for one in mistakes(parse_condition(raw), wider=wider)}


def test_a_list_loses_each_word_but_the_last():
    two = {"consent.status": ["given", "refused"]}
    alone = written({"consent.status": "given"}, {"consent.status": "refused"})
    assert conditions(two, wider=False) == alone
    assert conditions({"license.id": "MIT"}, wider=False) == set()


def test_a_list_gains_each_other_word_and_every_one():
    found = conditions({"run.purpose": ["pretraining"]}, wider=True)
    more = [["pretraining", p] for p in ("fine-tuning", "instruction-tuning")]
    more.append(["pretraining", "preference-alignment"])
    assert found == written(*({"run.purpose": words} for words in more)) | {IsKnown("run.purpose")}


def test_a_set_test_changes_its_words_and_its_kind():
    any_of = {"pii.entities": {"any": ["PERSON", "URL"]}}
    all_of = {"pii.entities": {"all": ["PERSON", "URL"]}}
    alone = [{"pii.entities": {"any": [word]}} for word in ("PERSON", "URL")]
    assert conditions(any_of, wider=False) == written(*alone, all_of)
    assert conditions(any_of, wider=True) == written({"pii.entities": "any"})
    fewer = [{"pii.entities": {"all": [word]}} for word in ("PERSON", "URL")]
    assert conditions(all_of, wider=True) == written(*fewer, any_of)
    none_of = {"pii.entities": {"none": ["PERSON", "URL"]}}
    fewer = [{"pii.entities": {"none": [word]}} for word in ("PERSON", "URL")]
    assert conditions(none_of, wider=True) == written(*fewer)


@pytest.mark.parametrize(
    ("test", "narrower", "wider"),
    [
        (">= 3", {"> 3", "<= 3"}, {">= 2", "<= 3"}),
        ("> 3", {"> 4", "< 3"}, {">= 3", "< 3"}),
        ("<= 3", {"< 3", ">= 3"}, {"<= 4", ">= 3"}),
        ("< 3", {"< 2", "> 3"}, {"<= 3", "> 3"}),
        ("== 3", {"!= 3"}, {"!= 3"}),
        ("!= 3", {"== 3"}, {"== 3"}),
        ("< 0", {"> 0"}, {"<= 0", "> 0"}),
        (">= 0", {"> 0", "<= 0"}, {"<= 0"}),
    ],
)
def test_a_comparison_is_off_by_one_or_turned_round(test, narrower, wider):
    for is_wider, expected in ((False, narrower), (True, wider)):
        found = conditions({"pii.count": test}, wider=is_wider)
        assert found == written(*({"pii.count": one} for one in expected))


def test_a_day_is_off_by_one():
    found = conditions({"source.collected": "< 2024-03-01"}, wider=False)
    moved = Compare("source.collected", Operator.BELOW, date(2024, 2, 29))
    assert moved in found
    last = Compare("source.collected", Operator.AT_MOST, date.max)
    assert {one.condition.operator for one in mistakes(last, wider=True)} == {Operator.AT_LEAST}


def test_parts_are_left_out_of_all_for_more_rows_and_of_any_for_fewer():
    parts = [{"license.class": "known"}, {"pii.entities": "none"}]
    assert written(*parts) <= conditions({"all": parts}, wider=True)
    assert not written(*parts) & conditions({"all": parts}, wider=False)
    assert written(*parts) <= conditions({"any": parts}, wider=False)
    assert not written(*parts) & conditions({"any": parts}, wider=True)


def test_under_not_fewer_becomes_more():
    found = conditions({"not": {"pii.count": ">= 3"}}, wider=False)
    assert found == written(*({"not": {"pii.count": one}} for one in (">= 2", "<= 3")))


def test_a_knownness_test_is_turned_round():
    for wider in (False, True):
        assert conditions({"license.id": "known"}, wider=wider) == written(
            {"license.id": "unknown"}
        )
        assert conditions({"pii.fields": "any"}, wider=wider) == written({"pii.fields": "none"})


def test_a_word_that_is_listed_twice_is_left_out_whole():
    alone = written({"license.id": "MIT"}, {"license.id": "ISC"})
    assert conditions({"license.id": ["MIT", "ISC", "MIT"]}, wider=False) == alone
    assert conditions({"license.id": ["MIT", "MIT"]}, wider=False) == set()


def test_mistakes_that_read_alike_are_policies_of_their_own():
    places = "{any: [{license.class: [academic, permissive], pii.count: '> 1'},"
    places += " {license.class: [academic, attribution]}]}"
    whole = policy(f"- {{id: a, when: {places}, then: {{train: deny}}}}\n")
    alike = [m.of(whole) for m in mutants(whole) if m.change == "it did not name academic"]
    assert len(alike) == len({one.source for one in alike}) == 2


def changes(rules, rule):
    return [one.change for one in mutants(policy(rules)) if one.rule == rule]


def test_a_rule_goes_missing_is_looser_says_less_and_forgets_duties():
    rule = "- {id: a, when: {license.id: known}, then: {train: deny, retrieve: redact},"
    rule += " obligations: [attribute]}\n"
    assert changes(rule, "a") == [
        "it were missing",
        "it said redact for training instead of deny",
        "it did not speak of training",
        "it said allow for retrieval instead of redact",
        "it did not speak of retrieval",
        "it laid no duty to attribute",
        "it asked that the licence is unknown",
    ]


def test_a_rule_that_asks_for_an_unknown_fact_may_stay_silent():
    silence = "it stayed silent where it asks for an unknown fact"
    asks = "- {id: a, when: {license.id: MIT}, then: {train: deny}"
    assert silence in changes(asks + "}\n", "a")
    assert silence not in changes(asks + ", unknown: silent}\n", "a")
    assert silence not in changes(asks.replace("deny", "allow") + "}\n", "a")
    assert silence in changes(asks.replace("deny", "allow") + ", unknown: deny}\n", "a")
    guarded = "{all: [{license.id: known}, {license.id: MIT}]}"
    assert silence not in changes(asks.replace("{license.id: MIT}", guarded) + "}\n", "a")


def test_only_an_allowing_rule_is_made_to_speak_of_more():
    rule = "- {id: a, when: {license.class: [academic, permissive]}, then: {train: allow}}\n"
    assert "it spoke of every row" in changes(rule, "a")
    assert "it named proprietary too" in changes(rule, "a")
    assert "it did not name academic" not in changes(rule, "a")
    stops = changes(rule.replace("allow", "deny"), "a")
    assert "it did not name academic" in stops
    assert "it spoke of every row" not in stops
    both = changes(rule.replace("train: allow", "train: allow, retrieve: deny"), "a")
    assert {"it named proprietary too", "it did not name academic"} <= set(both)


def test_no_mutant_reads_like_the_policy_and_none_is_there_twice():
    for pack in pack_names():
        whole = load_policy(pack_path(pack))
        found = mutants(whole)
        changed = [one.of(whole).rules for one in found]
        assert whole.rules not in changed
        assert len(set(changed)) == len(changed)
        assert len({one.of(whole).source for one in found} | {whole.source}) == len(found) + 1


CASES = """policy: acme
cases:
- name: open
  rule: open
  facts: {pii.count: 2}
  expect: {train: allow, retrieve: allow, reasons: [open]}
- name: stop
  rule: stop
  facts: {pii.count: 4}
  expect: {train: deny, retrieve: allow, reasons: [open, stop]}
"""
STOP = '- {id: stop, when: {pii.count: ">= 3"}, then: {train: deny}}\n'


def case_file(text):
    return parse_yaml(text.encode(), "cases.yaml", CaseFile)


def mutation(rules, text):
    """The score of cases that all pass."""
    found = examine(policy(rules), case_file(text))
    assert found.failed == ()
    return found.mutation


def test_what_no_case_notices_is_named_with_the_case_that_would():
    found = mutation(OPEN + STOP, CASES)
    survived = {one.mutant.change: one.hint for one in found.survivors}
    assert survived == {
        f"it asked that {words('> 3')}": f"add a case where {words('== 3')}",
        "it stayed silent where it asks for an unknown fact": (
            "add a case where pii.count is unknown"
        ),
    }
    assert found.share == found.noticed / found.total < 1


def words(test):
    from govgate.policy.words.prose import condition_words

    return condition_words(parse_condition({"pii.count": test}))


def test_the_case_that_was_named_notices_it():
    more = CASES.replace("facts: {pii.count: 4}", "each: {pii.count: [3, 4]}")
    more += """- name: unread
  rule: stop
  expect: {train: deny, retrieve: allow, reasons: [open, "stop?"]}
"""
    assert mutation(OPEN + STOP, more).survivors == ()


def test_a_mistake_that_other_rules_make_up_for_is_said_to_be_hidden():
    rules = "- {id: open, when: {license.class: permissive}, then: {train: allow}}\n"
    rules += "- {id: stop, when: {license.class: proprietary}, then: {train: deny}}\n"
    text = """policy: acme
cases:
- name: stop
  rule: stop
  facts: {license.class: proprietary}
  expect: {train: deny, retrieve: deny, reasons: [nothing-allows, stop]}
"""
    hidden = {one.mutant.change: one.hidden for one in mutation(rules, text).survivors}
    assert hidden["it named proprietary too"] is True
    assert hidden["it named academic too"] is False


def test_obligations_are_compared_where_a_case_names_them():
    rule = "- {id: mask, when: {pii.entities: {any: [PERSON, URL]}}, then: {train: redact}}\n"
    case = """policy: acme
cases:
- name: it
  rule: mask
  facts: {pii.entities: [PERSON, URL]}
  expect:
    {train: redact, retrieve: deny, reasons: [mask, nothing-allows]}
"""
    named = "[mask, nothing-allows], obligations: [redact:train:PERSON, redact:train:URL]"
    lost = "it did not name URL"
    assert lost in {one.mutant.change for one in mutation(rule, case).survivors}
    assert lost not in {
        one.mutant.change
        for one in mutation(rule, case.replace("[mask, nothing-allows]", named)).survivors
    }


def test_without_a_case_that_passes_no_mutant_is_noticed():
    found = score(policy(OPEN + STOP), [])
    assert found.share == 0.0
    assert len(found.survivors) == found.total > 0
    wrong = case_file(CASES.replace("train: allow", "train: redact").replace("deny", "redact"))
    assert examine(policy(OPEN + STOP), wrong).mutation.share == 0.0


@pytest.mark.parametrize("pack", pack_names())
def test_a_shipped_pack_is_covered_and_its_cases_notice_mistakes(pack):
    whole = load_policy(pack_path(pack))
    found = examine(whole, load_cases(pack_path(pack) / "cases.yaml", whole))
    assert found.coverage.rule_share == 1.0
    assert found.coverage.test_share == 1.0
    assert found.mutation is not None
    assert found.mutation.share >= 0.95
    # Long lists have a mutant for each word; the score must hold without them too.
    lost = "it did not name"
    others = [one for one in mutants(whole) if not one.change.startswith(lost)]
    survived = [one.mutant for one in found.mutation.survivors]
    assert sum(one not in survived for one in others) / len(others) >= 0.95
