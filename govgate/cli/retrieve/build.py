"""`govgate retrieve build`: bring a run's store up to date."""

from dataclasses import asdict
from pathlib import Path
from shlex import quote

import click

from govgate.cli.options import day, home_option, json_option, run_argument
from govgate.cli.retrieve.asking import embed_option, embedder, store_option
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate retrieve build govgate-run
  govgate retrieve build govgate-run --store answers.sqlite --json
  govgate retrieve build govgate-run --embed models/potion-base-8M
"""


@click.command("build", epilog=EPILOG)
@run_argument
@store_option
@embed_option
@home_option
@json_option
def command(run: Path, store: Path | None, embed: Path | None, home: Home, as_json: bool) -> None:
    """Verify RUN and have its store hold the rows that may be looked up, and no others.

    A store that is there is brought up to date: what may not be looked up any more goes first, and
    a row that stays is not indexed again. Servers see the new store with the next question.
    """
    from govgate.attest.trustfile import load_trust
    from govgate.retrieve.update import store_for, update

    place = store or store_for(run, home)
    model = embedder(embed)
    built = update(place, run, home, load_trust(home.trust), today=day(None), embedder=model)
    if as_json:
        import json

        click.echo(json.dumps({"store": str(place), **asdict(built)}))
        return
    click.echo(f"{built.documents:,} rows in {place} ({built.bytes:,} bytes)")
    click.echo(f"  {built.added:,} added, {built.removed:,} removed, {built.kept:,} kept")
    named = f" --store {quote(str(store))}" if store else ""
    named += f" --embed {quote(str(embed))}" if embed else ""
    click.echo(f'next: govgate retrieve search {quote(str(run))} "your question"{named}')
