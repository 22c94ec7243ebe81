"""`govgate verify-proof`: check an answer of `govgate prove`."""

from pathlib import Path

import click

from govgate.cli.asked import asked, asked_options, called
from govgate.cli.options import day, home_option, json_option, quorum_option, trust_option
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate verify-proof answer.intoto.jsonl --subject customer-4711 --trust trust.json
  govgate verify-proof answer.intoto.jsonl --row support_chats.jsonl:17 --json

\b
Exit codes: 0 the answer holds, whichever it is; 2 usage, 5 it does not hold.
"""


@click.command(
    "verify-proof", epilog=EPILOG, short_help="Check an answer of prove, without the run."
)
@click.argument("proof", type=click.Path(path_type=Path), metavar="FILE")
@asked_options
@trust_option
@quorum_option
@home_option
@json_option
def command(
    proof: Path,
    row: str | None,
    subject: str | None,
    trust: Path | None,
    quorum: Path | None,
    home: Home,
    as_json: bool,
) -> None:
    """Check that FILE answers for this row or data subject, and say what it answers.

    Nothing but FILE, the trust file and the quorum file is read.
    """
    from govgate.attest.quorum import find_quorum, load_quorum
    from govgate.attest.trustfile import load_trust
    from govgate.prove import check_answer

    about = asked(row, subject)
    needed = load_quorum(quorum) if quorum else find_quorum(home.quorum)
    answer = check_answer(
        proof, about, load_trust(trust or home.trust), today=day(None), quorum=needed
    )
    if as_json:
        import json

        said = {
            "present": answer.present,
            "restsOn": "the record" if answer.present else "the record and the gate's word",
            "tree": about.tree.value,
            "size": answer.size,
            "namelessRows": answer.nameless_rows,
            "finishedOn": answer.finished_on.isoformat(),
            "recordFinishedOn": answer.decision.finished_on.isoformat(),
            "partition": answer.partition,
            "logged": answer.logged,
        }
        click.echo(json.dumps(said, indent=2))
        return
    click.echo(f"{called(about)} {'was' if answer.present else 'was not'} in the train partition")
    when = f"{answer.decision.finished_on:%Y-%m-%d %H:%M:%S} UTC"
    click.echo(f"partition  {answer.partition}, gated {when}, {answer.size} {about.tree}")
    if subject is not None and answer.nameless_rows:
        click.echo(f"{answer.nameless_rows} of its rows do not say whom they are about.")
    if row is not None and not answer.present:
        click.echo(
            "A row goes by FILE:LINE unless govgate.yaml names a field of ids (docs/data.md)."
        )
    if not answer.present:
        click.echo(
            "That it was not rests on the gate's signed word for one hash, which whoever has the"
            " organisation's key can check (docs/row-proofs.md)."
        )
    click.echo(f"log        {answer.logged}")
