"""Days, titles, citations and remedies."""

from datetime import date

import pytest

HEAD = "policy: acme\nversion: 4\nexpires: {}2027-06-30\npurposes: [fine-tuning]\n"
RULE = "  - {id: a, when: {license.class: academic}, then: {train: deny}}\n"


@pytest.mark.parametrize(
    ("check", "day", "said"),
    [
        ("expired", date(2027, 6, 30), True),
        ("expired", date(2027, 6, 29), False),
        ("expires-soon", date(2027, 6, 29), True),
        ("expires-soon", date(2027, 5, 2), True),
        ("expires-soon", date(2027, 5, 1), False),
        ("expires-soon", date(2027, 6, 30), False),
    ],
)
def test_expiry_is_judged_by_the_day(agrees, check, day, said):
    agrees(check, RULE, head=HEAD.format("¦" if said else ""), today=day)


@pytest.mark.parametrize(
    "cite",
    [
        "¦GDPR art. 7(3)",
        "¦45 CFR s. 164.514(b)(2)",
        "¦17 U.S.C. s. 106",
        "¦MIT License",
        "GDPR (Regulation (EU) 2016/679) art. 7(3)",
        "17 U.S.C. s. 106 (1976)",
        "CC BY 4.0 s. 3(a)(1)",
        "Directive 2001/29/EC arts. 2-3",
        "Apache-2.0 s. 2",
    ],
)
def test_citations_carry_a_year_or_a_version(agrees, cite):
    agrees("undated-citation", RULE.replace("id: a,", f"id: a, cites: [URL 1.0, {cite}],"))


@pytest.mark.parametrize(
    ("check", "key"),
    [
        ("no-title", "title: Academic rows"),
        ("no-remedy", "remedy: ask"),
        ("no-citation", "cites: [x]"),
    ],
)
def test_what_a_denying_rule_should_say_is_missed(agrees, check, key):
    agrees(check, RULE.replace("{id", "¦{id"))
    agrees(check, RULE.replace("id: a,", f"id: a, {key},"))


@pytest.mark.parametrize("check", ["no-remedy", "no-citation"])
def test_a_rule_that_allows_needs_neither(agrees, check):
    agrees(check, RULE.replace("deny", "allow"))


LAW = "{jurisdiction: EU, article: art. 9, effective: %s%s, source: 'https://law.example/9'%s}"


def lawful(effective="2018-05-25", ahead="", verified=""):
    return RULE.replace("id: a,", f"id: a, law: {LAW % (ahead, effective, verified)},")


@pytest.mark.parametrize(
    "verified", [", verified: 2026-11-25", ", verified: 2025-11-24", ", verified: ¦2025-11-23"]
)
def test_a_law_is_to_be_read_again_after_a_year(agrees, verified):
    agrees("law-unread", lawful(verified=verified))


def test_a_law_that_nobody_read_or_that_was_read_in_the_future_is_told_of(agrees):
    agrees("law-unread", lawful().replace("law:", "¦law:"))
    agrees("law-unread", lawful(verified=", verified: ¦2026-11-26"))
    agrees("law-unread", RULE)


@pytest.mark.parametrize(("effective", "ahead"), [("2026-11-25", ""), ("2026-11-26", "¦")])
def test_a_law_to_come_is_told_of(agrees, effective, ahead):
    report = agrees("law-ahead", lawful(effective, ahead, ", verified: 2026-11-25"))
    assert not [f for f in report.findings if f.check == "law-ahead" and f.severity.word != "note"]
