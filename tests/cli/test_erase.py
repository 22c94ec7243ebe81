"""`govgate erase` on a real home: rows go from runs and stores, stay out, and that is proved."""

import base64
import gzip
import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import polars as pl
import pytest

from govgate.attest.trustfile import load_trust
from govgate.cli.asked import asked
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.register.runs import registered
from govgate.register.stores import register_store, stores
from govgate.verify import STEPS, verify
from tests.cli.conftest import run_govgate
from tests.noise import noise

MANIFEST = """\
sources:
  - files: "**/*"
    name: tests
    license: CC0-1.0
    consent_basis: legitimate-interests
    subject_field: who
    id_field: id
"""
NEVER, ONCE = "who-never-wrote", "customer-4711"


@dataclass(frozen=True)
class Place:
    """A home, data with two rows of one person, and a run of it."""

    top: Path
    secrets: tuple[str, str]

    @property
    def home(self) -> Path:
        return self.top / "home"

    @property
    def run(self) -> Path:
        return self.top / "run"

    def cli(self, *arguments: object, stdin: str | None = None, code: int | None = 0):
        done = run_govgate(*arguments, env={"GOVGATE_HOME": str(self.home)}, stdin=stdin)
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done

    def erase(self, *arguments: object, stdin: str | None = None, code: int | None = 0):
        return self.cli("erase", *arguments, stdin=stdin, code=code)

    def receipts(self) -> list[Path]:
        """The oldest first."""
        found = (self.home / "erasures").glob("*.intoto.jsonl")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def receipt(self) -> dict:
        path = self.receipts()[-1]
        return json.loads(self.erase("--verify", path, "--json").stdout)

    def holds(self, text: str) -> list[Path]:
        """Files of the home and the run that hold ``text`` as it is."""
        files = [p for top in (self.home, self.run) for p in top.rglob("*") if p.is_file()]
        return [path for path in files if text.encode() in path.read_bytes()]


def rows(secrets: tuple[str, str]) -> list[dict[str, object]]:
    plain = [
        {"id": f"row-{n}", "who": f"customer-{n}", "prompt": f"Question {n}?", "completion": "Yes."}
        for n in range(12)
    ]
    mine = {"who": ONCE, "completion": "Kept."}
    return [
        *plain[:5],
        {"id": "mine-1", **mine, "prompt": f"Note {secrets[0]}"},
        *plain[5:],
        {"id": "mine-2", **mine, "prompt": f"Look {secrets[1]}", "license": "CC-BY-NC-4.0"},
        {"id": "look", "who": "customer-99", "prompt": "Lighthouses.", "license": "CC-BY-NC-4.0"},
    ]


def write(folder: Path, entries: list[dict[str, object]], name: str = "data.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(one) + "\n" for one in entries).encode()
    if name.endswith(".gz"):
        text = gzip.compress(text)
    if name.endswith(".parquet"):
        pl.DataFrame(entries, infer_schema_length=None).write_parquet(folder / name)
    else:
        (folder / name).write_bytes(text)
    (folder / "govgate.yaml").write_text(MANIFEST)
    return folder


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Place:
    """A run with a row of the person in each partition; tests work on copies."""
    place = Place(tmp_path_factory.mktemp("first") / "place", (noise(1, 120), noise(2, 120)))
    place.top.mkdir()
    place.cli("key", "new")
    data = write(place.top / "data", rows(place.secrets))
    place.cli("gate", data, "--out", place.run, "--quiet")
    return place


Fresh = Callable[[], Place]


@pytest.fixture
def place(first: Place, tmp_path: Path) -> Place:
    """The same at another place, gated there (the register knows runs by their paths)."""
    place = Place(tmp_path / "place", first.secrets)
    shutil.copytree(first.home, place.home)
    shutil.rmtree(place.home / "register")
    shutil.copytree(first.top / "data", place.top / "data")
    place.cli("gate", place.top / "data", "--out", place.run, "--quiet")
    return place


def test_without_yes_the_plan_is_shown_and_nothing_is_changed(place: Place) -> None:
    before = {p: p.read_bytes() for p in place.run.rglob("*") if p.is_file()}
    shown = place.erase("--subject", "-", stdin=f"{ONCE}\n").stdout
    assert "2 rows in 1 run\n" in shown
    assert "1 train, 1 retrieve" in shown
    assert "data.jsonl" in shown
    assert "Git" in shown
    assert ONCE not in shown
    assert before == {p: p.read_bytes() for p in place.run.rglob("*") if p.is_file()}
    assert not place.receipts()


def test_rows_of_a_person_go_from_every_partition_table_and_store(place: Place) -> None:
    place.cli("retrieve", "search", place.run, "lighthouses look", "--log-queries")
    first, second = place.secrets
    assert place.home / "retrieve" / "queries.jsonl" in place.holds("mine-2")
    assert place.holds(first)
    assert place.holds(second)
    old = json.loads(place.erase("--subject", "-", "--json", stdin=ONCE).stdout)["runs"][0][
        "record"
    ]
    lines = (place.run / "train" / "data.jsonl").read_bytes().splitlines(keepends=True)
    done = place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert "nothing more to erase that this home manages" in done.stdout
    assert ONCE not in done.stdout + done.stderr
    assert not place.holds(first)
    assert not place.holds(second)
    assert not place.holds("mine-1")
    assert not place.holds("mine-2")
    assert not place.holds(ONCE)
    kept = (place.run / "train" / "data.jsonl").read_bytes().splitlines(keepends=True)
    assert kept == [line for line in lines if first.encode() not in line]
    place.cli("verify", place.run)
    facts = pl.read_parquet(place.run / "facts.parquet").filter("erased")
    assert facts["row"].to_list() == ["erased:6", "erased:14"]
    assert facts["source.name"].null_count() == 2
    verdicts = pl.read_parquet(place.run / "verdicts.parquet")
    gone = verdicts.filter(pl.col("row").str.starts_with("erased:"))
    assert set(gone["partition"]) == {"withheld"}
    assert gone["reasons"].to_list() == [["erased"], ["erased"]]
    said = place.receipt()
    assert (said["result"], said["rows"], said["asked"]) == ("erased", 2, "subject")
    assert said["runs"][0]["record"] == old
    assert said["runs"][0]["outcome"] == "rewritten"
    assert said["stores"] == [{**said["stores"][0], "rows": 1, "deleted": False}]
    assert said["absence"]["pieces"] > 4
    assert said["absence"]["words"] > 0
    assert said["absence"]["found"] == []
    assert "Lighthouses" in place.cli("retrieve", "search", place.run, "lighthouses").stdout
    answer = place.top / "answer.intoto.jsonl"
    proved = place.cli("prove", place.run, "--subject", ONCE, "--out", answer).stdout
    assert "was not in the train partition" in proved
    explained = place.cli("explain", place.run, "erased:6").stdout
    assert "erased" in explained


def test_nobody_is_told_from_somebody_by_the_answer(place: Place) -> None:
    answers = []
    for who in (NEVER, ONCE, ONCE):
        done = place.erase("--subject", "-", "--yes", stdin=who)
        answers.append((done.stdout.splitlines()[1:], done.stderr))
        path = Path(done.stdout.splitlines()[0].split()[1])
        assert path.is_file()
    assert len({tuple(lines) for lines, _ in answers}) == 1
    assert answers[0][0][0] == "There is nothing more to erase that this home manages."
    assert [complaints for _, complaints in answers] == [""] * 3


def test_what_is_gated_again_stays_out(place: Place) -> None:
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    copy = {**rows(place.secrets)[5], "who": "customer-4712"}
    data = write(place.top / "again", [*rows(place.secrets), copy])
    place.cli("gate", data, "--out", place.top / "again-run", "--quiet")
    verdicts = pl.read_parquet(place.top / "again-run" / "verdicts.parquet")
    assert verdicts.filter(pl.col("reasons").list.contains("erased"))["index"].to_list() == [5, 13]
    text = (place.top / "again-run" / "train" / "data.jsonl").read_text()
    assert place.secrets[0] in text  # the copy is another row: another person's


def test_copies_in_other_runs_go_too(place: Place) -> None:
    other = write(place.top / "other", rows(place.secrets)[4:8])
    manifest = MANIFEST.replace("    subject_field: who\n", "")
    (other / "govgate.yaml").write_text(manifest)
    place.cli("gate", other, "--out", place.top / "other-run", "--quiet")
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    said = place.receipt()
    assert said["rows"] == 3
    assert len(said["runs"]) == 2
    assert place.secrets[0] not in (place.top / "other-run" / "train" / "data.jsonl").read_text()
    place.cli("verify", place.top / "other-run")


def test_a_row_of_several_runs_needs_its_run(place: Place) -> None:
    shutil.copytree(place.top / "data", place.top / "data2")
    line = (place.top / "data2" / "data.jsonl").read_text().replace("Question 3?", "Question 33?")
    (place.top / "data2" / "data.jsonl").write_text(line)
    place.cli("gate", place.top / "data2", "--out", place.top / "run2", "--quiet")
    refused = place.erase("--row", "row-3", code=2).stderr
    assert "--run" in refused
    shown = place.erase("--row", "row-3", "--run", place.top / "run2").stdout
    assert "1 row in 1 run\n" in shown


def test_a_copy_under_management_is_found_and_named_until_it_is_gone(place: Place) -> None:
    planted = place.home / "notes.txt"
    planted.write_bytes(place.secrets[0].encode("utf-16-le"))
    done = place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    assert "notes.txt" in done.stderr
    assert place.secrets[0] not in done.stderr
    said = place.receipt()
    assert said["result"] == "failed"
    assert [Path(one["path"]).name for one in said["absence"]["found"]] == ["notes.txt"]
    place.erase("--resume", "--yes", code=4)
    planted.unlink()
    place.erase("--resume", "--yes")
    assert place.receipt()["result"] == "erased"
    assert len(place.receipts()) == 3
    assert not list((place.home / "erasures").glob(".2*"))


@pytest.mark.parametrize("name", ["data.jsonl.gz", "data.parquet"])
def test_partitions_in_other_formats_are_rewritten(place: Place, name: str) -> None:
    data = write(place.top / "more", rows(place.secrets), name)
    out = place.top / "more-run"
    place.cli("gate", data, "--out", out, "--quiet")
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    place.cli("verify", out)
    path = out / "train" / name
    text = (
        str(pl.read_parquet(path)["prompt"].to_list())
        if name.endswith("parquet")
        else gzip.decompress(path.read_bytes()).decode()
    )
    assert place.secrets[0] not in text
    assert "Question 7?" in text
    assert {one["outcome"] for one in place.receipt()["runs"]} == {"rewritten"}


def test_the_old_run_put_back_is_refused_everywhere(place: Place) -> None:
    backup = place.top / "backup"
    shutil.copytree(place.run, backup)
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    for command in (
        ("verify", backup),
        ("run", backup, "--", "true"),
        ("retrieve", "build", backup),
    ):
        done = place.cli(*command, code=None)
        assert done.returncode in (5, 125), done.stdout
        assert "superseded by an erasure on" in done.stdout + done.stderr
    place.cli("run", place.run, "--", "true")


def test_a_run_that_somebody_changed_is_retired_and_not_signed_anew(place: Place) -> None:
    with (place.run / "train" / "data.jsonl").open("a") as file:
        file.write('{"id": "added"}\n')
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert not (place.run / "train").exists()
    assert "does not verify" in (place.run / "ERASED.txt").read_text()
    said = place.receipt()["runs"][0]
    assert (said["outcome"], said["becomes"]) == ("retired", None)
    assert not place.holds(place.secrets[0])
    place.erase("--subject", "-", "--yes", stdin="customer-3")
    place.cli("gate", place.top / "data", "--out", place.run, "--replace", "--quiet")


def test_a_run_whose_folder_is_gone_is_out_of_reach_and_said_to_be(place: Place) -> None:
    place.run.rename(place.top / "elsewhere")
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    said = place.receipt()
    assert said["runs"][0]["outcome"] == "out of reach"
    assert any(one["kind"] == "run" for one in said["outOfReach"])
    (place.top / "elsewhere").rename(place.run)
    place.cli("verify", place.run, code=5)
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert place.receipt()["runs"][0]["outcome"] == "rewritten"
    place.cli("verify", place.run)


def test_rows_of_a_source_or_a_licence_go(place: Place) -> None:
    assert "2 rows" in place.erase("--license", "CC-BY-NC-4.0").stdout
    place.erase("--license", "CC-BY-NC-4.0", "--yes")
    assert not (place.run / "retrieve").exists()
    place.cli("verify", place.run)
    assert "13 rows" in place.erase("--source", "tests").stdout
    place.erase("--source", "tests", "--yes")
    assert not list(place.run.glob("train/*"))


def test_whoever_asked_in_the_consent_registry_is_erased(place: Place) -> None:
    place.erase("--from-consent", code=2)
    events = "subject,purpose,status,time,request\n"
    events += f"{ONCE},fine-tuning,made,2026-01-02T00:00:00Z,erasure\n"
    (place.top / "events.csv").write_text(events)
    place.cli("consent", "import", place.top / "events.csv")
    assert "2 rows in 1 run\n" in place.erase("--from-consent").stdout


def test_the_models_that_were_trained_on_a_row_are_listed(place: Place) -> None:
    place.cli("run", place.run, "--checkpoint", "out/model.bin", "--", "true")
    plan = json.loads(place.erase("--subject", "-", "--json", stdin=ONCE).stdout)
    assert [one["model"] for one in plan["models"]] == [plan["models"][0]["model"]]
    assert plan["models"][0]["model"].endswith("model.bin")


def test_a_receipt_that_was_changed_is_refused(place: Place) -> None:
    place.erase("--subject", "-", "--yes", stdin=NEVER)
    path = place.receipts()[0]
    said = json.loads(path.read_text())
    payload = base64.b64decode(said["payload"]).replace(b'"rows":0', b'"rows":1')
    path.write_text(json.dumps({**said, "payload": base64.b64encode(payload).decode()}) + "\n")
    place.erase("--verify", path, code=5)


def test_a_receipt_can_be_lifted_with_a_reason(place: Place) -> None:
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    id = place.receipts()[0].name.removesuffix(".intoto.jsonl")
    place.erase("--lift", id, code=2)
    place.erase("--lift", id, "--reason", "asked by mistake", "--yes")
    assert (place.home / "erasures" / f"{id}-lifted.intoto.jsonl").is_file()
    place.cli("gate", place.top / "data", "--out", place.top / "new", "--quiet")
    assert place.secrets[0] in (place.top / "new" / "train" / "data.jsonl").read_text()
    place.erase("--lift", id, "--reason", "again", "--yes", code=2)


def test_exactly_one_thing_is_asked_for(place: Place) -> None:
    place.erase(code=2)
    place.erase("--source", "a", "--license", "b", code=2)
    place.erase("--source", "a", "--run", place.run, code=2)


def test_a_run_whose_record_cannot_be_read_stops_no_erasure(place: Place) -> None:
    (place.run / "record.intoto.jsonl").write_text("not a record")
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert place.receipt()["runs"][0]["outcome"] == "retired"
    assert not place.holds(place.secrets[0])


def test_what_somebody_put_into_a_retired_run_stays_and_is_searched(place: Place) -> None:
    (place.run / "copy.txt").write_text(place.secrets[0])
    done = place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    assert "copy.txt" in done.stderr
    assert not (place.run / "train").exists()
    (place.run / "copy.txt").unlink()
    place.erase("--resume", "--yes")


def test_what_stood_in_a_file_that_somebody_changed_is_searched_for(place: Place) -> None:
    path = place.run / "train" / "data.jsonl"
    path.write_bytes(path.read_bytes() + b'{"added": "by somebody"}\n')
    (place.home / "copy.txt").write_text(place.secrets[0] + place.secrets[1])
    place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    said = place.receipt()
    assert said["absence"]["pieces"] >= 8
    assert said["absence"]["unsearched"] == 0
    assert said["absence"]["found"][0]["pieces"] >= 6
    (place.home / "copy.txt").unlink()
    place.erase("--resume", "--yes")
    assert place.receipt()["runs"][0]["outcome"] == "retired"


def test_rows_whose_file_cannot_be_read_make_the_erasure_fail(place: Place) -> None:
    (place.run / "train" / "data.jsonl").unlink()
    done = place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    assert "1 row could not be read" in done.stderr
    said = place.receipt()
    assert (said["result"], said["absence"]["unsearched"]) == ("failed", 1)
    assert "unsearched 1 row" in place.erase("--verify", place.receipts()[-1]).stdout
    place.erase("--source", "nothing", "--yes")  # what nobody can mend stands in nobody's way


def record(place: Place) -> str:
    return registered(Home(place.home))[0].record


def test_a_file_of_somebody_else_that_was_registered_is_never_deleted(place: Place) -> None:
    mine = place.top / "todo.txt"
    mine.write_text("Buy milk, and bread.\n")
    register_store(Home(place.home), mine, place.run, record(place))
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert mine.read_text() == "Buy milk, and bread.\n"
    said = place.receipt()
    assert any(str(mine) in one["what"] for one in said["outOfReach"] if one["kind"] == "store")
    assert mine not in [store.path for store in stores(Home(place.home))]


def test_a_store_of_a_newer_version_stays_and_makes_the_erasure_fail(place: Place) -> None:
    store = place.top / "answers.sqlite"
    place.cli("retrieve", "build", place.run, "--store", store)
    with sqlite3.connect(store) as database:
        database.execute("PRAGMA user_version = 99")
    done = place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    assert "newer version" in done.stderr
    assert store.is_file()
    store.unlink()
    place.erase("--resume", "--yes")


def test_a_store_that_was_moved_is_out_of_reach(place: Place) -> None:
    store = place.top / "answers.sqlite"
    place.cli("retrieve", "build", place.run, "--store", store)
    store.rename(place.top / "elsewhere.sqlite")
    assert f"gone from {store}" in place.erase("--subject", "-", stdin=ONCE).stdout
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    assert any("gone from" in one["what"] for one in place.receipt()["outOfReach"])


def test_what_is_unfinished_is_listed_by_resume_and_by_the_plan(place: Place) -> None:
    assert "No erasure is unfinished" in place.erase("--resume").stdout
    (place.home / "copy.txt").write_text(place.secrets[0])
    place.erase("--subject", "-", "--yes", stdin=ONCE, code=4)
    id = place.receipts()[0].name.removesuffix(".intoto.jsonl")
    assert id in place.erase("--resume", code=4).stdout
    assert json.loads(place.erase("--resume", "--json", code=4).stdout)["pending"][0]["id"] == id
    assert id in place.erase("--source", "tests").stdout
    (place.home / "copy.txt").unlink()
    place.erase("--resume", "--yes")
    place.erase("--resume")


def test_a_name_that_no_row_has_is_told_and_a_run_that_nobody_knows_is_refused(
    place: Place,
) -> None:
    place.erase("--row", "row-3", "--run", place.top / "no-run", code=2)
    for option, what in (("--row", "name"), ("--source", "source"), ("--license", "licence")):
        said = f"no registered row has this {what}"
        assert said in place.erase(option, "nothing").stdout
        assert said in place.erase(option, "nothing", "--yes").stderr
    assert "no registered row" not in place.erase("--subject", NEVER).stdout


def test_one_person_at_a_time_is_read_as_utf_8(place: Place) -> None:
    shown = place.erase("--subject", "-", stdin=f"\ufeff\n {ONCE}\r\n\n").stdout
    assert "2 rows in 1 run\n" in shown
    assert "one person" in place.erase("--subject", "-", stdin=f"{ONCE}\nother\n", code=2).stderr


def test_input_that_is_not_utf_8_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("J\u00fcrgen".encode("latin-1"))))
    with pytest.raises(click.UsageError, match="not UTF-8"):
        asked(None, "-")


def test_a_note_of_lifting_verifies_too_and_a_wrong_file_is_named(place: Place) -> None:
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    id = place.receipts()[0].name.removesuffix(".intoto.jsonl")
    place.erase("--lift", id, "--reason", "asked by mistake", "--yes")
    note = place.home / "erasures" / f"{id}-lifted.intoto.jsonl"
    said = place.erase("--verify", note).stdout
    assert id in said
    assert "asked by mistake" in said
    assert json.loads(place.erase("--verify", note, "--json").stdout)["id"] == id
    wrong = place.run / "record.intoto.jsonl"
    assert str(wrong) in place.erase("--verify", wrong, code=5).stderr


def test_a_run_that_was_retired_is_told_to_be_superseded_first(place: Place) -> None:
    path = place.run / "train" / "data.jsonl"
    path.write_bytes(path.read_bytes() + b"{}\n")
    place.erase("--subject", "-", "--yes", stdin=ONCE)
    for command in (("verify", place.run), ("run", place.run, "--", "true")):
        done = place.cli(*command, code=None)
        assert done.returncode in (5, 125)
        assert "superseded by an erasure on" in done.stdout + done.stderr
        assert "was retired" in done.stdout + done.stderr
        assert "train partition" not in done.stderr
    done = place.cli("retrieve", "search", place.run, "lighthouses", code=5)
    assert "was retired" in done.stderr


def test_a_run_that_is_replaced_while_it_is_verified_is_verified_once_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = place.top / "whole"
    shutil.copytree(place.run, whole)
    (place.run / "facts.parquet").unlink()

    def replaced(evidence: object) -> str:
        if whole.exists():
            place.run.rename(place.top / "before")
            whole.rename(place.run)
            raise EvidenceError("facts.parquet is missing")
        return ""

    monkeypatch.setattr("govgate.verify.STEPS", (*STEPS[:7], ("replaced", replaced), *STEPS[7:]))
    trust = load_trust(Home(place.home).trust)
    assert verify(place.run, trust, today=datetime.now(UTC).date()).holds
