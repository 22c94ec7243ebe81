import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.rights.consent.registry import Registry, load_registry
from govgate.rights.consent.standing import SCHEMA
from govgate.rights.subjects import subject_key

KEY = b"0123456789abcdef0123456789abcdef"
DAY = date(2026, 6, 15)
HEADER = "subject,purpose,status,time,expiry\n"


def _load(folder: Path, text: str, name: str = "consent.csv") -> Registry:
    path = folder / name
    path.write_text(text, newline="")
    return load_registry(path, KEY)


def _statuses(
    registry: Registry, as_of: date = DAY, purpose: Purpose = Purpose.FINE_TUNING
) -> dict[str, str | None]:
    frame = registry.status(as_of, purpose)
    assert frame.columns == ["subject_key", *SCHEMA]
    return dict(frame.select("subject_key", "status").iter_rows())


def _status(folder: Path, *events: str, as_of: date = DAY, purpose=Purpose.FINE_TUNING):
    """The status of subject `a` after `purpose,status,time,expiry` events."""
    registry = _load(folder, HEADER + "".join(f"a,{event}\n" for event in events))
    found = _statuses(registry, as_of, purpose)
    return found.get(subject_key("a", KEY), "no event")


def _error(folder: Path, text: str, name: str = "consent.csv") -> str:
    with pytest.raises(UsageError) as caught:
        _load(folder, text, name)
    return str(caught.value).replace(str(folder) + "/", "")


# -- what stands --------------------------------------------------------------------------------


def test_the_last_event_stands_wherever_it_is_in_the_file(tmp_path):
    given = "fine-tuning,given,2026-01-01T00:00:00Z,"
    withdrawn = "fine-tuning,withdrawn,2026-02-01T00:00:00Z,"
    renewed = "fine-tuning,renewed,2026-03-01T00:00:00Z,"
    assert _status(tmp_path, given, withdrawn) == "withdrawn"
    assert _status(tmp_path, withdrawn, given) == "withdrawn"
    assert _status(tmp_path, renewed, given, withdrawn) == "given"


@pytest.mark.parametrize("word", ["refused", "withdrawn", "expired", "invalidated", "requested"])
def test_every_status_word_is_kept(tmp_path, word):
    assert _status(tmp_path, f"any,{word.upper()},2026-01-01,") == word


def test_a_status_recorded_as_unknown_is_null_with_its_reason(tmp_path):
    registry = _load(tmp_path, HEADER + "a,any,given,2026-01-01,\na,any,unknown,2026-02-01,\n")
    row = registry.status(DAY, Purpose.PRETRAINING).row(0, named=True)
    assert row["status"] is None
    assert row["why"] == "the registry records this consent as unknown"


def test_an_event_for_one_purpose_says_nothing_of_another(tmp_path):
    event = "fine-tuning,given,2026-01-01,"
    assert _status(tmp_path, event, purpose=Purpose.PRETRAINING) == "no event"
    assert _status(tmp_path, event) == "given"


@pytest.mark.parametrize("covering", ["any", "training", "Training"])
def test_a_covering_purpose_counts_for_each_purpose_and_the_last_event_stands(tmp_path, covering):
    given = "fine-tuning,given,2026-01-01,"
    withdrawn = f"{covering},withdrawn,2026-02-01,"
    assert _status(tmp_path, given, withdrawn) == "withdrawn"
    assert _status(tmp_path, given, withdrawn, purpose=Purpose.PRETRAINING) == "withdrawn"
    again = "fine_tuning,given,2026-03-01,"
    assert _status(tmp_path, given, withdrawn, again) == "given"


def test_of_two_events_at_one_instant_the_stricter_stands(tmp_path):
    given = "fine-tuning,given,2026-01-01T10:00:00Z,"
    refused = "any,refused,2026-01-01T11:00:00+01:00,"
    assert _status(tmp_path, given, refused) == "refused"
    assert _status(tmp_path, refused, given) == "refused"
    expiring = "fine-tuning,given,2026-01-01T10:00:00Z,2026-02-01"
    assert _status(tmp_path, expiring, given) == "expired"


def test_events_after_the_day_do_not_count(tmp_path):
    given = "any,given,2026-01-01,"
    last_moment = "any,withdrawn,2026-06-15T23:59:59.999999Z,"
    next_day = "any,withdrawn,2026-06-16T00:00:00Z,"
    assert _status(tmp_path, given, last_moment) == "withdrawn"
    assert _status(tmp_path, given, next_day) == "given"
    assert _status(tmp_path, next_day) == "no event"


def test_an_offset_decides_on_which_day_an_event_falls(tmp_path):
    given = "any,given,2026-01-01,"
    assert _status(tmp_path, given, "any,withdrawn,2026-06-16T01:00:00+02:00,") == "withdrawn"
    assert _status(tmp_path, given, "any,withdrawn,2026-06-15T23:00:00-02:00,") == "given"


def test_a_time_without_an_offset_is_utc(tmp_path):
    events = ["any,given,2026-01-01T10:00:00,", "any,withdrawn,2026-01-01T10:30:00+01:00,"]
    assert _status(tmp_path, *events) == "given"
    assert _status(tmp_path, events[0], "any,withdrawn,2026-01-01T10:00:01Z,") == "withdrawn"


@pytest.mark.parametrize(
    ("expiry", "status"),
    [
        ("2026-06-14", "expired"),
        ("2026-06-15", "given"),
        ("2026-06-16", "given"),
        ("2026-06-15T08:00:00Z", "expired"),
        ("2026-06-15T23:59:59Z", "expired"),
        ("2026-06-16T00:00:00Z", "given"),
        ("", "given"),
        ("  ", "given"),
    ],
)
def test_consent_holds_through_a_day_of_expiry_and_up_to_an_instant(tmp_path, expiry, status):
    assert _status(tmp_path, f"any,given,2026-01-01,{expiry}") == status


def test_expiry_ends_given_consent_only(tmp_path):
    assert _status(tmp_path, "any,withdrawn,2026-01-01,2026-02-01") == "withdrawn"
    assert _status(tmp_path, "any,renewed,2026-01-01,2026-02-01") == "expired"


def test_every_day_of_the_calendar_can_be_asked_for(tmp_path):
    assert _status(tmp_path, "any,given,2026-01-01,", as_of=date.max) == "given"
    assert _status(tmp_path, "any,given,2026-01-01,", as_of=date.min) == "no event"


def test_each_subject_appears_once(tmp_path):
    events = "".join(f"s{n % 7},any,given,2026-01-{n % 28 + 1:02d},\n" for n in range(200))
    assert _load(tmp_path, HEADER + events).status(DAY, Purpose.FINE_TUNING).height == 7


# -- forms --------------------------------------------------------------------------------------


def test_csv_json_lines_and_parquet_give_the_same_registry(tmp_path):
    rows = [
        {"subject": "a", "purpose": "any", "status": "given", "time": "2026-01-01T09:00:00Z"},
        {"subject": "7", "purpose": "fine-tuning", "status": "refused", "time": "2026-01-02"},
    ]
    csv = "time,status,subject,purpose\n" + "".join(
        f"{r['time']},{r['status']},{r['subject']},{r['purpose']}\n" for r in rows
    )
    pl.DataFrame(rows).write_parquet(tmp_path / "c.parquet")
    rows[1]["subject"] = 7  # type: ignore[assignment]
    lines = "".join(json.dumps(row) + "\n\n" for row in rows)
    registries = [
        _load(tmp_path, csv),
        _load(tmp_path, lines, "c.jsonl"),
        load_registry(tmp_path / "c.parquet", KEY),
    ]
    assert registries[0].events.equals(registries[1].events, null_equal=True)
    assert registries[0].events.equals(registries[2].events, null_equal=True)


def test_parquet_may_hold_real_times_days_and_whole_numbers(tmp_path):
    zone = timezone(timedelta(hours=2))
    times = [datetime(2026, 1, 1, 1, tzinfo=zone).astimezone(UTC), datetime(2026, 1, 2, tzinfo=UTC)]
    frame = pl.DataFrame(
        {
            "Subject": [1, 2],
            "purpose": pl.Series(["any", "any"], dtype=pl.Categorical),
            "status": ["given", "given"],
            "time": pl.Series(times, dtype=pl.Datetime("ns", "Europe/Berlin")),
            "expiry": [DAY, DAY - timedelta(days=1)],
        }
    )
    frame.write_parquet(tmp_path / "c.parquet")
    registry = load_registry(tmp_path / "c.parquet", KEY)
    assert registry.events["time"].to_list() == [
        datetime(2025, 12, 31, 23, 0),
        datetime(2026, 1, 2),
    ]
    found = _statuses(registry)
    assert found == {subject_key("1", KEY): "given", subject_key("2", KEY): "expired"}


def test_a_byte_order_mark_crlf_blank_lines_and_quotes_are_read(tmp_path):
    text = '\ufeffSubject, Purpose ,status,time\r\n\r\n"a, b",any,given,2026-01-01\r\n'
    registry = _load(tmp_path, text)
    assert _statuses(registry) == {subject_key("a, b", KEY): "given"}


def test_a_registry_without_events_is_a_registry(tmp_path):
    for name, text in (("c.csv", HEADER), ("c.jsonl", "")):
        assert _load(tmp_path, text, name).status(DAY, Purpose.FINE_TUNING).height == 0


def test_the_digest_is_that_of_the_files_bytes(tmp_path):
    text = HEADER + "a,any,given,2026-01-01,\n"
    assert _load(tmp_path, text).digest == hashlib.sha256(text.encode()).hexdigest()


def test_no_subject_stands_in_the_registry(tmp_path):
    registry = _load(tmp_path, HEADER + "jane.doe@example.org,any,given,2026-01-01,\n")
    assert "jane" not in repr(registry) + str(registry.events.to_dicts())


# -- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",any,given,2026-01-01,", "the subject is empty"),
        ("   ,any,given,2026-01-01,", "the subject is empty"),
        (
            "Jane,finetuning,given,2026-01-01,",
            "unknown purpose (did you mean fine-tuning?): known are pretraining",
        ),
        ("Jane,,given,2026-01-01,", "unknown purpose"),
        (
            "Jane,any,agreed,2026-01-01,",
            "unknown status (did you mean revoked?): known are given, renewed",
        ),
        ("Jane,any,given,yesterday,", "time is not an ISO 8601"),
        ("Jane,any,given,,", "time is not an ISO 8601"),
        ("Jane,any,given,2026-02-30,", "time is not an ISO 8601"),
        ("Jane,any,given,1767225600,", "time is not an ISO 8601"),
        ("Jane,any,given,01/02/2026,", "time is not an ISO 8601"),
        ("Jane,any,given,2026-01-01T25:00:00Z,", "time is not an ISO 8601"),
        ("Jane,any,given,2026-01-01T10:00:00+99:00,", "time is not an ISO 8601"),
        ("Jane,any,given,2026-01-01T10:00:00+٠٢:00,", "time is not an ISO 8601"),
        ("Jane,any,given,2026-01-01,never", "expiry is not an ISO 8601"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_not_repeated(tmp_path, row, message):
    text = HEADER + "a,any,given,2026-01-01,\n" + row + "\nb,any,given,2026-01-01,\n"
    error = _error(tmp_path, text)
    assert error.startswith(f"consent.csv:3: {message}")
    assert "Jane" not in error


def test_a_row_behind_a_value_of_several_lines_is_still_named_by_its_line(tmp_path):
    text = HEADER + '"a\nb\r\nc",any,given,2026-01-01,\n\nb,any,given,bad,\n'
    assert _error(tmp_path, text).startswith("consent.csv:6: time")


def test_a_bad_row_among_many_is_found(tmp_path):
    rows = ["s,any,given,2026-01-01T00:00:00Z,\n"] * 25_000
    rows[23_456] = "s,any,given,2026-01-01T00:00:00Q,\n"
    assert _error(tmp_path, HEADER + "".join(rows)).startswith("consent.csv:23458: time")


def test_many_bad_rows_are_reported_together_up_to_twenty(tmp_path):
    error = _error(tmp_path, HEADER + "a,any,given,bad,\n" * 25)
    assert error.count("consent.csv:") == 21
    assert "and 5 more bad rows" in error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "consent.csv:1: no subject or source, no purpose, no status"),
        (
            "subject,purpose,status\n",
            "consent.csv:1: no time; every row has subject or source, purpose",
        ),
        (HEADER.replace("expiry", "expires"), "field 5 has an unknown name (did you mean expiry?)"),
        ("jane@example.org,any,given,2026-01-01\n", "consent.csv:1: field 1 has an unknown name"),
        ("subject,subject,purpose,status,time\n", "two fields are called 'subject'"),
        (HEADER + "jane,any,given,2026-01-01\n", "consent.csv:2: 4 values where the header has 5"),
        (HEADER + 'x,any,given,2026-01-01,\n"jane', "consent.csv:3: not well-formed CSV"),
    ],
)
def test_a_malformed_csv_is_refused_without_its_content(tmp_path, text, message):
    error = _error(tmp_path, text)
    assert message in error
    assert "jane" not in error


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{jane", "not valid JSON"),
        ("[1]", "not a JSON object"),
        ('{"subject": "jane", "subject": "b"}', "a key is given twice"),
        ('{"subject": "jane", "purpose": "any", "status": "given"}', "no time"),
        (
            '{"subject":"jane","purpose":"any","status":"given","time":"2026-01-01","expires":""}',
            "field 5 has an unknown name (did you mean expiry?)",
        ),
        ('{"subject":["jane"],"purpose":"any","status":"given","time":"2026-01-01"}', "subject"),
        ('{"subject":"jane","purpose":"any","status":true,"time":"2026-01-01"}', "unknown status"),
        ('{"subject":"jane","purpose":"any","status":"given","time":1767225600}', "time is not"),
        ('{"subject":"jane","purpose":"any","status":"\\ud800","time":"2026-01-01"}', "status"),
        ("[" * 100_000, "not valid JSON"),
        ('{} {"jane":1}', "not valid JSON"),
    ],
)
def test_a_malformed_json_line_is_refused_without_its_content(tmp_path, line, message):
    good = '{"subject":"a","purpose":"any","status":"given","time":"2026-01-01"}\n'
    error = _error(tmp_path, good + line + "\n", "c.jsonl")
    assert error.startswith("c.jsonl:2: ")
    assert message in error
    assert "jane" not in error


def test_bytes_that_are_not_utf8_are_named_by_their_line(tmp_path):
    (tmp_path / "c.csv").write_bytes(HEADER.encode() + b"a,any,given,2026-01-01,\n\xff,,,,\n")
    with pytest.raises(UsageError, match=r"c\.csv:3: not UTF-8"):
        load_registry(tmp_path / "c.csv", KEY)


def test_a_damaged_parquet_file_is_refused_wherever_it_is_cut(tmp_path):
    path = tmp_path / "c.parquet"
    pl.DataFrame({"subject": ["a"], "purpose": ["any"]}).write_parquet(path)
    whole = path.read_bytes()
    for length in (0, 4, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(UsageError, match="not a whole Parquet file"):
            load_registry(path, KEY)


def test_a_parquet_column_of_another_kind_is_refused(tmp_path):
    row = {"subject": ["a"], "purpose": ["any"], "status": ["given"], "time": [1.5]}
    pl.DataFrame(row).write_parquet(tmp_path / "c.parquet")
    with pytest.raises(UsageError, match="'time' holds neither text nor times"):
        load_registry(tmp_path / "c.parquet", KEY)


def test_a_missing_file_a_folder_and_an_unknown_suffix_are_errors(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            load_registry(path, KEY)
    assert "use one of .csv" in _error(tmp_path, HEADER, "consent.xlsx")
