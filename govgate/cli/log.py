"""`govgate log`: look at the transparency log, and check all of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgate.cli.options import day, home_option, json_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.attest.log import Log

EPILOG = """\b
Examples:
  govgate log show
  cp .govgate/log/checkpoint kept-elsewhere
  govgate log verify --since kept-elsewhere
"""


@click.group("log", epilog=EPILOG, short_help="Look at the transparency log and check it.")
def command() -> None:
    """Look at the transparency log of a home, and check all of it."""


@command.command("show", epilog=EPILOG)
@home_option
@json_option
def show(home: Home, as_json: bool) -> None:
    """Print the log's newest checkpoint, and its entries: outcome, signer, subject."""
    from govgate.attest.leaf import parse_leaf

    log = _log(home)
    checkpoint = log.checkpoint()
    leaves = [parse_leaf(log.entry(index)) for index in range(checkpoint.size)]
    if as_json:
        import json

        entries = [
            {"outcome": x.outcome.value, "keyid": x.keyid, "subject": x.subject, "signed": x.signed}
            for x in leaves
        ]
        answer = {"origin": checkpoint.origin, "size": checkpoint.size, "entries": entries}
        click.echo(json.dumps({**answer, "root": checkpoint.root.hex()}, indent=2))
        return
    click.echo(log.signed_checkpoint().decode(), nl=False)
    for index, leaf in enumerate(leaves):
        click.echo(
            f"{index:>6}  {leaf.outcome:<14}  by {leaf.keyid[:16]}  subject {leaf.subject[:16]}"
        )


@command.command("verify", epilog=EPILOG)
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A checkpoint kept elsewhere: finds a log that was rolled back or forked since.",
)
@home_option
def verify(since: Path | None, home: Home) -> None:
    """Recompute the whole log from its entries; exit 5 names the first thing that differs."""
    from govgate.attest.audit import audit

    log = _log(home)
    kept = since.read_bytes() if since else None
    checkpoint = audit(home.log, log.signed_checkpoint, *log.verifiers, since=kept)
    against = " and continues the checkpoint given" if kept else ""
    click.echo(f"{checkpoint.origin}: {checkpoint.size} entries, every one holds{against}")


def _log(home: Home) -> "Log":
    from govgate.attest.log import Log
    from govgate.attest.trust import load_trust

    newest, *older = load_trust(home.trust).log_verifiers(day(None))
    return Log(home.log, newest.name, newest.key, [one.key for one in older])
