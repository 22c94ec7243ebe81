"""Whole rows through the real detector: findings by pointer, role and view."""

import gzip
import hashlib
import hmac
import itertools
import json
from pathlib import Path

import pytest

from govgate.scan.fields import Fields
from govgate.scan.fingerprint import DOMAIN, fingerprint
from govgate.scan.rowscan import row_scan, row_texts
from govgate.scan.strings import StringScanner

KEY = bytes(range(32))
CORPORA = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "corpora"


@pytest.fixture
def scanned(detector):
    scanner = StringScanner(detector, fingerprint_key=KEY)
    fields = Fields()
    return lambda value: row_scan(
        row_texts(value, fields),
        lambda question: scanner.answer([question])[0],
        fields=fields,
        key=KEY,
    )


def test_a_finding_says_where_whose_and_what_but_not_the_text(scanned):
    text = "Write to john.smith@example.com"
    row = scanned({"messages": [{"role": "user", "content": text}]})
    (found,) = [f for f in row.findings if f.entity == "EMAIL_ADDRESS"]
    assert (found.pointer, found.role, found.view) == ("/messages/0/content", "user", "original")
    assert text[found.start : found.end] == "john.smith@example.com"
    expected = hmac.new(KEY, DOMAIN + b"john.smith@example.com", hashlib.sha256).hexdigest()
    assert found.fingerprint == expected
    assert "john" not in repr(row.findings)


def test_personal_data_in_keys_is_found_under_the_role_key(scanned):
    row = scanned({"people": {"john.smith@example.com": 1, "415-555-0134": 2, "John Smith": 3}})
    found = {(f.pointer, f.role, f.entity) for f in row.findings}
    assert {
        ("/people/john.smith@example.com", "key", "EMAIL_ADDRESS"),
        ("/people/415-555-0134", "key", "PHONE_NUMBER"),
        ("/people/John Smith", "key", "PERSON"),
    } <= found


def test_a_long_number_is_scanned_as_its_digits(scanned):
    row = scanned({"contact": 4155550134.0})
    found = [f for f in row.findings if f.entity == "PHONE_NUMBER"]
    assert [(f.pointer, f.start, f.end) for f in found] == [("/contact", 0, 10)]


def test_what_escapes_hide_in_inner_json_is_found_in_the_json_view(scanned):
    hidden = "".join(f"\\u{ord(c):04x}" for c in "ann@example.com")
    outer = f'{{"to": "{hidden}"}}'
    row = scanned({"messages": [{"role": "tool", "content": outer}]})
    (found,) = [f for f in row.findings if f.entity == "EMAIL_ADDRESS"]
    assert (found.view, found.role) == ("json", "tool")
    assert json.loads(f'"{outer[found.start : found.end]}"') == "ann@example.com"
    assert found.fingerprint == fingerprint("ann@example.com", KEY)


def test_a_finding_seen_in_both_views_is_kept_once_as_original(scanned):
    row = scanned({"arguments": '{"to": "ann@example.com"}'})
    found = [f for f in row.findings if f.entity == "EMAIL_ADDRESS"]
    assert [f.view for f in found] == ["original"]


def test_findings_are_ordered_by_place_and_every_text_is_accounted_for(scanned):
    value = {"b": "Ann Lee, ann@example.com", "a": "Bob Ray, 415-555-0134"}
    row = scanned(value)
    pointers = [f.pointer for f in row.findings]
    assert pointers == sorted(pointers, reverse=True)
    places = [(f.pointer != "/b", f.start, f.end, f.entity) for f in row.findings]
    assert places == sorted(places)
    assert row.scanned.strings + sum(t.strings for t in row.skipped.values()) == 4


def corpus(name):
    path = CORPORA / name
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return json.loads(data) if ".jsonl" not in name else map(json.loads, data.splitlines())


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
def test_real_rows_give_the_same_with_one_worker_and_with_two(scan):
    names = sorted(path.name for path in CORPORA.iterdir())
    rows = [row for name in names for row in itertools.islice(corpus(name), 3)]
    one, ledger = scan(rows, workers=1)
    two, other = scan(rows, workers=2)
    assert one == two
    assert ledger.as_dict() == other.as_dict()
    assert ledger.complete
    assert {"user", "assistant", "chosen", "rejected", "text"} <= {
        f.role for row in one for f in row.findings
    }


def test_a_card_split_over_two_turns_is_found_in_both(scanned):
    first, second = "My card is 4111 1111", "1111 1111, thanks"
    row = scanned(
        {
            "messages": [
                {"role": "user", "content": first},
                {"role": "assistant", "content": "Go on."},
                {"role": "user", "content": second},
            ]
        }
    )
    cards = [f for f in row.findings if f.entity == "CREDIT_CARD"]
    assert [(f.pointer, f.view) for f in cards] == [
        ("/messages/0/content", "turns"),
        ("/messages/2/content", "turns"),
    ]
    assert first[cards[0].start : cards[0].end] == "4111 1111"
    assert second[cards[1].start : cards[1].end] == "1111 1111"
    assert cards[0].fingerprint == cards[1].fingerprint
