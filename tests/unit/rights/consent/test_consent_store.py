"""The registry in SQLite: append-only, chained, all of an import or nothing."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govgate.errors import EvidenceError, GovgateError, IncompleteError, UsageError
from govgate.rights.consent.events import SCHEMA, read_events
from govgate.rights.consent.places import Place, database_place
from govgate.rights.consent.registry import load_registry
from govgate.rights.consent.stores import sqlite, store
from govgate.rights.consent.stores.chain import GENESIS, Batch, Verifier, digest_of
from govgate.rights.consent.stores.foreign import query_as_csv
from govgate.rights.consent.stores.schema import APPLICATION_ID
from govgate.rights.consent.stores.store import Imported, import_events
from govgate.rights.subjects import subject_key

KEY = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 6, 1, 14, tzinfo=UTC)
HEADER = "subject,purpose,status,time,event_id,evidence\n"
TEN = "".join(f"s{n},any,given,2026-01-01T00:00:0{n},e{n},form {n}\n" for n in range(10))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return database_place("consent.db", tmp_path)


def _import(place: Place, text: str, file: str = "f1") -> Imported:
    events = read_events((HEADER + text).encode(), "c.csv", ".csv", KEY)
    return import_events(place, KEY, events, file=file, name="c.csv", now=NOW)


def _sql(place: Place, *statements: str) -> list:
    with closing(sqlite3.connect(place.path)) as database, database:
        return [database.execute(statement).fetchall() for statement in statements][-1]


def test_what_is_imported_is_read_again_whatever_the_size_of_parts(place, monkeypatch):
    _import(place, TEN)
    _import(place, "x,any,withdrawn,2026-02-01,,\n", "")
    _import(place, "y,any,withdrawn,2026-02-01,,\n", "")
    whole = load_registry(place, KEY)
    assert whole.events["evidence"].to_list() == [*(f"form {n}" for n in range(10)), None, None]
    for size in (1, 3, 10, 11, 12):
        monkeypatch.setattr(store, "STEP", size)
        part = load_registry(place, KEY)
        assert part.digest == whole.digest
        assert part.events.equals(whole.events)


def test_the_file_holds_no_subject_and_only_its_owner_reads_it(place):
    _import(place, "jane.doe@example.org,any,given,2026-01-01,,\n")
    data = place.path.read_bytes()
    assert b"jane" not in data
    assert subject_key("jane.doe@example.org", KEY).encode() in data
    assert place.path.stat().st_mode & 0o777 == 0o600


def test_the_chain_is_what_its_description_says(place):
    """Computed here by hand from the description in stores/chain.py."""
    first = _import(place, "a,any,given,2026-01-01T00:00:01,e1,form\n")
    second = _import(place, "", "f2")
    a = subject_key("a", KEY)
    line = "\x1f".join(
        [a, "", "", "any", "given", "1767225601000000", *[""] * 5, "form", "", "", "e1"]
    )
    d0 = hashlib.sha256(b"govgate consent chain v1\n").hexdigest()
    text = f"{d0}\n1\nf1\n2026-06-01T14:00:00Z\n1\n{line}\n"
    d1 = hashlib.sha256(text.encode()).hexdigest()
    d2 = hashlib.sha256(f"{d1}\n2\nf2\n2026-06-01T14:00:00Z\n0\n".encode()).hexdigest()
    assert (first.batch.digest, second.batch.digest) == (d1, d2)
    assert load_registry(place, KEY).digest == d2
    assert len(line.split("\x1f")) == len(SCHEMA)


def test_the_same_file_twice_adds_nothing_and_says_when_it_came(place):
    first = _import(place, TEN)
    again = _import(place, TEN)
    assert (again.already, again.added, again.batch) == (True, 0, first.batch)
    assert load_registry(place, KEY).digest == first.batch.digest


def test_an_event_recorded_by_hand_can_be_recorded_twice(place):
    _import(place, "a,any,given,2026-01-01,,\n", "")
    assert _import(place, "a,any,given,2026-01-01,,\n", "").added == 1
    assert load_registry(place, KEY).events.height == 2


def test_a_known_id_with_other_content_refuses_all_of_the_file(place):
    _import(place, TEN)
    assert _import(place, TEN + "new,any,given,2026-01-01,n,\n", "f2").repeated == 10
    before = load_registry(place, KEY).digest
    changed = "fresh,any,given,2026-01-01,,\ns3,any,refused,2026-01-01T00:00:03,e3,form 3\n"
    with pytest.raises(UsageError, match=r"^c\.csv:3: its event_id is in the registry and says"):
        _import(place, changed, "f3")
    assert load_registry(place, KEY).digest == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM event WHERE seq = 1",
        "UPDATE event SET status = 'given' WHERE seq = 1",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 1",
        "INSERT OR REPLACE INTO event (seq, batch, source, purpose, status, time, event_id)"
        " VALUES (99, 1, 'x', 'any', 'given', 0, 'e1')",
        "DELETE FROM batch",
        "UPDATE batch SET digest = ''",
        "REPLACE INTO batch SELECT number, file, imported, 0, digest FROM batch",
        "UPDATE meta SET value = 'other'",
        "DELETE FROM meta",
        "REPLACE INTO meta VALUES ('subjects', 'x')",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete(place, statement):
    _import(place, TEN)
    before = load_registry(place, KEY)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        _sql(place, statement)
    assert load_registry(place, KEY).events.equals(before.events)


TRIGGERS = "event_no_update event_no_delete batch_no_update batch_no_delete"


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE event SET status = 'withdrawn' WHERE seq = 4",
        "UPDATE event SET evidence = NULL WHERE seq = 4",
        "UPDATE event SET time = time + 1 WHERE seq = 4",
        "UPDATE event SET batch = 2 WHERE seq = 10",
        "DELETE FROM event WHERE seq = 11",
        "DELETE FROM event WHERE seq = 5",
        "UPDATE batch SET imported = '2020-01-01T00:00:00Z' WHERE number = 1",
        "UPDATE batch SET events = 9 WHERE number = 1",
        "UPDATE batch SET digest = (SELECT digest FROM batch WHERE number = 2) WHERE number = 1",
        "UPDATE batch SET number = 7 WHERE number = 2",
        "INSERT INTO event (seq, batch, source, purpose, status, time)"
        " VALUES (12, 2, 'x', 'any', 'given', 0)",
        "UPDATE batch SET events = -1 WHERE number = 1",
        "UPDATE event SET time = 'jane' WHERE seq = 4",
        "UPDATE event SET evidence = 'jane' || char(31) WHERE seq = 4",
        "UPDATE event SET evidence = 'jane' || char(10) WHERE seq = 4",
    ],
)
def test_what_was_changed_without_the_triggers_does_not_verify(place, tampering):
    _import(place, TEN)
    _import(place, "x,any,withdrawn,2026-02-01,,\n", "f2")
    drops = [f"DROP TRIGGER {name}" for name in TRIGGERS.split()]
    _sql(place, *drops)
    load_registry(place, KEY)
    _sql(place, tampering)
    with pytest.raises(EvidenceError, match="not those that were imported") as caught:
        load_registry(place, KEY)
    assert caught.value.__cause__ is None


def test_a_thousand_batches_without_events_are_read():
    """Once each of them took stack, and a registry of many could not be read any more."""
    batches = [Batch(n, "", "", 0, "") for n in range(1, 1001)]
    head = GENESIS
    for place_, batch in enumerate(batches):
        head = digest_of(head, batch, iter(()))
        batches[place_] = replace(batch, digest=head)
    verifier = Verifier(batches)
    assert verifier.holds()
    assert verifier.head == head
    assert not Verifier([*batches[:-1], replace(batches[-1], digest="")]).holds()


def test_an_import_that_dies_at_any_event_leaves_what_was_there(place, monkeypatch):
    _import(place, TEN)
    before = place.path.read_bytes()
    original = sqlite.numbered

    def dying(*arguments):
        frame = original(*arguments)

        class Rows:
            def iter_rows(self):
                for number, row in enumerate(frame.iter_rows()):
                    if number == 5:
                        raise sqlite3.OperationalError("disk I/O error")
                    yield row

        return Rows()

    monkeypatch.setattr(sqlite, "numbered", dying)
    with pytest.raises(IncompleteError, match="the database cannot be used"):
        _import(place, "".join(f"t{n},any,given,2026-01-01,,\n" for n in range(10)), "f2")
    assert place.path.read_bytes() == before
    assert load_registry(place, KEY).events.height == 10


def test_a_first_import_that_fails_leaves_no_registry(place, monkeypatch):
    def failing(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(sqlite, "numbered", failing)
    with pytest.raises(KeyboardInterrupt):
        _import(place, TEN)
    monkeypatch.undo()
    with pytest.raises(UsageError, match="holds no consent registry yet"):
        load_registry(place, KEY)
    assert _import(place, TEN).batch.number == 1


def test_importers_at_once_come_one_after_the_other(place):
    errors: list[Exception] = []

    def work(worker: int) -> None:
        try:
            for turn in range(4):
                _import(place, f"w,any,given,2026-01-01,{worker}-{turn},\n", f"{worker}-{turn}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert load_registry(place, KEY).events.height == 12


def test_an_importer_that_waits_too_long_is_told(place, monkeypatch):
    _import(place, TEN)
    monkeypatch.setattr(sqlite, "WAIT", 0.05)
    with (
        sqlite.sqlite_session(place.path, writing=True),
        pytest.raises(IncompleteError, match="another import is under way"),
    ):
        _import(place, "x,any,given,2026-01-01,,\n", "f2")
    assert load_registry(place, KEY).events.height == 10


# -- what is no registry, or not ours -------------------------------------------------------------


def test_a_registry_that_is_not_there_is_an_error_and_is_not_made_by_reading(place):
    with pytest.raises(UsageError, match="there is no consent registry"):
        load_registry(place, KEY)
    assert not place.path.exists()


def test_another_key_would_match_nobody_and_is_refused(place):
    _import(place, TEN)
    for act in (
        lambda: load_registry(place, b"f" * 32),
        lambda: import_events(place, b"f" * 32, SCHEMA.to_frame(), file="", name="", now=NOW),
    ):
        with pytest.raises(UsageError, match="hashed with another key than this home's"):
            act()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no consent registry yet"),
        (b"subject,purpose\n" * 100, "not an SQLite database"),
    ],
)
def test_a_file_of_another_kind_is_refused(place, content, message):
    place.path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        load_registry(place, KEY)
    if content:
        with pytest.raises(UsageError, match=message):
            _import(place, TEN)
        assert place.path.read_bytes() == content


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE notes (a)"],
        ["CREATE TABLE meta (key, value)", "INSERT INTO meta VALUES ('format', 'govgate-consent')"],
        ["CREATE TABLE x (a)", f"PRAGMA application_id = {APPLICATION_ID}"],
    ],
)
def test_a_database_of_somebody_else_is_refused_and_left_alone(place, statements):
    _sql(place, *statements)
    before = place.path.read_bytes()
    with pytest.raises(UsageError, match="not a consent registry"):
        load_registry(place, KEY)
    with pytest.raises(UsageError, match="not a consent registry"):
        _import(place, TEN)
    assert place.path.read_bytes() == before


def test_another_version_is_refused(place):
    _import(place, TEN)
    _sql(place, "DROP TRIGGER meta_no_update", "UPDATE meta SET value = '2' WHERE key = 'version'")
    with pytest.raises(UsageError, match="of another version than 1"):
        load_registry(place, KEY)


def test_a_damaged_file_is_never_read_as_less(place):
    _import(place, "".join(f"s{n},any,given,2026-01-01,,\n" for n in range(2000)))
    whole = place.path.read_bytes()
    for cut in range(8192, len(whole), 16384):
        broken = whole[:cut] + b"\xff" * 64 + whole[cut + 64 :]
        place.path.write_bytes(broken)
        try:
            assert load_registry(place, KEY).events.height == 2000  # a page that is not used
        except GovgateError:
            continue
    place.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(GovgateError):
        load_registry(place, KEY)


def test_a_process_killed_in_the_middle_leaves_what_was_there(place):
    """Killed after pages of the new batch were written to the file itself."""
    _import(place, TEN)
    code = f"""
import os, sys
from tests.unit.rights.consent import test_consent_store as test
from govgate.rights.consent.stores import sqlite
connect, numbered = sqlite._connect, sqlite.numbered
def small(path, *, writing):
    database = connect(path, writing=writing)
    database.execute("PRAGMA cache_size = 1")
    return database
class Rows:
    def __init__(self, frame): self.frame = frame
    def iter_rows(self):
        yield from self.frame.iter_rows()
        os._exit(9)
sqlite._connect, sqlite.numbered = small, lambda *a: Rows(numbered(*a))
place = test.database_place("consent.db", test.Path({str(place.path.parent)!r}))
test._import(place, "".join(f"t{{n}},any,given,2026-01-01,,\\n" for n in range(500)), "f2")
"""
    whole = place.path.stat().st_size
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=False, capture_output=True)
    assert done.returncode == 9, done.stderr
    assert place.path.stat().st_size > whole
    assert place.path.with_name("consent.db-journal").exists()
    assert load_registry(place, KEY).events.height == 10
    assert place.path.stat().st_size == whole


def test_what_is_no_file_is_refused(tmp_path):
    place = database_place(".", tmp_path)
    os.mkfifo(tmp_path / "pipe")
    for each in (place, database_place("pipe", tmp_path)):
        for act in (lambda: load_registry(each, KEY), lambda: _import(each, TEN)):  # noqa: B023
            with pytest.raises(UsageError, match="not a file"):
                act()


@pytest.mark.skipif(os.geteuid() != 0, reason="plays another user, which root alone can")
def test_a_read_only_file_is_read_and_not_written():
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        place = database_place("consent.db", folder)
        _import(place, TEN)
        folder.chmod(0o755)
        place.path.chmod(0o444)
        os.seteuid(65534)
        try:
            assert load_registry(place, KEY).events.height == 10
            with pytest.raises(IncompleteError, match="cannot be written"):
                _import(place, "x,any,given,2026-01-01,,\n", "f2")
            missing = database_place("other.db", folder)
            with pytest.raises(IncompleteError, match="permission denied"):
                _import(missing, TEN)
        finally:
            os.seteuid(0)
        assert load_registry(place, KEY).events.height == 10
    finally:
        shutil.rmtree(folder)


# -- places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("postgresql://jane:secret@db/consent", "holds a password"),
        ("postgresql://jane@db/consent?password=secret", "holds a password"),
        ("postgresql://jane@db/consent?passfile=/secret", "holds a password"),
        ("host=db user=jane password=secret", "holds a password"),
        ("host=db user=jane password = secret", "holds a password"),
        ("postgresql://jane@db/consent?options=-csecret", "has an option that is not known"),
        ("postgresql://jane@db/consent#secret", "has an option that is not known"),
        ("postgresql://jane@db:secret/consent", "cannot be read"),
        ("postgresql://jane@[secret/consent", "cannot be read"),
        ("mysql://jane:secret@db/consent", "unknown kind"),
        ("postgresql://jane@db/secret\x1b[31m", "not short printable text"),
    ],
)
def test_a_place_with_a_password_or_an_unknown_kind_is_refused_unrepeated(text, message, tmp_path):
    with pytest.raises(UsageError, match=message) as caught:
        database_place(text, tmp_path)
    for word in ("secret", "jane"):
        assert word not in str(caught.value)


def test_a_place_shows_host_and_database_alone(tmp_path):
    url = "postgresql://reader@db.example:5433/consent?sslmode=verify-full"
    found = database_place(url, tmp_path)
    assert found.name == "postgresql://db.example:5433/consent"
    assert "reader" not in repr(found)
    assert database_place("x/consent.db", tmp_path).path == tmp_path / "x" / "consent.db"


def test_without_its_driver_postgresql_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"pip install \"govgate\[postgres\]\""):
        load_registry(database_place("postgresql://a@h/d", tmp_path), KEY)


# -- rows of another database ---------------------------------------------------------------------


def test_rows_of_another_sqlite_file_are_taken_by_a_query(tmp_path):
    crm = database_place("crm.db", tmp_path)
    _sql(
        crm, "CREATE TABLE c (id, state, at)", "INSERT INTO c VALUES ('a,b', 'given', '2026-01-01')"
    )
    query = "SELECT id AS subject, 'any' AS purpose, state AS status, at AS time FROM c"
    events = read_events(query_as_csv(crm, query), "crm", ".csv", KEY)
    assert events["subject_key"].to_list() == [subject_key("a,b", KEY)]
    for bad in ("SELECT x FROM c", "SELECT 1; SELECT 2", "DELETE FROM c", "not SQL"):
        with pytest.raises(UsageError, match="--query"):
            query_as_csv(crm, bad)
    assert _sql(crm, "SELECT count(*) FROM c") == [(1,)]
    with pytest.raises(IncompleteError, match="cannot be read"):
        query_as_csv(database_place("none.db", tmp_path), query)


def test_a_value_of_a_query_that_is_no_text_is_an_error_and_never_somebody_else(tmp_path):
    crm = database_place("crm.db", tmp_path)
    _sql(crm, "CREATE TABLE c (id)")
    whole = query_as_csv(crm, "SELECT 1042.0 AS subject, 7 AS source, NULL AS evidence")
    assert whole == b"subject,source,evidence\r\n1042,7,\r\n"
    for bad in ("CAST('jane' AS BLOB)", "1042.5", "1e300"):
        with pytest.raises(UsageError, match="neither text, a whole number nor a time") as caught:
            query_as_csv(crm, f"SELECT {bad} AS subject")
        assert "jane" not in str(caught.value)
    with pytest.raises(UsageError, match="not UTF-8"):
        query_as_csv(crm, "SELECT '\udcff'")
