import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from govgate.attest.bundle import MAX_VERSION, Bundle, SignedBundle
from govgate.attest.bundlefiles import BundleFile
from govgate.attest.keys import PrivateKey
from govgate.attest.lastseen import (
    Seen,
    after,
    agreed_threshold,
    check_clock,
    check_follows,
    check_same,
    parse_seen,
    used,
)
from govgate.attest.trust import Role, Trust
from govgate.errors import EvidenceError, UsageError

TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)
A, B = "a" * 64, "b" * 64


def signed(version: int, sha256: str = A, name: str = "acme") -> SignedBundle:
    files = (BundleFile("policy.yaml", b"policy: acme\n"),)
    bundle = Bundle(name, version, TODAY, date(2027, 2, 28), files)
    return SignedBundle(bundle, sha256, (B,))


SEEN = Seen(7, A, TODAY, 1, (B,))


def test_what_is_remembered_reads_back() -> None:
    assert parse_seen(SEEN.encode(), "state.json") == SEEN
    assert after(signed(7), None, today=TODAY, threshold=1) == SEEN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 0),
        ("version", "7"),
        ("version", True),
        ("version", MAX_VERSION + 1),
        ("sha256", "a"),
        ("seenOn", "yesterday"),
        ("seenOn", "20261125"),
        ("seenOn", 7),
        ("threshold", 0),
        ("threshold", 65),
        ("signers", []),
        ("signers", ["x"]),
        ("signers", B),
        ("more", 1),
    ],
)
def test_a_damaged_memory_is_no_memory_of_nothing(field: str, value: object) -> None:
    members: dict[str, Any] = json.loads(SEEN.encode())
    members[field] = value
    with pytest.raises(EvidenceError, match=r"state\.json"):
        parse_seen(json.dumps(members).encode(), "state.json")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", SEEN.encode()[:-9]])
def test_a_cut_memory_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError, match=r"state\.json"):
        parse_seen(data, "state.json")


def test_a_newer_version_follows_and_an_older_never() -> None:
    check_follows(signed(8, B), SEEN, Trust(), recover=False)
    check_follows(signed(MAX_VERSION, B), SEEN, Trust(), recover=False)
    for version in (6, 1):
        with pytest.raises(
            EvidenceError,
            match=f"version {version} is older than version 7, which was last seen on 2026-11-25",
        ):
            check_follows(signed(version), SEEN, Trust(), recover=False)


def test_one_version_has_one_content() -> None:
    check_follows(signed(7, A), SEEN, Trust(), recover=False)
    with pytest.raises(EvidenceError, match="its content differs"):
        check_follows(signed(7, B), SEEN, Trust(), recover=False)


def test_what_lies_in_the_home_is_what_was_installed() -> None:
    check_same(signed(7, A), "acme", SEEN)
    for other in (signed(6, A), signed(8, A), signed(7, B), signed(7, A, "other")):
        with pytest.raises(EvidenceError, match="was not installed so"):
            check_same(other, "acme", SEEN)


def test_a_clock_set_back_is_noticed_and_a_day_of_doubt_is_not() -> None:
    check_clock("acme", SEEN, TODAY + 400 * DAY)
    check_clock("acme", SEEN, TODAY - DAY)
    with pytest.raises(EvidenceError, match="used on 2026-11-25, and the clock says 2026-11-23"):
        check_clock("acme", SEEN, TODAY - 2 * DAY)


def test_the_latest_day_is_the_one_remembered() -> None:
    assert used(SEEN, TODAY + DAY).seen_on == TODAY + DAY
    assert used(SEEN, TODAY - DAY) == SEEN
    assert after(signed(8), SEEN, today=TODAY - DAY, threshold=1).seen_on == TODAY


def test_a_threshold_is_raised_by_asking_and_never_lowered_so() -> None:
    assert agreed_threshold("acme", None, None) == 1
    assert agreed_threshold("acme", None, 2) == 2
    assert agreed_threshold("acme", SEEN, 3) == 3
    two = replace(SEEN, threshold=2)
    assert agreed_threshold("acme", two, None) == 2
    with pytest.raises(UsageError, match="2 publishers must sign bundle acme"):
        agreed_threshold("acme", two, 1)


def test_a_stolen_key_cannot_bar_the_way_for_ever(key: PrivateKey, other_key: PrivateKey) -> None:
    trust = Trust().add(key.public, [Role.PUBLISHER]).add(other_key.public, [Role.PUBLISHER])
    stolen = Seen(MAX_VERSION, A, TODAY, 1, (key.keyid,))
    with pytest.raises(EvidenceError, match="not revoked, so nothing older may follow"):
        check_follows(signed(8), stolen, trust, recover=True)
    revoked = trust.revoke(key.keyid, TODAY)
    with pytest.raises(EvidenceError, match="is older than"):
        check_follows(signed(8), stolen, revoked, recover=False)
    check_follows(signed(8), stolen, revoked, recover=True)
    with pytest.raises(EvidenceError, match="not revoked"):
        check_follows(signed(8), replace(stolen, signers=(other_key.keyid,)), revoked, recover=True)
    both = replace(stolen, signers=(key.keyid, other_key.keyid))
    with pytest.raises(EvidenceError, match="not revoked"):
        check_follows(signed(8), both, revoked, recover=True)
    check_follows(signed(8), replace(both, threshold=2), revoked, recover=True)
