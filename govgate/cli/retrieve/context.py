"""`govgate retrieve context`: a prompt with the passages that answer a question."""

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
  govgate retrieve context govgate-run "how do I reset my password?" --budget 2000
  govgate retrieve context govgate-run "refund policy" --source acme-articles --json
"""


@click.command("context", epilog=EPILOG)
@run_argument
@click.argument("question")
@click.option(
    "--budget",
    type=click.IntRange(1, 1_000_000),
    default=2000,
    show_default=True,
    help="Most tokens of the block, estimated high.",
)
@limit_option(20)
@filter_options
@store_option
@embed_option
@log_option
@home_option
@json_option
def command(
    run: Path,
    question: str,
    budget: int,
    limit: int,
    store: Path | None,
    embed: Path | None,
    log_queries: bool,
    home: Home,
    as_json: bool,
    **asked: Any,
) -> None:
    """Print a prompt-ready block for QUESTION: numbered passages, each with its citation.

    It is at most --budget tokens long, by an estimate that needs no tokenizer (docs/serving.md). A
    passage that does not fit is cut at the end of a sentence and ends with an ellipsis; what found
    no room is counted. Without a hit the block says so; the exit code is 0.
    """
    from dataclasses import asdict

    from govgate.retrieve.context import context
    from govgate.retrieve.search import search

    today = day(None)
    narrowed = filters(asked)
    model = embedder(embed)
    place = up_to_date(run, home, store, today=today, model=model)
    found = search(place, question, narrowed.scope(today), limit=limit, embedder=model)
    block = context(found, question, budget)
    if log_queries:
        noted("context", home, question, limit, narrowed, block.hits, block.record)
    if as_json:
        import json

        told = {name: value for name, value in asdict(block).items() if name != "hits"}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(block.text, nl=False)
