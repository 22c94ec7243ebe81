"""`govgate retrieve`: answers with their source, from a run that verifies."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROWS, Cli, Gated, assert_silent
from tests.unit.retrieve.models import static_model


def test_retrieval_answers_with_source_and_licence_on_every_hit(
    cli: Cli, retrieval_only: Path
) -> None:
    built = cli("retrieve", "build", retrieval_only, "--json")
    assert built.returncode == 0, built.stderr
    assert json.loads(built.stdout)["documents"] == len(ROWS)
    done = cli("retrieve", "search", retrieval_only, "how long is the warranty?", "--json")
    assert done.returncode == 0, done.stderr
    hits = json.loads(done.stdout)["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5]
    assert hits[0]["row"] == "rows.jsonl:3"
    for hit in hits:
        assert (hit["source"], hit["license"]) == ("tests", "CC-BY-NC-4.0")
        assert hit["obligations"] == ["attribute"]
    text = cli("retrieve", "search", retrieval_only, "warranty").stdout
    assert text.count("source tests, licence CC-BY-NC-4.0; attribute") == 2
    none = cli("retrieve", "search", retrieval_only, "warranty", "--source", "elsewhere")
    assert "No row that these filters let through" in none.stdout
    none = cli("retrieve", "search", retrieval_only, "xylophone")
    assert "No row that everybody may see answers the question." in none.stdout


@pytest.mark.parametrize(
    "question",
    [
        'warranty" OR "',
        "warranty NEAR( AND ^ NOT -",
        "text:warranty*",
        "'; DROP TABLE rows; -- warranty",
        "\x1b[2J\x07warranty\x1b]0;title\x07\r",
        "war\udcffranty warranty",
    ],
)
def test_a_question_is_words_and_never_syntax(
    cli: Cli, retrieval_only: Path, question: str
) -> None:
    done = cli("retrieve", "search", retrieval_only, question)
    assert done.returncode == 0, done.stderr
    assert "rows.jsonl:3" in done.stdout
    _assert_printable(done)


@pytest.mark.parametrize("question", ["", "*", '" " ()', "\x1b\x07"])
def test_a_question_without_words_is_an_error_of_usage(
    cli: Cli, retrieval_only: Path, question: str
) -> None:
    done = cli("retrieve", "search", retrieval_only, question)
    assert done.returncode == 2
    assert "holds no word" in done.stderr
    _assert_printable(done)


def test_a_row_that_answers_cannot_steer_the_terminal_nor_name_the_person(
    cli: Cli, secretive: Gated
) -> None:
    done = cli("retrieve", "search", secretive.run, "lighthouses keepers")
    assert done.returncode == 0, done.stderr
    assert "rows.jsonl:24" in done.stdout
    assert "<EMAIL_ADDRESS_1>" in done.stdout
    _assert_printable(done)
    assert_silent(done.stdout, "the answer")


def _assert_printable(done: "subprocess.CompletedProcess[str]") -> None:
    assert all(c.isprintable() or c == "\n" for c in done.stdout + done.stderr)


@pytest.mark.parametrize("verb", [("build",), ("search",)])
def test_a_run_that_was_tampered_with_answers_nothing(
    cli: Cli, retrieval_only: Path, tmp_path: Path, verb: tuple[str]
) -> None:
    run = shutil.copytree(retrieval_only, tmp_path / "run")
    part = run / "retrieve" / "rows.jsonl"
    part.write_bytes(part.read_bytes().replace(b"Two years", b"Ten years"))
    question = ("warranty",) if verb == ("search",) else ()
    done = cli("retrieve", *verb, run, *question)
    assert done.returncode == 5
    assert "retrieve/rows.jsonl is not the file that the record names" in done.stderr
    assert done.stdout == ""


def test_a_model_in_a_folder_ranks_too(cli: Cli, retrieval_only: Path, tmp_path: Path) -> None:
    folder = static_model(tmp_path / "model", words=["warranty", "repairs", "password", "years"])
    store = tmp_path / "answers.sqlite"
    options = ("--store", store, "--embed", folder)
    built = cli("retrieve", "build", retrieval_only, *options)
    assert built.returncode == 0, built.stderr
    done = cli("retrieve", "search", retrieval_only, "warranty", *options, "--json")
    assert done.returncode == 0, done.stderr
    hits = json.loads(done.stdout)["hits"]
    assert hits[0]["score"] <= 2 / 61  # the best of two rankings
    words = cli("retrieve", "search", retrieval_only, "warranty", "--store", store, "--json")
    assert len(json.loads(words.stdout)["hits"]) == 2 < len(hits)
    asked = "import os; print(os.environ['GOVGATE_RETRIEVAL'], os.environ['GOVGATE_EMBED'])"
    command = shlex.join([sys.executable, "-c", asked])
    ran = cli("run", retrieval_only, "--fallback", command, *options, "--", "never")
    assert ran.stdout.split() == [str(store), str(folder)]


def test_a_question_is_logged_without_its_text_when_that_is_asked(
    cli: Cli, home: Path, retrieval_only: Path
) -> None:
    for command in ("search", "context"):
        done = cli("retrieve", command, retrieval_only, "warranty parcel", "--log-queries")
        assert done.returncode == 0, done.stderr
    logged = (home / "retrieve" / "queries.jsonl").read_text()
    searched, put = (json.loads(line) for line in logged.splitlines()[-2:])
    assert (searched["tool"], put["tool"]) == ("search", "context")
    assert searched["token"] == "command line"
    assert searched["question"] == put["question"]
    assert "rows.jsonl:3" in searched["rows"]
    assert "warranty" not in logged


def test_a_store_is_not_put_into_a_run(cli: Cli, retrieval_only: Path) -> None:
    done = cli("retrieve", "build", retrieval_only, "--store", retrieval_only / "s.sqlite")
    assert done.returncode == 2
    assert "name a place outside" in done.stderr
    assert cli("verify", retrieval_only).returncode == 0


def test_a_file_that_is_no_store_is_refused_and_never_registered(
    cli: Cli, home: Path, retrieval_only: Path, tmp_path: Path
) -> None:
    todo = tmp_path / "todo.txt"
    todo.write_text("my list")
    for place in (todo, tmp_path / "missing" / "s.sqlite"):
        done = cli("retrieve", "build", retrieval_only, "--store", place)
        assert done.returncode == 2, done.stderr
        assert str(tmp_path) not in (home / "register" / "stores.json").read_text()
    assert todo.read_text() == "my list"
    assert [path.name for path in tmp_path.iterdir()] == ["todo.txt"]


def test_a_question_does_not_take_another_run_s_store_over(
    cli: Cli, retrieval_only: Path, gated: Path, tmp_path: Path
) -> None:
    store = tmp_path / "shared.sqlite"
    assert cli("retrieve", "build", retrieval_only, "--store", store).returncode == 0
    before = store.read_bytes()
    done = cli("retrieve", "search", gated, "warranty", "--store", store)
    assert done.returncode == 2
    assert f"is the store of {retrieval_only}" in done.stderr
    assert store.read_bytes() == before
    assert cli("retrieve", "build", gated, "--store", store).returncode == 0
    assert cli("retrieve", "search", gated, "warranty", "--store", store).returncode == 0


def test_a_text_that_was_changed_is_damage_and_build_mends_it(
    cli: Cli, retrieval_only: Path, tmp_path: Path
) -> None:
    store = tmp_path / "answers.sqlite"
    options = ("--store", store)
    assert cli("retrieve", "build", retrieval_only, *options).returncode == 0
    store.write_bytes(store.read_bytes().replace(b"Two years.", b"Ten years."))
    done = cli("retrieve", "search", retrieval_only, "warranty", *options)
    assert done.returncode == 5
    assert "damaged" in done.stderr
    built = cli("retrieve", "build", retrieval_only, *options, "--json")
    assert json.loads(built.stdout)["added"] == len(ROWS)
    assert "Two years" in cli("retrieve", "search", retrieval_only, "warranty", *options).stdout


@pytest.mark.parametrize("fallback", ["", "   ", '""', "it's"])
def test_a_fallback_that_is_no_command_is_an_error_of_usage(
    cli: Cli, retrieval_only: Path, fallback: str
) -> None:
    done = cli("run", retrieval_only, "--fallback", fallback, "--", "never")
    assert done.returncode == 2
    assert "no command" in done.stderr
