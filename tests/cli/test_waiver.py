"""`govgate waiver`, and what waivers do in `gate`, `explain` and `verify`."""

import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from govgate.attest.keyfile import load_key
from govgate.attest.trustfile import load_trust, save_trust
from govgate.attest.waiver import Grant, parse, sign
from govgate.policy.decide import VERDICTS, decide
from govgate.policy.load import load_policy, parse_policy
from govgate.steps.waivers.applied import apply
from govgate.steps.waivers.effect import of_run
from tests.cli.conftest import Cli

POLICY = """\
policy: acme
version: 1
expires: 2030-01-01
purposes: [fine-tuning]
rules:
  - {id: open, when: {license.class: [permissive, non-commercial]},
     then: {train: allow, retrieve: allow}}
  - {id: noncommercial, when: {all: [{license.class: known}, {license.class: non-commercial}]},
     then: {train: deny, retrieve: allow}, obligations: [attribute]}
  - {id: fixed, when: {license.class: proprietary}, then: {train: deny}, waivable: false}
  - {id: pair, when: {license.class: proprietary}, then: {train: deny}, approvals: 2}
"""
MIT, NC = {"license": "MIT"}, {"license": "CC-BY-NC-4.0"}
ROWS = [{"text": f"Lamp number {n} glows.", **(NC if n > 3 else MIT)} for n in range(1, 7)]
TODAY = datetime.now(UTC).date()
SOON = TODAY + timedelta(days=5)
LATER = TODAY + timedelta(days=100)
GRANT = ("--reason", "written permission", "--ticket", "LEGAL-12", "--max-rows", 1)


@dataclass(frozen=True)
class Desk:
    """A policy with its approvers, and the folder where its waivers lie."""

    top: Path
    home: Path

    @property
    def policy(self) -> Path:
        return self.top / "acme.yaml"

    @property
    def waivers(self) -> Path:
        return self.top / "waivers"


def make_desk(cli: Cli, top: Path) -> Desk:
    home = top / "home"
    assert cli("key", "new", "--home", home).returncode == 0
    for name in ("alice", "bob"):
        made = cli("key", "add", name, "--role", "approver", "--home", home)
        assert made.returncode == 0, made.stderr
    (top / "data").mkdir()
    (top / "acme.yaml").write_text(POLICY)
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    (top / "data" / "rows.jsonl").write_text(lines)
    return Desk(top, home)


@pytest.fixture(scope="session")
def first_desk(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(cli, tmp_path_factory.mktemp("desk"))
    scan = ("scan", desk.top / "data", "--policy", desk.policy, "--out", desk.top / "scan")
    assert cli(*scan, "--home", desk.home).returncode == 0  # copies of the home know the rows
    return desk


@pytest.fixture
def desk(first_desk: Desk, tmp_path: Path) -> Desk:
    """A copy to change."""
    top = shutil.copytree(first_desk.top, tmp_path / "desk")
    return Desk(top, top / "home")


def grant(cli: Cli, desk: Desk, *arguments: object, key: str = "alice") -> str:
    """Grant a waiver with the command; its id."""
    done = cli(
        *("waiver", "grant", "--policy", desk.policy, "--home", desk.home, "--key", key),
        *("--json", *GRANT, *arguments),
    )
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["id"])


def forge(desk: Desk, base: Path, keys: tuple[str, ...] = ("alice",), **changes: object) -> str:
    """A waiver that the command would not make, signed all the same; its id."""
    said = parse(base.read_bytes()).said
    assert isinstance(said, Grant)
    other = replace(said, **changes)  # type: ignore[arg-type]
    signers = [load_key(desk.home / "keys" / f"{name}.pem") for name in keys]
    (desk.waivers / f"{other.id}.json").write_bytes(sign(other, signers))
    return other.id


def run_gate(cli: Cli, desk: Desk, *arguments: object, out: str = "run") -> dict[str, object]:
    done = cli(
        *("gate", desk.top / "data", "--policy", desk.policy, "--home", desk.home, "--json"),
        *("--out", desk.top / out, "--replace", *arguments),
    )
    assert done.stdout, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    assert done.returncode == answer["exitCode"]
    return answer


@dataclass(frozen=True)
class Waived:
    """A run with waivers of every state."""

    desk: Desk
    answer: dict[str, object]
    ids: dict[str, str]

    @property
    def run(self) -> Path:
        return self.desk.top / "run"


@pytest.fixture(scope="session")
def waived(cli: Cli, first_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Waived:
    top = shutil.copytree(first_desk.top, tmp_path_factory.mktemp("waived") / "desk")
    desk = Desk(top, top / "home")
    rule = ("--rule", "noncommercial")
    ids = {
        "used": grant(cli, desk, *rule, "--rows", "row:rows.jsonl:4", "--until", SOON),
        "unused": grant(cli, desk, *rule, "--rows", "row:rows.jsonl:1", "--until", LATER),
        "over-used": grant(cli, desk, *rule, "--rows", "all", "--until", LATER),
        "unsigned": grant(cli, desk, "--rule", "pair", "--rows", "all", "--until", LATER),
        "revoked": grant(cli, desk, *rule, "--rows", "row:rows.jsonl:5", "--until", LATER),
    }
    revoked = cli(
        *("waiver", "revoke", ids["revoked"], "--reason", "it ended", "--key", "bob"),
        *("--policy", desk.policy, "--home", desk.home),
    )
    assert revoked.returncode == 0, revoked.stderr
    base = desk.waivers / f"{ids['used']}.json"
    past = TODAY - timedelta(days=1)
    five = {"rows": ("row:rows.jsonl:5",)}
    ids["expired"] = forge(desk, base, granted_on=past - timedelta(days=9), until=TODAY, **five)
    ids["mis-scoped"] = forge(desk, base, rule_sha256="0" * 64, **five)
    (desk.waivers / "notes.txt").write_text("remember the milk")
    return Waived(desk, run_gate(cli, desk), ids)


def listed(told: object) -> dict[str, dict[str, object]]:
    assert isinstance(told, list)
    return {one["id"] or one["file"]: one for one in told}


def test_each_waiver_has_its_effect_or_says_why_it_has_none(waived: Waived) -> None:
    told = listed(waived.answer["waivers"])
    names = {name: state for state, name in waived.ids.items()}
    states = {name: one["state"] for name, one in told.items()}
    assert states == names | {"notes.txt": "unreadable"}
    assert set(states.values()) >= {"used", "unused", "expired", "revoked", "unsigned"}
    for one in told.values():
        assert one["inEffect"] == (one["state"] in ("used", "unused"))
        assert bool(one["why"]) != one["inEffect"]
    assert told[waived.ids["used"]]["rows"] == 1
    assert told[waived.ids["used"]]["endsSoon"] is True
    assert waived.answer["partitions"] == {"train": 4, "retrieve": 2, "withheld": 0}


def test_a_waived_row_is_trained_on_its_rule_counted_and_its_duties_kept(
    cli: Cli, waived: Waived
) -> None:
    train = (waived.run / "train" / "rows.jsonl").read_text().splitlines()
    assert [json.loads(row) for row in train] == ROWS[:4]
    done = cli("explain", waived.run, "rows.jsonl:4")
    name = waived.ids["used"]
    assert f"waived  noncommercial by {name} until {SOON} (LEGAL-12)" in done.stdout
    assert "obligations: attribute" in done.stdout
    assert "noncommercial  retrieve: allow" in done.stdout
    told = json.loads(cli("explain", waived.run, "rows.jsonl:4", "--json").stdout)
    assert [one["waiver"] for one in told["waived"]] == [name]
    assert "\nwaived  " not in cli("explain", waived.run, "rows.jsonl:5").stdout


def test_the_record_lists_every_waiver_and_verifies(cli: Cli, waived: Waived) -> None:
    done = cli("verify", waived.run, "--home", waived.desk.home)
    assert done.returncode == 0, done.stdout
    assert "2 waivers heeded" in done.stdout


def tampered(waived: Waived, tmp_path: Path) -> Path:
    return shutil.copytree(waived.run, tmp_path / "run")


@pytest.mark.parametrize("change", ["removed", "shortened", "spelt otherwise"])
def test_a_run_with_other_waivers_does_not_verify(
    cli: Cli, waived: Waived, tmp_path: Path, change: str
) -> None:
    run = tampered(waived, tmp_path)
    file = run / "waivers.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    match change:
        case "removed":
            file.unlink()
        case "shortened":
            file.write_bytes(b"".join(lines[1:]))
        case _:
            file.write_bytes(b"".join(lines[::-1]))
    done = cli("verify", run, "--home", waived.desk.home)
    assert done.returncode == 5
    assert "8  FAIL" in done.stdout


def test_a_record_that_rests_on_a_revoked_approver_does_not_verify(
    cli: Cli, waived: Waived, tmp_path: Path
) -> None:
    trust = load_trust(waived.desk.home / "trust.json")
    alice = next(key for key in trust.keys if key.name == "alice")
    save_trust(trust.revoke(alice.keyid, TODAY), tmp_path / "trust.json")
    done = cli("verify", waived.run, "--trust", tmp_path / "trust.json")
    assert done.returncode == 5
    assert "9  FAIL" in done.stdout
    assert "was heeded, and is unsigned" in done.stdout


def test_list_says_what_each_comes_to(cli: Cli, waived: Waived) -> None:
    place = ("--policy", waived.desk.policy, "--home", waived.desk.home)
    done = cli("waiver", "list", *place, "--run", waived.run, "--json")
    assert done.returncode == 0, done.stderr
    told = {one.get("id", one["file"]): one for one in json.loads(done.stdout)["waivers"]}
    ids = waived.ids
    assert (told[ids["used"]]["state"], told[ids["used"]]["endsSoon"]) == ("active", True)
    assert (told[ids["used"]]["rowsInRun"], told[ids["unused"]]["rowsInRun"]) == (1, 0)
    assert (told[ids["unsigned"]]["approvals"], told[ids["unsigned"]]["needed"]) == (1, 2)
    assert told[ids["revoked"]]["why"].endswith("it ended")
    text = cli("waiver", "list", *place, "--run", waived.run).stdout
    assert f"{ids['used']}  active, ends soon\n" in text
    assert "in that run: unused" in text
    assert "in that run: used, 1 row\n" in text
    over = told[ids["over-used"]]
    why = "it would cover 3 rows, and may cover 1"
    assert (over["state"], over["stateInRun"], over["whyInRun"]) == ("active", "over-used", why)
    assert f"in that run: over-used, 3 rows: {why}\n" in text
    assert (told[ids["unsigned"]]["stateInRun"], told[ids["unused"]]["stateInRun"]) == (
        "unsigned",
        "unused",
    )
    assert "notes.txt  unreadable" in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--rule": "noncomercial"}, "did you mean noncommercial?"),
        ({"--rule": "fixed"}, "cannot be waived"),
        ({"--rule": "open"}, "never stands against train"),
        ({"--use": "retrieve"}, "never stands against retrieve"),
        ({"--until": TODAY}, "has passed"),
        ({"--max-rows": 0}, "lift nothing"),
        ({"--rows": "rows.jsonl:4"}, "picks no rows"),
        ({"--reason": " "}, "the reason is not"),
        ({"--ticket": "a\nb"}, "the ticket is not"),
        ({"--key": "gate"}, "not trusted as approver"),
        ({"--key": "nobody"}, "govgate key add NAME --role approver"),
        ({"--until": "2027-02-30"}, "--until"),
        ({"--approvals": 2}, "1 of 2 approvers signed"),
        ({"--purpose": "pretraining"}, "does not cover pretraining"),
        ({"--rule": "incomplete", "--use": "train"}, "for no use"),
    ],
)
def test_grant_refuses_what_could_never_have_effect(
    cli: Cli, desk: Desk, changes: dict[str, object], message: str
) -> None:
    options = {
        "--policy": desk.policy,
        "--home": desk.home,
        "--rule": "noncommercial",
        "--rows": "row:rows.jsonl:4",
        "--until": LATER,
        "--key": "alice",
        **dict(zip(GRANT[::2], GRANT[1::2], strict=True)),
        **changes,
    }
    done = cli("waiver", "grant", *(part for option in options.items() for part in option))
    assert done.returncode == 2
    assert message in done.stderr
    assert not desk.waivers.exists()


def test_a_second_approver_signs_later(cli: Cli, desk: Desk) -> None:
    place = ("--policy", desk.policy, "--home", desk.home)
    name = grant(cli, desk, "--rule", "pair", "--rows", "all", "--until", LATER)
    signed = ("waiver", "sign", name, *place, "--key")
    again = cli(*signed, "alice")
    assert again.returncode == 2
    assert "has signed" in again.stderr
    done = cli(*signed, "bob")
    assert done.returncode == 0, done.stderr
    assert "approvals  2 of 2: in effect" in done.stdout
    assert "written permission" in done.stdout
    (one,) = json.loads(cli("waiver", "list", *place, "--json").stdout)["waivers"]
    assert (one["state"], one["approvals"]) == ("active", 2)
    nothing = cli("waiver", "revoke", "w-000000000000", *place, "--reason", "x", "--key", "bob")
    assert nothing.returncode == 2


def test_sign_refuses_to_count_by_another_policy(cli: Cli, desk: Desk) -> None:
    name = grant(cli, desk, "--rule", "pair", "--rows", "all", "--until", LATER)
    file = desk.waivers / f"{name}.json"
    before = file.read_bytes()
    done = cli("waiver", "sign", file, "--home", desk.home, "--key", "bob")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is a waiver of policy acme, not default" in done.stderr
    assert "--policy" in done.stderr
    assert file.read_bytes() == before


def test_what_grant_tells_to_run_gives_the_missing_approval(cli: Cli, desk: Desk) -> None:
    done = cli(
        *("waiver", "grant", "--policy", desk.policy, "--home", desk.home, "--key", "alice"),
        *(*GRANT, "--rule", "pair", "--rows", "all", "--until", LATER),
    )
    assert "no effect before 1 more signs it, with\n" in done.stdout
    told = done.stdout.splitlines()[-1].split()
    assert told[0] == "govgate"
    signed = cli(*told[1:-1], "bob", "--home", desk.home)
    assert signed.returncode == 0, signed.stderr
    assert "approvals  2 of 2: in effect" in signed.stdout


def test_a_second_revocation_is_refused_as_needless(cli: Cli, desk: Desk) -> None:
    rule = ("--rule", "noncommercial", "--rows", "all", "--until", LATER)
    name = grant(cli, desk, *rule)
    place = ("--policy", desk.policy, "--home", desk.home)
    revoke = ("waiver", "revoke", name, *place, "--reason", "it ended", "--key", "bob")
    assert cli(*revoke).returncode == 0
    again = cli(*revoke)
    assert again.returncode == 2
    assert "the waiver is revoked" in again.stderr
    assert "waiver sign" not in again.stderr


def test_a_run_with_failures_is_incomplete_unless_a_waiver_covers_them_all(
    cli: Cli, desk: Desk
) -> None:
    with (desk.top / "data" / "rows.jsonl").open("a") as file:
        file.write('{"text": broken\n' + json.dumps(ROWS[0]) + "\n" + '{"text": broken\n')
    rule = ("--rule", "incomplete", "--until", LATER, "--max-rows", 2)
    by_row = "row:rows.jsonl:7,rows.jsonl:9"
    grant(cli, desk, *rule, "--rows", by_row)
    answer = run_gate(cli, desk)
    assert answer["outcome"] == "incomplete"
    assert "waivers cover 1 of them" in str(answer["because"])
    grant(cli, desk, *rule, "--rows", "file:rows.jsonl")
    answer = run_gate(cli, desk)
    assert answer["outcome"] == "train"
    assert answer["partitions"] == {"train": 4, "retrieve": 3, "withheld": 2}
    coverage = json.loads((desk.top / "run" / "coverage.json").read_text())
    assert (coverage["complete"], coverage["waived"]) == (False, {"rows": 2})
    done = cli("verify", desk.top / "run", "--home", desk.home)
    assert done.returncode == 0, done.stdout
    text = cli("explain", desk.top / "run", "rows.jsonl:9").stdout
    assert "rows.jsonl:9: withheld" in text
    assert "failed:malformed-json" in text
    assert "waived  incomplete by w-" in text


def test_waivers_among_the_data_are_not_data(cli: Cli, desk: Desk) -> None:
    shutil.copy(desk.policy, desk.top / "data" / "policy.yaml")
    beside = Desk(desk.top / "data", desk.home)
    shutil.move(desk.top / "data" / "policy.yaml", beside.policy)
    grant(cli, beside, "--rule", "noncommercial", "--rows", "row:rows.jsonl:4", "--until", LATER)
    done = cli(
        *("gate", beside.top, "--policy", beside.policy, "--home", desk.home, "--json"),
        *("--out", desk.top / "run"),
    )
    answer = json.loads(done.stdout)
    assert answer["coverage"]["rows"]["read"] == len(ROWS)
    assert "a waiver" in {one["reason"] for one in answer["coverage"]["notGated"]}
    assert answer["partitions"]["train"] == 4


def test_a_run_without_waivers_lists_none(cli: Cli, desk: Desk) -> None:
    answer = run_gate(cli, desk)
    assert answer["waivers"] == []
    assert not (desk.top / "run" / "waivers.jsonl").exists()
    done = cli("gate", desk.top / "data", "--waivers", desk.top / "nowhere", "--home", desk.home)
    assert done.returncode == 2
    assert "there are no waivers at" in done.stderr


def test_whoever_decides_a_run_again_gets_its_waivers(waived: Waived) -> None:
    trust = load_trust(waived.desk.home / "trust.json")
    policy = load_policy(waived.run / "policy.yaml")
    waivers = of_run(waived.run, policy, trust)
    ids = {waived.ids["used"], waived.ids["unused"]}
    assert {one.id for one in waivers} == ids
    assert {one.id for one in of_run(waived.run)} == ids
    verdicts = pl.read_parquet(waived.run / "verdicts.parquet")
    facts = pl.read_parquet(waived.run / "facts.parquet")
    again = apply(waived.run / "facts.parquet", policy, waivers)
    assert decide(facts, policy, again.waivers).equals(
        verdicts.drop("row", "file").select(VERDICTS.names())
    )

    changed = POLICY.replace("{license.class: known}, ", "")
    assert of_run(waived.run, parse_policy(changed.encode(), "changed.yaml"), trust) == ()
    alice = next(key.keyid for key in trust.keys if key.name == "alice")
    assert of_run(waived.run, policy, trust.revoke(alice, TODAY)) == ()
