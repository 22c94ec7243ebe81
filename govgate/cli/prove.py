"""`govgate prove`: was this row, or this person, in the train partition?"""

from pathlib import Path
from shlex import quote

import click

from govgate.cli.asked import asked, asked_options, called
from govgate.cli.options import home_option, run_argument
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate prove govgate-run --row support_chats.jsonl:17
  govgate prove govgate-run --subject customer-4711 --out answer.intoto.jsonl
  govgate prove govgate-run --subject - < who.txt

\b
Exit codes: 0 answered, whichever the answer is; 2 usage, 5 the record does not verify.
"""


@click.command(
    "prove", epilog=EPILOG, short_help="Prove whether a row or a person was in the train partition."
)
@run_argument
@asked_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="answer.intoto.jsonl",
    show_default=True,
    help="New file for the answer, which whoever asked can check.",
)
@home_option
def command(run: Path, row: str | None, subject: str | None, out: Path, home: Home) -> None:
    """Say whether a row, or any row of a data subject, was in the train partition of RUN.

    The answer is a signed file that proves it from RUN's record alone, with no other row in it.
    It names nobody: `govgate verify-proof` is given the id again. The record is verified first,
    by its signature and its log.
    """
    import os
    from datetime import UTC, datetime

    from govgate.attest.trust import Role
    from govgate.attest.trustfile import load_trust
    from govgate.cli.signers import signing_key
    from govgate.home import fingerprint_key
    from govgate.prove import check_answer, keep, prove, was_read

    about, trust, now = asked(row, subject), load_trust(home.trust), datetime.now(UTC)
    if os.path.lexists(out):
        raise click.UsageError(f"{out} exists already: name another --out")
    signer = signing_key(home.gate_key, Role.GATE, trust, now.date())
    keep(out, prove(run, about, fingerprint_key(home), signer, trust, now=now))
    answer = check_answer(out, about, trust, today=now.date())
    click.echo(f"{called(about)} {'was' if answer.present else 'was not'} in the train partition")
    option = "--subject S" if row is None else f"--row {quote(row)}"
    click.echo(
        f"proof      {out}  (check it with: govgate verify-proof {quote(str(out))} {option})"
    )
    if row is not None and not was_read(run, row):
        click.echo(f"note: {run} read no row of that name; is it spelt right?", err=True)
    if row is None and not answer.present:
        click.echo(
            "note: is the id spelt as in the data, and does the person have other ids there? The"
            " answer is for this one alone.",
            err=True,
        )
