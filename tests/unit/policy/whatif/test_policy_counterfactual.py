"""The smallest change that lets a row through: what is offered, in which words, what never is."""

import pytest

from govgate.model import Use
from govgate.policy.load import default_policy, parse_policy
from govgate.policy.whatif.changes import (
    Subject,
    asked_leaves,
    possible_changes,
    words_named,
)
from govgate.policy.whatif.changewords import change_words, sentence
from govgate.policy.whatif.counterfactual import counterfactual

HEAD = "policy: acme\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\nrules:\n"
OPEN = "- {id: open, when: always, then: {train: allow, retrieve: allow}}\n"


def policy(rules):
    return parse_policy((HEAD + rules).encode(), "acme.yaml")


def pii(spans):
    return {
        "pii.entities": tuple(sorted({entity for entity, _ in spans})),
        "pii.count": sum(spans.values()),
    }


def subject(spans=None, *, fixed=(), **facts):
    spans = {(entity, "user"): count for entity, count in (spans or {}).items()}
    named = {name.replace("_", "."): value for name, value in facts.items()}
    return Subject(
        facts={"run.purpose": "fine-tuning", **pii(spans), **named},
        spans=spans,
        without=lambda sets: [pii({k: v for k, v in spans.items() if k[0] not in o}) for o in sets],
        fixed=frozenset(fixed),
        purpose="fine-tuning",
        terms_of=lambda name: ("permissive", ("notice",)) if name == "MIT" else (None, None),
    )


def told(rules, row, use=Use.TRAIN):
    asked = policy(rules) if isinstance(rules, str) else rules
    return [sentence(way.changes, row, {}) for way in counterfactual(asked, row, use).ways]


def test_two_changes_where_neither_alone_is_enough():
    rules = (
        OPEN
        + "- {id: mail, when: {pii.entities: {any: [EMAIL_ADDRESS]}}, then: {train: deny}}\n"
        + "- {id: yes, when: {not: {consent.status: given}}, then: {train: deny}}\n"
    )
    assert told(rules, subject({"EMAIL_ADDRESS": 2, "URL": 1}, consent_status="withdrawn")) == [
        "redact 2 EMAIL_ADDRESS spans, and obtain consent for `fine-tuning` anew (it is withdrawn)"
    ]


def test_a_row_that_passes_needs_nothing():
    found = counterfactual(policy(OPEN), subject(), Use.TRAIN)
    assert found.now.allows(Use.TRAIN)
    assert found.ways == ()


def test_where_nothing_can_help_nothing_is_made_up():
    found = counterfactual(
        policy(OPEN + "- {id: no, when: always, then: {train: deny}}"), subject(), Use.TRAIN
    )
    assert found.ways == ()
    assert found.exhausted


def test_the_uses_are_asked_about_apart():
    rules = OPEN + "- {id: a, when: {pii.entities: {any: [URL]}}, then: {retrieve: deny}}\n"
    assert told(rules, subject({"URL": 1}), Use.RETRIEVE) == ["redact 1 URL span"]
    assert told(rules, subject({"URL": 1}), Use.TRAIN) == []


def test_what_is_known_of_the_source_is_never_changed():
    rules = OPEN + "- {id: a, when: {source.name: theirs}, then: {train: deny}}\n"
    assert told(rules, subject(source_name="theirs")) == []
    assert told(rules, subject()) == [
        "name the source in govgate.yaml, if it is one that no rule names"
    ]


def test_a_declared_basis_changes_only_by_consent():
    rules = OPEN + "- {id: a, when: {consent.basis: contract}, then: {train: deny}}\n"
    assert told(rules, subject(consent_basis="contract")) == [
        "obtain consent for `fine-tuning` and record it, and rest the source on it in place of "
        "contract"
    ]


@pytest.mark.parametrize(("spans", "offered"), [({}, True), ({"PERSON": 1}, False)])
def test_no_personal_data_is_never_declared_of_a_row_with_findings(spans, offered):
    rules = "- {id: a, when: {consent.basis: not-personal}, then: {train: allow}}\n"
    changes = possible_changes(policy(rules), subject(spans), Use.TRAIN)
    assert ("not-personal" in [change.after for change in changes]) is offered
    assert bool(told(rules, subject(spans))) is offered


def test_values_that_all_rules_answer_alike_are_one_change():
    rules = "- {id: a, when: {license.class: [permissive, attribution]}, then: {train: allow}}\n"
    assert told(rules, subject(license_class="academic")) == [
        "obtain a licence that is permissive or attribution"
    ]
    assert told(rules, subject()) == [
        "name the row's licence, if it is permissive or attribution, or obtain such a licence"
    ]


def test_a_named_licence_comes_with_its_class():
    rules = (
        "- {id: a, when: {license.id: MIT, license.class: permissive}, then: {train: allow}}\n"
        "- {id: b, when: {license.id: GPL-3.0-only}, then: {train: deny}}\n"
    )
    assert told(rules, subject(license_class="share-alike", license_id="GPL-3.0-only")) == [
        'obtain the licence "MIT"'
    ]


def test_a_row_can_be_split_to_the_size_that_a_rule_asks_for():
    rules = OPEN + "- {id: a, when: {pii.count: '>= 20'}, then: {train: deny}}\n"
    assert told(rules, subject({"PERSON": 25})) == [
        "redact 25 PERSON spans",
        "split the row, so that no part has more than 19 findings",
    ]
    long = OPEN + "- {id: a, when: {row.characters: '> 100'}, then: {train: deny}}\n"
    assert told(long, subject(row_characters=500)) == [
        "split the row, so that no part is longer than 100 characters"
    ]
    short = OPEN + "- {id: a, when: {row.characters: '< 100'}, then: {train: deny}}\n"
    assert told(short, subject(row_characters=50)) == []


def test_a_name_of_a_column_is_renamed_where_a_row_could_not_redact_it():
    rules = OPEN + "- {id: a, when: {pii.entities: {any: [PERSON]}}, then: {train: redact}}\n"
    row = subject({"PERSON": 1}, fixed=["PERSON"])
    found = counterfactual(policy(rules), row, Use.TRAIN)
    assert found.now.reasons == ("a", "open", "unredactable")
    assert [change_words(way.changes[0], row) for way in found.ways] == [
        "rename the column in whose name PERSON was found, and redact the other 1 finding"
    ]
    assert counterfactual(policy(rules), subject({"PERSON": 1}), Use.TRAIN).now.train == "redact"


def test_more_than_four_changes_are_found_but_not_called_the_smallest():
    kinds = ["EMAIL_ADDRESS", "PERSON", "PHONE_NUMBER", "US_SSN", "CREDIT_CARD", "URL"]
    named = ", ".join(kinds[:5])
    rules = OPEN + f"- {{id: a, when: {{pii.entities: {{any: [{named}]}}}}, then: {{train: deny}}}}"
    found = counterfactual(policy(rules), subject(dict.fromkeys(kinds, 1)), Use.TRAIN)
    assert not found.smallest
    assert {change.removes for change in found.ways[0].changes} == set(kinds[:5])


def test_the_default_policy_offers_different_ways():
    row = subject({"EMAIL_ADDRESS": 1, "URL": 1}, license_class="non-commercial")
    assert told(default_policy(), row) == [
        "redact 1 EMAIL_ADDRESS span, and obtain a licence that is attribution",
        "declare the source's lawful basis, if it is contract, legal-obligation, vital-interests, "
        "public-task or legitimate-interests, and obtain a licence that is attribution",
        "redact 1 EMAIL_ADDRESS span, and obtain a licence that is public-domain or permissive",
    ]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            "- {id: l, when: {source.languages: {any: [en]}}, then: {train: allow}}\n",
            "declare the source's languages in govgate.yaml, if they are en",
        ),
        (
            "- {id: l, when: {source.jurisdictions: {any: [DE, NO]}}, then: {train: allow}}\n",
            "declare the source's jurisdictions in govgate.yaml, if they are DE or NO",
        ),
        (
            "- {id: l, when: {source.jurisdictions: {all: [DE, NO]}}, then: {train: allow}}\n",
            "declare the source's jurisdictions in govgate.yaml, if they are DE and NO",
        ),
    ],
)
def test_values_that_would_each_do_are_named_once(rules, said):
    asked = policy(rules)
    ways = counterfactual(asked, subject(), Use.TRAIN).ways
    named = {
        fact: words_named(asked_leaves(asked, Use.TRAIN), fact)
        for fact in ("source.languages", "source.jurisdictions")
    }
    assert [sentence(way.changes, subject(), named) for way in ways] == [said]
