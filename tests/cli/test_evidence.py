"""What a run leaves behind: it verifies, explains itself, answers, and quotes no personal data."""

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import ROWS, Cli, write_data

MAIL, CARD = "jane.doe@example.com", "4012888888881881"
# A row to train on, one to look up (which tries to steer the terminal), one to withhold whose
# licence field quotes an address.
SECRETIVE: list[dict[str, object]] = [
    *ROWS,
    {"prompt": f"Send the form to {MAIL}.", "completion": f"It went to {MAIL} with {CARD}."},
    {
        "prompt": f"Lighthouses \x1b[31mneed\x07 keepers, says {MAIL}.",
        "completion": f"Card {CARD}.",
        "license": "CC-BY-NC-4.0",
    },
    {"prompt": f"A form of {MAIL}.", "completion": f"{CARD}", "license": f"ask {MAIL}, {CARD}"},
]
ASKING = [f"How long is crossing number {n} over the harbour?" for n in range(20)]


@dataclass(frozen=True)
class Gated:
    """A run and what the gate printed while it made it."""

    run: Path
    printed: str


@pytest.fixture(scope="session")
def secretive(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Gated:
    top = tmp_path_factory.mktemp("secretive")
    rows = [*SECRETIVE, *({"prompt": text, "completion": "A mile."} for text in ASKING)]
    done = cli("gate", write_data(top / "data", rows), "--out", top / "run")
    assert done.returncode == 0, done.stderr + done.stdout
    return Gated(top / "run", done.stdout + done.stderr)


# Personal data


def test_personal_data_is_in_the_partitions_as_placeholders_and_nowhere_else(
    secretive: Gated,
) -> None:
    train = (secretive.run / "train" / "rows.jsonl").read_text(encoding="utf-8")
    assert "<EMAIL_ADDRESS_1>" in train
    assert "<CREDIT_CARD_1>" in train
    retrieve = (secretive.run / "retrieve" / "rows.jsonl").read_text(encoding="utf-8")
    assert "<EMAIL_ADDRESS_1>" in retrieve
    files = [p for p in secretive.run.rglob("*") if p.is_file()]
    assert len(files) == 10
    for path in files:
        _assert_silent(_everything_in(path), path.name)
    _assert_silent(secretive.printed, "what the gate printed")


def test_a_line_that_cannot_be_read_is_not_quoted(cli: Cli, tmp_path: Path) -> None:
    folder = write_data(tmp_path / "data")
    with (folder / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write(f'{{"prompt": "{MAIL}" {CARD}\n')
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 4
    assert "rows.jsonl:23" in done.stdout
    _assert_silent(done.stdout + done.stderr, "what the gate printed")
    for path in (tmp_path / "run").iterdir():
        _assert_silent(_everything_in(path), path.name)


def test_a_member_name_that_is_personal_data_is_not_quoted(cli: Cli, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [*ROWS, {"prompt": "Who called?", MAIL: "the harbour"}]
    done = cli("gate", write_data(tmp_path / "data", rows), "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    explained = cli("explain", tmp_path / "run", "rows.jsonl:23").stdout
    assert "EMAIL_ADDRESS" in explained
    _assert_silent(explained, "explain")
    _assert_silent(_everything_in(tmp_path / "run" / "findings.parquet"), "findings.parquet")


def _everything_in(path: Path) -> str:
    """The file's bytes, the strings of its columns, the payloads within its envelopes."""
    data = path.read_bytes()
    text = data.decode("latin-1")
    if path.suffix == ".parquet":
        text += str(pl.read_parquet(path).to_dicts())
    if path.name.endswith(".intoto.jsonl"):
        for line in data.splitlines():
            text += base64.b64decode(json.loads(line)["payload"]).decode()
    return text


def _assert_silent(text: str, where: str) -> None:
    assert text, where
    for secret in (MAIL, "jane.doe", CARD, CARD[:12]):
        assert secret not in text, where


# verify


def test_verify_goes_through_nine_steps(cli: Cli, gated: Path) -> None:
    done = cli("verify", gated)
    assert done.returncode == 0, done.stdout
    *steps, last = done.stdout.splitlines()
    assert [line[:5] for line in steps] == [f"{n}  ok" for n in range(1, 10)]
    assert last == f"{gated} verifies."


def test_verify_as_json_says_the_same(cli: Cli, gated: Path, tmp_path: Path) -> None:
    answer = json.loads(cli("verify", gated, "--json").stdout)
    assert (answer["holds"], answer["outcome"]) == (True, "train")
    assert [(step["number"], step["holds"]) for step in answer["steps"]] == [
        (n, True) for n in range(1, 10)
    ]
    run = shutil.copytree(gated, tmp_path / "run")
    (run / "facts.parquet").unlink()
    done = cli("verify", run, "--json")
    assert done.returncode == 5
    answer = json.loads(done.stdout)
    assert (answer["holds"], answer["outcome"]) == (False, None)
    assert [step["holds"] for step in answer["steps"]] == [True] * 6 + [False]
    assert "facts.parquet is missing" in answer["steps"][-1]["detail"]


# explain


@pytest.mark.parametrize(
    ("line", "partition", "rule", "remedy"),
    [
        (23, "train", "contact-data", "the addresses are replaced by placeholders"),
        (24, "retrieve", "license-noncommercial", "obtain a commercial licence"),
        (25, "withheld", "license-unknown", "name the licence in the row's licence field"),
    ],
)
def test_explain_names_rule_and_remedy_and_never_the_text(
    cli: Cli, secretive: Gated, line: int, partition: str, rule: str, remedy: str
) -> None:
    row = f"rows.jsonl:{line}"
    done = cli("explain", secretive.run, row)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{row}: {partition}\n")
    assert f"\n{rule}  " in done.stdout
    assert f"  remedy  {remedy}" in done.stdout.replace("remedy  nothing to do; ", "remedy  ")
    assert "EMAIL_ADDRESS" in done.stdout
    _assert_silent(done.stdout, row)

    as_json = cli("explain", secretive.run, row, "--json").stdout
    answer = json.loads(as_json)
    assert answer["partition"] == partition
    assert rule in {reason["rule"] for reason in answer["reasons"]}
    assert {"EMAIL_ADDRESS", "CREDIT_CARD"} <= {f["entity"] for f in answer["findings"]}
    _assert_silent(as_json, row)


@pytest.mark.parametrize("row", ["rows.jsonl:999", "rows.jsonl:0", "nobody", ""])
def test_explain_of_an_unknown_row_shows_how_rows_are_called(
    cli: Cli, gated: Path, row: str
) -> None:
    done = cli("explain", gated, row)
    assert done.returncode == 2
    assert f"there is no row '{row}'" in done.stderr
    assert "for example rows.jsonl:1" in done.stderr
    assert done.stdout == ""


# log


@dataclass(frozen=True)
class TwoEntries:
    """A home whose log has two entries, and its log as it was after the first."""

    home: Path
    older_log: Path


@pytest.fixture(scope="session")
def two_entries(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> TwoEntries:
    top = tmp_path_factory.mktemp("two")
    assert cli("key", "new", "--home", top / "home").returncode == 0
    _gate(cli, write_data(top / "data"), top / "first", top / "home")
    shutil.copytree(top / "home" / "log", top / "older")
    _gate(cli, top / "data", top / "second", top / "home")
    return TwoEntries(top / "home", top / "older")


def _gate(cli: Cli, data: Path, out: Path, home: Path) -> None:
    done = cli("gate", data, "--out", out, "--home", home)
    assert done.returncode == 0, done.stderr


def test_log_show_lists_every_entry(cli: Cli, two_entries: TwoEntries) -> None:
    done = cli("log", "show", "--home", two_entries.home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith((two_entries.home / "log" / "checkpoint").read_text("utf-8"))
    assert [line.split()[:2] for line in done.stdout.splitlines()[-2:]] == [
        ["0", "train"],
        ["1", "train"],
    ]
    answer = json.loads(cli("log", "show", "--home", two_entries.home, "--json").stdout)
    assert answer["size"] == len(answer["entries"]) == 2
    # The same data under the same keys is the same partition.
    assert len({entry["subject"] for entry in answer["entries"]}) == 1
    assert len({entry["signed"] for entry in answer["entries"]}) == 2


def test_log_verify_continues_an_older_checkpoint(cli: Cli, two_entries: TwoEntries) -> None:
    plain = cli("log", "verify", "--home", two_entries.home)
    assert plain.returncode == 0, plain.stderr
    assert "2 entries, every one holds" in plain.stdout
    since = ("--since", two_entries.older_log / "checkpoint")
    done = cli("log", "verify", "--home", two_entries.home, *since)
    assert done.returncode == 0, done.stderr
    assert "continues the checkpoint given" in done.stdout


def test_a_log_put_back_to_an_older_state_is_found(
    cli: Cli, two_entries: TwoEntries, tmp_path: Path
) -> None:
    home = shutil.copytree(two_entries.home, tmp_path / "home")
    shutil.copy(home / "log" / "checkpoint", tmp_path / "kept")
    shutil.rmtree(home / "log")
    shutil.copytree(two_entries.older_log, home / "log")
    done = cli("log", "verify", "--home", home, "--since", tmp_path / "kept")
    assert done.returncode == 5
    assert "has 1 entries but had 2: it was rolled back" in done.stderr
    # Without a checkpoint kept elsewhere, a whole older copy is an honest log.
    assert cli("log", "verify", "--home", home).returncode == 0


def test_an_older_checkpoint_put_back_alone_is_found(
    cli: Cli, two_entries: TwoEntries, tmp_path: Path
) -> None:
    home = shutil.copytree(two_entries.home, tmp_path / "home")
    shutil.move(home / "log" / "checkpoint", tmp_path / "kept")
    shutil.copy(two_entries.older_log / "checkpoint", home / "log" / "checkpoint")
    done = cli("log", "verify", "--home", home, "--since", tmp_path / "kept")
    assert done.returncode == 5
    assert "it was rolled back" in done.stderr


def test_a_changed_entry_is_found(cli: Cli, two_entries: TwoEntries, tmp_path: Path) -> None:
    home = shutil.copytree(two_entries.home, tmp_path / "home")
    (entries,) = (home / "log" / "tile" / "entries").rglob("2")
    entries.write_bytes(entries.read_bytes().replace(b"train", b"block", 1))
    done = cli("log", "verify", "--home", home)
    assert done.returncode == 5
    assert "entry 0 does not match its hash" in done.stderr


# key


def test_keys_are_never_overwritten_and_readable_by_their_owner_alone(
    cli: Cli, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert cli("key", "new", "--home", home).returncode == 0
    keys = {p: p.read_bytes() for p in (home / "keys").iterdir()}
    assert {p.name for p in keys} == {"gate.pem", "log.pem", "fingerprint.key"}
    assert {p.stat().st_mode & 0o777 for p in keys} == {0o600}
    assert (home / "keys").stat().st_mode & 0o777 == 0o700
    again = cli("key", "new", "--home", home)
    assert again.returncode == 2
    assert "gate.pem exists already" in again.stderr
    assert {p: p.read_bytes() for p in (home / "keys").iterdir()} == keys


@pytest.mark.parametrize("name", ["gate.pem", "log.pem", "fingerprint.key"])
def test_a_key_that_others_can_read_is_refused(
    cli: Cli, home: Path, data: Path, tmp_path: Path, name: str
) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    (copy / "keys" / name).chmod(0o644)
    done = cli("gate", data, "--out", tmp_path / "run", "--home", copy)
    assert done.returncode == 2
    assert f"chmod 600 {copy / 'keys' / name}" in done.stderr
    assert not (tmp_path / "run").exists()


def test_encrypted_keys_sign_with_their_passphrase_alone(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    home, right = tmp_path / "home", {"GOVGATE_PASSPHRASE": "correct horse battery"}
    assert cli("key", "new", "--home", home, env=right).returncode == 0
    assert b"ENCRYPTED PRIVATE KEY" in (home / "keys" / "gate.pem").read_bytes()
    assert b"ENCRYPTED PRIVATE KEY" in (home / "keys" / "log.pem").read_bytes()

    def gate(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        return cli("gate", data, "--out", tmp_path / "run", "--home", home, env=env)

    for env in ({}, {"GOVGATE_PASSPHRASE": "wrong horse"}):
        refused = gate(env)
        assert refused.returncode == 2
        assert "passphrase" in refused.stderr.lower()
        assert "wrong horse" not in refused.stderr
        assert not (tmp_path / "run").exists()
    done = gate(right)
    assert done.returncode == 0, done.stderr
    assert cli("verify", tmp_path / "run", "--home", home).returncode == 0


# policy


def test_the_policy_schema_is_one_and_takes_the_shipped_policy(cli: Cli) -> None:
    from govgate.policy.packs import pack_path

    done = cli("policy", "schema")
    assert done.returncode == 0, done.stderr
    schema = json.loads(done.stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    good = _yaml(pack_path("default") / "policy.yaml")
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(good)) == []
    assert list(validator.iter_errors({**good, "rulez": []})) != []
    cases = json.loads(cli("policy", "schema", "--cases").stdout)
    Draft202012Validator.check_schema(cases)
    assert cases != schema


def _yaml(path: Path) -> Any:
    """The file as JSON values; a day stays the text that stands there."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [(tag, regexp) for tag, regexp in found if not tag.endswith(":timestamp")]
            for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return yaml.load(path.read_text(encoding="utf-8"), Loader)


def test_the_shipped_policy_passes_its_own_cases(cli: Cli) -> None:
    done = cli("policy", "test", "default", "--json")
    assert done.returncode == 0, done.stdout
    answer = json.loads(done.stdout)
    assert answer["failed"] == 0
    assert len(answer["cases"]) >= 10


def test_a_policy_that_says_something_else_fails_its_cases_by_name(
    cli: Cli, tmp_path: Path
) -> None:
    from govgate.policy.packs import pack_path

    folder = shutil.copytree(pack_path("default"), tmp_path / "mine")
    policy = folder / "policy.yaml"
    old = "when: {license.class: [permissive, public-domain]}\n    then: {train: allow,"
    text = policy.read_text(encoding="utf-8")
    assert old in text
    policy.write_text(text.replace(old, old.replace("allow", "deny")), encoding="utf-8")
    done = cli("policy", "test", folder)
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL  ")
    assert "license-open" in done.stdout


def test_policy_list_names_the_shipped_policy(cli: Cli) -> None:
    assert cli("policy", "list").stdout.startswith("default  version 1, ")
    assert {"name": "default", "version": 1, "expires": "2027-12-31"} in json.loads(
        cli("policy", "list", "--json").stdout
    )


# retrieve


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
    assert {hit["row"] for hit in hits[:2]} == {"rows.jsonl:3", "rows.jsonl:6"}
    for hit in hits:
        assert (hit["source"], hit["license"]) == ("tests", "CC-BY-NC-4.0")
        assert hit["obligations"] == ["attribute"]
    text = cli("retrieve", "search", retrieval_only, "warranty").stdout
    assert text.count("source tests, licence CC-BY-NC-4.0; attribute") == 2
    none = cli("retrieve", "search", retrieval_only, "warranty", "--source", "elsewhere")
    assert "No row of the store" in none.stdout


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
    _assert_silent(done.stdout, "the answer")


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
