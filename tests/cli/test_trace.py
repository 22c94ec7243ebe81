"""`govgate trace` answers a request for access from the register and the runs."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from govgate.home import Home, fingerprint_key
from govgate.register.content import person_key
from govgate.register.runs import registered
from govgate.register.stores import register_store
from govgate.register.tombstones import add, lift
from tests.cli.conftest import MAIL, ROWS, Cli, remember, run_govgate, write_data

# The person of a row is called by its prompt: the cache knows those strings, so nothing is scanned.
ANN, NOBODY = str(ROWS[4]["prompt"]), "Nobody whom the data knows"
WITHHELD = str(ROWS[3]["prompt"])  # its licence cannot be read
UNKNOWN = "No row of the runs this home knows names this subject"


@pytest.fixture(scope="module")
def top(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose run was trained on and has a store."""
    top = tmp_path_factory.mktemp("trace")
    write_data(top / "data")
    manifest = top / "data" / "govgate.yaml"
    manifest.write_text(manifest.read_text() + "    subject_field: prompt\n")
    assert run_govgate("key", "new", "--home", top / "home").returncode == 0
    remember(top / "home", home)
    cli = at(top)
    assert cli("gate", top / "data", "--out", top / "run").returncode == 0
    assert cli("run", top / "run", "--checkpoint", top / "m.pt", "--", "true").returncode == 0
    record = registered(Home(top / "home"))[0].record
    register_store(Home(top / "home"), top / "store.sqlite", top / "run", record)
    return top


def at(top: Path) -> Cli:
    return lambda *arguments: run_govgate(*arguments, env={"GOVGATE_HOME": str(top / "home")})


def traced(top: Path, *asked: object) -> dict[str, Any]:
    done = at(top)("trace", *asked, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_person_is_told_where_since_when_on_what_basis_and_in_which_model(top: Path) -> None:
    found = traced(top, "--subject", ANN)
    (run,) = found["runs"]
    assert (run["run"], run["standing"]) == (str((top / "run").resolve()), "here")
    assert run["since"].startswith("20")
    assert run["policy"]["name"] == "default"
    assert run["rows"] == [
        {
            "file": "rows.jsonl",
            "row": "rows.jsonl:5",
            "partition": "train",
            "source": "tests",
            "license": "CC0-1.0",
            "consentBasis": "legitimate-interests",
            "consentStatus": None,
        }
    ]
    (model,) = run["models"]
    assert (model["model"], model["command"], model["exit"]) == (str(top / "m.pt"), "true", 0)
    assert run["stores"] == [{"path": str(top / "store.sqlite"), "there": False}]
    text = at(top)("trace", "--subject", ANN).stdout
    for said in ("rows.jsonl:5 in train", "legitimate-interests", "m.pt", "still there"):
        assert said in text
    assert ANN not in text


def test_a_row_is_found_by_its_name_and_a_withheld_one_is_in_no_model(top: Path) -> None:
    (run,) = traced(top, "--row", "rows.jsonl:4")["runs"]
    assert [row["partition"] for row in run["rows"]] == ["withheld"]
    assert (run["models"], run["stores"]) == ([], [])
    assert traced(top, "--subject", WITHHELD)["runs"] == [run]


def test_a_person_whom_no_run_knows_is_answered_alike_and_never_named(top: Path) -> None:
    done = at(top)("trace", "--subject", NOBODY)
    assert (done.returncode, done.stderr) == (0, "")
    looked = "(1 run looked at; what was made without govgate is not known)"
    assert done.stdout == f"{UNKNOWN}\n{looked}\n"
    assert traced(top, "--subject", MAIL)["found"] is False
    said = at(top)("trace", "--row", "rows.jsonl:99").stdout
    assert "has this name" in said
    assert "erased is known by its name no more" in said


def test_a_home_without_a_register_knows_nobody(top: Path, tmp_path: Path) -> None:
    shutil.copytree(top / "home" / "keys", tmp_path / "home" / "keys")
    assert traced(tmp_path, "--subject", ANN) == {
        "found": False,
        "looked": 0,
        "runs": [],
        "erased": [],
    }


@pytest.mark.parametrize("asked", [(), ("--subject", "a", "--row", "b"), ("--subject", " ")])
def test_a_question_about_nobody_or_two_is_a_mistake(top: Path, asked: tuple[str, ...]) -> None:
    assert at(top)("trace", *asked).returncode == 2


def test_an_erasure_is_told_with_its_receipt(top: Path) -> None:
    home = Home(top / "home")
    key = person_key(NOBODY, fingerprint_key(home))
    add(home, [key], [], "r-17", date(2026, 5, 1))
    found = traced(top, "--subject", NOBODY)
    assert (found["found"], found["erased"]) == (False, [{"receipt": "r-17", "day": "2026-05-01"}])
    assert "r-17" in at(top)("trace", "--subject", NOBODY).stdout
    assert traced(top, "--subject", ANN)["erased"] == []
    lift(home, "r-17")


def test_a_run_that_is_gone_replaced_or_changed_is_told_by_what_the_register_holds(
    top: Path,
) -> None:
    run, aside = top / "run", top / "aside"
    run.rename(aside)
    try:
        (gone,) = traced(top, "--subject", ANN)["runs"]
        run.mkdir()
        (replaced,) = traced(top, "--subject", ANN)["runs"]
        run.rmdir()
        shutil.copytree(aside, run)
        with (run / "facts.parquet").open("ab") as file:
            file.write(b"x")
        (changed,) = traced(top, "--subject", ANN)["runs"]
    finally:
        shutil.rmtree(run, ignore_errors=True)
        aside.rename(run)
    assert [one["standing"] for one in (gone, replaced, changed)] == ["gone", "replaced", "here"]
    for one in (gone, replaced, changed):
        assert one["outOfReach"]
        assert len(one["models"]) == 1
        (row,) = one["rows"]
        assert (row["row"], row["partition"], row["license"]) == (None, "train", "CC0-1.0")


def test_a_model_of_a_run_that_was_replaced_is_still_found(top: Path) -> None:
    cli, home = at(top), Home(top / "home")
    before = len(registered(home))
    assert cli("gate", top / "data", "--out", top / "run", "--replace").returncode == 0
    assert len(registered(home)) == before + 1
    old, new = traced(top, "--subject", ANN)["runs"]
    assert (old["standing"], new["standing"]) == ("replaced", "here")
    assert (len(old["models"]), len(new["models"])) == (1, 0)


def test_a_damaged_register_is_no_answer(top: Path) -> None:
    document = top / "home" / "register" / "models.json"
    kept = document.read_bytes()
    document.write_bytes(b"{")
    done = at(top)("trace", "--subject", ANN)
    document.write_bytes(kept)
    assert done.returncode == 5
    assert "models.json is damaged" in done.stderr
    assert done.stdout == ""
