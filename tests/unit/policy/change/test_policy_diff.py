"""Differences of two policies in words, and the directions that are sure."""

import pytest

from govgate.policy.change.diff import diff
from govgate.policy.change.differences import one_line
from govgate.policy.change.widening import Widening, widening
from govgate.policy.load import parse_policy

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
OPEN = "{id: open, when: {license.class: permissive}, then: {train: allow}}"


def policy(*rules, head=HEAD, rest=""):
    listed = "".join(f"- {rule}\n" for rule in rules or [OPEN])
    return parse_policy(f"{head}rules:\n{listed}{rest}".encode(), "acme.yaml").document


def told(old, new):
    return [(c.name, c.what, c.kind.value, c.direction.value) for c in diff(old, new)]


def rule(when, then="{train: deny}", more=""):
    return f"{{id: one, when: {when}, then: {then}{more}}}"


def test_equal_policies_have_no_difference_whatever_the_order_of_their_rules():
    other = rule("always")
    assert diff(policy(OPEN, other), policy(other, OPEN)) == []


@pytest.mark.parametrize(
    ("then", "more", "direction"),
    [
        ("{train: deny}", "", "stricter"),
        ("{train: allow}", "", "looser"),
        ("{train: allow}", ", unknown: deny", ""),
        ("{train: allow}", ", obligations: [attribute]", ""),
        ("{train: redact}", "", ""),
        ("{train: deny, retrieve: allow}", "", ""),
    ],
)
def test_a_rule_that_comes_or_goes(then, more, direction):
    extra = rule("{license.class: academic}", then, more)
    opposite = {"stricter": "looser", "looser": "stricter", "": ""}[direction]
    assert told(policy(), policy(OPEN, extra)) == [("one", "", "added", direction)]
    assert told(policy(OPEN, extra), policy()) == [("one", "", "removed", opposite)]


@pytest.mark.parametrize(
    ("old", "new", "direction"),
    [
        ("{train: deny}", "{train: allow}", "looser"),
        ("{train: redact}", "{train: deny}", "stricter"),
        ("{train: deny, retrieve: allow}", "{train: deny}", "stricter"),
        ("{train: redact, retrieve: deny}", "{retrieve: deny}", ""),
        ("{train: deny, retrieve: allow}", "{train: allow, retrieve: deny}", ""),
    ],
)
def test_another_effect(old, new, direction):
    when = "{license.class: academic}"
    changes = told(policy(rule(when, old)), policy(rule(when, new)))
    assert changes == [("one", "then", "changed", direction)]


@pytest.mark.parametrize(
    ("old", "new", "key", "direction"),
    [
        ("", ", unknown: silent", "unknown", "looser"),
        ("", ", waivable: false", "waivable", "stricter"),
        (", approvals: 3", ", approvals: 2", "approvals", "looser"),
        ("", ", approvals: 2", "approvals", "stricter"),
        ("", ", obligations: [attribute]", "obligations", "stricter"),
        (", obligations: [attribute]", "", "obligations", "looser"),
    ],
)
def test_other_keys_of_a_rule(old, new, key, direction):
    when = "{license.class: academic}"
    changes = told(policy(rule(when, more=old)), policy(rule(when, more=new)))
    assert changes == [("one", key, "changed", direction)]


def test_titles_and_remedies_are_minor():
    (change,) = diff(policy(rule("always")), policy(rule("always", more=", title: Other")))
    assert (change.what, change.minor, change.text) == ("title", True, "nothing → Other")


def test_of_a_long_list_only_the_words_that_come_and_go_are_told():
    words = "US_SSN, US_ITIN, US_PASSPORT, IBAN_CODE, CREDIT_CARD, CRYPTO, UK_NHS, UK_NINO"
    old = policy(rule(f"{{pii.entities: {{any: [{words}]}}}}"))
    new = policy(rule(f"{{pii.entities: {{any: [{words.replace('CRYPTO', 'MAC_ADDRESS')}]}}}}"))
    (change,) = diff(old, new)
    assert change.text == "pii.entities adds MAC_ADDRESS and drops CRYPTO"
    short = diff(policy(rule("{license.class: academic}")), policy(rule("{license.class: known}")))
    assert " → " in short[0].text


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{pii.entities: {any: [URL]}}", "{pii.entities: {any: [URL, PERSON]}}", "WIDER"),
        ("{pii.entities: {all: [URL]}}", "{pii.entities: {all: [URL, PERSON]}}", "NARROWER"),
        ("{pii.entities: {none: [URL]}}", "{pii.entities: {none: [URL, PERSON]}}", "NARROWER"),
        ("{pii.entities: {any: [URL]}}", "{pii.entities: {any: [PERSON]}}", "UNCLEAR"),
        ("{pii.entities: {any: [URL]}}", "{pii.in.user: {any: [URL]}}", "UNCLEAR"),
        ("{pii.count: '> 3'}", "{pii.count: '> 5'}", "NARROWER"),
        ("{pii.count: '< 3'}", "{pii.count: '< 5'}", "WIDER"),
        ("{pii.count: '== 3'}", "{pii.count: '== 5'}", "UNCLEAR"),
        ("{source.collected: '< 2020-01-01'}", "{source.collected: '< 2021-01-01'}", "WIDER"),
        ("{not: {pii.count: '> 3'}}", "{not: {pii.count: '> 5'}}", "WIDER"),
        ("{pii.count: '> 3'}", "{pii.count: '> 3', license.class: known}", "NARROWER"),
        ("{pii.count: '> 3', license.class: known}", "{pii.count: '> 3'}", "WIDER"),
        (
            "{any: [{pii.count: '> 3'}, {license.class: known}]}",
            "{any: [{pii.count: '> 3'}, {license.class: known}, {source.name: a}]}",
            "WIDER",
        ),
        (
            "{pii.count: '> 3', row.characters: '> 3'}",
            "{pii.count: '> 5', row.characters: '> 1'}",
            "UNCLEAR",
        ),
    ],
)
def test_where_a_condition_widens(old, new, expected):
    before, after = (policy(rule(when)).rules[0].when for when in (old, new))
    assert widening(before, after) is Widening[expected]
    direction = {"WIDER": "stricter", "NARROWER": "looser", "UNCLEAR": ""}[expected]
    assert told(policy(rule(old)), policy(rule(new))) == [("one", "when", "changed", direction)]
    redact = [policy(rule(when, "{train: redact}")) for when in (old, new)]
    assert told(*redact) == [("one", "when", "changed", "")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("threshold: 0.4", "threshold: 0.6", ("threshold", "", "changed", "looser")),
        ("threshold: 0.6", "thresholds: {URL: 0.6}, threshold: 0.6", None),
        (
            "thresholds: {URL: 0.6}",
            "thresholds: {URL: 0.5}",
            ("thresholds of URL", "", "changed", "stricter"),
        ),
        ("countries: [us]", "countries: [us, de]", ("countries", "", "added", "stricter")),
        ("countries: [us]", "threshold: 0.4", ("countries", "", "changed", "")),
        (
            "threshold: 0.4",
            "allow: [{id: own, values: [a], why: b}]",
            ("allow", "", "added", "looser"),
        ),
        (
            "allow: [{id: own, values: [a], why: b}]",
            "allow: [{id: own, values: [a, c], why: b}]",
            ("allow own", "", "changed", ""),
        ),
    ],
)
def test_what_is_looked_for(old, new, expected):
    policies = [policy(head=f"{HEAD}scan: {{{scan}}}\n") for scan in (old, new)]
    assert told(*policies) == ([expected] if expected else [])


def test_more_findings_are_not_called_stricter_where_a_rule_lets_rows_through_for_them():
    lets = rule("{pii.entities: any}", "{train: allow}")
    policies = [policy(lets, head=f"{HEAD}scan: {{threshold: {t}}}\n") for t in (0.4, 0.6)]
    assert told(*policies) == [("threshold", "", "changed", "")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "require: {rows.count: '>= 5'}", ("rows.count", "", "added", "stricter")),
        ("require: {rows.count: '>= 5'}", "", ("rows.count", "", "removed", "looser")),
        (
            "require: {rows.count: '>= 5'}",
            "require: {rows.count: '>= 4'}",
            ("rows.count", "", "changed", "looser"),
        ),
        (
            "require: {retrieve.share: '<= 0.5'}",
            "require: {retrieve.share: '<= 0.4'}",
            ("retrieve.share", "", "changed", "stricter"),
        ),
        (
            "require: {rows.count: '>= 5'}",
            "require: {rows.count: '== 5'}",
            ("rows.count", "", "changed", "stricter"),
        ),
    ],
)
def test_what_is_required(old, new, expected):
    assert told(policy(rest=old), policy(rest=new)) == [expected]


def test_purposes_and_the_frame():
    other = HEAD.replace("[fine-tuning]", "[pretraining]").replace("version: 4", "version: 5")
    assert told(policy(), policy(head=other)) == [
        ("version", "", "changed", ""),
        ("purposes", "", "added", "looser"),
        ("purposes", "", "removed", "stricter"),
    ]


@pytest.mark.parametrize(
    ("part", "old", "new", "text"),
    [
        (
            "allow",
            "{id: x, values: [a], why: b}",
            "{id: x, values: [a], why: b, ignore_case: true}",
            "ignore_case: false → true",
        ),
        (
            "exclusions",
            "{id: x, near: {words: [lot], before: 9, after: 3}, why: y}",
            "{id: x, near: {words: [sample number], before: 20, after: 0}, why: y}",
            "near: words lot, before 9, after 3 → words sample number, before 20",
        ),
    ],
)
def test_values_are_told_as_the_file_has_them(part, old, new, text):
    sides = [policy(rest=f"scan: {{{part}: [{one}]}}\n") for one in (old, new)]
    assert [change.text for change in diff(*sides)] == [text]


def test_a_floor_is_told_as_the_file_has_it():
    (change,) = diff(policy(), policy(head=f"{HEAD}floor: true\n"))
    assert change.text == "false → true"


def test_text_that_breaks_lines_or_steers_a_terminal_becomes_one_plain_line():
    assert one_line("two\n lines\x1b[31m \x9b\u202ered\x07") == "two lines [31m red"
    new = policy(head=f'description: "two\\nlines"\n{HEAD}')
    assert [change.text for change in diff(policy(), new)] == ["nothing → two lines"]


def test_texts_that_may_be_personal_are_counted_and_not_told():
    lists = [f"deny: [{{id: staff, entity: STAFF, words: [{w}]}}]" for w in ("Ann, Bo", "Ann, Cy")]
    policies = [policy(head=f"{HEAD}scan: {{{one}}}\n") for one in lists]
    assert [change.text for change in diff(*policies)] == ["words: 1 added, 1 removed"]
