"""Cases: every shipped pack answers its own, and a wrong case is named with its place."""

from pathlib import Path

import pytest

from govgate.entities import ENTITIES
from govgate.errors import UsageError
from govgate.policy.conditions import Always
from govgate.policy.load import default_policy, load_policy, parse_policy
from govgate.policy.packs import pack_names, pack_path
from govgate.policy.testing.cases import load_cases, run_cases

OPEN = b"""
policy: acme
version: 1
expires: 2027-06-30
purposes: [fine-tuning]
scan: {extra_entities: [ACME_BADGE]}
rules:
- {id: open, when: {pii.entities: none}, then: {train: allow}}
"""


def cases(tmp_path: Path, text: str, head: str = "policy: acme\n"):
    file = tmp_path / "cases.yaml"
    file.write_text(head + "cases:\n" + text)
    return load_cases(file, parse_policy(OPEN, "acme.yaml"))


def case(facts="{pii.entities: []}", expect="{train: allow, retrieve: deny, reasons: [open]}"):
    return f"- {{name: it, rule: open, facts: {facts}, expect: {expect}}}\n"


@pytest.mark.parametrize("pack", pack_names())
def test_a_shipped_pack_answers_its_cases(pack):
    policy = load_policy(pack_path(pack))
    results = run_cases(policy, load_cases(pack_path(pack) / "cases.yaml", policy))
    assert [result for result in results if not result.passed] == []


@pytest.mark.parametrize("pack", pack_names())
def test_every_rule_has_a_case_in_which_it_speaks_and_one_in_which_it_is_silent(pack):
    policy = load_policy(pack_path(pack))
    file = load_cases(pack_path(pack) / "cases.yaml", policy)
    speaks = {one.rule for one in file.cases if one.rule in one.expect.reasons}
    silent = {one.rule for one in file.cases if one.rule not in one.expect.reasons}
    silent |= {rule.id for rule in policy.rules if isinstance(rule.when, Always)}  # it never is
    assert speaks == silent == {rule.id for rule in policy.rules}


@pytest.mark.parametrize("pack", pack_names())
def test_a_shipped_rule_says_what_it_is_for(pack):
    for rule in load_policy(pack_path(pack)).rules:
        assert rule.title, rule.id
        assert rule.cites, rule.id
        denies = "deny" in (rule.then.train, rule.then.retrieve)
        assert rule.remedy or not denies, rule.id


def test_the_default_policy_decides_about_every_entity_or_says_that_it_leaves_it_alone():
    source = default_policy().source.decode()
    companies = {"ABA_ROUTING_NUMBER", "AU_ACN", "DE_BSNR", "DE_HANDELSREGISTER", "SG_UEN"}
    companies |= {"US_NPI", "ZA_COMPANY_REGISTRATION"}
    postcodes = {"CA_POSTAL_CODE", "DE_PLZ", "UK_POSTCODE"}
    named = {entity for entity in ENTITIES if entity in source}
    assert set(ENTITIES) - named == companies | postcodes


def test_a_case_that_is_answered_otherwise_says_how(tmp_path):
    (result,) = run_cases(
        parse_policy(OPEN, "acme.yaml"),
        cases(tmp_path, case(expect="{train: deny, retrieve: deny, reasons: [nothing-allows]}")),
    )
    assert not result.passed
    assert result.differences == (
        "train is allow, expected deny",
        "reasons are nothing-allows, open, expected nothing-allows",
    )


def test_given_facts_hold_where_a_case_does_not_differ(tmp_path):
    head = "policy: acme\ngiven: {pii.entities: [ACME_BADGE]}\n"
    expect = "{train: allow, retrieve: deny, reasons: [nothing-allows, open]}"
    file = cases(tmp_path, case(expect=expect), head)
    (result,) = run_cases(parse_policy(OPEN, "acme.yaml"), file)
    assert result.passed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (case("{pii.entites: []}"), "unknown fact 'pii.entites' (did you mean pii.entities?)"),
        (case("{pii.entities: [PERSN]}"), "unknown value 'PERSN' (did you mean PERSON?)"),
        (case("{pii.entities: PERSON}"), "must be a list such as [EMAIL_ADDRESS], or unknown"),
        (case("{pii.count: 9999999999999999}"), "must be a whole number of at most 15 digits"),
        (case("{pii.count: many}"), "must be a whole number of at most 15 digits, or unknown"),
        (case("{license.class: fair}"), "unknown value 'fair'"),
        (case(expect="{train: allow, retrieve: allow}"), "key 'reasons' is missing"),
        (case() + case(), "case 'it' is named twice (first at line 3)"),
        (case().replace("rule: open", "rule: opn"), "no rule 'opn' (did you mean open?)"),
        ("  []\n", "must not be empty"),
    ],
)
def test_a_wrong_case_is_named_with_its_place(tmp_path, text, said):
    with pytest.raises(UsageError) as caught:
        cases(tmp_path, text)
    assert said in str(caught.value)
    assert "cases.yaml:" in str(caught.value)


def each(value, facts="{}", expect="{train: deny, retrieve: deny, reasons: [nothing-allows]}"):
    return f"- {{name: it, rule: open, facts: {facts}, each: {value}, expect: {expect}}}\n"


def test_a_case_runs_once_for_each_value_and_is_named_after_it(tmp_path):
    file = cases(tmp_path, each("{pii.entities: [PERSON, [URL, US_SSN], [], unknown]}"))
    results = run_cases(parse_policy(OPEN, "acme.yaml"), file)
    assert [(result.name, result.passed) for result in results] == [
        ("it: PERSON", True),
        ("it: URL, US_SSN", True),
        ("it: none", False),
        ("it: unknown", True),
    ]
    assert [trial.facts for trial in file.trials] == [
        {"pii.entities": value} for value in (("PERSON",), ("URL", "US_SSN"), (), None)
    ]


def test_each_says_one_fact_more_than_facts_and_given(tmp_path):
    head = "policy: acme\ngiven: {pii.count: 1, license.class: academic}\n"
    file = cases(tmp_path, each("{pii.count: [2, 3]}", facts="{license.id: MIT}"), head)
    rest = {"license.class": "academic", "license.id": "MIT"}
    assert [trial.facts for trial in file.trials] == [{"pii.count": n} | rest for n in (2, 3)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (each("{}"), "must name one fact and list its values"),
        (each("[PERSON]"), "must name one fact and list its values"),
        (each("{pii.count: [1], license.id: [MIT]}"), "not 2 facts"),
        (each("{pii.entites: [PERSON]}"), "unknown fact 'pii.entites' (did you mean pii.entities?"),
        (each("{pii.entities: []}"), "must be a list of the values of pii.entities"),
        (each("{pii.count: 3}"), "must be a list of the values of pii.count"),
        (each("{pii.entities: [PERSN]}"), "unknown value 'PERSN' (did you mean PERSON?)"),
        (each("{pii.entities: [PERSON, [PERSON]]}"), "'PERSON' is listed twice"),
        (each("{pii.count: [1, many]}"), "must be a whole number of at most 15 digits, or unknown"),
        (each("{pii.count: [1]}", facts="{pii.count: 2}"), "`facts` says already what pii.count"),
    ],
)
def test_a_wrong_each_is_named_with_its_place(tmp_path, text, said):
    with pytest.raises(UsageError) as caught:
        cases(tmp_path, text)
    assert said in str(caught.value)
    assert "cases.yaml:3:" in str(caught.value)


def test_entities_that_the_policy_itself_finds_may_be_facts(tmp_path):
    source = OPEN.replace(
        b"scan: {extra_entities: [ACME_BADGE]}",
        b"scan: {deny: [{id: larch, entity: ACME_CODENAME, words: [Larch]}]}",
    )
    file = tmp_path / "cases.yaml"
    file.write_text("policy: acme\ncases:\n" + each("{pii.entities: [ACME_CODENAME]}"))
    (trial,) = load_cases(file, parse_policy(source, "acme.yaml")).trials
    assert trial.facts == {"pii.entities": ("ACME_CODENAME",)}


def test_cases_of_another_policy_are_refused(tmp_path):
    with pytest.raises(UsageError, match="these cases are for 'other', and the policy is 'acme'"):
        cases(tmp_path, case(), "policy: other\n")
