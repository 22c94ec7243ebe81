from dataclasses import replace
from datetime import date

import pytest

from govgate.attest import dsse, jcs
from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Role, Trust
from govgate.attest.waiver import (
    REVOCATION_TYPE,
    WAIVER_TYPE,
    Grant,
    Revocation,
    add_signatures,
    approvals,
    merge,
    parse,
    sign,
)
from govgate.errors import EvidenceError
from govgate.model import Purpose, Use

ALICE, BOB, EVE = (PrivateKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
DAY = date(2026, 3, 1)
GRANT = Grant(
    policy="acme",
    rule="academic",
    rule_sha256="0" * 64,
    uses=(Use.TRAIN,),
    rows=("row:a.jsonl:1",),
    reason="written permission",
    ticket="LEGAL-12",
    granted_on=DAY,
    until=date(2026, 6, 1),
    max_rows=3,
)
TRUST = (
    Trust()
    .add(ALICE.public, [Role.APPROVER], name="alice", not_after=date(2026, 12, 31))
    .add(BOB.public, [Role.APPROVER], name="bob")
)


def people(signed, trust=TRUST, days=(DAY,)):
    return {one.person: one.objection for one in approvals(signed, trust, days)}


def signed(members, kind=WAIVER_TYPE):
    return dsse.sign(jcs.canonical(members), kind, [ALICE])


def members(**changes):
    said = jcs.parse(GRANT.encode(), "it") | changes
    return {name: value for name, value in said.items() if value is not None}


def test_what_was_signed_is_read_back_and_canonical():
    assert parse(sign(GRANT, [ALICE])).said == GRANT
    limited = replace(GRANT, purposes=(Purpose.FINE_TUNING,))
    assert parse(sign(limited, [ALICE])).said == limited
    revocation = Revocation(GRANT.id, DAY, "it ended")
    assert parse(sign(revocation, [ALICE])).said == revocation
    assert parse(signed(members())).line == sign(GRANT, [ALICE])


def test_the_id_follows_from_the_content():
    assert GRANT.id == replace(GRANT).id
    assert len({GRANT.id, replace(GRANT, max_rows=4).id, replace(GRANT, reason="x").id}) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "w-000000000000"},
        {"maxRows": 4},
        {"maxRows": 0},
        {"maxRows": "3"},
        {"maxRows": True},
        {"version": 2},
        {"version": True},
        {"until": "2026-6-1"},
        {"until": "2026-02-30"},
        {"uses": []},
        {"uses": ["look"]},
        {"uses": ["train", "train"]},
        {"rows": []},
        {"rows": "all"},
        {"reason": ""},
        {"reason": "a\nb"},
        {"reason": " a"},
        {"reason": "a" * 1001},
        {"ticket": "\x1b[31m"},
        {"ruleSha256": "0" * 63},
        {"purposes": []},
        {"purposes": ["cooking"]},
        {"ticket": None},
        {"more": 1},
    ],
)
def test_a_payload_of_another_form_is_refused(changes):
    with pytest.raises(EvidenceError):
        parse(signed(members(**changes)))


def test_a_waiver_of_failures_names_no_use():
    of_failures = replace(GRANT, rule="incomplete", uses=())
    assert parse(sign(of_failures, [ALICE])).said == of_failures
    with pytest.raises(EvidenceError, match="names uses"):
        parse(sign(replace(GRANT, rule="incomplete"), [ALICE]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"not json",
        signed(members(), kind="application/vnd.in-toto+json"),
        signed(members(), kind=REVOCATION_TYPE),
        signed(
            {"version": 1, "waiver": "w-1", "revokedOn": "2026-03-01", "reason": "x"},
            REVOCATION_TYPE,
        ),
        dsse.sign(GRANT.encode() + b" ", WAIVER_TYPE, [ALICE]),
    ],
)
def test_what_is_no_waiver_is_refused(data):
    with pytest.raises(EvidenceError):
        parse(data)


def test_signatures_of_listed_keys_that_hold_are_approvals():
    assert people(parse(sign(GRANT, [ALICE, EVE]))) == {"alice": None}
    assert people(parse(sign(GRANT, [ALICE, BOB]))) == {"alice": None, "bob": None}
    assert people(parse(sign(GRANT, [EVE]))) == {}


def test_a_signature_over_something_else_is_none():
    other = parse(sign(replace(GRANT, max_rows=4), [ALICE]))
    forged = replace(
        parse(sign(GRANT, [BOB])), envelope=replace(other.envelope, payload=GRANT.encode())
    )
    assert people(forged) == {}


def test_an_approval_says_why_it_does_not_count():
    late = (DAY, date(2027, 1, 1))
    one = parse(sign(GRANT, [ALICE]))
    assert "expired after 2026-12-31" in people(one, days=late)["alice"]
    gone = TRUST.revoke(ALICE.keyid, DAY)
    assert "was revoked" in people(one, gone)["alice"]
    gate = Trust().add(ALICE.public, [Role.GATE], name="alice")
    assert "not trusted as approver" in people(one, gate)["alice"]


def test_copies_are_merged_and_a_signature_can_be_added():
    one, two = parse(sign(GRANT, [ALICE])), parse(sign(GRANT, [BOB]))
    assert merge([one, two]).line == merge([two, one]).line == add_signatures(one, [BOB]).line
    assert set(people(merge([one, two, one]))) == {"alice", "bob"}
    with pytest.raises(ValueError, match="say the same"):
        merge([one, parse(sign(replace(GRANT, max_rows=4), [BOB]))])
