"""`govgate retrieve search`: the rows that answer a question."""

from pathlib import Path
from typing import Any

import click

from govgate.cli.options import day, home_option, json_option, run_argument
from govgate.cli.retrieve.asking import (
    embed_option,
    embedder,
    filter_options,
    filters,
    limit_option,
    log_option,
    noted,
    store_option,
    up_to_date,
)
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate retrieve search govgate-run "how do I reset my password?"
  govgate retrieve search govgate-run "refund policy" --source acme-articles --json
  govgate retrieve search govgate-run "Rückgabe" --language de --from 2026-01-01
"""


@click.command("search", epilog=EPILOG)
@run_argument
@click.argument("question")
@limit_option(5)
@filter_options
@store_option
@embed_option
@log_option
@home_option
@json_option
def command(
    run: Path,
    question: str,
    limit: int,
    store: Path | None,
    embed: Path | None,
    log_queries: bool,
    home: Home,
    as_json: bool,
    **asked: Any,
) -> None:
    """Answer QUESTION from RUN's store (built if it is not there), best rows first.

    Every hit names its row, source and licence, and what whoever uses it owes.
    """
    from dataclasses import asdict

    from govgate.retrieve.search import search

    today = day(None)
    narrowed = filters(asked)
    model = embedder(embed)
    place = up_to_date(run, home, store, today=today, model=model)
    found = search(place, question, narrowed.scope(today), limit=limit, embedder=model)
    if log_queries:
        noted("search", home, question, limit, narrowed, found.hits, found.record)
    if as_json:
        import json

        click.echo(json.dumps(asdict(found), indent=2))
        return
    if not found.hits:
        click.echo(_nothing(asked))
    for hit in found.hits:
        duties = f"; {', '.join(hit.obligations)}" if hit.obligations else ""
        click.echo(
            f"{hit.rank}  {_printable(hit.row)}  source {_printable(hit.source or 'unknown')},"
            f" licence {_printable(hit.license or 'unknown')}{duties}"
        )
        click.echo(f"   {_printable(hit.snippet)}")
        click.echo(f"   cite: {_printable(hit.citation)}")
    click.echo(f"allowed by record {found.record[:16]}")


def _nothing(asked: dict[str, Any]) -> str:
    if any(value not in ((), None) for value in asked.values()):
        return "No row that these filters let through answers the question."
    return "No row that everybody may see answers the question."


def _printable(text: str) -> str:
    """Without control characters: a row must not be able to steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
