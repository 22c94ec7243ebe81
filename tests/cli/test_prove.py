"""`govgate prove` and `govgate verify-proof`: was this row, or this person, in it?"""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import MANIFEST, ROWS, Cli, write_data

WHO = "ann.lee@example.org"
PEOPLE = [WHO, " bob ", None, 4711, "", "ann.lee@example.org "]


@pytest.fixture(scope="module")
def run(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 rows to train on, of three people; rows 1 and 3 (of another) may only be looked up."""
    top = tmp_path_factory.mktemp("people")
    rows = [{**row, "who": PEOPLE[i % len(PEOPLE)]} for i, row in enumerate(ROWS[4:])]
    rows[0] |= {"who": "carol", "license": "CC-BY-NC-4.0"}
    data = write_data(top / "data", rows)
    (data / "govgate.yaml").write_text(MANIFEST + "    subject_field: who\n")
    done = cli("gate", data, "--out", top / "run")
    assert done.returncode == 0, done.stderr + done.stdout
    return top / "run"


Asked = subprocess.CompletedProcess[str]


def ask(cli: Cli, run: Path, home: Path, out: Path, *about: str) -> Asked:
    return cli("prove", run, *about, "--out", out, "--home", home)


def check(cli: Cli, home: Path, out: Path, *about: str) -> Asked:
    return cli("verify-proof", out, *about, "--trust", home / "trust.json", "--json")


@pytest.mark.parametrize(
    ("about", "present"),
    [
        (("--subject", WHO), True),
        (("--subject", "bob"), True),
        (("--subject", "  bob"), True),
        (("--subject", "4711"), True),
        (("--subject", "carol"), False),
        (("--subject", "Bob"), False),
        (("--row", "rows.jsonl:2"), True),
        (("--row", "rows.jsonl:1"), False),
        (("--row", "rows.jsonl:99"), False),
    ],
)
def test_whoever_was_in_it_is_proved_in_and_all_others_out(
    cli: Cli, home: Path, run: Path, tmp_path: Path, about: tuple[str, str], present: bool
) -> None:
    name = next(iter(pl.read_parquet(run / "verdicts.parquet")["file"]))
    about = (about[0], about[1].replace("rows.jsonl", name))
    done = ask(cli, run, home, tmp_path / "a", *about)
    assert done.returncode == 0, done.stderr
    word = "was" if present else "was not"
    assert f" {word} in the train partition\n" in done.stdout
    assert ("is it spelt right" in done.stderr) is about[1].endswith(":99")
    absent = about[0] == "--subject" and not present
    assert ("is the id spelt as in the data" in done.stderr) is absent
    assert about[1] not in done.stderr
    checked = check(cli, home, tmp_path / "a", *about)
    assert checked.returncode == 0, checked.stderr
    said = json.loads(checked.stdout)
    assert said["present"] is present
    table = pl.read_parquet(run / "verdicts.parquet").filter(pl.col("partition") == "train")
    people = {WHO, "bob", "4711"}
    rows = about[0] == "--row"
    assert said["size"] == (table.height if rows else len(people))
    assert (tmp_path / "a").stat().st_size < 20_000


def test_an_answer_names_nobody_and_holds_no_other_leaf_than_it_must(
    cli: Cli, home: Path, run: Path, tmp_path: Path
) -> None:
    assert ask(cli, run, home, tmp_path / "a", "--subject", WHO).returncode == 0
    data = (tmp_path / "a").read_bytes()
    payloads = [base64.b64decode(json.loads(line)["payload"]) for line in data.splitlines()]
    assert not any(WHO.encode() in one for one in (data, *payloads))
    assert len(json.loads(payloads[-1])["predicate"]["places"]) == 1
    for file in run.rglob("*.parquet"):
        assert WHO.encode() not in file.read_bytes()


def test_an_answer_is_for_one_id_alone(cli: Cli, home: Path, run: Path, tmp_path: Path) -> None:
    assert ask(cli, run, home, tmp_path / "a", "--subject", "carol").returncode == 0
    for other in (("--subject", WHO), ("--subject", "dave"), ("--row", "carol")):
        done = check(cli, home, tmp_path / "a", *other)
        assert (done.returncode, done.stdout) == (5, "")
        assert "about somebody or something else" in done.stderr


def test_a_changed_answer_is_refused(cli: Cli, home: Path, run: Path, tmp_path: Path) -> None:
    assert ask(cli, run, home, tmp_path / "a", "--subject", "carol").returncode == 0
    *record, last = (tmp_path / "a").read_bytes().splitlines(keepends=True)
    envelope = json.loads(last)
    said = json.loads(base64.b64decode(envelope["payload"]))
    said["predicate"]["present"] = True
    envelope["payload"] = base64.b64encode(json.dumps(said).encode()).decode()
    changed = {
        "answer": [*record, json.dumps(envelope).encode() + b"\n"],
        "no record": [last],
        "half a record": [record[0], last],
        "no answer": record,
        "cut off": [*record, last[:-9]],
    }
    for name, lines in changed.items():
        path = tmp_path / name
        path.write_bytes(b"".join(lines))
        done = check(cli, home, path, "--subject", "carol")
        assert (done.returncode, done.stdout) == (5, ""), name


def test_an_answer_beside_another_runs_record_is_refused(
    cli: Cli, home: Path, run: Path, tmp_path: Path
) -> None:
    other = cli("gate", write_data(tmp_path / "o"), "--out", tmp_path / "r", "--home", home)
    assert other.returncode == 0, other.stderr
    assert ask(cli, run, home, tmp_path / "a", "--row", "x").returncode == 0
    last = (tmp_path / "a").read_bytes().splitlines(keepends=True)[-1]
    path = tmp_path / "b"
    path.write_bytes((tmp_path / "r" / "record.intoto.jsonl").read_bytes() + last)
    done = check(cli, home, path, "--row", "x")
    assert done.returncode == 5


def test_a_run_without_subjects_says_that_it_knows_none(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    done = cli("prove", gated, "--subject", "bob", "--out", tmp_path / "a")
    assert done.returncode == 2
    assert "no source of this run named a field of data subjects" in done.stderr
    assert not (tmp_path / "a").exists()


def test_nobody_is_in_a_run_that_trains_on_nothing(
    cli: Cli, retrieval_only: Path, tmp_path: Path
) -> None:
    done = cli("prove", retrieval_only, "--row", "x", "--out", tmp_path / "a")
    assert (done.returncode, "was not in" in done.stdout) == (0, True), done.stderr


def test_what_cannot_be_answered_leaves_no_answer(
    cli: Cli, home: Path, run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a"
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "members.parquet").write_bytes(b"PAR1")
    done = ask(cli, copy, home, out, "--row", "x")
    assert (done.returncode, "members.parquet is not the file" in done.stderr) == (5, True)
    other = shutil.copytree(home, tmp_path / "other")
    (other / "keys" / "fingerprint.key").write_text("ab" * 32 + "\n")
    done = ask(cli, run, other, out, "--row", "x")
    assert (done.returncode, "another fingerprint key" in done.stderr) == (2, True)
    assert not out.exists()
    for wrong in ((), ("--row", "x", "--subject", "y"), ("--subject", "  ")):
        assert ask(cli, run, home, out, *wrong).returncode == 2
    out.write_text("mine")
    assert ask(cli, run, home, out, "--row", "x").returncode == 2
    assert out.read_text() == "mine"
    assert check(cli, home, tmp_path / "none", "--row", "x").returncode == 2
    assert check(cli, home, out, "--row", "x").returncode == 5


def test_an_answer_by_a_key_that_was_revoked_is_refused(
    cli: Cli, home: Path, run: Path, tmp_path: Path
) -> None:
    assert ask(cli, run, home, tmp_path / "a", "--row", "x").returncode == 0
    trust = json.loads((home / "trust.json").read_text())
    for key in trust["keys"]:
        if "gate" in key["roles"]:
            key["revoked"] = "2026-01-01"
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    done = cli("verify-proof", tmp_path / "a", "--row", "x", "--trust", tmp_path / "trust.json")
    assert (done.returncode, "was revoked" in done.stderr) == (5, True)


def test_members_that_are_not_the_records_do_not_verify(
    cli: Cli, home: Path, run: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "members.parquet").unlink()
    done = cli("verify", copy, "--home", home)
    assert (done.returncode, "members.parquet is missing" in done.stdout) == (5, True)
