"""`law`: the provision behind a rule, as it is read, shown, compared and inherited."""

from datetime import date

import pytest
from jsonschema import Draft202012Validator

from govgate.errors import UsageError
from govgate.policy.change.diff import diff
from govgate.policy.load import load_policy, parse_policy
from govgate.policy.loosen import loosened
from govgate.policy.schema import schema
from govgate.policy.waivers import rule_digest
from govgate.policy.words.describe import described

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
GOOD = {
    "jurisdiction": "EU",
    "article": "art. 9(1)",
    "effective": "2018-05-25",
    "verified": "2026-11-29",
    "source": "https://law.example/9",
}


def text(law):
    said = "" if law is None else f", law: {{{', '.join(f'{k}: {v!r}' for k, v in law.items())}}}"
    return f"{HEAD}rules:\n  - {{id: one, when: always, then: {{train: deny}}{said}}}\n"


def read(law):
    return parse_policy(text(law).encode(), "acme.yaml")


def test_a_rule_holds_its_law_with_days_as_days():
    law = read(GOOD).rules[0].law
    assert law is not None
    assert (law.jurisdiction, law.effective, law.verified) == (
        "EU",
        date(2018, 5, 25),
        date(2026, 11, 29),
    )
    assert read(None).rules[0].law is None
    unread = read({k: v for k, v in GOOD.items() if k != "verified"}).rules[0].law
    assert unread is not None
    assert unread.verified is None


@pytest.mark.parametrize("place", ["EU", "DE", "US-CA", "GB-SCT", "contract"])
def test_places_of_law(place):
    assert read(GOOD | {"jurisdiction": place}).rules[0].law.jurisdiction == place


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"jurisdiction": "Europe"}, "must be EU, an ISO 3166 code"),
        ({"jurisdiction": "eu"}, "must be EU, an ISO 3166 code"),
        ({"effective": "2018-02-30"}, "day of the calendar"),
        ({"effective": "25 May 2018"}, "YYYY-MM-DD"),
        ({"verified": "2026"}, "YYYY-MM-DD"),
        ({"source": "http://law.example/9"}, "begins with https://"),
        ({"source": "the Official Journal"}, "begins with https://"),
        ({"article": ""}, "must not be empty"),
        ({"articel": "art. 9"}, "did you mean article"),
    ],
)
def test_what_is_no_law_is_refused_with_its_place(change, said):
    with pytest.raises(UsageError, match=r"acme\.yaml:6:[0-9]+: .*") as caught:
        read(GOOD | change)
    assert said in str(caught.value)
    document = {
        "policy": "acme",
        "version": 1,
        "expires": "2027-06-30",
        "purposes": ["fine-tuning"],
        "rules": [{"id": "one", "when": "always", "then": {"train": "deny"}, "law": GOOD}],
    }
    assert Draft202012Validator(schema()).is_valid(document)
    document["rules"][0]["law"] = GOOD | change
    if change.get("effective") != "2018-02-30":  # no schema knows how long a month is
        assert not Draft202012Validator(schema()).is_valid(document)


@pytest.mark.parametrize("key", ["jurisdiction", "article", "effective", "source"])
def test_all_but_the_day_of_reading_is_needed(key):
    with pytest.raises(UsageError, match=key):
        read({k: v for k, v in GOOD.items() if k != key})


def test_a_change_of_law_is_told_and_loosens_nothing():
    old, new = read(GOOD).document, read(GOOD | {"verified": "2027-01-31"}).document
    (change,) = diff(old, new)
    assert (change.name, change.what, change.minor) == ("one", "law", True)
    assert "verified 2026-11-29" in change.text
    assert "verified 2027-01-31" in change.text
    assert loosened(old, new) == ()
    assert (
        rule_digest(old.rules[0]) == rule_digest(new.rules[0]) == rule_digest(read(None).rules[0])
    )


def test_prose_holds_the_law_as_data():
    assert described(read(GOOD))["rules"][0]["law"] == GOOD
    assert described(read(None))["rules"][0]["law"] is None


def test_an_inherited_rule_keeps_its_law(tmp_path):
    (tmp_path / "base.yaml").write_text(text(GOOD))
    child = tmp_path / "child.yaml"
    child.write_text(
        HEAD.replace("acme", "child")
        + "extends: base.yaml\nrules:\n  - {id: two, when: always, then: {train: deny}}\n"
    )
    inherited, own = load_policy(child).rules
    assert (inherited.law, own.law) == (read(GOOD).rules[0].law, None)
