"""What a file of events may hold, and how a bad row is named."""

import json
from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.rights.consent.events import SCHEMA, read_events
from govgate.rights.consent.purposes import Purposes, dpv_parents, placed

KEY = b"0123456789abcdef0123456789abcdef"
GOOD = {"subject": "jane", "purpose": "any", "status": "given", "time": "2026-01-01"}


def _read(*rows: dict, name: str = "c.jsonl"):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    return read_events(text.encode(), name, ".jsonl", KEY)


def _refused(row: dict) -> str:
    with pytest.raises(UsageError) as caught:
        _read(GOOD, row)
    told = str(caught.value)
    assert told.startswith("c.jsonl:2: ")
    assert "jane" not in told
    assert told.endswith("nothing was taken over")
    return told


def test_every_column_is_read():
    row = {
        **GOOD,
        "status": "dpv:ConsentGiven",
        "valid_from": "2026-02-01",
        "expiry": "2026-12-31",
        "lawful_basis": "dpv:Consent",
        "jurisdiction": "loc:DE",
        "controller": " Acme Ltd ",
        "evidence": "form 17, „signed“",
        "given_by": "Guardian",
        "age_class": "13-15",
        "event_id": "e-1",
    }
    found = _read(row).row(0, named=True)
    kept = ("basis", "jurisdiction", "controller", "evidence", "given_by", "age", "event_id")
    assert [found[name] for name in kept] == [
        "consent", "DE", "Acme Ltd", "form 17, „signed“", "guardian", "13-15", "e-1"
    ]  # fmt: skip
    assert str(found["valid_from"]) == "2026-02-01 00:00:00"
    assert str(found["expires"]) == "2027-01-01 00:00:00"
    assert list(found)[1:] == list(SCHEMA)


def test_an_event_may_speak_of_a_source():
    source = {**GOOD, "source": "acme-forum"}
    del source["subject"]
    found = _read(source).row(0, named=True)
    assert (found["subject_key"], found["source"]) == (None, "acme-forum")
    padded = _read({**source, "source": "\u00a0acme-forum \u2003"}).row(0, named=True)
    assert padded["source"] == "acme-forum"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": "x"}, "names both a subject and a source"),
        ({"subject": ["jane"], "source": "x"}, "names both a subject and a source"),
        ({"subject": ""}, "the subject is empty"),
        ({"subject": "  ", "source": " "}, "the subject is empty"),
        ({"subject": True}, "the subject is empty, or neither text nor a whole number"),
        ({"subject": "ja\0ne"}, "the subject holds a NUL character"),
        ({"purpose": "finetuning"}, "unknown purpose (did you mean fine-tuning?)"),
        ({"purpose": "dpv:Marketting"}, "unknown purpose (did you mean dpv:Marketing?)"),
        ({"purpose": "https://w3id.org/dpv#ResearchAndDevlopment"}, "ResearchAndDevelopment?)"),
        ({"purpose": "https://example.org/dpv#Marketing"}, "unknown purpose"),
        ({"purpose": "https://w3id.org/dpv#"}, "unknown purpose"),
        ({"purpose": None}, "unknown purpose"),
        ({"status": "https://w3id.org/dpv#ConsentGivn"}, "(did you mean ConsentGiven?)"),
        ({"status": "http://example.org/ConsentGiven"}, "unknown status"),
        ({"status": "given\0"}, "unknown status"),
        ({"status": "made"}, "that status is one of a request"),
        ({"request": "erasure"}, "the status of a request is made or lifted"),
        ({"request": "deletion", "status": "made"}, "unknown request: known are erasure"),
        ({"request": "A17", "status": "made"}, "unknown request"),
        (
            {"subject": None, "source": "x", "request": "erasure", "status": "made"},
            "a source makes",
        ),
        ({"time": "0001-01-01"}, "time is not an ISO 8601 day"),
        ({"time": "1899-12-31T23:59:59Z"}, "time is not an ISO 8601 day"),
        ({"valid_from": "soon"}, "valid_from is not an ISO 8601 day"),
        ({"expiry": "2026-13-01"}, "expiry is not an ISO 8601 day"),
        ({"valid_from": "2026-02-01", "expiry": "2026-01-31"}, "expires before it is valid"),
        ({"lawful_basis": "legitimate-interest"}, "(did you mean legitimate-interests?)"),
        ({"jurisdiction": "Germany"}, "unknown jurisdiction"),
        ({"given_by": "x", "expiry": "9999-12-31"}, "unknown given_by"),
        ({"given_by": "mother"}, "unknown given_by: known are subject, guardian"),
        ({"age_class": "2012-03-04"}, "unknown age_class"),
        ({"age_class": "14"}, "unknown age_class: known are under-13"),
        ({"evidence": "x" * 501}, "evidence is not printable text of at most 500 characters"),
        ({"evidence": "a\nb"}, "evidence is not printable text"),
        ({"evidence": "a\x1fb"}, "evidence is not printable text"),
        ({"evidence": 1.5}, "evidence is not printable text"),
        ({"evidence": True}, "evidence is not printable text"),
        ({"evidence": "\ud800"}, "evidence is not printable text"),
        ({"time": 1767225600}, "time is not an ISO 8601 day"),
        ({"controller": "\x1b[31m"}, "controller is not printable text"),
        ({"event_id": "e\u2028"}, "event_id is not printable text"),
    ],
)
def test_a_bad_row_is_named_with_its_fault_and_nothing_of_the_file_is_used(change, message):
    assert message in _refused({**GOOD, **change})


def test_expiry_on_the_day_that_it_becomes_valid_is_one_day():
    assert _read({**GOOD, "valid_from": "2026-02-01", "expiry": "2026-02-01"}).height == 1


def test_a_repeated_event_counts_once_and_a_changed_one_is_refused():
    event = {**GOOD, "event_id": "e-1"}
    same = {**event, "time": "2026-01-01T01:00:00+01:00", "status": "GIVEN"}
    assert _read(event, GOOD, same, GOOD)["line"].to_list() == [1, 2, 4]
    told = _refused(
        {**event, "status": "refused", "event_id": "e-2"} | {"event_id": None, "time": ""}
    )
    assert "time" in told
    with pytest.raises(UsageError) as caught:
        _read(event, GOOD, {**event, "evidence": "another"})
    assert str(caught.value).splitlines()[0] == (
        "c.jsonl:1: another row has this event_id and says something else"
    )
    assert "c.jsonl:3: another row" in str(caught.value)


def test_one_value_that_is_no_text_does_not_make_others_bad():
    good = {**GOOD, "evidence": "Einverständnis ☃", "event_id": 7}
    assert _read(good)["event_id"].to_list() == ["7"]
    with pytest.raises(UsageError) as caught:
        _read(good, {**good, "event_id": "8", "evidence": ["x"]}, {**good, "event_id": 9})
    assert str(caught.value).count("c.jsonl:") == 1


def test_a_bad_row_among_very_many_is_found():
    rows = ["jane,any,given,2026-01-01\n"] * 60_000
    rows[54_321] = "jane,any,given,2026-02-30\n"
    text = "subject,purpose,status,time\n" + "".join(rows)
    with pytest.raises(UsageError, match=r"^c\.csv:54323: time is not"):
        read_events(text.encode(), "c.csv", ".csv", KEY)


# -- the hierarchy of purposes ------------------------------------------------------------------


def test_dpvs_purposes_all_come_together_at_the_top():
    parents = dpv_parents()
    assert len(parents) == 118
    for term in parents:
        seen, ahead = set(), [term]
        while ahead:
            name = ahead.pop()
            assert name == "Purpose" or name in parents, name
            if name not in seen:
                seen.add(name)
                ahead += parents.get(name, ())
        assert "Purpose" in seen


def test_dpvs_own_statement_of_a_branch_is_the_table():
    """From the taxonomy of DPV 2.2: ServiceProvision > ServiceOptimisation > …ForController."""
    under = Purposes({"training": "dpv:TargetedAdvertising"})
    assert under.covering(Purpose.PRETRAINING) == (
        "any",
        "dpv:Advertising",
        "dpv:Marketing",
        "dpv:Personalisation",
        "dpv:PersonalisedAdvertising",
        "dpv:TargetedAdvertising",
        "pretraining",
        "training",
    )
    assert Purposes().covering(Purpose.PRETRAINING) == ("any", "pretraining", "training")


@pytest.mark.parametrize(
    ("under", "message"),
    [
        ({"finetuning": "dpv:Marketing"}, "unknown purpose (did you mean fine-tuning?)"),
        ({"any": "dpv:Marketing"}, "its keys are pretraining"),
        ({"training": "dpv:Marketin"}, "no purpose of DPV 2.2 (did you mean dpv:Marketing?)"),
        ({"training": "fine-tuning"}, "no purpose of DPV 2.2"),
        ({"training": "dpv:Purpose"}, "no purpose of DPV 2.2"),
        ({"training": "dpv:Sector"}, "no purpose of DPV 2.2"),
    ],
)
def test_a_training_purpose_is_placed_under_one_of_dpvs_or_refused(under, message):
    with pytest.raises(UsageError) as caught:
        placed(under, "govgate.yaml")
    assert message in str(caught.value)
    assert placed({"training": "https://w3id.org/dpv#marketing"}, "x").under == {
        "training": "dpv:Marketing"
    }


def test_the_tables_name_their_source_and_day():
    folder = Path(__file__).parents[4] / "govgate" / "rights" / "consent"
    for name in ("purposes.tsv", "ages.tsv"):
        comment = [x for x in (folder / name).read_text().splitlines() if x.startswith("#")]
        assert "2026-11-29" in "".join(comment)
