"""What was erased stays out of every later run, and the run can still be verified and explained."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from govgate import rundir
from govgate.home import Home, fingerprint_key
from govgate.register.content import content_key, person_key
from govgate.register.runs import registered, rows_of
from govgate.register.tombstones import add, lift, load
from govgate.steps.decide import redecide
from govgate.steps.recorded import recorded
from tests.cli.conftest import CARD, MAIL, ROWS, Cli, remember, run_govgate, write_data

# The person of a row is called by its prompt: the cache knows those strings, so nothing is scanned.
PEOPLE = "    subject_field: prompt\n"
ANN = str(ROWS[0]["prompt"])  # her row holds an address
ERASED = [0, 6]  # hers, and one by its content


@pytest.fixture(scope="module")
def top(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own beside gated data and its run."""
    top = tmp_path_factory.mktemp("erased")
    write_data(top / "data")
    manifest = top / "data" / "govgate.yaml"
    manifest.write_text(manifest.read_text() + PEOPLE)
    assert run_govgate("key", "new", "--home", top / "home").returncode == 0
    remember(top / "home", home)
    assert at(top)("gate", top / "data", "--out", top / "before").returncode == 0
    return top


@pytest.fixture(scope="module")
def run(top: Path) -> Path:
    """A run after two rows were erased."""
    home = Home(top / "home")
    key = fingerprint_key(home)
    add(home, [person_key(ANN, key)], [content_key(ROWS[6], key)], "r1", date(2026, 5, 1))
    done = at(top)("gate", top / "data", "--out", top / "run")
    assert done.returncode == 0, done.stderr
    assert "2 rows were withheld because they were erased" in done.stdout
    return top / "run"


def at(top: Path) -> Cli:
    return lambda *arguments: run_govgate(*arguments, env={"GOVGATE_HOME": str(top / "home")})


def test_a_run_is_registered_by_keyed_ids_alone(top: Path) -> None:
    home = Home(top / "home")
    first = registered(home)[0]
    assert first.path == (top / "before").resolve()
    assert first.files == ("rows.jsonl",)
    rows = rows_of(home, first.id).collect()
    assert rows["index"].to_list() == list(range(len(ROWS)))
    assert rows["subject"][0] == person_key(ANN, fingerprint_key(home))
    assert rows["source"].unique().to_list() == ["tests"]
    held = b"".join(p.read_bytes() for p in home.register.rglob("*") if p.is_file())
    for secret in (MAIL, CARD, ANN, "rows.jsonl:1"):
        assert secret.encode() not in held


def test_erased_rows_are_withheld_without_a_name_a_fact_or_a_finding(run: Path) -> None:
    verdicts = pl.read_parquet(run / rundir.VERDICTS)
    out = verdicts.filter(pl.col("row").str.starts_with("erased:"))
    assert out["row"].to_list() == ["erased:1", "erased:7"]
    assert out["index"].to_list() == ERASED
    assert out["reasons"].to_list() == [["erased"]] * 2
    assert set(out["train"]) | set(out["retrieve"]) == {"deny"}
    assert set(out["partition"]) == {"withheld"}
    facts = pl.read_parquet(run / rundir.FACTS).filter("erased")
    kept = {"index", "row", "file", "run.purpose", "erased"}
    assert {name for name in facts.columns if facts[name].null_count() < 2} == kept
    findings = pl.read_parquet(run / rundir.FINDINGS)
    assert not set(findings["index"]) & set(ERASED)
    partitions = "".join(path.read_text() for path in (run / "train").iterdir())
    assert str(ROWS[6]["prompt"]) not in partitions


def test_the_record_names_the_list_and_the_register_holds_nothing_of_the_rows(
    top: Path, run: Path
) -> None:
    decision, home = recorded(run), Home(top / "home")
    assert decision is not None
    assert decision.registries["tombstones"] == load(home).digest
    assert decision.counts.rules["erased"] == {"train": {"deny": 2}, "retrieve": {"deny": 2}}
    before = recorded(top / "before")
    assert before is not None
    assert "tombstones" not in before.registries
    last = next(one for one in registered(home) if one.path == run.resolve())
    assert not set(rows_of(home, last.id).collect()["index"]) & set(ERASED)


def test_such_a_run_verifies_replays_and_explains(top: Path, run: Path) -> None:
    cli = at(top)
    assert cli("verify", run).returncode == 0
    told = cli("explain", run, "erased:1")
    assert told.returncode == 0, told.stderr
    assert "The row was erased" in told.stdout
    assert "no change of facts helps" in cli("explain", run, "erased:1", "--counterfactual").stdout
    replayed = cli("policy", "replay", run, "--policy", "default", "--json")
    assert replayed.returncode == 0, replayed.stderr
    answer = json.loads(replayed.stdout)
    assert answer["moved"] == answer["unknown"] == 0, answer
    stricter = cli("policy", "replay", run, "--policy", "house-strict", "--json")
    assert json.loads(stricter.stdout)["unknown"] == 0, stricter.stdout


def test_json_counts_them_and_lifting_the_erasure_lets_the_rows_in_again(
    top: Path, run: Path
) -> None:
    cli, home = at(top), Home(top / "home")
    assert run.is_dir()
    listed = load(home)
    again = json.loads(cli("gate", top / "data", "--out", top / "again", "--json").stdout)
    assert again["erased"] == 2
    lift(home, "r1")
    freed = json.loads(
        cli("gate", top / "data", "--out", top / "again", "--replace", "--json").stdout
    )
    assert freed["erased"] == 0
    assert sum(one.path == (top / "again").resolve() for one in registered(home)) == 1
    add(home, listed.subjects, listed.contents, "r1", date(2026, 5, 1))


def test_a_run_of_before_there_were_erasures_and_audiences_still_holds(
    top: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    shutil.copytree(top / "before", old)
    facts = pl.read_parquet(old / rundir.FACTS)
    (old / rundir.FACTS).unlink()
    newer = ("erased", "source.audience", "source.audience.why")
    facts.drop(newer).write_parquet(old / rundir.FACTS)
    decision = recorded(old)
    assert decision is not None
    assert redecide(old).counts == decision.counts
    cli = at(top)
    assert cli("explain", old, "rows.jsonl:3", "--counterfactual").returncode == 0
    replayed = json.loads(cli("policy", "replay", old, "--policy", "default", "--json").stdout)
    assert replayed["moved"] == replayed["unknown"] == 0


def test_a_damaged_list_of_what_was_erased_stops_the_gate(top: Path) -> None:
    home = Home(top / "home")
    kept = home.tombstones.read_bytes() if home.tombstones.exists() else b""
    home.tombstones.write_bytes(b"PAR1")
    done = at(top)("gate", top / "data", "--out", top / "never")
    home.tombstones.write_bytes(kept) if kept else home.tombstones.unlink()
    assert done.returncode == 5
    assert "tombstones.parquet is damaged" in done.stderr
    assert not (top / "never").exists()
