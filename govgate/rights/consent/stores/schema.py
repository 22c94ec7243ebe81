"""The tables of a consent database, for SQLite and PostgreSQL, and the SQL that reads them.

Three tables: ``meta`` (what this is, and whose), ``batch`` (one row an import), ``event`` (``seq``
from 1 without a gap, ``batch``, and the columns of ``events.SCHEMA``; times as whole microseconds
since 1970 UTC). Triggers refuse to change or delete a row of any.
"""

from govgate.rights.consent.events import SCHEMA

FORMAT = "govgate-consent"
VERSION = "1"
APPLICATION_ID = 0x67634773  # PRAGMA application_id of the SQLite file
PG_SCHEMA = "govgate_consent"
COLUMNS = tuple(SCHEMA)
MAX_META = 20  # rows of `meta` that are looked at

_COLUMNS_SQL = ",\n  ".join(
    f"{name} {'BIGINT' if kind.is_temporal() else 'TEXT'}"
    + (" NOT NULL" if name in ("purpose", "status", "time") else "")
    for name, kind in SCHEMA.items()
)


def tables(prefix: str = "") -> list[str]:
    """Statements that make the tables, in both dialects."""
    return [
        f"CREATE TABLE {prefix}meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        f"CREATE TABLE {prefix}batch (number BIGINT PRIMARY KEY, file TEXT NOT NULL,"
        " imported TEXT NOT NULL, events BIGINT NOT NULL, digest TEXT NOT NULL)",
        f"CREATE UNIQUE INDEX batch_file ON {prefix}batch (file) WHERE file <> ''",
        f"CREATE TABLE {prefix}event (\n  seq BIGINT PRIMARY KEY,\n  batch BIGINT NOT NULL"
        f" REFERENCES {prefix}batch (number),\n  {_COLUMNS_SQL},\n"
        "  CHECK ((subject_key IS NULL) <> (source IS NULL)))",
        f"CREATE UNIQUE INDEX event_id ON {prefix}event (event_id) WHERE event_id IS NOT NULL",
    ]


def sqlite_tables() -> list[str]:
    """The same for SQLite, with its triggers; ``seq`` is the row's own number there."""
    made = [statement.replace("BIGINT", "INTEGER") for statement in tables()]
    guards = {"meta": "key", "batch": "number", "event": "seq"}
    for table, key in guards.items():
        made += [
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            for change in ("UPDATE", "DELETE")
        ]
        made.append(  # INSERT OR REPLACE deletes without asking the trigger above
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
            " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        )
    made.append(
        "CREATE TRIGGER event_no_replace_id BEFORE INSERT ON event WHEN NEW.event_id IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM event WHERE event_id = NEW.event_id)"
        " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    )
    made.append(f"PRAGMA application_id = {APPLICATION_ID}")
    return made


def postgres_tables() -> list[str]:
    """The same for PostgreSQL, in a schema of their own, which is there."""
    prefix = f"{PG_SCHEMA}."
    made = tables(prefix)
    made.append(
        f"CREATE FUNCTION {prefix}refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
    )
    made += [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {prefix}{table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {prefix}refuse()"
        for table in ("meta", "batch", "event")
    ]
    return made


def line_sql(separator: str) -> str:
    """One event as text: ``seq``, ``batch`` and its columns, empty where null."""
    texts = ["CAST(seq AS TEXT)", "CAST(batch AS TEXT)"]
    texts += [f"COALESCE(CAST({name} AS TEXT), '')" for name in COLUMNS]
    return f" || {separator} || ".join(texts)
