"""`govgate explain`: why a row was decided as it was."""

from pathlib import Path
from shlex import quote
from typing import Any

import click

from govgate.cli.options import json_option, run_argument

EPILOG = """\b
Examples:
  govgate explain govgate-run support_chats.jsonl:17
  govgate explain govgate-run articles.csv:4 --json
"""


@click.command(
    "explain", epilog=EPILOG, short_help="Say which rules decided a row, and the remedy."
)
@run_argument
@click.argument("row")
@json_option
def command(run: Path, row: str, as_json: bool) -> None:
    """Say which rules decided ROW in RUN, from which facts, and what can be done about it.

    ROW is the row's id where the configuration names an id field, else FILE:LINE. It is read off
    the stored verdict; nothing is decided again, and no text of the row is shown.
    """
    from govgate.steps.explain import explain_row

    explained = explain_row(run, row)
    if as_json:
        import json

        click.echo(json.dumps(explained, indent=2))
        return
    _show(explained)
    where = quote(str(run))
    click.echo(
        f"\nThis is what the files say; `govgate verify {where}` checks that nobody changed them."
    )


def _show(explained: dict[str, Any]) -> None:
    click.echo(f"{explained['row']}: {explained['partition']}")
    click.echo(f"  train: {explained['train']}    retrieve: {explained['retrieve']}")
    for reason in explained["reasons"]:
        uses = ", ".join(f"{use}: {effect}" for use, effect in reason["effects"].items())
        unanswered = "" if reason["matched"] else " [could not be answered]"
        click.echo(f"\n{reason['rule']}  {uses or '(overruled)'}{unanswered}")
        click.echo(f"  {reason['title']}")
        for fact in reason["facts"]:
            click.echo(f"  because {fact['name']} is {_value(fact)}")
        for cite in reason["cites"]:
            click.echo(f"  cites   {cite}")
        if reason["remedy"]:
            click.echo(f"  remedy  {reason['remedy']}")
    if explained["findings"]:
        click.echo("\nfindings (no text is kept):")
        for f in explained["findings"]:
            click.echo(
                f"  {f['entity']:<16} {f['score']:.2f}  {f['pointer'] or '(text)'}"
                f" [{f['start']}:{f['end']}] role {f['role']}, {f['recognizer']}"
                f"{_apart(f)}"
            )
    if explained["obligations"]:
        click.echo(f"\nobligations: {', '.join(explained['obligations'])}")


def _apart(finding: dict[str, Any]) -> str:
    """What is out of the ordinary with a finding: the view, and that it does not count."""
    view = "" if finding["view"] == "original" else f", {finding['view']} view"
    out = f"; taken out by the policy's {finding['excluded']}" if finding["excluded"] else ""
    return view + out


def _value(fact: dict[str, Any]) -> str:
    if fact["value"] is None:
        return f"unknown ({fact['why']})"
    return ", ".join(fact["value"]) if isinstance(fact["value"], list) else str(fact["value"])
