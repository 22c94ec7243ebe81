"""Groups of entities, and the rules and cases that name one."""

import pytest

from govgate.entities import ENTITIES
from govgate.entitygroups import entity_groups
from govgate.errors import UsageError
from govgate.policy.conditions import Has, SetTest
from govgate.policy.load import parse_policy
from govgate.policy.parse import parse_condition
from govgate.yamlfile import Problems

HEAD = "policy: p\nversion: 1\nexpires: 2099-01-01\npurposes: [fine-tuning]\nrules:\n"


def test_a_group_stands_for_its_entities_under_any_and_none():
    for test in (SetTest.ANY, SetTest.NONE):
        has = parse_condition({"pii.in.user": {test: ["hipaa-email", "URL"]}})
        assert has == Has("pii.in.user", test, ("EMAIL", "EMAIL_ADDRESS", "URL"))


def test_a_group_does_not_stand_under_all_and_not_in_other_facts():
    with pytest.raises(Problems, match="hipaa-email is a group: it can stand under any and none"):
        parse_condition({"pii.entities": {"all": ["hipaa-email"]}})
    with pytest.raises(Problems, match="unknown"):
        parse_condition({"pii.roles": {"any": ["hipaa-email"]}})


def test_a_misspelt_group_is_told_of_with_the_nearest():
    with pytest.raises(Problems, match="did you mean hipaa-names"):
        parse_condition({"pii.entities": {"any": ["hipaa-nmaes"]}})


def test_a_rule_with_a_group_redacts_each_of_its_entities():
    policy = parse_policy(
        (
            HEAD + "- {id: a, when: {pii.entities: {any: [hipaa-email]}}, then: {train: redact}}\n"
        ).encode(),
        "p.yaml",
    )
    assert policy.rules[0].when == Has("pii.entities", SetTest.ANY, ("EMAIL", "EMAIL_ADDRESS"))


def test_a_group_in_an_unknown_place_of_the_policy_is_no_entity():
    body = "- {id: a, when: always, then: {train: allow}}\nscan: {entities: [hipaa-email]}\n"
    with pytest.raises(UsageError, match="hipaa-email"):
        parse_policy((HEAD + body).encode(), "p.yaml")


def test_every_group_cites_what_it_is_taken_from():
    for group in entity_groups().values():
        assert group.source.startswith("https://")
        assert set(group.entities) <= set(ENTITIES)
        assert list(group.entities) == sorted(set(group.entities)), group.id


def test_the_eighteen_of_safe_harbor_are_all_there():
    cited = " ".join(c for g in entity_groups().values() for c in g.cites if "164.514" in c)
    assert [x for x in "ABCDEFGHIJKLMNOP" if f"({x})" not in cited] == []
    assert "(P) to (R)" in cited
