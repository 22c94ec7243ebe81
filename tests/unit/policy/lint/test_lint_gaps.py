"""What a policy as a whole leaves out."""

import pytest

from govgate.policy.lint.finding import Severity

ALL = "[public-domain, permissive, attribution, share-alike, non-commercial, no-derivatives, {}]"
REST = ALL.format("academic, proprietary")


def gaps_of(report):
    return [f.message for f in report.findings if f.check == "nothing-decides"]


def both(when):
    return f"  - {{id: a, when: {when}, then: {{train: allow, retrieve: allow}}}}\n"


def test_the_facts_under_which_nothing_decides_are_told(agrees):
    report = agrees(
        "nothing-decides",
        "  - {id: a, when: {license.class: permissive}, then: {train: allow}}\n"
        "  - {id: b, when: always, then: {retrieve: deny}}\n",
        head="policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n¦",
    )
    (gap,) = gaps_of(report)
    assert "nothing decides training when the class of the licence is public-domain" in gap
    assert "or unknown; it is denied" in gap
    assert ", permissive" not in gap


def test_where_every_fact_is_decided_nothing_is_told(agrees):
    agrees("nothing-decides", both("always"))
    agrees(
        "nothing-decides",
        both(f"{{license.class: {REST}}}")
        + "  - {id: u, when: {license.class: unknown}, then: {train: deny, retrieve: deny}}\n",
    )


def test_one_class_left_out_is_the_whole_gap(agrees):
    report = agrees(
        "nothing-decides",
        both(f"{{license.class: {ALL.format('academic')}}}")
        + "  - {id: u, when: {license.class: unknown}, then: {train: deny, retrieve: deny}}\n",
        head="policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n¦¦",
    )
    for gap in gaps_of(report):
        assert "when the class of the licence is proprietary; it is denied" in gap


def test_a_gap_of_two_facts_names_both_and_no_third(agrees):
    report = agrees(
        "nothing-decides",
        both("{license.class: unknown}")
        + both("{license.class: known, pii.count: '< 7'}").replace("id: a", "id: b")
        + "  - {id: c, when: {pii.count: unknown}, then: {train: deny, retrieve: deny}}\n",
        head="policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n¦¦",
    )
    for gap in gaps_of(report):
        assert "the class of the licence is known" in gap
        assert "at least 7" in gap
        assert "source" not in gap


def test_a_use_that_no_rule_speaks_of_is_told(agrees):
    report = agrees(
        "nothing-decides",
        "  - {id: a, when: always, then: {train: allow}}\n",
        head="policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n¦",
    )
    assert "no rule speaks of retrieval" in gaps_of(report)[0]
    notes = [f.severity for f in report.findings if f.check == "nothing-decides"]
    assert set(notes) == {Severity.NOTE}


@pytest.mark.parametrize(
    ("check", "when"),
    [
        ("no-consent", "{consent.basis: contract}"),
        ("no-license", "{license.id: MIT}"),
        ("no-personal-data", "{pii.in.user: any}"),
    ],
)
def test_a_matter_that_no_rule_mentions_is_told(agrees, check, when):
    head = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
    agrees(check, both("{source.name: x}"), head=head + "¦")
    agrees(check, both(when))


def test_replacing_all_that_was_found_mentions_personal_data(agrees):
    agrees("no-personal-data", "  - {id: a, when: always, then: {train: redact}}\n")


def test_a_gap_of_every_day_says_that_the_day_is_known(agrees):
    report = agrees(
        "nothing-decides",
        both("{source.collected: unknown}"),
        head="policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n¦¦",
    )
    for gap in gaps_of(report):
        assert "when the last day of the source's collection is known; it is denied" in gap


def test_alternatives_of_one_fact_stand_in_brackets_beside_another(agrees):
    report = agrees(
        "nothing-decides",
        both("{pii.count: ['>= 3', '< 10']}")
        + both("{license.class: unknown}").replace("id: a", "id: b"),
        head="policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n¦¦",
    )
    for gap in gaps_of(report):
        assert "when (the number of findings is at most 2, or the number" in gap
        assert "is unknown), and the class of the licence is known; it is denied" in gap
