import json

import pytest

from govgate.errors import IncompleteError, UsageError
from govgate.model import Failure
from govgate.scan.fingerprint import check_key, fingerprint
from govgate.scan.ledger import Ledger
from govgate.scan.rowscan import RowScan, Tally

FAILURE = Failure("pattern-timed-out", "too slow", "shorten it")


def test_a_balanced_ledger_with_rows_is_complete():
    ledger = Ledger()
    ledger.read(strings=3, characters=9)
    ledger.take(RowScan(scanned=Tally(2, 5), skipped={"field-name": Tally(1, 4)}), None)
    assert not ledger.complete
    ledger.close()
    assert ledger.complete


@pytest.mark.parametrize("seen", [Tally(), Tally(1, 4), Tally(2, 5)])
def test_a_ledger_in_which_something_got_lost_does_not_close(seen):
    ledger = Ledger()
    ledger.read(strings=1, characters=5)
    ledger.take(RowScan(scanned=seen), None)
    with pytest.raises(IncompleteError, match="does not balance"):
        ledger.close()


def test_strings_and_characters_are_counted_by_why_they_were_skipped_or_failed():
    ledger = Ledger()
    ledger.read(strings=6, characters=21)
    scan = RowScan(
        scanned=Tally(1, 6),
        skipped={"field-name": Tally(1, 4), "policy:own-urls": Tally(2, 5)},
        failed={"pattern-timed-out": Tally(1, 1), "worker-died": Tally(1, 5)},
        failure=FAILURE,
    )
    ledger.take(scan, FAILURE)
    ledger.close()
    told = ledger.as_dict()
    assert told["skipped"] == {
        "field-name": {"strings": 1, "characters": 4},
        "policy:own-urls": {"strings": 2, "characters": 5},
    }
    assert told["failed"] == {
        "pattern-timed-out": {"rows": 1, "strings": 1, "characters": 1},
        "worker-died": {"rows": 0, "strings": 1, "characters": 5},
    }
    assert told["characters"] == {"read": 21, "scanned": 6, "skipped": 9, "failed": 6}


def test_a_lost_row_is_noticed():
    ledger = Ledger()
    ledger.read(strings=0, characters=0)
    with pytest.raises(IncompleteError, match="some rows"):
        ledger.close()


def test_failed_rows_are_counted_by_code():
    ledger = Ledger()
    for _ in range(3):
        ledger.read(strings=0, characters=0)
        ledger.take(RowScan(), FAILURE)
    ledger.close()
    told = json.loads(json.dumps(ledger.as_dict()))
    assert told["failed"] == {"pattern-timed-out": {"rows": 3, "strings": 0, "characters": 0}}
    assert not told["complete"]


def test_a_fingerprint_depends_on_key_and_text_alone():
    key = bytes(range(32))
    assert fingerprint("Ann", key) == fingerprint("Ann", key)
    assert len({fingerprint(t, k) for t in ("Ann", "ann") for k in (key, key[::-1])}) == 4
    assert (
        fingerprint("Ann", key)
        == "5fd4b06d03967dc904777e9f6f00846249bfed3107c72c0c577d01db7f2ee774"
    )


def test_a_short_key_is_refused():
    with pytest.raises(UsageError, match="15 bytes"):
        check_key(bytes(15))
    check_key(bytes(16))
