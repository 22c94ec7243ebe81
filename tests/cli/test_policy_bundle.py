"""`govgate policy bundle`: built, signed, installed, gated with, and never rolled back."""

import json
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from govgate.attest.keyfile import new_key
from govgate.attest.trust import Role, Trust
from govgate.attest.trustfile import load_trust, save_trust
from tests.cli.conftest import Cli, write_data

TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=90)
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def place(cli: Cli, home: Path, tmp_path: Path) -> Path:
    """A home of its own whose trust file names a publisher, with a folder of policies beside it."""
    from govgate.policy.packs import pack_path

    own = shutil.copytree(home, tmp_path / "home")
    key = new_key(own / "keys" / "publisher.pem")
    save_trust(load_trust(own / "trust.json").add(key.public, [Role.PUBLISHER]), own / "trust.json")
    shutil.copytree(pack_path("default"), tmp_path / "policies" / "fine-tuning")
    return tmp_path


def bundle(cli: Cli, place: Path, *arguments: object, env: dict[str, str] | None = None) -> Done:
    command, *rest = arguments
    return cli("policy", "bundle", command, *rest, "--home", place / "home", cwd=place, env=env)


def build(cli: Cli, place: Path, version: int, *more: object, expires: date = LATER) -> Path:
    out = place / f"acme-{version}.bundle"
    options = ("--name", "acme", "--bundle-version", version, "--expires", expires, "--out", out)
    done = bundle(cli, place, "build", place / "policies", *options, *more)
    assert done.returncode == 0, done.stderr
    return out


def gate(cli: Cli, place: Path, policy: str, *more: object) -> Done:
    if not (place / "data").exists():
        write_data(place / "data")
    return cli(
        *("gate", place / "data", "--policy", policy, "--home", place / "home"),
        *("--out", place / "run", *more),
        cwd=place,
    )


def test_from_a_folder_of_policies_to_a_gate_and_never_back(cli: Cli, place: Path) -> None:
    seven, eight = build(cli, place, 7), build(cli, place, 8)
    verified = bundle(cli, place, "verify", eight)
    assert (verified.returncode, verified.stdout.splitlines()[-1]) == (0, "it holds")
    installed = bundle(cli, place, "install", eight)
    assert installed.returncode == 0, installed.stderr
    assert f"bundle acme version 8, made on {TODAY}, expires {LATER}" in installed.stdout
    assert "  bundle:acme/fine-tuning  default version 1  sha256 " in installed.stdout

    gated = gate(cli, place, "bundle:acme/fine-tuning")
    assert gated.returncode == 0, gated.stderr
    assert cli("verify", place / "run", "--home", place / "home").returncode == 0
    source = place / "policies" / "fine-tuning" / "policy.yaml"
    assert (place / "run" / "policy.yaml").read_bytes() == source.read_bytes()

    refused = bundle(cli, place, "install", seven)
    assert refused.returncode == 5
    assert f"version 7 is older than version 8, which was last seen on {TODAY}" in refused.stderr
    assert refused.stdout == ""
    assert gate(cli, place, "bundle:acme", "--replace").returncode == 0


def test_an_edited_policy_stops_the_gate_before_a_row_is_read(cli: Cli, place: Path) -> None:
    assert bundle(cli, place, "install", build(cli, place, 7)).returncode == 0
    inside = place / "home" / "bundles" / "acme" / "7" / "fine-tuning"
    (inside / "policy.yaml").write_bytes((inside / "policy.yaml").read_bytes() + b"# looser\n")
    done = gate(cli, place, "bundle:acme/fine-tuning")
    assert done.returncode == 5
    assert "fine-tuning/policy.yaml was changed after the bundle was installed" in done.stderr
    assert not (place / "run").exists()
    shown = bundle(cli, place, "show", "acme")
    assert shown.stdout.splitlines()[-1].startswith("DOES NOT HOLD: ")


def test_a_clock_set_back_and_a_revoked_key_stop_the_gate(cli: Cli, place: Path) -> None:
    assert bundle(cli, place, "install", build(cli, place, 7)).returncode == 0
    state = place / "home" / "bundles" / "acme" / "state.json"
    members = json.loads(state.read_bytes())
    ahead = str(TODAY + timedelta(days=3))
    state.write_text(json.dumps({**members, "seenOn": ahead}), encoding="utf-8")
    done = gate(cli, place, "bundle:acme")
    assert done.returncode == 5
    assert f"bundle acme was used on {ahead}, and the clock says {TODAY}" in done.stderr
    state.write_text(json.dumps(members), encoding="utf-8")
    trust = load_trust(place / "home" / "trust.json")
    (keyid,) = [key.keyid for key in trust.keys if Role.PUBLISHER in key.roles]
    save_trust(trust.revoke(keyid, TODAY), place / "home" / "trust.json")
    done = gate(cli, place, "bundle:acme")
    assert done.returncode == 5
    assert f"was revoked on {TODAY}" in done.stderr


def test_two_publishers_sign_on_two_machines(cli: Cli, place: Path) -> None:
    key = new_key(place / "second.pem", "correct horse battery")
    trust = load_trust(place / "home" / "trust.json").add(key.public, [Role.PUBLISHER])
    save_trust(trust, place / "home" / "trust.json")
    file = build(cli, place, 7)
    done = bundle(cli, place, "install", file, "--threshold", 2)
    assert done.returncode == 5
    assert "1 publisher's signature that counts, and 2 must be" in done.stderr
    env = {"GOVGATE_PASSPHRASE": "correct horse battery"}
    signed = bundle(cli, place, "sign", file, "--key", place / "second.pem", env=env)
    assert signed.returncode == 0, signed.stderr
    assert signed.stdout == f"{file}: bundle acme version 7 carries 2 signatures\n"
    assert bundle(cli, place, "verify", file, "--threshold", 2).returncode == 0
    done = bundle(cli, place, "install", file, "--threshold", 2, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["threshold"] == 2
    assert bundle(cli, place, "install", build(cli, place, 8)).returncode == 5
    assert bundle(cli, place, "install", build(cli, place, 9), "--threshold", 1).returncode == 2


def test_json_says_all_that_the_text_says(cli: Cli, place: Path) -> None:
    file = build(cli, place, 7)
    shown = json.loads(bundle(cli, place, "show", file, "--json").stdout)
    assert (shown["holds"], shown["objection"]) == (True, "")
    assert (shown["name"], shown["version"]) == ("acme", 7)
    assert (shown["createdOn"], shown["expires"]) == (str(TODAY), str(LATER))
    (policy,) = shown["policies"]
    assert (policy["path"], policy["policy"]) == ("fine-tuning/policy.yaml", "default")
    assert policy["version"] == 1
    assert [one["path"] for one in shown["other"]] == ["fine-tuning/cases.yaml"]
    text = bundle(cli, place, "show", file).stdout
    for said in (policy["sha256"][:16], shown["signers"][0][:16], shown["other"][0]["sha256"][:16]):
        assert said in text
    verified = json.loads(bundle(cli, place, "verify", file, "--json").stdout)
    assert verified == {"holds": True} | {
        k: v for k, v in shown.items() if k not in ("holds", "objection")
    }
    assert bundle(cli, place, "install", file).returncode == 0
    for name in ("acme", "bundle:acme"):
        assert json.loads(bundle(cli, place, "show", name, "--json").stdout) == shown


def test_show_lists_what_nobody_trusted_signed_and_says_so(cli: Cli, place: Path) -> None:
    file = build(cli, place, 7)
    trust = load_trust(place / "home" / "trust.json")
    left = Trust(tuple(k for k in trust.keys if Role.PUBLISHER not in k.roles))
    save_trust(left, place / "home" / "trust.json")
    shown = bundle(cli, place, "show", file)
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[-1].startswith("DOES NOT HOLD: the envelope has 0 valid")
    for command in ("verify", "install"):
        done = bundle(cli, place, command, file)
        assert (done.returncode, done.stdout) == (5, "")
        assert "0 valid signatures of trusted keys" in done.stderr


def test_a_key_that_is_no_publisher_signs_no_bundle(cli: Cli, place: Path) -> None:
    new_key(place / "stranger.pem")
    file = build(cli, place, 7)
    before = file.read_bytes()
    options = ("--name", "acme", "--bundle-version", 8, "--expires", LATER, "--out", "x.bundle")
    for key, why in (("stranger.pem", "does not list key"), ("gate", "is not trusted as publish")):
        built = bundle(cli, place, "build", "policies", *options, "--key", key)
        signed = bundle(cli, place, "sign", file, "--key", key)
        for done in (built, signed):
            assert (done.returncode, done.stdout) == (2, "")
            assert why in done.stderr
            assert "govgate key add NAME --role publisher" in done.stderr
    assert not (place / "x.bundle").exists()
    assert file.read_bytes() == before


def test_a_policy_that_fails_its_cases_is_not_built(cli: Cli, place: Path) -> None:
    policy = place / "policies" / "fine-tuning" / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    old = "when: {license.class: [permissive, public-domain]}\n    then: {train: allow,"
    assert old in text
    policy.write_text(text.replace(old, old.replace("allow", "deny")), encoding="utf-8")
    options = ("--name", "acme", "--bundle-version", 7, "--expires", LATER)
    done = bundle(cli, place, "build", place / "policies", *options)
    assert done.returncode == 2
    assert "cases fail, first: " in done.stderr
    assert not (place / "acme.bundle").exists()


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--expires", TODAY, "could never be loaded"),
        ("--expires", "soon", "not a day like"),
        ("--bundle-version", 0, "0 is not in the range"),
        ("--name", "../acme", "small letters"),
        ("--key", "nowhere.pem", "govgate key add NAME --role publisher"),
    ],
)
def test_a_bad_option_of_build_makes_nothing(
    cli: Cli, place: Path, option: str, value: object, complaint: str
) -> None:
    options = {"--name": "acme", "--bundle-version": 7, "--expires": LATER, "--out": "x.bundle"}
    options[option] = value
    flat = [part for pair in options.items() for part in pair]
    done = bundle(cli, place, "build", place / "policies", *flat)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not (place / "x.bundle").exists()


def test_a_bundle_is_never_overwritten_and_says_what_it_left_out(cli: Cli, place: Path) -> None:
    (place / "policies" / "README.md").write_text("ours", encoding="utf-8")
    options = ("--name", "acme", "--bundle-version", 7, "--expires", LATER)
    done = bundle(cli, place, "build", "policies", *options)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "left out: README.md\n"
    assert done.stdout.startswith(f"acme.bundle: bundle acme version 7, expires {LATER}\n1 policy,")
    before = (place / "acme.bundle").read_bytes()
    again = bundle(cli, place, "build", "policies", *options)
    assert again.returncode == 2
    assert "acme.bundle exists already" in again.stderr
    assert (place / "acme.bundle").read_bytes() == before


def test_a_name_that_is_not_installed_says_what_to_do(cli: Cli, place: Path) -> None:
    done = gate(cli, place, "bundle:acme/fine-tuning")
    assert done.returncode == 2
    assert "bundle acme is not installed in" in done.stderr
    assert "govgate policy bundle install FILE" in done.stderr
    assert bundle(cli, place, "show", "acme").returncode == 2


@pytest.mark.parametrize("data", [b"", b"{}", b"not json", b"\xff\xfe", b'{"payload":"e30="}\n'])
def test_what_is_no_bundle_is_no_evidence(cli: Cli, place: Path, data: bytes) -> None:
    (place / "x.bundle").write_bytes(data)
    for command in ("verify", "install", "show"):
        done = bundle(cli, place, command, "x.bundle")
        assert (done.returncode, done.stdout) == (5, "")
        assert done.stderr.startswith("govgate: ")


@pytest.mark.parametrize("command", ["", "build", "sign", "install", "verify", "show"])
def test_every_subcommand_has_examples_in_its_help(cli: Cli, command: str) -> None:
    done = cli("policy", "bundle", *command.split(), "--help")
    assert done.returncode == 0
    assert "govgate policy bundle build policies/" in done.stdout


def test_a_waiver_travels_in_the_bundle_and_counts_where_it_arrives(cli: Cli, place: Path) -> None:
    own = ("--home", place / "home")
    assert cli("key", "add", "alice", "--role", "approver", *own).returncode == 0
    grant = ("waiver", "grant", "--policy", place / "policies" / "fine-tuning")
    what = ("--rule", "license-noncommercial", "--rows", "row:rows.jsonl:3", "--max-rows", 1)
    why = ("--reason", "agreed", "--ticket", "T-1", "--until", LATER, "--key", "alice")
    granted = cli(*grant, *what, *why, *own)
    assert granted.returncode == 0, granted.stderr
    assert bundle(cli, place, "install", build(cli, place, 7)).returncode == 0
    assert gate(cli, place, "bundle:acme").returncode == 0
    explained = cli("explain", place / "run", "rows.jsonl:3", "--json")
    (waiver,) = (place / "policies" / "fine-tuning" / "waivers").iterdir()
    assert waiver.stem in explained.stdout
    into_it = cli("waiver", "grant", "--policy", "bundle:acme", *what, *why, *own)
    assert into_it.returncode == 2
    assert "is signed as a whole" in into_it.stderr
    assert gate(cli, place, "bundle:acme", "--replace").returncode == 0
