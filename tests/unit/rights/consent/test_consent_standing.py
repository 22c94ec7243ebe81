"""The rules of docs/consent.md by example; their laws stand in test_consent_laws.py."""

from datetime import date
from pathlib import Path

import pytest

from govgate.model import Purpose
from govgate.rights.consent.ages import BY_CHILD
from govgate.rights.consent.history import STANDS, history
from govgate.rights.consent.purposes import Purposes
from govgate.rights.consent.registry import load_registry
from govgate.rights.subjects import subject_key

KEY = b"0123456789abcdef0123456789abcdef"
DAY = date(2026, 6, 15)
UNDER = Purposes({"fine-tuning": "dpv:ImproveExistingProductsAndServices"})


def _held(
    folder: Path,
    events: list[str],
    columns: str = "purpose,status,time",
    as_of: date = DAY,
    purpose: Purpose = Purpose.FINE_TUNING,
    purposes: Purposes | None = None,
) -> dict:
    """What is known of subject `a`, whose events' columns are given."""
    path = folder / "c.csv"
    path.write_text(f"subject,{columns}\n" + "".join(f"a,{event}\n" for event in events))
    frame = load_registry(path, KEY, purposes).status(as_of, purpose)
    rows = {row.pop("subject_key"): row for row in frame.to_dicts()}
    assert set(rows) <= {subject_key("a", KEY)}
    return rows.get(subject_key("a", KEY), {"status": "nobody"})


def _status(*arguments, **named) -> str | None:
    return _held(*arguments, **named)["status"]


# -- validity -----------------------------------------------------------------------------------

VALID = "purpose,status,time,valid_from,expiry"
FIRST = "any,given,2026-01-01,,2026-12-31"
RENEWED = "any,renewed,2026-06-01,2027-01-01,2027-12-31"


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2026, 12, 30), "given"),
        (date(2026, 12, 31), "given"),
        (date(2027, 1, 1), "given"),
        (date(2027, 12, 31), "given"),
        (date(2028, 1, 1), "expired"),
    ],
)
def test_a_renewal_that_is_valid_later_leaves_the_first_until_then(tmp_path, day, status):
    assert _status(tmp_path, [FIRST, RENEWED], VALID, as_of=day) == status


def test_a_renewal_alone_has_no_effect_before_its_day(tmp_path):
    assert _status(tmp_path, [RENEWED], VALID) == "nobody"
    assert _status(tmp_path, [RENEWED], VALID, as_of=date(2027, 1, 1)) == "given"


def test_a_withdrawal_after_a_renewal_was_given_ends_it_before_it_is_valid(tmp_path):
    withdrawn = "any,withdrawn,2026-07-01,,"
    for day in (date(2026, 7, 1), date(2027, 6, 1)):
        assert _status(tmp_path, [FIRST, RENEWED, withdrawn], VALID, as_of=day) == "withdrawn"


def test_a_later_renewal_that_expired_does_not_revive_the_longer_first(tmp_path):
    first = "any,given,2026-01-01,,2030-12-31"
    short = "any,renewed,2026-02-01,,2026-03-31"
    assert _status(tmp_path, [first, short], VALID, as_of=date(2026, 3, 31)) == "given"
    assert _status(tmp_path, [first, short], VALID) == "expired"
    assert _status(tmp_path, [first], VALID) == "given"


def test_validity_that_begins_before_the_event_does_not_reach_back(tmp_path):
    early = ["any,refused,2026-02-01,,", "any,given,2026-03-01,2026-01-01,"]
    assert _status(tmp_path, early, VALID, as_of=date(2026, 2, 15)) == "refused"
    assert _status(tmp_path, early, VALID) == "given"


def test_a_withdrawal_counts_at_once_whatever_validity_it_names(tmp_path):
    events = ["any,given,2026-01-01,,", "any,withdrawn,2026-02-01,2027-01-01,2027-02-01"]
    assert _status(tmp_path, events, VALID) == "withdrawn"


# -- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("ConsentGiven", "given"),
        ("dpv:RenewedConsentGiven", "given"),
        ("https://w3id.org/dpv#ConsentRefused", "refused"),
        ("https://www.w3.org/ns/dpv#ConsentWithdrawn", "withdrawn"),
        ("dpv:consentrevoked", "invalidated"),
        ("revoked", "invalidated"),
        ("ConsentExpired", "expired"),
        ("ConsentInvalidated", "invalidated"),
        ("ConsentRequested", "requested"),
        ("ConsentRequestDeferred", "requested"),
        ("deferred", "requested"),
        ("ConsentUnknown", None),
    ],
)
def test_the_words_of_dpv_are_read_as_names_and_iris(tmp_path, word, status):
    assert _status(tmp_path, [f"any,{word},2026-01-01"]) == status


def test_the_basis_and_the_speaker_are_those_of_the_event_that_stands(tmp_path):
    columns = "purpose,status,time,lawful_basis,given_by"
    events = [
        "any,given,2026-01-01,dpv:LegitimateInterest,",
        "any,given,2026-02-01,eu-gdpr:A6-1-a,guardian",
    ]
    held = _held(tmp_path, events, columns)
    assert (held["basis"], held["by"]) == ("consent", "guardian")
    held = _held(tmp_path, events, columns, as_of=date(2026, 1, 31))
    assert (held["basis"], held["by"]) == ("legitimate-interests", "subject")


# -- purposes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "counts"),
    [
        ("dpv:ImproveExistingProductsAndServices", True),
        ("https://w3id.org/dpv#OptimisationForController", True),
        ("ServiceOptimisation", True),
        ("dpv:ServiceProvision", True),
        ("dpv:Purpose", True),
        ("dpv:ImproveInternalCRMProcesses", False),
        ("dpv:OptimisationForConsumer", False),
        ("dpv:Marketing", False),
        ("pretraining", False),
    ],
)
@pytest.mark.parametrize("status", ["given", "refused"])
def test_an_event_counts_for_what_its_purpose_contains(tmp_path, purpose, counts, status):
    event = [f"{purpose},{status},2026-01-01"]
    assert _status(tmp_path, event, purposes=UNDER) == (status if counts else "nobody")
    unplaced = _status(tmp_path, event)
    assert unplaced == (status if purpose == "dpv:Purpose" else "nobody")


def test_a_refusal_for_a_narrow_purpose_leaves_consent_for_the_wide_one(tmp_path):
    events = ["any,given,2026-01-01", "fine-tuning,withdrawn,2026-02-01"]
    assert _status(tmp_path, events) == "withdrawn"
    assert _status(tmp_path, events, purpose=Purpose.PRETRAINING) == "given"


# -- children -----------------------------------------------------------------------------------

AGES = "purpose,status,time,jurisdiction,given_by,age_class"


@pytest.mark.parametrize(
    ("jurisdiction", "age", "time", "counts"),
    [
        ("", "13-15", "2026-01-01", False),
        ("", "16-17", "2026-01-01", True),
        ("EU", "13-15", "2026-01-01", False),
        ("DE", "13-15", "2026-01-01", False),
        ("FR", "13-15", "2026-01-01", False),  # 15 there, and 13-15 may be younger
        ("ES", "13-15", "2026-01-01", False),
        ("SE", "13-15", "2026-01-01", True),
        ("SE", "under-13", "2026-01-01", False),
        ("US", "13-15", "2026-01-01", True),
        ("US", "under-13", "2026-01-01", False),
        ("us", "child", "2026-01-01", False),
        ("DK", "13-15", "2023-12-31T23:59:59Z", True),
        ("DK", "13-15", "2024-01-01", False),  # the law was changed on that day
        ("JP", "13-15", "2026-01-01", False),  # not in the table: 16
        ("", "minor", "2026-01-01", False),
        ("", "adult", "2026-01-01", True),
        ("", "", "2026-01-01", True),
    ],
)
def test_a_childs_own_consent_is_none_and_a_guardians_counts(
    tmp_path, jurisdiction, age, time, counts
):
    alone = _held(tmp_path, [f"any,given,{time},{jurisdiction},,{age}"], AGES)
    expected = ("given", None) if counts else (None, BY_CHILD)
    assert (alone["status"], alone["why"]) == expected
    assert alone["age"] == (age or None)
    guardian = _held(tmp_path, [f"any,given,{time},{jurisdiction},guardian,{age}"], AGES)
    assert (guardian["status"], guardian["by"]) == ("given", "guardian")


def test_an_age_that_another_event_states_counts_too(tmp_path):
    given = "any,given,2026-02-01,,,"
    for stated in ("2026-01-01", "2026-02-01", "2026-03-01"):
        held = _held(tmp_path, [given, f"dpv:Marketing,refused,{stated},,,under-13"], AGES)
        assert held["why"] == BY_CHILD, stated
    adult = [
        "dpv:Marketing,refused,2026-01-15,,,adult",
        "dpv:Marketing,given,2020-01-01,,,under-13",
    ]
    assert _status(tmp_path, [given, *adult], AGES) == "given"


def test_who_grew_up_since_must_be_asked_again(tmp_path):
    as_child = "any,given,2020-01-01,,,13-15"
    grown = "dpv:Marketing,given,2026-01-01,,,adult"
    held = _held(tmp_path, [as_child, grown], AGES)
    assert (held["status"], held["why"], held["age"]) == (None, BY_CHILD, "adult")
    assert _status(tmp_path, [as_child, grown, "any,given,2026-01-02,,,"], AGES) == "given"


def test_a_child_can_refuse_and_withdraw(tmp_path):
    guardian = "any,given,2026-01-01,,guardian,under-13"
    assert _status(tmp_path, [guardian, "any,withdrawn,2026-02-01,,,under-13"], AGES) == "withdrawn"


# -- requests -----------------------------------------------------------------------------------

REQUESTS = "purpose,status,time,request"


def test_a_request_stands_until_it_is_lifted_and_is_no_consent(tmp_path):
    events = [
        ",made,2026-01-01,erasure",
        ",made,2026-01-02,eu-gdpr:A21",
        ",made,2026-01-03,restriction",
    ]
    held = _held(tmp_path, events, REQUESTS)
    assert held["requests"] == ["erasure", "objection", "restriction"]
    assert (held["status"], held["why"]) == (None, "no event for this subject and purpose")
    lifted = [*events, "any,lifted,2026-02-01,objection", "any,given,2026-02-01,"]
    held = _held(tmp_path, lifted, REQUESTS)
    assert (held["requests"], held["status"]) == (["erasure", "restriction"], "given")
    again = [*lifted, "any,made,2026-03-01,objection"]
    assert _held(tmp_path, again, REQUESTS)["requests"] == ["erasure", "objection", "restriction"]
    assert _held(tmp_path, lifted, REQUESTS, as_of=date(2026, 1, 2))["requests"] == [
        "erasure",
        "objection",
    ]


def test_at_one_instant_a_request_that_is_made_stands(tmp_path):
    both = ["any,lifted,2026-01-01,objection", "any,made,2026-01-01,objection"]
    for events in (both, both[::-1]):
        assert _held(tmp_path, events, REQUESTS)["requests"] == ["objection"]


def test_a_request_for_a_purpose_reaches_what_it_contains(tmp_path):
    events = ["fine-tuning,made,2026-01-01,objection", "any,given,2026-01-01,"]
    assert _held(tmp_path, events, REQUESTS)["requests"] == ["objection"]
    other = _held(tmp_path, events, REQUESTS, purpose=Purpose.PRETRAINING)
    assert other["requests"] == []


# -- time ---------------------------------------------------------------------------------------


def test_late_in_the_evening_across_the_sea_is_the_next_day_here(tmp_path):
    events = ["any,given,2026-01-01", "any,withdrawn,2026-06-15T23:30:00-05:00"]
    assert _status(tmp_path, events) == "given"
    assert _status(tmp_path, events, as_of=date(2026, 6, 16)) == "withdrawn"


@pytest.mark.parametrize("turned", [False, True])
def test_of_alike_events_of_one_instant_the_history_marks_the_one_whose_speaker_is_named(
    tmp_path, turned
):
    said = ["a,any,given,2026-01-01,", "a,any,given,2026-01-01,guardian"]
    lines = ["subject,purpose,status,time,given_by", *(said[::-1] if turned else said)]
    path = tmp_path / "c.csv"
    path.write_text("\n".join(lines) + "\n")
    registry = load_registry(path, KEY)
    assert registry.status(DAY, Purpose.FINE_TUNING)["by"].to_list() == ["subject"]
    own = {"holder": "subject_key", "key": subject_key("a", KEY)}
    events = history(registry, DAY, Purpose.FINE_TUNING, **own)
    roles = dict(events.select("given_by", "role").iter_rows())
    assert roles[None] == STANDS
    assert roles["guardian"] != STANDS
