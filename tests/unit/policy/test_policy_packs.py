"""The shipped packs: dated law in every rule, nothing for lint to mend, no unknown row."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from govgate.model import Purpose
from govgate.policy.conditions import Always, facts_of
from govgate.policy.decide import decide
from govgate.policy.lint.finding import Severity
from govgate.policy.lint.run import lint
from govgate.policy.load import check_usable, load_policy
from govgate.policy.model import Rule, Scan
from govgate.policy.packs import pack_names, pack_path
from govgate.policy.prove.compare import compare
from govgate.policy.testing.cases import facts_frame, load_cases

READ = date(2026, 11, 29)  # the day on which the packs were last held against the texts
PACKS = [name for name in pack_names() if name != "default"]
LAWS = {
    "california-ab-2013": "US-CA",
    "ccpa-cpra": "US-CA",
    "coppa": "US",
    "eu-ai-act": "EU",
    "gdpr": "EU",
    "hipaa-safe-harbor": "US",
    "pci-dss-4": "contract",
    "tdm-opt-out": "EU",
}
# What lint misses in a pack of one law, which says nothing of other matters.
APART = {
    "california-ab-2013": {"no-consent"},  # it asks for documentation alone
    "ccpa-cpra": {"no-license"},
    "coppa": {"no-license"},
    "gdpr": {"no-license"},
    "hipaa-safe-harbor": {"no-consent", "no-license"},
    "open-licenses": {"no-consent", "no-personal-data"},
    "pci-dss-4": {"no-consent", "no-license"},
    "tdm-opt-out": {"no-consent", "no-personal-data"},
}


def pack(name):
    return load_policy(pack_path(name))


def linted(name, today):
    source = (pack_path(name) / "policy.yaml").read_bytes()
    return lint(source, str(pack_path(name) / "policy.yaml"), today=today)


def test_all_packs_are_shipped():
    assert set(PACKS) == {*LAWS, "open-licenses", "house-strict", "house-permissive"}


@pytest.mark.parametrize("name", PACKS)
def test_lint_finds_nothing_but_what_one_law_leaves_to_others(name):
    report = linted(name, READ)
    assert report.gave_up == ()
    warned = {one.check for one in report.findings if one.severity > Severity.NOTE}
    assert warned == APART.get(name, set())
    noted = {one.check for one in report.findings if one.severity is Severity.NOTE}
    assert noted <= {"entity-not-looked-for", "law-ahead"}


@pytest.mark.parametrize("name", PACKS)
def test_lint_tells_of_every_rule_whose_law_was_not_read_for_a_year(name):
    late = linted(name, READ + timedelta(days=367))
    unread = [one for one in late.findings if one.check == "law-unread"]
    assert len(unread) == len(pack(name).rules)
    assert "expired" in {one.check for one in late.findings}


@pytest.mark.parametrize("name", PACKS)
def test_every_rule_says_its_law_its_days_what_the_unknown_does_and_the_remedy(name):
    for rule in pack(name).rules:
        assert rule.law is not None, rule.id
        assert rule.law.verified == READ, rule.id
        assert date(2000, 1, 1) < rule.law.effective < date(2028, 1, 1), rule.id
        assert rule.law.source.startswith("https://"), rule.id
        assert rule.unknown in ("deny", "silent"), rule.id
        assert rule.title, rule.id
        assert rule.cites, rule.id
        allows = {rule.then.train, rule.then.retrieve} <= {"allow", None}
        assert rule.remedy or allows, rule.id
        assert (rule.unknown == "silent") == allows, rule.id


@pytest.mark.parametrize(("name", "place"), LAWS.items())
def test_a_pack_of_one_law_is_of_one_place(name, place):
    assert {rule.law.jurisdiction for rule in pack(name).rules if rule.law} == {place}


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_says_that_it_is_no_legal_advice_and_what_it_does_not_do(name):
    policy = pack(name)
    assert "not legal advice" in policy.document.description
    assert re.search(r"\b(does not|cannot|no ground|says nothing)\b", policy.document.description)
    assert "What a gate cannot check, and somebody has to" in policy.source.decode()
    assert set(policy.purposes) == set(Purpose)
    check_usable(policy, today=READ, purpose=Purpose.PRETRAINING)


@pytest.mark.parametrize("name", PACKS)
def test_a_row_of_which_nothing_is_known_is_not_trained_on(name):
    (verdict,) = decide(facts_frame([{}]), pack(name)).iter_rows(named=True)
    assert verdict["train"] == "deny"
    assert "nothing-allows" not in verdict["reasons"]  # a pack says why


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_stops_what_it_stops_also_beside_a_rule_that_allows_everything(name):
    """So its rules can be put together with those of others, whose permissions they outweigh."""
    policy = pack(name)
    trials = load_cases(pack_path(name) / "cases.yaml", policy).trials
    everything = Rule.model_validate(
        {"id": "x", "when": "always", "then": {"train": "allow", "retrieve": "allow"}}
    )
    rules = (*policy.rules, everything)
    beside = replace(
        policy,
        source=policy.source + b"# x",
        document=policy.document.model_copy(update={"rules": rules}),
    )
    frame = facts_frame([trial.facts for trial in trials])
    for trial, verdict in zip(trials, decide(frame, beside).iter_rows(named=True), strict=True):
        expected = (trial.expect.train, trial.expect.retrieve)
        assert (verdict["train"], verdict["retrieve"]) == expected, trial.name


@pytest.mark.parametrize("name", PACKS)
def test_what_always_holds_only_allows(name):
    for rule in pack(name).rules:
        if isinstance(rule.when, Always):
            assert {rule.then.train, rule.then.retrieve} == {"allow"}
        else:
            assert facts_of(rule.when)


def without_scan(policy):
    """The policy over the same findings as any other."""
    document = policy.document.model_copy(update={"scan": Scan()})
    return replace(policy, source=policy.source + b"# same scan", document=document)


@pytest.mark.parametrize("looser", ["house-permissive", "default"])
def test_the_strict_house_policy_provably_lets_no_row_through_that_a_looser_one_stops(looser):
    loose, strict = without_scan(pack(looser)), without_scan(pack("house-strict"))
    found = compare(loose, strict)  # of rows; what waivers may lift is another question
    assert found.looser is None
    assert found.stricter is not None
    assert compare(strict, loose).looser is not None


def patterns(name):
    found = {}
    for one in pack(name).looks.patterns or ():
        pattern = one.pattern
        exact = pattern.startswith("(?-i)")
        flags = 0 if exact else re.IGNORECASE
        found[one.entity] = re.compile(pattern.removeprefix("(?-i)"), flags)
    return found


@pytest.mark.parametrize(
    ("name", "entity", "text", "hit"),
    [
        ("pci-dss-4", "CARD_CODE", "CVV: 123", True),
        ("pci-dss-4", "CARD_CODE", "card security code is 1234.", True),
        ("pci-dss-4", "CARD_CODE", "CVV is on the back", False),
        ("pci-dss-4", "CARD_CODE", "cvv 12345", False),
        ("pci-dss-4", "CARD_PIN", "my PIN is 1234", True),
        ("pci-dss-4", "CARD_PIN", "pin code 560001", False),
        ("pci-dss-4", "CARD_PIN", "spin 1234", False),
        ("pci-dss-4", "CARD_TRACK", "%B4111111111111111^DOE/JANE^2512101", True),
        ("pci-dss-4", "CARD_TRACK", ";4111111111111111=25121010000", True),
        ("pci-dss-4", "CARD_TRACK", "a;b=2512", False),
        ("hipaa-safe-harbor", "US_ZIP_CODE", "Springfield, IL 62704", True),
        ("hipaa-safe-harbor", "US_ZIP_CODE", "zip code: 62704-1234", True),
        ("hipaa-safe-harbor", "US_ZIP_CODE", "il 62704 units", False),
        ("hipaa-safe-harbor", "AGE", "a 91-year-old man", True),
        ("hipaa-safe-harbor", "AGE", "aged 104", True),
        ("hipaa-safe-harbor", "AGE", "an 89-year-old man", False),
        ("hipaa-safe-harbor", "AGE", "90 days", False),
        ("hipaa-safe-harbor", "MEDICAL_RECORD_NUMBER", "MRN: A-123456", True),
        ("hipaa-safe-harbor", "MEDICAL_RECORD_NUMBER", "medical record number unknown", False),
        ("hipaa-safe-harbor", "VEHICLE_IDENTIFICATION_NUMBER", "VIN 1HGCM82633A004352", True),
        ("hipaa-safe-harbor", "VEHICLE_IDENTIFICATION_NUMBER", "VIN 1HGCM82633A00435", False),
        ("hipaa-safe-harbor", "VEHICLE_IDENTIFICATION_NUMBER", "NTERNATTTNALTZATN", False),
        ("hipaa-safe-harbor", "US_LICENSE_PLATE", "license plate: 7ABC123", True),
        ("hipaa-safe-harbor", "US_LICENSE_PLATE", "license plate holder", False),
        ("hipaa-safe-harbor", "DEVICE_SERIAL_NUMBER", "serial no. PM-00123", True),
        ("hipaa-safe-harbor", "DEVICE_SERIAL_NUMBER", "serial number missing", False),
    ],
)
def test_what_packs_look_for_themselves(name, entity, text, hit):
    assert (patterns(name)[entity].search(text) is not None) == hit
