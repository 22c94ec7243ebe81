"""How far stored facts reach for another policy, and what is decided without them."""

import pytest

from govgate.policy.change.replay import Doubt, decide_in_doubt, reach
from govgate.policy.load import parse_policy
from govgate.policy.testing.cases import facts_frame

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"


def policy(*rules, scan=""):
    head = f"{HEAD}scan: {{{scan}}}\n" if scan else HEAD
    listed = "".join(
        f"- {rule}\n" for rule in rules or ["{id: a, when: always, then: {train: allow}}"]
    )
    return parse_policy(f"{head}rules:\n{listed}".encode(), "acme.yaml")


INSIDE = "exclusions: [{id: x, within: [URL], why: y}]"
PATTERN = "{id: b, entity: ACME_BADGE, pattern: 'EMP-[0-9]{6}'}"


@pytest.mark.parametrize(
    ("old", "new", "doubt"),
    [
        ("", "threshold: 0.4", Doubt.NONE),
        ("", "extra_entities: [ACME_BADGE]", Doubt.NONE),
        ("", "threshold: 0.2", Doubt.RECOUNT),
        ("", "thresholds: {URL: 0.9}", Doubt.RECOUNT),
        (INSIDE, f"{INSIDE}, thresholds: {{PERSON: 0.9}}", Doubt.RECOUNT),
        (INSIDE, f"{INSIDE}, thresholds: {{URL: 0.9}}", Doubt.FINDINGS),
        ("", INSIDE, Doubt.FINDINGS),
        ("", "hotwords: [{id: x, words: [a], change: 0.2}]", Doubt.FINDINGS),
        ("", "allow: [{id: x, values: [a], why: b}]", Doubt.FINDINGS),
        ("", f"patterns: [{PATTERN}]", Doubt.ALL),
        (f"patterns: [{PATTERN}]", "", Doubt.FINDINGS),
        ("", "deny: [{id: d, entity: ACME, words: [larch]}]", Doubt.ALL),
        ("", "countries: [us]", Doubt.ALL),
        ("countries: [us, de]", "countries: [de]", Doubt.FINDINGS),
        ("countries: [de]", "countries: [us, de]", Doubt.ALL),
        ("", "entities: [URL]", Doubt.FINDINGS),
        ("", "entities: [ORGANIZATION]", Doubt.ALL),
        ("entities: [URL]", "", Doubt.ALL),
        ("entities: [URL, PERSON]", "entities: [URL]", Doubt.FINDINGS),
        ("", "fields: [{id: f, fields: [a], skip: why}]", Doubt.ALL),
    ],
)
def test_what_the_run_looked_for_decides_which_findings_are_in_doubt(old, new, doubt):
    found = reach(policy(scan=old), policy(scan=new))
    assert found.doubt is doubt
    assert bool(found.why) == (doubt > Doubt.RECOUNT)


def told(*rules, **facts):
    row = {"license.class": "permissive", **facts}
    return decide_in_doubt(facts_frame([row]), policy(*rules)).to_dicts()[0]


OPEN = "{id: open, when: {license.class: permissive}, then: {train: allow, retrieve: allow}}"


def test_what_no_finding_can_change_is_decided():
    denied = "{id: no, when: {license.class: permissive}, then: {train: deny, retrieve: deny}}"
    asking = "{id: names, when: {pii.entities: {any: [PERSON]}}, then: {train: deny}}"
    verdict = told(denied, asking)
    assert (verdict["train"], verdict["partition"], verdict["reasons"]) == (
        "deny",
        "withheld",
        ["no"],
    )


@pytest.mark.parametrize(
    "asking",
    [
        "{id: names, when: {pii.entities: {any: [PERSON]}}, then: {train: deny}}",
        "{id: names, when: {pii.entities: {any: [PERSON]}}, then: {train: deny}, unknown: silent}",
        "{id: names, when: {pii.entities: {any: [PERSON]}}, then: {retrieve: redact}}",
        "{id: all, when: always, then: {train: redact}}",
        "{id: d, when: {pii.count: '> 1'}, then: {train: allow}, obligations: [attribute]}",
        "{id: d, when: {pii.count: '> 1'}, then: {train: allow}, unknown: deny}",
    ],
)
def test_what_a_finding_could_change_is_unknown_even_where_the_rule_would_be_silent(asking):
    verdict = told(OPEN, asking)
    assert (verdict["train"], verdict["partition"], verdict["reasons"]) == (None, None, None)


def test_a_scan_would_leave_no_finding_unknown():
    asking = "{id: blind, when: {pii.entities: unknown}, then: {train: deny, retrieve: deny}}"
    assert told(OPEN, asking)["partition"] == "train"


def test_a_rule_that_is_unanswered_for_another_fact_still_denies():
    asking = "{id: basis, when: {consent.basis: consent}, then: {train: deny, retrieve: deny}}"
    names = "{id: names, when: {pii.entities: {any: [PERSON]}}, then: {train: redact}}"
    verdict = told(OPEN, asking, names)
    assert (verdict["partition"], verdict["reasons"]) == ("withheld", ["basis?"])
