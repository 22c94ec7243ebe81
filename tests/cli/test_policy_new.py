"""`govgate policy new`: what it makes is a policy that works at once."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.cli.conftest import Cli


def test_a_new_policy_extends_the_pack_and_passes_its_cases(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    made = cli("policy", "new", tmp_path / "acme")
    assert made.returncode == 0, made.stderr
    names = {"policy.yaml", "cases.yaml", "policy.schema.json", "cases.schema.json"}
    assert {path.name for path in (tmp_path / "acme").iterdir()} == names
    schema = json.loads((tmp_path / "acme" / "policy.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    tested = cli("policy", "test", tmp_path / "acme")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    gated = cli("gate", data, "--policy", tmp_path / "acme", "--out", tmp_path / "run")
    assert gated.returncode == 0, gated.stdout + gated.stderr
    kept = (tmp_path / "run" / "policy.yaml").read_text()
    assert "based_on" in kept
    assert "extends" not in kept
    verified = cli("verify", tmp_path / "run")
    assert verified.returncode == 0, verified.stdout


def test_a_copy_says_what_the_pack_says_under_its_own_name(cli: Cli, tmp_path: Path) -> None:
    assert cli("policy", "new", tmp_path / "mine", "--copy").returncode == 0
    text = (tmp_path / "mine" / "policy.yaml").read_text()
    assert "policy: mine\n" in text
    assert text.startswith("# The policy that govgate uses when none is named")
    assert cli("policy", "test", tmp_path / "mine").returncode == 0


def test_nothing_is_overwritten(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "cases.yaml").write_text("mine\n")
    done = cli("policy", "new", folder)
    assert done.returncode == 2
    assert "cases.yaml exists already" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["cases.yaml"]


def test_a_folder_whose_name_is_no_policy_name_asks_for_one(cli: Cli, tmp_path: Path) -> None:
    done = cli("policy", "new", tmp_path / "Acme_3")
    assert done.returncode == 2
    assert "give one with --name" in done.stderr
    assert not (tmp_path / "Acme_3").exists()
    assert cli("policy", "new", tmp_path / "Acme_3", "--name", "acme-3").returncode == 0


def test_a_policy_that_lets_more_through_says_so_in_the_answer_and_in_what_is_kept(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    cli("policy", "new", tmp_path / "acme")
    policy = tmp_path / "acme" / "policy.yaml"
    text = policy.read_text()
    policy.write_text(
        text.replace("extends: default\n", "extends: default\nwithout: [person-names]\n")
    )
    done = cli("gate", data, "--policy", policy, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "LOOSER than default" in done.stdout
    assert "may let more through: rule person-names is left out" in done.stdout
    assert "rule person-names is left out" in (tmp_path / "run" / "policy.yaml").read_text()
