"""`govgate policy compare`: relations, requirements, counter-examples, signed results."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govgate.attest.statement import parse_statement
from govgate.attest.trust import Role
from govgate.attest.trustfile import load_trust
from govgate.errors import EvidenceError
from govgate.policy.load import load_policy
from govgate.steps.comparison import COMPARISON_TYPE
from tests.cli.conftest import Cli

OLD = """\
policy: acme
version: 4
expires: 2037-06-30
purposes: [fine-tuning]
rules:
  - {id: open, when: always, then: {train: allow, retrieve: allow}}
"""
NEW = (
    OLD.replace("version: 4", "version: 5")
    + "  - {id: academic, when: {license.class: academic}, then: {train: deny}, unknown: silent}\n"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An older and a stricter newer version of one policy."""
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(OLD, encoding="utf-8")
    new.write_text(NEW, encoding="utf-8")
    return old, new


def test_the_relation_comes_with_a_row_and_both_verdicts(
    cli: Cli, files: tuple[Path, Path]
) -> None:
    done = cli("policy", "compare", *files)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "acme version 5 is stricter than acme version 4"
    assert "  license.class  academic" in lines
    assert "  by acme version 4: train allow, retrieve allow, because of open" in lines
    assert "  by acme version 5: train deny, retrieve allow, because of academic, open" in lines
    assert "  train: deny, not allow" in lines


@pytest.mark.parametrize(
    ("required", "forwards", "backwards"),
    [
        ("stricter-or-equal", 0, 1),
        ("stricter", 0, 1),
        ("equal", 1, 1),
        ("looser-or-equal", 1, 0),
    ],
)
def test_the_exit_code_says_whether_what_is_required_holds(
    cli: Cli, files: tuple[Path, Path], required: str, forwards: int, backwards: int
) -> None:
    old, new = files
    assert cli("policy", "compare", old, new, "--require", required).returncode == forwards
    assert cli("policy", "compare", new, old, "--require", required).returncode == backwards


def test_json_carries_all_that_the_text_does(cli: Cli, files: tuple[Path, Path]) -> None:
    done = cli("policy", "compare", *files, "--require", "equal", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["relation"], answer["holds"], answer["required"]) == ("stricter", False, "equal")
    assert answer["looser"] is None
    assert answer["stricter"]["facts"] == {"license.class": "academic"}
    assert answer["stricter"]["policy"]["reasons"] == ["academic", "open"]
    assert answer["stricter"]["differences"] == [
        {"what": "train", "base": "allow", "policy": "deny"}
    ]
    assert answer["policy"]["sha256"] == load_policy(files[1]).digest
    assert answer["prover"]["name"] == "z3"


def test_two_files_of_one_version_are_told_apart(cli: Cli, files: tuple[Path, Path]) -> None:
    done = cli("policy", "compare", files[0], files[0])
    assert done.stdout == f"acme version 4 ({files[0]}) is equal to acme version 4 ({files[0]})\n"


def test_another_last_day_is_told_and_changes_no_relation(
    cli: Cli, files: tuple[Path, Path]
) -> None:
    files[1].write_text(OLD.replace("2037", "2038"), encoding="utf-8")
    answer = json.loads(cli("policy", "compare", *files, "--json").stdout)
    assert answer["relation"] == "equal"
    assert answer["notes"] == [
        "it expires on 2038-06-30, not 2037-06-30; the relation leaves that out"
    ]


def test_what_stands_beside_the_rows_is_told_in_plain_words(
    cli: Cli, files: tuple[Path, Path]
) -> None:
    more = "require: {rows.count: '>= 3'}\nscan: {countries: [de], entities: [URL]}\n"
    files[1].write_text(f"{OLD}approvals: 3\n{more}", encoding="utf-8")
    lines = cli("policy", "compare", *files).stdout.splitlines()
    assert "  it requires rows.count to be >= 3, and the other asks nothing of it" in lines
    assert "  3 people must sign to waive what could not be read, and 1 had to" in lines
    (look,) = [line for line in lines if "look for different things" in line]
    assert "(scan.countries, scan.entities)" in look
    back = cli("policy", "compare", files[1], files[0]).stdout
    assert "it asks nothing of rows.count, and the other requires it to be >= 3\n" in back
    assert "1 person must sign to waive what could not be read, and 3 had to\n" in back


def test_the_default_policy_equals_itself_by_its_name(cli: Cli) -> None:
    done = cli("policy", "compare", "default", "default", "--require", "equal")
    assert done.returncode == 0, done.stderr


def test_the_result_is_signed_by_a_publisher_about_the_compared_policy_alone(
    cli: Cli, files: tuple[Path, Path], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert cli("key", "new", "--home", home).returncode == 0
    made = cli("key", "add", "publisher", "--role", "publisher", "--home", home)
    assert made.returncode == 0, made.stderr
    file = tmp_path / "new.intoto.jsonl"
    options = ("--home", home, "--attest", file, "--require", "stricter")
    done = cli("policy", "compare", *files, *options)
    assert done.returncode == 0, done.stderr
    assert str(file) in done.stderr
    today = datetime.now(UTC).date()
    trust = load_trust(home / "trust.json")
    opened = trust.open_envelope(file.read_bytes(), Role.PUBLISHER, today)
    said = parse_statement(opened.payload, COMPARISON_TYPE)
    old, new = map(load_policy, files)
    assert [(s.name, s.sha256) for s in said.subjects] == [("acme@5", new.digest)]
    assert said.predicate["relation"] == "stricter"
    assert said.predicate["base"] == {"name": "acme", "version": 4, "sha256": old.digest}
    assert said.predicate["stricter"]["facts"] == {"license.class": "academic"}
    with pytest.raises(EvidenceError, match="not trusted as gate"):
        trust.open_envelope(file.read_bytes(), Role.GATE, today)


def test_nothing_is_signed_where_the_requirement_does_not_hold(
    cli: Cli, files: tuple[Path, Path], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert cli("key", "new", "--home", home).returncode == 0
    assert cli("key", "add", "desk", "--role", "publisher", "--home", home).returncode == 0
    file = tmp_path / "new.intoto.jsonl"
    key = home / "keys" / "desk.pem"
    options = ("--attest", file, "--key", key, "--require", "equal", "--home", home)
    done = cli("policy", "compare", *files, *options)
    assert done.returncode == 1
    assert "Nothing was signed" in done.stderr
    assert not file.exists()


def test_without_a_publisher_key_nothing_is_proved_or_signed(
    cli: Cli, files: tuple[Path, Path], tmp_path: Path
) -> None:
    home, file = tmp_path / "home", tmp_path / "new.intoto.jsonl"
    assert cli("key", "new", "--home", home).returncode == 0
    options = ("--attest", file, "--home", home)
    done = cli("policy", "compare", *files, *options)
    assert done.returncode == 2
    assert "publisher.pem does not exist" in done.stderr
    done = cli("policy", "compare", *files, *options, "--key", home / "keys" / "gate.pem")
    assert done.returncode == 2
    assert "its signature would count for nothing" in done.stderr
    assert not file.exists()


def test_a_bad_policy_is_named_with_its_place(cli: Cli, files: tuple[Path, Path]) -> None:
    files[1].write_text(NEW.replace("train: deny", "train: dney"), encoding="utf-8")
    done = cli("policy", "compare", *files)
    assert done.returncode == 2
    assert f"{files[1]}:7:" in done.stderr
