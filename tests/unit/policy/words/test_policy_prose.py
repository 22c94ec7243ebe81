"""Conditions and rules in words: exact, and without a fact's name."""

import pytest

from govgate.policy.fact import Kind
from govgate.policy.load import parse_policy
from govgate.policy.vocabulary import FACTS
from govgate.policy.words.describe import described
from govgate.policy.words.phrases import PHRASES
from govgate.policy.words.prose import (
    condition_words,
    effect_words,
    listed,
    unanswerable,
    unknown_words,
)

HEAD = "policy: acme\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"


def rule(when, then="{train: deny}", more=""):
    text = f"{HEAD}rules:\n- {{id: a, when: {when}, then: {then}{more}}}\n"
    return parse_policy(text.encode(), "acme.yaml").rules[0]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("always", "always"),
        ("{license.class: academic}", "the class of the licence is academic"),
        ("{license.class: unknown}", "the class of the licence is unknown"),
        ("{license.class: [academic, unknown]}", "the class of the licence is academic or unknown"),
        (
            "{all: [{license.class: known}, {license.class: academic}]}",
            "the class of the licence is known to be academic",
        ),
        (
            "{all: [{license.class: known}, {consent.basis: consent}]}",
            "the class of the licence is known, and the lawful basis is consent",
        ),
        ("{license.id: ['MIT OR Apache-2.0', MIT]}", 'the licence is "MIT OR Apache-2.0" or "MIT"'),
        ("{pii.entities: any}", "the row holds personal data"),
        ("{pii.entities: none}", "the row holds no personal data"),
        ("{pii.entities: {any: [PERSON, URL]}}", "the row holds PERSON or URL"),
        ("{pii.entities: {all: [PERSON, URL]}}", "the row holds PERSON and URL"),
        ("{pii.entities: {none: [PERSON]}}", "the row does not hold PERSON"),
        ("{pii.entities: {none: [URL, ID]}}", "the row does not hold any of URL or ID"),
        ("{pii.in.user: {any: [PERSON]}}", "the user turns hold PERSON"),
        ("{pii.in.prompt: {none: [PERSON]}}", "the prompt part does not hold PERSON"),
        ("{pii.in.key: any}", "the names of fields hold personal data"),
        ("{pii.roles: {none: [tool]}}", "no personal data stands in the words of tool"),
        ("{pii.fields: {any: [meta/a]}}", 'personal data stands in the field "meta/a"'),
        ("{pii.count: '>= 3'}", "the number of findings is at least 3"),
        (
            "{source.collected: '< 2024-05-25'}",
            "the last day of the source's collection is before 2024-05-25",
        ),
        ("{source.jurisdictions: {any: [DE]}}", "the source falls under the law of DE"),
        ("{run.purpose: pretraining}", "the purpose of the training is pretraining"),
        (
            "{pii.count: '> 1', any: [{license.class: academic}, {pii.count: '> 9'}]}",
            "the number of findings is more than 1, and (the class of the licence is academic, or "
            "the number of findings is more than 9)",
        ),
        (
            "{not: {pii.count: '> 1'}}",
            "it is not so that (the number of findings is more than 1)",
        ),
        ("{not: {license.class: academic}}", "the class of the licence is not academic"),
        (
            "{not: {license.class: [academic, permissive]}}",
            "the class of the licence is none of academic and permissive",
        ),
    ],
)
def test_a_condition_reads_without_a_facts_name(when, words):
    assert condition_words(rule(when).when) == words


def test_every_fact_has_a_phrase_that_no_other_fact_has():
    assert set(PHRASES) == set(FACTS)
    subjects = [one.subject for one in PHRASES.values()]
    assert len(set(subjects)) == len(subjects)
    values = [one.value for one in PHRASES.values()]
    assert len(set(values)) == len(values)
    for name, one in PHRASES.items():
        is_set = FACTS[name].kind is Kind.SET
        assert bool(one.without) == bool(one.nothing) == bool(one.something) == is_set


def test_long_lists_are_cut_and_say_how_many_more_there_are():
    assert listed("abcdef", most=3) == "a, b, c or 3 more"
    assert listed("abcd", most=3) == "a, b, c or d"
    cut = condition_words(
        rule("{license.class: [academic, permissive, attribution, unknown]}").when, most=1
    )
    assert cut == "the class of the licence is academic, 2 more or unknown"


def test_effects_tell_what_is_replaced():
    assert effect_words(rule("always", "{train: deny, retrieve: allow}")) == (
        "training is denied; retrieval is allowed"
    )
    assert "the personal data that the rule names is replaced" in effect_words(
        rule("{pii.entities: {any: [PERSON]}}", "{train: redact}")
    )
    assert "all personal data that was found is replaced" in effect_words(
        rule("{pii.entities: any}", "{train: redact}")
    )


@pytest.mark.parametrize(
    ("when", "then", "more", "words"),
    [
        ("{license.class: academic}", "{train: deny}", "", "training is denied"),
        ("{license.class: academic}", "{train: deny, retrieve: redact}", "",
         "training and retrieval are denied"),
        ("{license.class: academic}", "{train: allow}", "", "the rule says nothing"),
        ("{license.class: academic}", "{train: deny}", ", unknown: silent",
         "the rule says nothing"),
        ("{license.class: academic}", "{train: allow}", ", unknown: deny", "training is denied"),
        ("{license.class: unknown}", "{train: deny}", "", ""),
        ("always", "{train: deny}", "", ""),
    ],
)  # fmt: skip
def test_what_a_rule_does_on_unknown_is_told(when, then, more, words):
    assert unknown_words(rule(when, then, more)) == words


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("{license.class: academic}", ("license.class",)),
        ("{all: [{license.class: known}, {license.class: academic}]}", ()),
        ("{license.class: [academic, unknown]}", ()),
        ("{license.class: unknown, pii.count: '> 1'}", ("pii.count",)),
        ("{any: [{license.class: known}, {license.class: academic}]}", ("license.class",)),
        ("{not: {pii.count: '> 1'}}", ("pii.count",)),
    ],
)
def test_only_facts_that_can_leave_a_rule_open_are_named(when, facts):
    assert unanswerable(rule(when).when) == facts


def test_a_whole_policy_is_told_in_words():
    text = f"""{HEAD}scan:
  languages: [en, de]
  countries: [us, de]
  thresholds: {{PERSON: 0.6}}
  patterns: [{{id: badge, entity: ACME_BADGE, pattern: 'EMP-[0-9]+', context: [badge]}}]
  deny: [{{id: names, entity: ACME_NAME, words: [Larch]}}]
  allow: [{{id: own, values: [help@acme.example], why: public addresses}}]
  hotwords: [{{id: hot, entities: [US_SSN], words: [patient], change: 0.3}}]
  exclusions: [{{id: links, within: [URL], why: links are links}}]
  fields: [{{id: pages, fields: [meta/url], skip: own pages}}]
rules:
- {{id: a, when: always, then: {{train: allow}}, waivable: false}}
- {{id: b, when: {{pii.in.user: {{any: [ACME_BADGE]}}}}, then: {{train: redact}}, approvals: 2}}
require: {{train.share: ">= 0.6"}}
approvals: 1
"""
    told = described(parse_policy(text.encode(), "acme.yaml"))
    assert told["scan"] == [
        "Strings are read in en and de.",
        "Identifiers are looked for of us and de.",
        "Every kind of personal data that the detectors know is looked for.",
        "A finding counts from a score of 0.4 (of 1), and of 0.6 for PERSON.",
        "What matches the pattern EMP-[0-9]+ is ACME_BADGE, at a score of 0.5, surer near badge "
        "(badge).",
        '"Larch" is always ACME_NAME (names).',
        'A finding of US_SSN near "patient" (50 characters before, 0 after) has +0.3 added to its '
        "score (hot).",
        '"help@acme.example" does not count: public addresses (own).',
        "A finding within a finding of URL does not count: links are links (links).",
        'Strings in the fields "meta/url" are not looked at: own pages (pages).',
    ]
    first, second = told["rules"]
    assert (first["waivable"], first["approvals"], first["unknown"]) == (False, 1, "")
    assert (second["waivable"], second["approvals"]) == (True, 2)
    assert second["unknown"].startswith("Where what the user turns hold is unknown")
    assert second["unknown"].endswith(
        "Where it applies and what was found is unknown, training is denied."
    )
    assert told["require"] == {
        "train.share": "the share of rows that may be trained on must be at least 0.6"
    }
    assert list(told["facts"]) == ["pii.entities", "pii.in.user"]


def test_a_group_of_entities_too_many_to_list_is_named():
    words = condition_words(rule("{pii.entities: {any: [identifiers]}}").when, most=3)
    assert words.startswith("the row holds any of the ")
    assert words.endswith(" entities of the group identifiers")
    assert "UK_NHS" in condition_words(rule("{pii.entities: {any: [identifiers]}}").when)
    more = condition_words(rule("{pii.entities: {any: [identifiers, URL]}}").when, most=3)
    assert more.endswith(" more")
    none = condition_words(rule("{pii.entities: {none: [identifiers]}}").when, most=3)
    assert none.endswith(" more")
    few = condition_words(rule("{pii.entities: {any: [hipaa-email]}}").when, most=3)
    assert few == "the row holds EMAIL or EMAIL_ADDRESS"
