"""`govgate trace`: where a person, or a row, is; since when, on what basis, and in which model."""

from typing import TYPE_CHECKING, Any

import click

from govgate.cli.asked import asked, asked_options
from govgate.cli.lines import line, many
from govgate.cli.options import home_option, json_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.register.models import Model
    from govgate.steps.trace import Trace, TracedRow, TracedRun

EPILOG = """\b
Examples:
  govgate trace --subject customer-4711
  govgate trace --subject - --json < who.txt
  govgate trace --row support_chats.jsonl:17

\b
Exit codes: 0 answered, whichever the answer is; 2 usage, 5 the register is damaged.
"""
_STANDING = {
    "here": "still there",
    "replaced": "another run has its place",
    "gone": "no longer there",
}


@click.command("trace", epilog=EPILOG, short_help="Say where a person or a row is, and in what.")
@asked_options
@home_option
@json_option
def command(row: str | None, subject: str | None, home: Home, as_json: bool) -> None:
    """Answer a request for access: in which runs, stores and models a person or a row is.

    Says for each run that this home published: where it is, since when, file, row and partition,
    source, licence, lawful basis and consent, policy, retrieval stores and models trained on it;
    and by which receipts a person was erased. The person's id is not printed. A row that was erased
    is known by its name no more.
    """
    import json

    from govgate.attest.membership import Tree
    from govgate.home import fingerprint_key
    from govgate.register.content import name_key, person_key
    from govgate.steps.trace import ROW, SUBJECT, trace

    about, key = asked(row, subject), fingerprint_key(home)
    if about.tree is Tree.ROWS:
        found = trace(home, ROW, name_key(about.text, key))
    else:
        found = trace(home, SUBJECT, person_key(about.text, key))
    if as_json:
        click.echo(json.dumps(as_data(found), indent=2))
    else:
        _show(found, by_name=about.tree is Tree.ROWS)


def as_data(found: "Trace") -> dict[str, Any]:
    """Everything that the text says, as JSON values."""
    return {
        "found": found.found,
        "looked": found.looked,
        "runs": [_run_data(one) for one in found.runs],
        "erased": [{"receipt": e.receipt, "day": e.day.isoformat()} for e in found.erasures],
    }


def _run_data(traced: "TracedRun") -> dict[str, Any]:
    run = traced.run
    return {
        "run": str(run.path),
        "standing": traced.standing.value,
        "outOfReach": traced.why or None,
        "record": run.record,
        "since": run.finished_on.isoformat(),
        "outcome": run.outcome.value,
        "purpose": run.purpose.value,
        "policy": {"name": run.policy, "version": run.policy_version},
        "rows": [
            {
                "file": row.file,
                "row": row.row,
                "partition": row.partition.value,
                "source": row.source,
                "license": row.license,
                "consentBasis": row.basis,
                "consentStatus": row.status,
            }
            for row in traced.rows
        ],
        "stores": [{"path": str(s.path), "there": s.path.exists()} for s in traced.stores],
        "models": [
            {
                "model": model.model,
                "command": model.command,
                "startedOn": model.started_on.isoformat(),
                "exit": model.exit,
            }
            for model in traced.models
        ],
    }


def _show(found: "Trace", *, by_name: bool) -> None:
    does = "has this name" if by_name else "names this subject"
    if not found.found:
        click.echo(f"No row of the runs this home knows {does}")
        if by_name:
            click.echo("A row that was erased is known by its name no more: ask by --subject")
    for traced in found.runs:
        _show_run(traced)
    for erasure in found.erasures:
        line("erased", f"on {erasure.day}, by receipt {erasure.receipt}")
    runs = many(found.looked, "run")
    click.echo(f"({runs} looked at; what was made without govgate is not known)")


def _show_run(traced: "TracedRun") -> None:
    run = traced.run
    click.echo(f"{run.path} ({_STANDING[traced.standing.value]})")
    line("since", f"{run.finished_on:%Y-%m-%d %H:%M} UTC, outcome {run.outcome}")
    line("policy", f"{run.policy} version {run.policy_version}, for {run.purpose}")
    if traced.why:
        line("note", f"names and consent of its rows are not told: {traced.why}")
    for number, row in enumerate(traced.rows):
        line("" if number else "rows", _row_words(row))
    for number, store in enumerate(traced.stores):
        there = "" if store.path.exists() else " (no longer there)"
        line("" if number else "stores", f"{store.path}{there}")
    for number, model in enumerate(traced.models):
        line("" if number else "models", _model_words(model))


def _row_words(row: "TracedRow") -> str:
    name = row.row or f"a row of {row.file}"
    said = [f"{name} in {row.partition}"]
    said += [f"source {row.source}"] if row.source else []
    said.append(f"licence {row.license or 'unknown'}")
    if row.row is not None:
        said.append(f"lawful basis {row.basis or 'unknown'}, consent {row.status or 'unknown'}")
    return "; ".join(said)


def _model_words(model: "Model") -> str:
    name = model.model or f"what {model.command} trained"
    ended = (
        "has not ended, as far as is known" if model.exit is None else f"ended with {model.exit}"
    )
    return f"{name}; started {model.started_on:%Y-%m-%d %H:%M} UTC, {ended}"
