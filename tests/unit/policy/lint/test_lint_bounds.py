"""Thresholds and requirements."""

import pytest

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
PERSON = "  - {id: a, when: {pii.entities: {any: [PERSON]}}, then: {train: redact}}\n"
ANYTHING = "  - {id: a, when: {pii.count: '> 1'}, then: {train: deny}}\n"


def scan(text):
    return f"{HEAD}scan: {{{text}}}\n"


@pytest.mark.parametrize(
    "text",
    [
        "threshold: ¦0",
        "threshold: ¦0.9",
        "threshold: 0.85",
        "threshold: 0.4",
        "thresholds: {PERSON: ¦0.9}",
        "thresholds: {PERSON: 0.85}",
        "thresholds: {PERSON: ¦0}",
        "thresholds: {US_SSN: 0.95}",
        "thresholds: {PHONE_NUMBER: ¦0.8}",
    ],
)
def test_thresholds_that_keep_all_or_nothing_are_found(agrees, text):
    agrees("threshold-extreme", PERSON, head=scan(text))


def test_a_threshold_of_an_entity_that_no_rule_asks_for_is_found(agrees):
    check = "threshold-unasked"
    agrees(check, PERSON, head=scan("thresholds: {PERSON: 0.5, ¦URL: 0.5}"))
    agrees(check, ANYTHING, head=scan("thresholds: {URL: 0.5}"))
    whole = "  - {id: a, when: always, then: {train: redact}}\n"
    agrees(check, whole, head=scan("thresholds: {URL: 0.5}"))
    within = "exclusions: [{id: x, within: [URL], why: y}], thresholds: {URL: 0.5}"
    agrees(check, PERSON, head=scan(within))


@pytest.mark.parametrize(
    ("check", "bound"),
    [
        ("require-idle", "train.share: ¦'>= 0'"),
        ("require-idle", "train.share: ¦'<= 1'"),
        ("require-idle", "rows.count: ¦'>= 0'"),
        ("require-idle", "train.share: '> 0'"),
        ("require-idle", "rows.count: '>= 1'"),
        ("require-impossible", "train.share: ¦'> 1'"),
        ("require-impossible", "train.share: ¦'< 0'"),
        ("require-impossible", "rows.count: ¦'< 0'"),
        ("require-impossible", "rows.count: '== 0'"),
        ("require-impossible", "train.share: '>= 1'"),
        ("require-impossible", "train.share: '>= 0.6', retrieve.share: ¦'> 0.5'"),
        ("require-impossible", "train.share: '>= 0.6', retrieve.share: '>= 0.4'"),
        ("require-impossible", "train.share: '>= 0.6', retrieve.share: '<= 0.9'"),
    ],
)
def test_requirements_that_always_or_never_hold_are_found(agrees, check, bound):
    agrees(check, PERSON, rest=f"require: {{{bound}}}\n")
