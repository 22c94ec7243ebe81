"""The `scan` part of a policy: what may be asked for, and what an author reads when it may not."""

import pytest

from govgate.errors import UsageError
from govgate.policy.load import parse_policy
from govgate.scansettings import Looks

HEAD = """policy: acme
version: 1
expires: 2030-01-01
purposes: [fine-tuning]
rules: [{id: a, when: always, then: {train: allow}}]
scan:
"""
FULL = (
    HEAD
    + r"""
  languages: [en, de]
  countries: [us, uk, de]
  entities: [PERSON, ACME_BADGE, ACME_CODENAME, US_SSN]
  threshold: 0.4
  thresholds: {PERSON: 0.6, ACME_BADGE: 0.2}
  patterns:
    - {id: badge, entity: ACME_BADGE, pattern: '\bEMP-[0-9]{6}\b', score: 0.3, context: [badge]}
  deny:
    - {id: codenames, entity: ACME_CODENAME, words: [Project Larch], score: 0.9}
  allow:
    - {id: own, entities: [PERSON], values: [Acme Ann], why: a trade mark}
  hotwords:
    - {id: ssn-near, entities: [US_SSN], words: [social], before: 40, after: 10, change: 0.4}
  exclusions:
    - {id: links, within: [URL], why: links are looked at as links}
    - {id: zeros, pattern: '0+', why: placeholders}
    - {id: samples, near: {words: [sample], before: 20}, why: examples}
  fields:
    - {id: urls, fields: [meta/url], skip: our own pages}
    - {id: names, fields: ['**/author'], roles: [user], holds: PERSON}
"""
)


def scan(text):
    return parse_policy((HEAD + text).encode(), "acme.yaml")


def complaint(text):
    with pytest.raises(UsageError) as caught:
        scan(text)
    return str(caught.value)


def test_all_that_can_be_asked_for_can_be_asked_for_together():
    policy = parse_policy(FULL.encode(), "acme.yaml")
    assert policy.thresholds == {"PERSON": 0.6, "ACME_BADGE": 0.2}
    assert policy.looks.languages == ("en", "de")
    assert policy.looks.patterns[0].pattern == r"\bEMP-[0-9]{6}\b"
    assert policy.looks.declared == ("ACME_BADGE", "ACME_CODENAME", "PERSON")


def test_nothing_asked_for_is_presidios_default():
    policy = parse_policy(HEAD.replace("scan:\n", "").encode(), "acme.yaml")
    assert policy.looks == Looks()
    assert policy.looks.countries is None


def test_thresholds_do_not_change_what_is_looked_for():
    loose, strict = scan("  {threshold: 0.1}"), scan("  {threshold: 0.9, thresholds: {URL: 0.2}}")
    assert loose.looks == strict.looks


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  thresholdz: 0.4", "acme.yaml:7:3: unknown key 'thresholdz' (did you mean threshold"),
        (
            "  entities: [PERSON, US_SNN]",
            "acme.yaml:7:22: unknown entity 'US_SNN' (did you mean US_SSN",
        ),
        (
            "  thresholds: {PERSN: 0.5}",
            "acme.yaml:7:16: unknown entity 'PERSN' (did you mean PERSON",
        ),
        ("  thresholds: {PERSON: 1.5}", "acme.yaml:7:24"),
        ("  thresholds: {PERSON: much}", "acme.yaml:7:24"),
        ("  countries: [us, gb]", "acme.yaml:7:19: unknown value 'gb'"),
        ("  languages: []", "acme.yaml:7:14"),
        ("  languages: [English]", "acme.yaml:7:15"),
        (
            "  patterns: [{id: a, entity: A_B, pattern: 'a(b'}]",
            "acme.yaml:7:44: is no regular expression: missing )",
        ),
        (
            "  patterns: [{id: a, entity: A_B, pattern: 'a*'}]",
            "acme.yaml:7:44: matches without any text",
        ),
        ("  patterns: [{id: a, entity: badge, pattern: 'a'}]", "an entity is written in capitals"),
        ("  patterns: [{id: a, entity: A_B, pattern: 'a', score: 2}]", "acme.yaml:7:56"),
        ("  patterns: [{id: a, entity: A_B}]", "pattern"),
        (r"  patterns: [{id: a, entity: A_B, pattern: '\b'}]", "matches without any text"),
        ("  patterns: [{id: a, entity: A_B, pattern: '(?=B)'}]", "matches without any text"),
        (
            "  fields: [{id: a, roles: [key], skip: b}]",
            "acme.yaml:7:28: rules about fields never speak of member names",
        ),
        (
            "  {entities: [URL], fields: [{id: a, fields: [x], holds: PERSON}]}",
            "PERSON is not among scan.entities",
        ),
        ("  deny: [{id: a, entity: A_B, words: []}]", "acme.yaml:7:38"),
        (
            "  deny: [{id: a, entity: A_B, words: [x]}, {id: a, entity: A_B, words: [y]}]",
            "acme.yaml:7:49: id 'a' is used twice",
        ),
        ("  allow: [{id: a, values: [x]}]", "why"),
        (
            "  hotwords: [{id: a, words: [x], pattern: y, score: 1}]",
            "must have either words or pattern",
        ),
        ("  hotwords: [{id: a, words: [x]}]", "must have either score or change"),
        ("  hotwords: [{id: a, words: [x], score: 1, before: 0}]", "looks at no character"),
        ("  hotwords: [{id: a, words: [x], score: 1, before: 5000}]", "acme.yaml:7:52"),
        ("  exclusions: [{id: a, why: b}]", "must have one of pattern, within, near"),
        (
            "  exclusions: [{id: a, why: b, within: [ULR]}]",
            "acme.yaml:7:41: unknown entity 'ULR' (did you mean URL",
        ),
        ("  fields: [{id: a, skip: b}]", "must name fields, roles or both"),
        ("  fields: [{id: a, fields: [x]}]", "must have skip, entities, context or holds"),
        ("  fields: [{id: a, fields: [x], skip: b, holds: PERSON}]", "skips the strings"),
        (
            "  fields: [{id: a, roles: [usr], skip: b}]",
            "acme.yaml:7:28: unknown value 'usr' (did you mean user",
        ),
    ],
)
def test_a_mistake_is_named_at_its_place(text, said):
    assert said in complaint(text)


def test_an_entity_that_the_policy_declares_can_be_asked_for_in_its_rules():
    source = HEAD.replace("when: always", "when: {pii.entities: {any: [ACME_BADGE]}}")
    asked = "  patterns: [{id: b, entity: ACME_BADGE, pattern: EMP}]"
    assert parse_policy((source + asked).encode(), "acme.yaml").rules
    with pytest.raises(UsageError, match="unknown entity 'ACME_BADGE'"):
        parse_policy((source + "  threshold: 0.3").encode(), "acme.yaml")
