import json
from datetime import date
from pathlib import Path

import pytest

from govgate.attest.dsse import sign
from govgate.attest.trust import Role, Trust
from govgate.attest.trustfile import encode_trust, load_trust, parse_trust, save_trust
from govgate.errors import EvidenceError, UsageError

TODAY = date(2026, 6, 15)
GATE, LOG = Role.GATE, Role.LOG


@pytest.fixture
def trust(key, other_key) -> Trust:
    return (
        Trust()
        .add(key.public, [GATE], not_before=date(2026, 1, 1), not_after=date(2026, 12, 31))
        .add(other_key.public, [LOG], name="example.com/log")
    )


def document(trust: Trust, tmp_path: Path) -> dict:
    save_trust(trust, tmp_path / "trust.json")
    return json.loads((tmp_path / "trust.json").read_bytes())


def test_a_trust_file_reads_back(trust, tmp_path):
    trust = trust.revoke(trust.keys[1].keyid, TODAY)
    save_trust(trust, tmp_path / "trust.json")
    assert load_trust(tmp_path / "trust.json") == trust
    first = (tmp_path / "trust.json").read_bytes()
    save_trust(load_trust(tmp_path / "trust.json"), tmp_path / "trust.json")
    assert (tmp_path / "trust.json").read_bytes() == first


def test_a_key_may_stand_in_pem_form(trust, tmp_path, key):
    members = document(trust, tmp_path)
    members["keys"][0]["public"] = key.public.pem()
    assert parse_trust(json.dumps(members).encode(), "t") == trust


def test_keys_count_for_their_roles_only(trust, key, other_key):
    assert trust.keys_for(GATE, TODAY) == {key.keyid: key.public}
    assert trust.keys_for(LOG, TODAY) == {other_key.keyid: other_key.public}
    with pytest.raises(EvidenceError, match="role approver: none is listed"):
        trust.keys_for(Role.APPROVER, TODAY)


def test_log_keys_are_verifiers_under_their_names(trust, other_key):
    (verifier,) = trust.verifiers_for(LOG, TODAY)
    assert (verifier.name, verifier.key) == ("example.com/log", other_key.public)


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 12, 31)])
def test_the_days_of_a_key_are_inclusive(trust, day):
    assert trust.keys_for(GATE, day)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2025, 12, 31), "is not valid before 2026-01-01"),
        (date(2027, 1, 1), "expired after 2026-12-31"),
    ],
)
def test_a_key_outside_its_days_is_reported_by_name(trust, key, day, reason):
    with pytest.raises(EvidenceError, match=f"key {key.keyid[:16]} {reason}"):
        trust.keys_for(GATE, day)
    with pytest.raises(EvidenceError, match=f"key {key.keyid[:16]} {reason}"):
        trust.open_envelope(sign(b"a", "t", [key]), GATE, day)


@pytest.mark.parametrize("day", [date(2026, 1, 2), TODAY, date(2026, 12, 1)])
def test_a_revoked_key_counts_on_no_day_at_all(trust, key, day):
    trust = trust.revoke(key.keyid, TODAY)
    with pytest.raises(EvidenceError, match=f"key {key.keyid[:16]} was revoked on 2026-06-15"):
        trust.open_envelope(sign(b"a", "t", [key]), GATE, day)
    with pytest.raises(EvidenceError, match="was revoked on 2026-06-15"):
        trust.keys_for(GATE, day)


def test_an_envelope_opens_under_a_key_that_counts(trust, key):
    verified = trust.open_envelope(sign(b"a", "t", [key]), GATE, TODAY, payload_type="t")
    assert (verified.payload, verified.keyid) == (b"a", key.keyid)


def test_a_key_of_another_role_does_not_count_on_an_envelope(trust, other_key):
    with pytest.raises(EvidenceError, match=r"example\.com/log .* is not trusted as gate"):
        trust.open_envelope(sign(b"a", "t", [other_key]), GATE, TODAY)


def test_one_signature_that_counts_is_enough_and_only_it_is_handed_on(trust, key, other_key):
    verified = trust.open_envelope(sign(b"a", "t", [other_key, key]), GATE, TODAY)
    assert [s.keyid for s in verified.accepted] == [key.keyid]


def test_changing_trust_makes_a_new_value(trust, key):
    assert trust.revoke(key.keyid, TODAY) != trust
    assert trust.keys[0].revoked is None


def test_adding_what_makes_no_sense_is_a_usage_error(trust, key):
    third = type(key).from_seed(b"\x03" * 32).public
    for roles, arguments in [
        ([GATE], {"not_before": date(2026, 2, 1), "not_after": date(2026, 1, 1)}),
        ([LOG], {}),
        ([LOG], {"name": "a b"}),
        ([Role.WITNESS], {}),
        ([], {}),
        ([GATE], {"name": ""}),
    ]:
        with pytest.raises(UsageError):
            trust.add(third, roles, **arguments)
    with pytest.raises(UsageError, match="twice"):
        trust.add(key.public, [GATE])
    with pytest.raises(UsageError, match="lists no key"):
        trust.revoke(third.keyid, TODAY)


def test_a_trust_file_without_keys_is_neither_written_nor_read(tmp_path):
    with pytest.raises(UsageError, match="at least one key"):
        save_trust(Trust(), tmp_path / "trust.json")
    with pytest.raises(EvidenceError, match="t: lists no keys"):
        parse_trust(b'{"version":1,"keys":[]}', "t")


def test_a_missing_trust_file_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        load_trust(tmp_path / "trust.json")


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"version": True}, {"version": "1"}, {"keys": {}}, {"keys": [1]}, {"more": 1}],
)
def test_a_malformed_trust_file_is_refused(trust, tmp_path, change):
    data = json.dumps(document(trust, tmp_path) | change).encode()
    with pytest.raises(EvidenceError, match=r"trust\.json: "):
        parse_trust(data, "trust.json")


@pytest.mark.parametrize(
    "change",
    [
        {"keyid": "00" * 32},
        {"keyid": None},
        {"public": "AAAA"},
        {"public": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"public": 1},
        {"roles": []},
        {"roles": "gate"},
        {"roles": ["gate", "gate"]},
        {"roles": ["admin"]},
        {"roles": [["gate"]]},
        {"not_before": "2026-1-1"},
        {"not_before": "20260101"},
        {"not_after": 2026},
        {"not_after": "2025-01-01"},
        {"revoked": True},
        {"revoked": None},
        {"name": 5},
        {"name": "a\nb"},
        {"note": "x"},
    ],
)
def test_a_malformed_key_entry_is_refused(trust, tmp_path, change):
    members = document(trust, tmp_path)
    members["keys"][0] |= change
    with pytest.raises(EvidenceError, match=r"trust\.json: "):
        parse_trust(json.dumps(members).encode(), "trust.json")


def test_a_key_listed_twice_is_refused(trust, tmp_path):
    members = document(trust, tmp_path)
    members["keys"].append(members["keys"][0])
    with pytest.raises(EvidenceError, match="twice"):
        parse_trust(json.dumps(members).encode(), "t")


def test_signers_are_counted_only_where_every_key_says_whose_it_is(key, other_key):
    named = Trust().add(key.public, [GATE], name="gate").add(other_key.public, [GATE], name="audit")
    two = Trust(named.keys, thresholds={GATE: 2})
    assert parse_trust(encode_trust(two), "t") == two
    nameless = Trust().add(key.public, [GATE]).add(other_key.public, [GATE], name="audit")
    with pytest.raises(EvidenceError, match="has no name that says whose it is"):
        parse_trust(encode_trust(Trust(nameless.keys, thresholds={GATE: 2})), "t")


def test_a_revocation_leaves_the_file_readable_and_its_signature_uncounted(key, other_key):
    both = Trust().add(key.public, [GATE], name="gate").add(other_key.public, [GATE], name="audit")
    left = Trust(both.revoke(other_key.keyid, TODAY).keys, thresholds={GATE: 2})
    assert parse_trust(encode_trust(left), "t") == left
    with pytest.raises(EvidenceError, match="1 of the 2 signers"):
        left.open_envelope(sign(b"{}", "t", [key, other_key]), GATE, TODAY)


@pytest.mark.parametrize(
    "change",
    [
        {"thresholds": {"gate": 0}},
        {"thresholds": {"gate": True}},
        {"thresholds": {"gate": 17}},
        {"thresholds": {"log": 1}},
        {"thresholds": []},
        {"algorithms": {"gate": []}},
        {"algorithms": {"gate": ["rsa"]}},
        {"algorithms": {"gate": ["ed25519", "ed25519"]}},
        {"algorithms": {"gate": "ed25519"}},
    ],
)
def test_malformed_counts_and_kinds_are_refused(trust, tmp_path, change):
    members = {**document(trust, tmp_path), **change}
    with pytest.raises(EvidenceError):
        parse_trust(json.dumps(members).encode(), "t")


def test_the_own_log_is_the_first_that_is_listed_even_after_a_rotation(key, other_key):
    from govgate.attest.keys import PrivateKey

    new = PrivateKey.generate().public
    trust = Trust().add(key.public, [LOG], name="example.com/own", not_after=date(2026, 6, 1))
    trust = trust.add(other_key.public, [LOG], name="example.com/other")
    with pytest.raises(EvidenceError, match=r"no key of the log example\.com/own counts"):
        trust.log_verifiers(TODAY)
    trust = trust.add(new, [LOG], name="example.com/own", not_before=date(2026, 6, 1))
    assert [(one.name, one.key) for one in trust.log_verifiers(TODAY)] == [
        ("example.com/own", new),
        ("example.com/own", key.public),
    ]
