"""The registry in a real PostgreSQL server that the tests start (`make consent-tools`)."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.model import Purpose
from govgate.rights.consent.events import read_events
from govgate.rights.consent.places import Place, database_place
from govgate.rights.consent.registry import load_registry
from govgate.rights.consent.stores import postgres, store
from govgate.rights.consent.stores.foreign import query_as_csv
from govgate.rights.consent.stores.store import Imported, import_events
from tests.postgres import PROGRAMS, Server, postgres_server

pytestmark = pytest.mark.skipif(not PROGRAMS, reason="no PostgreSQL here: make consent-tools")
pytest.importorskip("psycopg", reason="needs govgate[postgres]")

KEY = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEADER = "subject,purpose,status,time,event_id,evidence\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def place(server: Server, request: pytest.FixtureRequest) -> Place:
    """A database of the test's own."""
    name = f"t{abs(hash(request.node.name))}"
    server.execute(f"CREATE DATABASE {name}")
    return database_place(server.url_of(name), request.path)


def _import(place: Place, text: str, file: str = "f1") -> Imported:
    events = read_events((HEADER + text).encode(), "c.csv", ".csv", KEY)
    return import_events(place, KEY, events, file=file, name="c.csv", now=NOW)


def _run(server: Server, place: Place, statement: str, user: str = "govgate"):
    return server.execute(statement, place.name.rsplit("/", 1)[1], user)


MANY = "".join(f"s{n},any,given,2026-01-01T00:00:{n % 60:02d},e{n},\n" for n in range(300))


def test_what_is_imported_is_read_again_and_a_file_counts_once(server, place, monkeypatch):
    monkeypatch.setattr(store, "STEP", 7)
    first = _import(place, 'a,any,given,2026-01-01T23:30:00-05:00,,"a ""form"", 7\\N é"\n')
    second = _import(place, MANY, "f2")
    assert (first.added, second.added, second.batch.number) == (1, 300, 2)
    registry = load_registry(place, KEY)
    assert registry.digest == second.batch.digest
    assert registry.events.height == 301
    row = registry.events.row(0, named=True)
    assert row["evidence"] == 'a "form", 7\\N é'
    assert row["time"] == datetime(2026, 1, 2, 4, 30)
    assert registry.status(date(2026, 6, 1), Purpose.PRETRAINING).height == 301
    again = _import(place, MANY, "f2")
    assert (again.already, again.added) == (True, 0)
    assert load_registry(place, KEY).digest == registry.digest


STRANGE = [
    "null",
    "NULL",
    "\\N",
    "\\.",
    '""',
    "''",
    "a,b",
    "#",
    "007",
    "NaN",
    "é ☃ 𝄞",
    "\\x00",
    "%s",
    "$1",
]


def test_sqlite_and_postgresql_hold_the_same_chain(place, tmp_path):
    sqlite = database_place("consent.db", tmp_path)
    rows = [{"source": t, "purpose": "any", "status": "given", "time": "2026-01-01", "evidence": t}
            for t in STRANGE]  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    strange = read_events(lines, "c", ".jsonl", KEY)
    for each in (place, sqlite):
        import_events(each, KEY, strange, file="", name="c", now=NOW)
        assert load_registry(each, KEY).events["evidence"].to_list() == STRANGE
        _import(each, MANY)
        _import(each, "b,any,withdrawn,2026-02-01,,\n", "")
    one, other = load_registry(place, KEY), load_registry(sqlite, KEY)
    assert one.digest == other.digest
    assert one.events.equals(other.events, null_equal=True)


def test_an_id_is_taken_once_and_a_changed_event_refuses_all(place):
    _import(place, MANY)
    more = _import(place, MANY + "new,any,given,2026-01-01,,\n", "f2")
    assert (more.added, more.repeated) == (1, 300)
    with pytest.raises(UsageError, match=r"c\.csv:3: its event_id is in the registry") as caught:
        _import(place, "new,any,given,2026-01-01,,\ns1,any,refused,2026-01-01,e1,\n", "f3")
    assert "s1" not in str(caught.value)
    assert load_registry(place, KEY).events.height == 301


@pytest.mark.parametrize("table", ["event", "batch", "meta"])
@pytest.mark.parametrize("change", ["DELETE FROM", "TRUNCATE", "UPDATE"])
def test_the_database_itself_refuses_to_change_or_delete(server, place, table, change):
    import psycopg

    _import(place, MANY)
    key = {"event": "source = NULL", "batch": "file = ''", "meta": "value = ''"}[table]
    what = f"{change} govgate_consent.{table}" + (f" SET {key}" if change == "UPDATE" else "")
    with pytest.raises(psycopg.Error, match=r"append-only|foreign key"):
        _run(server, place, what)
    assert load_registry(place, KEY).events.height == 300


def test_an_event_changed_behind_the_triggers_is_evidence_that_does_not_hold(server, place):
    _import(place, MANY)
    for statement in (
        "ALTER TABLE govgate_consent.event DISABLE TRIGGER ALL",
        "UPDATE govgate_consent.event SET status = 'withdrawn' WHERE seq = 42",
    ):
        _run(server, place, statement)
    with pytest.raises(EvidenceError, match="not those that were imported"):
        load_registry(place, KEY)


def test_a_reader_needs_no_more_than_the_documented_grants(server, place):
    _import(place, MANY)
    name = place.name.rsplit("/", 1)[1]
    server.execute("DROP ROLE IF EXISTS reader")
    server.execute("CREATE ROLE reader LOGIN")
    as_reader = database_place(server.url_of(name, "reader"), server.folder)
    with pytest.raises(IncompleteError, match=r"may not do that; docs/consent\.md"):
        load_registry(as_reader, KEY)
    for grant in (
        "GRANT USAGE ON SCHEMA govgate_consent TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA govgate_consent TO reader",
    ):
        _run(server, place, grant)
    assert load_registry(as_reader, KEY).events.height == 300
    events = read_events((HEADER + "z,any,given,2026-01-01,,\n").encode(), "c", ".csv", KEY)
    with pytest.raises(IncompleteError, match="may not do that"):
        import_events(as_reader, KEY, events, file="", name="c", now=NOW)
    _run(
        server,
        place,
        "GRANT INSERT ON govgate_consent.event, govgate_consent.batch TO reader",
    )
    assert import_events(as_reader, KEY, events, file="", name="c", now=NOW).added == 1
    _run(server, place, "DROP OWNED BY reader")


def test_the_owner_of_a_schema_needs_no_right_to_make_schemas(server, place):
    name = place.name.rsplit("/", 1)[1]
    server.execute("CREATE ROLE keeper LOGIN")
    as_keeper = database_place(server.url_of(name, "keeper"), server.folder)
    with pytest.raises(IncompleteError, match="may not do that"):
        _import(as_keeper, MANY)
    _run(server, place, "CREATE SCHEMA govgate_consent AUTHORIZATION keeper")
    assert _import(as_keeper, MANY).added == 300
    assert load_registry(as_keeper, KEY).events.height == 300


def test_a_server_killed_in_the_middle_of_an_import_leaves_nothing_of_it(
    server, place, monkeypatch
):
    _import(place, "a,any,given,2026-01-01,,\n")
    before = load_registry(place, KEY).digest

    def killing(*arguments):
        server.kill()
        return original(*arguments)

    original = postgres.numbered
    monkeypatch.setattr(postgres, "numbered", killing)
    try:
        with pytest.raises(IncompleteError, match=r"went away.*whole or not at all") as caught:
            _import(place, MANY, "f2")
        assert str(server.folder) in caught.value.what
        with pytest.raises(IncompleteError, match="cannot be reached"):
            load_registry(place, KEY)
    finally:
        server.start()
    assert load_registry(place, KEY).digest == before
    monkeypatch.undo()
    assert _import(place, MANY, "f2").added == 300


def test_a_server_killed_in_the_middle_of_reading_is_an_error(server, place, monkeypatch):
    _import(place, MANY)
    monkeypatch.setattr(store, "STEP", 100)
    original = postgres.PostgresSession.between

    def killing(self, first, last):
        if first > 100:
            server.kill()
        return original(self, first, last)

    monkeypatch.setattr(postgres.PostgresSession, "between", killing)
    try:
        with pytest.raises(IncompleteError, match="went away"):
            load_registry(place, KEY)
    finally:
        server.start()


def test_a_read_sees_one_instant_though_another_imports_meanwhile(place, monkeypatch):
    _import(place, MANY)
    monkeypatch.setattr(store, "STEP", 100)
    original, done = postgres.PostgresSession.between, []

    def importing(self, first, last):
        if first > 100 and not done:
            done.append(_import(place, "new,any,given,2026-01-01,,\n", ""))
        return original(self, first, last)

    monkeypatch.setattr(postgres.PostgresSession, "between", importing)
    assert load_registry(place, KEY).events.height == 300
    assert done
    assert load_registry(place, KEY).events.height == 301


def test_two_importers_at_once_come_one_after_the_other(place):
    _import(place, "first,any,given,2026-01-01,,\n")
    errors = []

    def work(worker: int) -> None:
        try:
            for turn in range(5):
                row = f"w{worker},any,given,2026-01-0{turn + 1},w{worker}-{turn},\n"
                _import(place, row, f"w{worker}-{turn}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert load_registry(place, KEY).events.height == 16


def test_an_importer_that_waits_too_long_is_told(place, monkeypatch):
    _import(place, "a,any,given,2026-01-01,,\n")
    monkeypatch.setattr(postgres, "WAIT", "50ms")
    with (
        postgres.postgres_session(place, writing=True),
        pytest.raises(IncompleteError, match="another import is under way"),
    ):
        _import(place, MANY, "f2")


@pytest.mark.parametrize(
    ("statements", "error", "message"),
    [
        ((), UsageError, "holds no consent registry yet"),
        (
            ("CREATE SCHEMA govgate_consent", "CREATE TABLE govgate_consent.meta (a int)"),
            UsageError,
            "holds other tables than it should",
        ),
    ],
)
def test_a_database_of_somebody_else_is_refused(server, place, statements, error, message):
    for statement in statements:
        _run(server, place, statement)
    with pytest.raises(error, match=message):
        load_registry(place, KEY)


def test_another_version_and_another_key_are_refused(server, place):
    _import(place, MANY)
    with pytest.raises(UsageError, match="hashed with another key"):
        load_registry(place, b"f" * 32)
    for statement in (
        "ALTER TABLE govgate_consent.meta DISABLE TRIGGER ALL",
        "UPDATE govgate_consent.meta SET value = '2' WHERE key = 'version'",
    ):
        _run(server, place, statement)
    with pytest.raises(UsageError, match="another version than 1"):
        load_registry(place, KEY)


def test_a_login_that_is_refused_shows_neither_user_nor_options(server):
    place = database_place(server.url_of("nowhere", "jane"), server.folder)
    with pytest.raises(IncompleteError, match="cannot be reached, refuses the login") as caught:
        load_registry(place, KEY)
    assert "jane" not in str(caught.value)


def test_rows_of_another_database_are_taken_by_a_query(server, place):
    _run(server, place, "CREATE TABLE crm (id text, state text, at timestamptz)")
    rows = "('u,1', 'given', '2026-01-01T23:30:00-05:00'), ('u2', 'refused', '2026-02-01T00:00Z')"
    _run(server, place, f"INSERT INTO crm VALUES {rows}")
    query = "SELECT id subject, 'any' purpose, state status, at AS time FROM crm ORDER BY at"
    events = read_events(query_as_csv(place, query), "crm", ".csv", KEY)
    assert events["status"].to_list() == ["given", "refused"]
    assert events["time"][0] == datetime(2026, 1, 2, 4, 30)
    for bad in ("SELECT nothing FROM crm", "DELETE FROM crm RETURNING id", "SELECT 1; SELECT 2"):
        with pytest.raises(UsageError, match="--query"):
            query_as_csv(place, bad)
    for bad in ("true", "'jane'::bytea", "ARRAY['jane']", "1042.5::float8"):
        with pytest.raises(UsageError, match="neither text, a whole number nor a time") as caught:
            query_as_csv(place, f"SELECT {bad} AS subject")
        assert "jane" not in str(caught.value)
    identity = "6a1b2c3d-0000-4000-8000-000000000001"
    good = f"SELECT '{identity}'::uuid AS subject, 1042::float8 AS source, 7::numeric AS evidence"
    assert query_as_csv(place, good).split() == [
        b"subject,source,evidence",
        f"{identity},1042,7".encode(),
    ]
    assert len(_run(server, place, "SELECT 1 FROM crm")) == 2
