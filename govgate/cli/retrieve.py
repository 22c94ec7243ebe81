"""`govgate retrieve`: answer questions from the rows that may be looked up."""

from pathlib import Path
from shlex import quote

import click

from govgate.cli.options import day, home_option, json_option, run_argument
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate retrieve build govgate-run
  govgate retrieve search govgate-run "how do I reset my password?"
  govgate retrieve search govgate-run "refund policy" --source acme-articles --json
"""


@click.group(
    "retrieve", epilog=EPILOG, short_help="Answer questions from the rows that may be looked up."
)
def command() -> None:
    """Build a store from a run's retrieve partition, and search it."""


@command.command("build", epilog=EPILOG)
@run_argument
@home_option
@json_option
def build(run: Path, home: Home, as_json: bool) -> None:
    """Verify RUN and bring its store up to date (one SQLite file, in the home)."""
    from govgate.attest.trustfile import load_trust
    from govgate.retrieve.update import store_for, update

    store = store_for(run, home)
    built = update(store, run, home, load_trust(home.trust), today=day(None))
    if as_json:
        import json

        click.echo(json.dumps({"store": str(store), "documents": built.documents}))
    else:
        click.echo(f"{built.documents} rows in {store} ({built.bytes:,} bytes)")
        click.echo(f'next: govgate retrieve search {quote(str(run))} "your question"')


@command.command("search", epilog=EPILOG)
@run_argument
@click.argument("question")
@click.option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True)
@click.option("--source", help="Only rows of this source.")
@home_option
@json_option
def search(
    run: Path, question: str, limit: int, source: str | None, home: Home, as_json: bool
) -> None:
    """Answer QUESTION from RUN's store (built if it is not there), best rows first (BM25).

    Every hit names its row, source and licence, and what whoever uses it owes.
    """
    from dataclasses import asdict

    from govgate.attest.trustfile import load_trust
    from govgate.retrieve.scope import Scope
    from govgate.retrieve.search import search as search_store
    from govgate.retrieve.update import ensure

    today = day(None)
    store = ensure(run, home, load_trust(home.trust), today=today)
    scope = Scope(today, sources=frozenset({source}) if source else None)
    found = search_store(store, question, scope, limit=limit)
    if as_json:
        import json

        hits = [asdict(hit) for hit in found.hits]
        click.echo(json.dumps({"record": found.record, "hits": hits}, indent=2))
        return
    if not found.hits:
        click.echo("No row of the store shares a word with the question.")
    for hit in found.hits:
        duties = f"; {', '.join(hit.obligations)}" if hit.obligations else ""
        click.echo(
            f"{hit.rank}  {hit.row}  source {hit.source or 'unknown'},"
            f" licence {hit.license or 'unknown'}{duties}"
        )
        click.echo(f"   {_printable(hit.snippet)}")
        click.echo(f"   cite: {_printable(hit.citation)}")


def _printable(text: str) -> str:
    """Without control characters: a row must not be able to steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
