"""`govgate erase` on a real home: rows go from runs and stores, stay out, and that is proved."""

import base64
import gzip
import io
import json
import shutil
from pathlib import Path

import click
import polars as pl
import pytest

from govgate.cli.asked import asked
from tests.cli.erasing import MANIFEST, NEVER, ONCE, Place, again, begin, rows, write


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return begin(tmp_path_factory.mktemp("first"))


@pytest.fixture
def place(first: Place, tmp_path: Path) -> Place:
    return again(first, tmp_path)


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
