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
  govgate explain govgate-run articles.csv:4 --counterfactual
  govgate explain govgate-run articles.csv:4 --counterfactual --use retrieve
"""


@click.command(
    "explain", epilog=EPILOG, short_help="Say which rules decided a row, and the remedy."
)
@run_argument
@click.argument("row")
@click.option(
    "--counterfactual",
    is_flag=True,
    help="Search the smallest change of facts that would let the row through.",
)
@click.option(
    "--use",
    type=click.Choice(["train", "retrieve"]),
    help="What the change is to allow; only with --counterfactual. [default: train]",
)
@json_option
def command(run: Path, row: str, counterfactual: bool, use: str | None, as_json: bool) -> None:
    """Say which rules decided ROW in RUN, from which facts, and what can be done about it.

    ROW is the row's id where the configuration names an id field and the id is unique and holds no
    finding, else FILE:LINE. It is read off the stored verdict; nothing is decided again, and no
    text of the row is shown.

    With --counterfactual, sets of changes that a person could bring about are decided by the run's
    policy, the smallest first: findings taken out, an unknown fact declared, consent or a licence
    obtained, the row split. What is known of a source is never changed, nor the run's purpose.
    """
    from govgate.steps.explain import explain_row

    if use and not counterfactual:
        raise click.UsageError("--use goes with --counterfactual")
    explained = explain_row(run, row)
    if counterfactual:
        explained["counterfactual"] = _searched(run, row, use or "train")
    if as_json:
        import json

        click.echo(json.dumps(explained, indent=2, default=str))
        return
    _show(explained)
    if counterfactual:
        _show_changes(explained["counterfactual"])
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
    for waived in explained["waived"]:
        click.echo(
            f"\nwaived  {waived['rule']} by {waived['waiver']} until {waived['until']}"
            f" ({waived['ticket']})"
        )
        click.echo(f"  reason  {waived['reason']}")
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


def _searched(run: Path, row: str, use: str) -> dict[str, Any]:
    from govgate.model import Use
    from govgate.steps.counterfactual import counterfactual_row

    return counterfactual_row(run, row, Use(use))


def _show_changes(found: dict[str, Any]) -> None:
    click.echo(f"\nwhat would have to change ({found['use']}):")
    if found["changes"]:
        _show_way(found)
        for other in found["alternatives"]:
            click.echo("  or")
            _show_way(other)
    for note in found["notes"]:
        click.echo(f"  {note}")


def _show_way(way: dict[str, Any]) -> None:
    after = way["after"]
    click.echo(f"  {way['words']}")
    click.echo(
        f"    then train: {after['train']}, retrieve: {after['retrieve']}"
        f"  ({', '.join(after['reasons'])})"
    )
    for use, count in way["redacts"].items():
        if count and after[use] == "redact":
            noun = "finding" if count == 1 else "findings"
            click.echo(f"    govgate itself replaces {count} {noun} for {use}")


def _apart(finding: dict[str, Any]) -> str:
    """What is out of the ordinary with a finding: the view, and that it does not count."""
    view = "" if finding["view"] == "original" else f", {finding['view']} view"
    out = f"; taken out by the policy's {finding['excluded']}" if finding["excluded"] else ""
    return view + out


def _value(fact: dict[str, Any]) -> str:
    if fact["value"] is None:
        return f"unknown ({fact['why']})"
    value = ", ".join(fact["value"]) if isinstance(fact["value"], list) else str(fact["value"])
    return f"{value} ({fact['why']})" if fact["why"] else value
