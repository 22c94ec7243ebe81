"""`govgate consent` through the real command line, and a gate that reads what it kept."""

import base64
import io
import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from govgate.cli import run as govgate
from tests.cli.conftest import Cli, run_govgate
from tests.postgres import PROGRAMS, postgres_server

EVENTS = """\
subject,purpose,status,time,expiry,event_id
u-1,any,given,2026-01-01T23:30:00-05:00,,e1
u-2,any,given,2026-01-05,2026-02-01,e2
u-2,dpv:Marketing,refused,2026-01-06,,e3
u-3,training,ConsentGiven,2026-01-05,9999-12-31,e4
u-4,any,given,2999-01-01,,e5
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with keys and nothing else."""
    path = tmp_path_factory.mktemp("keys") / "home"
    assert run_govgate("key", "new", "--home", str(path)).returncode == 0
    return path


@pytest.fixture
def home(keys: Path, tmp_path: Path) -> Path:
    """A home of the test's own: its registry is in it."""
    return Path(shutil.copytree(keys, tmp_path / "home"))


@pytest.fixture
def cli(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Cli:
    """Run govgate within this process, which saves its start; `test_a_file…` starts a real one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOVGATE_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: object, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = govgate([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return subprocess.CompletedProcess(list(arguments), code, told.out, told.err)

    return run


@pytest.fixture
def imported(cli: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "consent.csv").write_text(EVENTS)
    done = cli("consent", "import", "consent.csv")
    assert done.returncode == 0, done.stderr
    return cli


def _json(done: "subprocess.CompletedProcess[str]") -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_file_is_imported_once_into_the_homes_database(cli, tmp_path, home):
    (tmp_path / "consent.csv").write_text(EVENTS)
    started = {"cwd": tmp_path, "env": {"GOVGATE_HOME": str(home)}}
    first = _json(run_govgate("consent", "import", "consent.csv", "--json", **started))
    assert (first["added"], first["ahead"], first["batch"]) == (5, 1, 1)
    assert first["database"] == str(home / "consent.db")
    again = cli("consent", "import", "consent.csv", "-q")
    assert again.returncode == 0
    assert "was imported before" in again.stdout
    assert again.stderr == ""
    (tmp_path / "more.csv").write_text(EVENTS + "u-9,any,refused,2026-03-01,,\n")
    more = cli("consent", "import", "more.csv")
    assert "1 event added" in more.stdout
    assert "5 events left out: there already, by event_id" in more.stdout
    assert "in the future: without effect until then" in more.stdout


def test_a_bad_row_is_named_and_nothing_is_imported(cli, tmp_path, home):
    (tmp_path / "bad.csv").write_text(EVENTS + "jane,any,gven,2026-03-01,,\n")
    done = cli("consent", "import", "bad.csv")
    assert done.returncode == 2
    assert "bad.csv:7: unknown status (did you mean given?)" in done.stderr
    assert "jane" not in done.stdout + done.stderr
    assert not (home / "consent.db").exists()
    assert cli("consent", "import", "none.csv").returncode == 2
    assert cli("consent", "import").returncode == 2


def test_what_holds_is_told_with_the_events_that_led_there(imported):
    told = _json(
        imported("consent", "status", "--subject", "u-2", "--as-of", "2026-03-01", "--json")
    )
    held = told["purposes"]["fine-tuning"]
    assert (held["status"], held["by"], held["requests"]) == ("expired", "subject", [])
    assert [(e["role"], e["purpose"]) for e in held["events"]] == [
        ("for another purpose", "dpv:Marketing"),
        ("stands", "any"),
    ]
    done = imported(
        "consent", "status", "--subject", "-", "--purpose", "pretraining", stdin="u-3\n"
    )
    assert done.returncode == 0
    assert "pretraining: given, said by the subject" in done.stdout
    assert "2026-01-05T00:00:00Z  given training until before" in done.stdout
    assert "u-3" not in done.stdout + done.stderr
    nobody = imported("consent", "status", "--subject", "u-99", "--purpose", "pretraining")
    assert "pretraining: unknown (no event for this subject and purpose)" in nobody.stdout


def test_one_event_is_recorded_and_changes_what_holds(imported):
    done = imported(
        *("consent", "record", "--subject", "-", "--purpose", "any", "--status", "withdrawn"),
        stdin="u-1\n",
    )
    assert done.returncode == 0, done.stderr
    assert "1 event added" in done.stdout
    asks = ("consent", "record", "--subject", "u-1", "--request", "erasure", "--status", "made")
    assert (
        _json(imported(*asks, "--event-id", "r1", "--time", "2026-05-01", "--json"))["added"] == 1
    )
    again = imported(*asks, "--event-id", "r1", "--time", "2026-05-01")
    assert "nothing was added" in again.stdout
    held = _json(imported("consent", "status", "--subject", "u-1", "--json"))["purposes"]
    assert {one["status"] for one in held.values()} == {"withdrawn"}
    assert all(one["requests"] == ["erasure"] for one in held.values())
    before = _json(imported("consent", "as-of", "2026-02-01", "--subject", "u-1", "--json"))
    assert before["purposes"]["pretraining"]["status"] == "given"


def test_a_day_is_counted_by_status_and_purpose(imported):
    source = ("--source", "forum", "--purpose", "fine-tuning", "--status", "refused")
    assert imported("consent", "record", *source, "--time", "2026-01-01").returncode == 0
    told = _json(imported("consent", "as-of", "2026-02-15", "--json", "-q"))
    assert (told["events"], told["ahead"]) == (6, 1)
    assert told["purposes"]["fine-tuning"] == {
        "subjects": {"expired": 1, "given": 2},
        "sources": {"refused": 1},
    }
    assert (
        told["purposes"]["pretraining"]["sources"] == {"no event": 1}
        or told["purposes"]["pretraining"]["sources"] == {}
    )
    early = imported("consent", "as-of", "2026-01-01")
    assert early.returncode == 0
    assert "5 events after 2026-01-01: not counted" in early.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("record", "--status", "given", "--purpose", "any"), "give --subject or --source"),
        (
            ("record", "--subject", "a", "--source", "b", "--status", "given", "--purpose", "any"),
            "give --subject or --source",
        ),
        (("record", "--subject", "jane", "--status", "given"), "Give --purpose"),
        (("record", "--subject", " ", "--status", "given", "--purpose", "any"), "is empty"),
        (("status", "--subject", "jane"), "there is no consent registry"),
        (("as-of", "soon"), "is not a day like"),
        (("as-of", "2026-01-01"), "there is no consent registry"),
        (("import", "--from-db", "x.db"), "--from-db and --query go together"),
        (("import", "c.csv", "--database", "postgresql://a:jane@h/d"), "holds a password"),
        (("inport", "c.csv"), "Did you mean import?"),
    ],
)
def test_what_cannot_be_done_is_an_error_of_usage(cli, arguments, message):
    done = cli("consent", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "jane" not in done.stdout + done.stderr


def test_a_database_that_cannot_be_reached_is_incomplete(cli, tmp_path):
    pytest.importorskip("psycopg")
    url = f"postgresql://reader@/consent?host={tmp_path}"
    done = cli("consent", "status", "--subject", "jane", "--database", url)
    assert done.returncode == 4
    assert "cannot be reached" in done.stderr
    assert "reader" not in done.stderr
    assert "jane" not in done.stderr


def test_the_registry_that_the_configuration_names_is_meant(imported, tmp_path):
    (tmp_path / "govgate.yaml").write_text("consent: {database: own.db}\n")
    event = ("--subject", "u-1", "--purpose", "any", "--status", "refused")
    told = _json(imported("consent", "record", *event, "--json"))
    assert (told["database"], told["batch"]) == ("own.db", 1)
    asked = ("consent", "status", "--subject", "u-1", "--purpose", "pretraining")
    assert "pretraining: refused" in imported(*asked).stdout
    (tmp_path / "govgate.yaml").write_text("consent: {registry: consent.csv}\n")
    assert "pretraining: given" in imported(*asked).stdout
    refused = imported("consent", "record", *event)
    assert refused.returncode == 2
    assert "a file of events, which is not added to" in refused.stderr
    assert imported("consent", "record", *event, "--database", "own.db").returncode == 0


def test_rows_of_another_database_are_imported(cli, tmp_path):
    database = sqlite3.connect(tmp_path / "crm.db")
    database.execute("CREATE TABLE c AS SELECT 'u-1' AS id, '2026-01-01' AS at")
    database.commit()
    database.close()
    query = "select id as subject, 'any' as purpose, 'given' as status, at as time from c"
    done = cli("consent", "import", "--from-db", "crm.db", "--query", query, "--json")
    assert _json(done)["added"] == 1


# -- the gate -------------------------------------------------------------------------------------

MANIFEST = """\
sources:
  - files: "*.jsonl"
    name: forum
    license: CC0-1.0
    consent_basis: consent
    subject_field: user
"""


def _data(folder: Path, manifest: str = MANIFEST) -> Path:
    folder.mkdir()
    rows = [{"text": f"Lamp number {n} is on at dusk.", "user": f"u-{n}"} for n in (1, 2, 3, 5)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "govgate.yaml").write_text(manifest)
    return folder


def _facts(cli: Cli, folder: Path, out: Path) -> list:
    import polars as pl

    done = cli("gate", folder, "--out", out, "--as-of", "2026-06-01", "--workers", "1")
    assert done.returncode in (0, 1, 3), done.stderr
    return pl.read_parquet(out / "facts.parquet")["consent.status"].to_list()


def test_a_gate_reads_the_homes_registry_and_its_record_names_its_state(imported, tmp_path):
    data = _data(tmp_path / "data")
    assert _facts(imported, data, tmp_path / "run") == ["given", "expired", "given", None]
    record = (tmp_path / "run" / "record.intoto.jsonl").read_text()
    payload = base64.b64decode(json.loads(record.splitlines()[0])["payload"])
    digest = _json(imported("consent", "as-of", "2026-06-01", "--json", "-q"))["digest"]
    assert digest in payload.decode()
    verified = imported("verify", tmp_path / "run")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_source_outweighs_its_people_and_the_configuration_places_purposes(imported, tmp_path):
    place = ("--database", tmp_path / "data" / "own.db", "--time", "2026-01-01")
    database = "consent:\n  database: own.db\n  purposes: {training: dpv:ServiceOptimisation}\n"
    data = _data(tmp_path / "data", MANIFEST + database)
    wide = ("--subject", "u-1", "--purpose", "dpv:ServiceProvision", "--status", "withdrawn")
    given = ("--subject", "u-2", "--purpose", "any", "--status", "given")
    for event in (
        wide,
        given,
        ("--source", "forum", "--purpose", "pretraining", "--status", "refused"),
    ):
        assert imported("consent", "record", *event, *place).returncode == 0
    late = ("--source", "forum", "--purpose", "fine-tuning", "--status", "requested")
    assert imported("consent", "record", *late, *place).returncode == 0
    assert _facts(imported, data, tmp_path / "run") == ["withdrawn", *["requested"] * 3]


def test_a_gate_whose_registry_was_tampered_with_is_refused(imported, tmp_path, home):
    database = sqlite3.connect(home / "consent.db")
    database.execute("DROP TRIGGER event_no_update")
    database.execute("UPDATE event SET status = 'given'")
    database.commit()
    database.close()
    done = imported("gate", _data(tmp_path / "data"), "--out", tmp_path / "run")
    assert done.returncode == 5
    assert "not those that were imported" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(not PROGRAMS, reason="no PostgreSQL here: make consent-tools")
def test_a_gate_whose_server_went_away_is_incomplete_and_writes_nothing(cli, tmp_path):
    pytest.importorskip("psycopg")
    (tmp_path / "consent.csv").write_text(EVENTS)
    with postgres_server() as server:
        url = ("--database", server.url)
        first = _json(cli("consent", "import", "consent.csv", *url, "--json"))
        assert (first["added"], first["database"]) == (5, f"postgresql://{server.folder}/postgres")
        database = f"consent: {{database: '{server.url}'}}\n"
        data = _data(tmp_path / "data", MANIFEST + database)
        server.kill()
        done = cli("gate", data, "--out", tmp_path / "run")
        server.start()
        assert _facts(cli, data, tmp_path / "again") == ["given", "expired", "given", None]
    assert done.returncode == 4
    assert "the consent database cannot be reached" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("consent", "message"),
    [
        ("consent: {registry: a.csv, database: b.db}\n", "names both a registry and a database"),
        ("consent: {}\n", "consent says nothing"),
        ("consent: {database: none.db}\n", "there is no consent registry"),
        ("consent: {database: 'postgresql://a:pw@h/d'}\n", "holds a password"),
        ("consent: {purposes: {training: dpv:Marketin}}\n", "did you mean dpv:Marketing?"),
    ],
)
def test_a_configuration_that_cannot_hold_stops_the_gate(cli, tmp_path, consent, message):
    data = _data(tmp_path / "data", MANIFEST + consent)
    done = cli("gate", data, "--out", tmp_path / "run")
    assert done.returncode == 2, done.stdout
    assert message in done.stderr
