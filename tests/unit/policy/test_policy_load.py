"""Policies from files: what is accepted, and what a policy author reads when it is not."""

import hashlib
import time
from datetime import date

import pytest

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.policy.conditions import AllOf, AnyOf, Has, IsKnown, Not, OneOf, SetTest
from govgate.policy.load import check_usable, default_policy, load_policy, parse_policy
from govgate.policy.model import MAX_RULES
from govgate.policy.packs import pack_names, pack_path

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"


def policy(rules, head=HEAD, rest=""):
    return parse_policy(f"{head}rules:\n{rules}\n{rest}".encode(), "acme.yaml")


def rule(when="always", then="{train: allow}", name="one", rest=""):
    return f"  - {{id: {name}, when: {when}, then: {then}{rest}}}"


def complaint(*args, **named):
    with pytest.raises(UsageError) as caught:
        policy(*args, **named)
    return str(caught.value)


def test_a_policy_remembers_its_bytes():
    source = f"{HEAD}rules:\n{rule()}\n".encode()
    loaded = parse_policy(source, "acme.yaml")
    assert loaded.source == source
    assert loaded.digest == hashlib.sha256(source).hexdigest()
    assert (loaded.name, loaded.version, loaded.threshold) == ("acme", 4, 0.4)
    assert loaded == parse_policy(source, "elsewhere.yaml")


def test_the_design_pages_example_loads():
    loaded = policy(
        """
  - id: license-noncommercial
    title: Non-commercial licences stay out of training
    cites: ["CC BY-NC 4.0 s. 2(a)(1)"]
    when: {license.class: [non-commercial, academic]}
    then: {train: deny, retrieve: allow}
    remedy: obtain a commercial licence, or use the row for retrieval only
  - id: direct-identifiers
    when: {pii.entities: {any: [US_SSN, CREDIT_CARD, IBAN_CODE]}}
    then: {train: redact, retrieve: redact}
require:
  train.share: ">= 0.6"
  license.known: ">= 0.99"
"""
    )
    assert loaded.rules[0].when == OneOf("license.class", ("non-commercial", "academic"))
    assert loaded.rules[1].heading == "direct-identifiers"
    assert [name for name, _ in loaded.require.bounds()] == ["train.share", "license.known"]


def test_conditions_nest_and_several_keys_all_hold():
    loaded = policy(
        rule("{pii.entities: {any: [PERSON], none: [US_SSN]}, not: {license.id: [MIT, unknown]}}")
    )
    assert loaded.rules[0].when == AllOf(
        (
            AllOf(
                (
                    Has("pii.entities", SetTest.ANY, ("PERSON",)),
                    Has("pii.entities", SetTest.NONE, ("US_SSN",)),
                )
            ),
            Not(AnyOf((OneOf("license.id", ("MIT",)), Not(IsKnown("license.id"))))),
        )
    )


def test_the_country_no_stays_a_text():
    assert policy(rule("{source.name: NO}")).rules[0].when == OneOf("source.name", ("NO",))


def test_a_custom_entity_must_be_declared():
    rules = rule("{pii.entities: {any: [ACME_BADGE]}}")
    assert "unknown entity 'ACME_BADGE'" in complaint(rules)
    assert "scan.extra_entities" in complaint(rules)
    assert policy(rules, rest="scan: {extra_entities: [ACME_BADGE]}\n").rules


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{pii.entites: any}", "unknown fact 'pii.entites' (did you mean pii.entities?); facts: "),
        ("{}", "must not be empty; write `when: always`"),
        ("sometimes", "must be a mapping such as {license.class: non-commercial}, not 'sometimes'"),
        ("[license.class]", "must be a mapping such as"),
        ("{any: [always]}", "`always` stands alone"),
        ("{all: []}", "must be a list of at least one condition"),
        ("{any: {license.class: academic}}", "must be a list of at least one condition"),
        ("{not: [a]}", "must be a mapping such as"),
        ("{license.class: []}", "must not be empty; write {license.class: non-commercial}"),
        ("{license.class: }", "must not be empty"),
        ("{license.class: NO}", "unknown value 'NO'; allowed: public-domain, permissive"),
        ("{license.class: [share-alik]}", "'share-alik' (did you mean share-alike?); allowed: "),
        ("{license.class: {any: [academic]}}", "license.class holds one word, not a set; write"),
        ("{license.id: [{}]}", "must be a text, not a mapping"),
        ("{pii.entities: {any: [US_SNN]}}", "unknown entity 'US_SNN' (did you mean US_SSN?)"),
        ("{pii.entities: {any: [unknown]}}", "`unknown` stands alone"),
        (
            "{source.jurisdictions: {any: [DE, unknown]}}",
            "`unknown` stands alone: write {source.jurisdictions: unknown}",
        ),
        ("{pii.roles: {none: [known]}}", "`known` stands alone: write {pii.roles: known}"),
        ("{pii.fields: {any: [unknown]}}", "`unknown` stands alone: write {pii.fields: unknown}"),
        ("{source.jurisdictions: {any: [UK]}}", "unknown value 'UK' (did you mean GB?); write"),
        (
            "{source.jurisdictions: {any: [eu]}}",
            "unknown value 'eu' (no country: name the member states); write",
        ),
        ("{source.languages: {any: [EU, uk, xx]}}", "unknown value 'EU' (did you mean eu?)"),
        (
            "{pii.entities: [PERSON]}",
            "pii.entities is a set, not a list; write {pii.entities: {any",
        ),
        ("{pii.entities: PERSON}", "pii.entities is a set, not 'PERSON'"),
        (
            "{pii.entities: {some: [PERSON]}}",
            "unknown test 'some' of a set; allowed: any, all, none",
        ),
        ("{pii.entities: {any: PERSON}}", "must be a list of at least one word, such as"),
        ("{pii.entities: {any: []}}", "not an empty list"),
        ("{pii.roles: {any: [usr]}}", "unknown value 'usr' (did you mean user?)"),
        (
            "{pii.count: 3}",
            "must compare with a whole number, not '3'; write {pii.count: \">= 3\"}",
        ),
        ("{pii.count: '> 2.5'}", "must compare with a whole number"),
        ("{pii.count: '=> 3'}", "with one of >=, <=, ==, !=, >, <"),
        ("{pii.count: ['>= 1', many]}", "must compare with a whole number, not 'many'"),
    ],
)
def test_a_wrong_condition_is_named_with_what_is_allowed(when, said):
    message = complaint(rule(when))
    assert said in message
    assert message.startswith("acme.yaml:6:")


def test_the_column_is_that_of_the_word_itself():
    assert complaint(rule("{pii.entities: {any: [PERSON, US_SNN]}}")).startswith("acme.yaml:6:51: ")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("  []", "acme.yaml:6:3: must not be empty"),
        (rule(then="{}"), "must name train, retrieve or both"),
        (rule(then="{train: }"), "key 'train' has no value"),
        (rule(then="{train: denied}"), "unknown value 'denied' (did you mean deny?)"),
        (rule(name="Big"), "must be small letters and digits, joined by hyphens"),
        (rule(name="nothing-allows"), "choose another id"),
        (rule(rest=", cite: [a]"), "unknown key 'cite' (did you mean cites?)"),
        (rule(rest=", obligations: [atribute]"), "(did you mean attribute?)"),
        ("  - {when: always, then: {train: deny}}", "key 'id' is missing"),
        ("  - {id: a, then: {train: deny}}", "key 'when' is missing"),
    ],
)
def test_a_wrong_rule_is_named_with_its_place(rules, said):
    assert said in complaint(rules)


def test_a_rule_id_used_twice_names_both_lines():
    message = complaint("\n".join([rule(), rule(name="two"), rule()]))
    assert message == "acme.yaml:8:10: rule id 'one' is used twice; rename one (first at line 6)"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("version: 0\n", "acme.yaml:2:10: must be greater than or equal to 1"),
        ("version: four\n", "must be a whole number, not 'four'"),
        ("expires: 2027-02-30\n", "must be a day of the calendar written YYYY-MM-DD"),
        ("expires: 1798675200\n", "must be a day of the calendar written YYYY-MM-DD"),
        ("purposes: []\n", "must not be empty"),
        ("purposes: [finetuning]\n", "unknown value 'finetuning' (did you mean fine-tuning?)"),
        ("colour: red\n", "unknown key 'colour'"),
        ("scan: {threshold: 2}\n", "must be less than or equal to 1"),
        ("scan: {extra_entities: [badge]}\n", "an entity is written in capitals"),
        ('require: {train.share: ">= 60"}\n', "must compare with a share from 0 to 1"),
        ("require: {train.share: 0.6}\n", "must compare with a share from 0 to 1"),
        ('require: {rows.count: ">= 0.5"}\n', "must compare with a whole number"),
        ('require: {train.shares: ">= 0.5"}\n', "(did you mean train.share?)"),
    ],
)
def test_a_wrong_head_is_named_with_its_place(wrong, said):
    key = wrong.split(":")[0]
    head = "".join(line for line in HEAD.splitlines(True) if not line.startswith(key + ":"))
    lines = head.splitlines(True)
    lines.insert(1, wrong)
    assert said in complaint(rule(), head="".join(lines))


def _rules(count):
    return "\n".join(
        f"  - id: rule-{number}\n    title: Rule {number}\n"
        f"    when: {{pii.entities: {{any: [PERSON, US_SSN]}}, pii.count: '>= {number}'}}\n"
        "    then: {train: deny, retrieve: allow}"
        for number in range(count)
    )


def test_as_many_rules_as_there_may_be_load_in_time():
    began = time.process_time()
    assert len(policy(_rules(MAX_RULES)).rules) == MAX_RULES
    assert time.process_time() - began < 10


def test_more_rules_than_there_may_be_are_refused_at_the_first_too_many():
    line = 6 + 4 * MAX_RULES
    said = f"acme.yaml:{line}:5: more than 5,000 rules; merge those that differ in one word"
    assert complaint(_rules(MAX_RULES + 1)).startswith(said)


def test_an_expired_policy_is_not_usable():
    loaded = policy(rule())
    check_usable(loaded, today=date(2027, 6, 29), purpose=Purpose.FINE_TUNING)
    with pytest.raises(UsageError, match="expired on 2027-06-30"):
        check_usable(loaded, today=date(2027, 6, 30), purpose=Purpose.FINE_TUNING)


def test_a_policy_is_not_usable_for_a_purpose_it_does_not_cover():
    with pytest.raises(UsageError, match="does not cover pretraining"):
        check_usable(policy(rule()), today=date(2027, 1, 1), purpose=Purpose.PRETRAINING)


def test_a_folder_stands_for_the_policy_inside():
    assert load_policy(pack_path("default")) == default_policy()


def test_a_pack_that_does_not_exist_is_named_with_those_that_do():
    assert "default" in pack_names()
    with pytest.raises(UsageError, match=r"no policy pack '\.\./default' .*; packs: .*default"):
        pack_path("../default")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r'title: "a\n  then      training is allowed"', "must be one line"),
        (r'remedy: "a\nb"', "must be one line"),
        (r'cites: ["a\nb"]', "must be one line"),
        (r'title: "a\x1b[8m"', "U+001B, which steers a terminal"),
        (r'title: "a\u202eb"', "U+202E, which steers a terminal"),
        (r'title: "a\u2028b"', "U+2028, which steers a terminal"),
    ],
)
def test_a_text_that_could_pass_for_other_lines_or_steer_a_terminal_is_refused(text, said):
    body = f"  - id: one\n    when: always\n    then: {{train: deny}}\n    {text}"
    assert said in complaint(body)


def test_a_text_folded_over_several_lines_is_one():
    folded = "title: >\n      a\n      b\n"
    body = f"  - id: one\n    when: always\n    then: {{train: deny}}\n    {folded}"
    assert policy(body).rules[0].title == "a b"


def test_unknown_and_known_are_offered_where_a_list_takes_them_and_nowhere_else():
    offered = ", unknown, known"
    assert offered in complaint(rule("{license.class: [NO]}"))
    assert offered not in complaint(rule("{pii.roles: {any: [usr]}}"))
