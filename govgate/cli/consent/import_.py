"""`govgate consent import`: a file of events, all or none."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.consent.places import registry_of, registry_options
from govgate.cli.lines import many
from govgate.home import Home

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

EPILOG = """\b
Examples:
  govgate consent import consent.csv
  govgate consent import events.parquet --database consent.db
  govgate consent import --database postgresql://writer@db.example/consent events.jsonl
  govgate consent import --from-db crm.db --query "select id as subject, use as purpose,
      state as status, at as time from consents"
"""


@click.command("import", epilog=EPILOG)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--from-db", metavar="PLACE", help="Take the rows of --query from this database.")
@click.option("--query", metavar="SQL", help="A query whose columns are named as those of a file.")
@registry_options
def command(
    file: Path | None,
    from_db: str | None,
    query: str | None,
    database: str | None,
    config: Path | None,
    home: Home,
    as_json: bool,
    quiet: bool,
) -> None:
    """Add the events of FILE (CSV, JSONL or Parquet) to the registry, which is made if need be.

    One bad row, and nothing of the file is taken over. A file that was imported before adds
    nothing, and so does an event whose event_id is there with the same content.
    """
    import hashlib
    from datetime import UTC, datetime

    from govgate.home import fingerprint_key
    from govgate.rights.consent.events import read_events
    from govgate.rights.consent.stores.store import import_events

    place, _ = registry_of(database, config, home, writing=True)
    data, name, suffix = _data(file, from_db, query)
    if not quiet:
        click.echo(f"reading {name}, {len(data):,} bytes", err=True)
    key, now = fingerprint_key(home), datetime.now(UTC)
    events = read_events(data, name, suffix, key)
    sha256 = hashlib.sha256(data).hexdigest()
    done = import_events(place, key, events, file=sha256, name=name, now=now)
    told = {
        "database": place.name,
        "file": name,
        "sha256": sha256,
        "already": done.already,
        "added": done.added,
        "repeated": done.repeated,
        "ahead": ahead(events, now),
        "batch": done.batch.number,
        "imported": done.batch.imported,
        "digest": done.batch.digest,
    }
    if as_json:
        import json

        click.echo(json.dumps(told, indent=2))
    else:
        _show(told)


def _data(file: Path | None, from_db: str | None, query: str | None) -> tuple[bytes, str, str]:
    """Bytes, name and kind of what is imported."""
    from govgate.rights.consent.places import database_place, read_limited

    if (from_db is None) != (query is None):
        raise click.UsageError("--from-db and --query go together")
    if (file is None) == (from_db is None):
        raise click.UsageError("give FILE, or --from-db and --query")
    if file is not None:
        return read_limited(file), str(file), file.suffix
    from govgate.rights.consent.stores.foreign import query_as_csv

    place = database_place(from_db or "", Path())
    return query_as_csv(place, query or ""), place.name, ".csv"


def ahead(events: "pl.DataFrame", now: "datetime") -> int:
    """How many events lie in the future."""
    return int((events["time"] > now.replace(tzinfo=None)).sum())


def _show(told: dict[str, Any]) -> None:
    if told["already"]:
        click.echo(
            f"{told['file']} was imported before ({told['imported']}, batch {told['batch']}): "
            "nothing was added"
        )
        return
    click.echo(f"{many(told['added'], 'event')} added to {told['database']}, batch {told['batch']}")
    if told["repeated"]:
        click.echo(f"  {many(told['repeated'], 'event')} left out: there already, by event_id")
    if told["ahead"]:
        click.echo(f"  {many(told['ahead'], 'event')} in the future: without effect until then")
    click.echo(f"  digest  {told['digest']}")
