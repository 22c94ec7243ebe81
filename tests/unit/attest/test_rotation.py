from dataclasses import replace
from datetime import date

import pytest

from govgate.attest import dsse, rotation
from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Role, Trust
from govgate.errors import EvidenceError, UsageError

OLD, NEW, DAY = PrivateKey.generate(), PrivateKey.generate(), date(2026, 5, 4)
TRUST = Trust().add(OLD.public, [Role.GATE], name="gate")
LINE = rotation.rotate(TRUST.keys[0], OLD, NEW, DAY)


def apply(trust: Trust, line: bytes) -> Trust:
    return rotation.apply(trust, line, DAY)


def test_the_new_key_counts_from_its_day_and_the_old_one_until_it():
    after = rotation.apply(TRUST, LINE, DAY)
    counts = {day: set(after.keys_for(Role.GATE, date(2026, 5, day))) for day in (3, 4, 5)}
    assert counts == {3: {OLD.keyid}, 4: {OLD.keyid, NEW.keyid}, 5: {NEW.keyid}}
    assert rotation.is_applied(after, LINE)
    assert not rotation.is_applied(TRUST, LINE)


@pytest.mark.parametrize("keys", [[OLD], [NEW], [NEW, PrivateKey.generate()]])
def test_a_rotation_that_not_both_keys_signed_is_refused(keys):
    payload = dsse.parse_envelope(LINE).payload
    with pytest.raises(EvidenceError, match="valid signatures"):
        apply(TRUST, dsse.sign(payload, rotation.PAYLOAD_TYPE, keys))


def test_a_rotation_from_a_key_that_is_unknown_revoked_or_expired_is_refused():
    with pytest.raises(EvidenceError, match="nobody trusts"):
        apply(Trust().add(NEW.public, [Role.GATE]), LINE)
    with pytest.raises(EvidenceError, match="was revoked"):
        apply(TRUST.revoke(OLD.keyid, DAY), LINE)
    with pytest.raises(EvidenceError, match="expired"):
        apply(TRUST.retire(OLD.keyid, date(2026, 5, 3)), LINE)


def test_a_rotation_cannot_widen_what_the_key_may_sign():
    wide = replace(TRUST.keys[0], roles=frozenset({Role.GATE, Role.APPROVER}))
    with pytest.raises(EvidenceError, match="other roles"):
        apply(TRUST, rotation.rotate(wide, OLD, NEW, DAY))


def test_the_same_rotation_twice_is_refused():
    with pytest.raises(UsageError, match="listed twice"):
        rotation.apply(rotation.apply(TRUST, LINE, DAY), LINE, DAY)


def test_another_payload_type_is_refused():
    payload = dsse.parse_envelope(LINE).payload
    with pytest.raises(EvidenceError, match="not of type"):
        apply(TRUST, dsse.sign(payload, "text/plain", [OLD, NEW]))


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b"[]",
        b'{"on":"2026-05-04","old":"x","public":"","roles":["gate"],"version":1}',
        b'{"on":"2026-05-04","old":"x","public":"","roles":[["gate"]],"version":1}',
    ],
)
def test_a_malformed_payload_is_refused(payload):
    with pytest.raises(EvidenceError):
        rotation.parse_rotation(payload)


def test_whoever_finds_a_retired_key_cannot_name_a_successor_in_the_past():
    retired, thief = rotation.apply(TRUST, LINE, DAY), PrivateKey.generate()
    for day in (DAY, date(2026, 5, 3)):
        line = rotation.rotate(TRUST.keys[0], OLD, thief, day)
        with pytest.raises(EvidenceError, match="expired after 2026-05-04"):
            rotation.apply(retired, line, date(2026, 5, 5))


def test_a_successor_does_not_live_longer_than_the_key_that_named_it():
    last = date(2026, 12, 31)
    after = apply(TRUST.retire(OLD.keyid, last), LINE)
    assert {key.keyid: key.not_after for key in after.keys} == {OLD.keyid: DAY, NEW.keyid: last}
