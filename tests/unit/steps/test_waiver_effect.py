"""What waivers come to under a policy on a day, and in a table of facts."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Role, Trust
from govgate.attest.waiver import Grant, Revocation, sign
from govgate.errors import UsageError
from govgate.home import Home
from govgate.model import Purpose, Use
from govgate.policy.load import parse_policy
from govgate.policy.waivers import Selector, State, Waiver, failures_digest, rule_digest
from govgate.steps.waivers.applied import apply
from govgate.steps.waivers.files import read_waivers, waivers_folder
from govgate.steps.waivers.judge import counted_in, heeded, judge

ALICE, BOB, EVE = (PrivateKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
TRUST = (
    Trust()
    .add(ALICE.public, [Role.APPROVER], name="alice")
    .add(BOB.public, [Role.APPROVER], name="bob")
)
TODAY = date(2026, 4, 1)
TEXT = """\
policy: acme
version: 1
expires: 2030-01-01
purposes: [fine-tuning, pretraining]
rules:
  - {id: open, when: always, then: {train: allow, retrieve: allow}}
  - {id: academic, when: {license.class: academic}, then: {train: deny}}
  - {id: two, when: {license.class: academic}, then: {train: deny}, approvals: 2}
  - {id: fixed, when: {license.class: academic}, then: {train: deny}, waivable: false}
"""
POLICY = parse_policy(TEXT.encode(), "acme.yaml")
DIGESTS = {rule.id: rule_digest(rule) for rule in POLICY.rules}


def grant(rule="academic", **changes):
    plain = Grant(
        policy="acme",
        rule=rule,
        rule_sha256=DIGESTS.get(rule, failures_digest()),
        uses=() if rule == "incomplete" else (Use.TRAIN,),
        rows=("all",),
        reason="written permission",
        ticket="LEGAL-12",
        granted_on=date(2026, 3, 1),
        until=date(2026, 6, 1),
        max_rows=3,
    )
    return replace(plain, **changes)


def write(folder, *signed):
    folder.mkdir(exist_ok=True)
    for number, data in enumerate(signed):
        (folder / f"{number}.json").write_bytes(data)
    return read_waivers(folder)


def judged(tmp_path, *signed, policy=POLICY, trust=TRUST, today=TODAY, purpose=Purpose.FINE_TUNING):
    found = write(tmp_path / "waivers", *signed)
    return judge(found, policy, trust, today=today, purpose=purpose)


def test_a_good_waiver_is_heeded(tmp_path):
    (one,) = judged(tmp_path, sign(grant(), [ALICE]))
    assert (one.state, one.why) == (State.UNUSED, "")
    assert heeded([one])[0].rule == "academic"


@pytest.mark.parametrize(
    ("changes", "state", "why"),
    [
        ({"until": TODAY}, State.EXPIRED, "it ended on 2026-04-01"),
        ({"granted_on": date(2026, 4, 2)}, State.EARLY, "yet to come"),
        ({"policy": "other"}, State.MIS_SCOPED, "policy other, not acme"),
        ({"rule": "acadenic"}, State.MIS_SCOPED, "did you mean academic?"),
        ({"rule_sha256": "0" * 64}, State.MIS_SCOPED, "has changed since"),
        ({"purposes": (Purpose.PRETRAINING,)}, State.MIS_SCOPED, "does not cover fine-tuning"),
        ({"uses": (Use.RETRIEVE,)}, State.MIS_SCOPED, "never stands against retrieve"),
        ({"rule": "fixed"}, State.UNWAIVABLE, "cannot be waived"),
        ({"rule": "two", "rule_sha256": DIGESTS["two"]}, State.UNSIGNED, "1 of 2 approvers"),
        ({"rows": ("rows:a",)}, State.UNREADABLE, "picks no rows"),
    ],
)
def test_a_waiver_without_effect_says_why(tmp_path, changes, state, why):
    (one,) = judged(tmp_path, sign(grant(**changes), [ALICE]))
    assert one.state is state
    assert why in one.why
    assert heeded([one]) == ()


def test_the_day_before_its_last_a_waiver_holds(tmp_path):
    (one,) = judged(tmp_path, sign(grant(), [ALICE]), today=date(2026, 5, 31))
    assert one.state.in_effect
    assert one.ends_soon(date(2026, 5, 31))
    assert not one.ends_soon(date(2026, 5, 1))


def test_signatures_count_by_person_and_may_lie_in_several_files(tmp_path):
    both = sign(grant("two"), [ALICE]), sign(grant("two"), [BOB])
    (one,) = judged(tmp_path, *both)
    assert one.state.in_effect
    assert len(one.approvers) == 2
    spare = TRUST.add(EVE.public, [Role.APPROVER], name="alice")
    (alone,) = judged(tmp_path / "more", sign(grant("two"), [ALICE, EVE]), trust=spare)
    assert (alone.state, alone.why) == (State.UNSIGNED, "1 of 2 approvers signed it")


@pytest.fixture(autouse=True)
def _folder(tmp_path):
    (tmp_path / "more").mkdir()


@pytest.mark.parametrize(
    ("keys", "trust", "why"),
    [
        ([EVE], TRUST, "0 of 1"),
        ([ALICE], TRUST.revoke(ALICE.keyid, TODAY), "was revoked"),
        ([ALICE], Trust().add(ALICE.public, [Role.GATE]), "not trusted as approver"),
        (
            [ALICE],
            Trust().add(ALICE.public, [Role.APPROVER], not_after=date(2026, 3, 31)),
            "expired after 2026-03-31",
        ),
        (
            [ALICE],
            Trust().add(ALICE.public, [Role.APPROVER], not_before=date(2026, 3, 2)),
            "not valid before",
        ),
    ],
)
def test_keys_count_that_approve_on_both_days(tmp_path, keys, trust, why):
    (one,) = judged(tmp_path, sign(grant(), keys), trust=trust)
    assert one.state is State.UNSIGNED
    assert why in one.why


def test_a_revocation_ends_its_waiver_and_no_other(tmp_path):
    revocation = sign(Revocation(grant().id, TODAY, "it ended"), [BOB])
    other = grant(ticket="LEGAL-13")
    states = {
        one.grant.id: (one.state, one.why)
        for one in judged(tmp_path, sign(grant(), [ALICE]), sign(other, [ALICE]), revocation)
    }
    assert states[grant().id] == (State.REVOKED, "it was revoked on 2026-04-01: it ended")
    assert states[other.id][0].in_effect


def test_a_revocation_is_heeded_whoever_signed_it(tmp_path):
    revocation = sign(Revocation(grant().id, TODAY, "it ended"), [EVE])
    (one,) = judged(tmp_path, sign(grant(), [ALICE]), revocation)
    assert one.state is State.REVOKED
    assert "heeded nevertheless" in one.why


def test_what_cannot_be_read_is_told_and_stops_nothing(tmp_path):
    folder = tmp_path / "waivers"
    folder.mkdir()
    (folder / "sub").mkdir()
    (folder / ".hidden").write_text("x")
    (folder / "notes.txt").write_text("remember the milk")
    (folder / "empty.json").write_bytes(b"")
    (folder / "tampered.json").write_bytes(
        sign(grant(), [ALICE]).replace(b'payload":"ey', b'payload":"eZ')
    )
    found = read_waivers(folder)
    assert {one.file for one in found.unread} == {"sub", "notes.txt", "empty.json", "tampered.json"}
    assert all(one.state is State.UNREADABLE for one in judge(found, POLICY, TRUST, today=TODAY))
    with pytest.raises(UsageError, match="no waivers at"):
        read_waivers(tmp_path / "nowhere")


def test_waivers_of_a_pack_lie_in_the_home_and_others_beside_their_policy(tmp_path):
    home = Home(tmp_path / "home")
    assert waivers_folder("default", tmp_path / "p" / "policy.yaml", home) == home.path / "waivers"
    beside = waivers_folder("acme.yaml", tmp_path / "acme.yaml", home)
    assert beside == tmp_path / "waivers"


FACTS = pl.DataFrame(
    {
        "index": range(6),
        "row": [f"a:{n}" for n in (1, 2, 3)] + [f"b:{n}" for n in (1, 2, 3)],
        "file": ["a", "a", "a", "b", "b", "b"],
        "source.name": [None] * 6,
        "license.class": ["academic", None, "permissive", "academic", "permissive", None],
        "failure": [None, "malformed-json", None, None, "io-error", "malformed-json"],
    },
    schema_overrides={"index": pl.UInt64, "source.name": pl.String},
)


@pytest.fixture
def facts(tmp_path):
    FACTS.write_parquet(tmp_path / "facts.parquet")
    return tmp_path / "facts.parquet"


def of(rule, *words, most=9, id="w-1"):
    uses = frozenset() if rule == "incomplete" else frozenset({Use.TRAIN})
    return Waiver(id, rule, uses, Selector.of(words), most)


def test_rows_are_counted_where_the_rule_stands_against_the_use(facts):
    applied = apply(facts, POLICY, [of("academic", "all"), of("two", "file:a", id="w-2")])
    assert applied.rows == {"w-1": 2, "w-2": 1}
    assert len(applied.waivers) == 2
    assert not applied.failures_waived


def test_an_over_used_waiver_lifts_nothing_anywhere(facts, tmp_path):
    applied = apply(facts, POLICY, [of("academic", "all", most=1)])
    assert (applied.waivers, applied.over_used) == ((), {"w-1"})
    first = judged(tmp_path, sign(grant(max_rows=1), [ALICE]))
    applied = apply(facts, POLICY, heeded(first))
    (one,) = counted_in(first, applied)
    assert one.state is State.OVER_USED
    assert one.why == "it would cover 2 rows, and may cover 1"


@pytest.mark.parametrize(
    ("words", "covered"),
    [
        (["all"], [1]),
        (["file:*"], [1]),
        (["row:a:2", "row:b:3"], [1]),
        (["file:a"], [1]),
        (["file:a", "file:b"], [1, 5]),
        (["row:a:1"], []),
    ],
)
def test_a_failure_that_may_have_ended_its_file_is_covered_by_its_name_alone(facts, words, covered):
    """Row b:3 is the last of its file; row b:2 failed of something that is never waived."""
    applied = apply(facts, POLICY, [of("incomplete", *words)])
    assert applied.covered["index"].to_list() == covered
    assert applied.rows == {"w-1": len(covered)}
    assert not applied.failures_waived


def test_all_failures_must_be_covered(tmp_path):
    kept = FACTS.filter(pl.col("failure").is_null() | (pl.col("failure") == "malformed-json"))
    kept.write_parquet(tmp_path / "facts.parquet")
    some, rest = of("incomplete", "file:a"), of("incomplete", "file:b", id="w-2")
    assert not apply(tmp_path / "facts.parquet", POLICY, [some]).failures_waived
    assert apply(tmp_path / "facts.parquet", POLICY, [some, rest]).failures_waived
    capped = of("incomplete", "file:a", "file:b", most=1)
    assert not apply(tmp_path / "facts.parquet", POLICY, [capped]).failures_waived
