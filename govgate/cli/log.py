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
  govgate log cosign govgate-run
"""

WITNESS_EPILOG = """\b
Examples:
  VKEY=$(govgate key show --vkey)
  govgate log witness --key w1.pem --name example.org/w1 --log "$VKEY" --state w1
  govgate log witness --key w1.pem --name example.org/w1 --log "$VKEY" --state w1 --listen :8790

\b
The last line that it prints before it waits is a line for quorum files.
Exit codes: 0 stopped by Ctrl-C or SIGTERM, 2 usage.
"""

COSIGN_EPILOG = """\b
Examples:
  govgate log cosign
  govgate log cosign govgate-run
  govgate log cosign govgate-run --json

\b
Exit codes: 0 the quorum is reached, 5 it is not (what came is kept: run it again), 2 usage.
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
    from govgate.attest.files import read_bounded
    from govgate.attest.note import MAX_NOTE

    log = _log(home)
    kept = read_bounded(since, MAX_NOTE) if since else None
    checkpoint = audit(home.log, log.signed_checkpoint, *log.verifiers, since=kept)
    against = " and continues the checkpoint given" if kept else ""
    click.echo(f"{checkpoint.origin}: {checkpoint.size} entries, every one holds{against}")


@command.command("witness", epilog=WITNESS_EPILOG)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The witness's private key; made if neither it nor --state is there yet.",
)
@click.option("--name", required=True, help="The witness's name, like example.org/w1.")
@click.option(
    "--log", "vkeys", metavar="VKEY", multiple=True, required=True, help="A log to cosign (repeat)."
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the last checkpoint of each log. Never put an old copy back.",
)
@click.option(
    "--begin",
    is_flag=True,
    help="Begin with a key that is there and has never cosigned. Once: never after a lost --state.",
)
@click.option(
    "--listen",
    default="127.0.0.1:8790",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to answer; port 0 takes a free one.",
)
def witness(
    key: Path, name: str, vkeys: tuple[str, ...], state: Path, begin: bool, listen: str
) -> int:
    """Serve a witness (C2SP tlog-witness): cosign a log's checkpoints while it only grows.

    It cosigns a checkpoint if a log named with --log signed it and a proof shows that it continues
    the last one cosigned; never a fork, never a smaller log. So a key without its --state is
    refused: whoever lost that folder begins with a new key. It speaks plain HTTP: beyond this
    machine, put a server in front that does TLS.
    """
    from govgate.attest.serving import WitnessServer
    from govgate.cli.serving import address, new_or_kept, serve, short_name, telling

    served = new_or_kept(key, name, vkeys, state, begin=begin)
    where = address(listen)
    try:
        server = WitnessServer(where, served, telling)
    except OSError as error:
        raise click.UsageError(f"cannot listen at {listen}: {error.strerror}") from error
    logs = ", ".join(sorted(served.witness.logs))
    serve(
        server,
        f"{name} cosigns {logs} at {server.url}",
        f"witness {short_name(served.witness)} {served.witness.cosigner.vkey} {server.url}",
    )
    return 0


@command.command("cosign", epilog=COSIGN_EPILOG)
@click.argument("run", type=click.Path(path_type=Path, file_okay=False), required=False)
@home_option
@json_option
def cosign(run: Path | None, home: Home, as_json: bool) -> int:
    """Ask the witnesses of the home's quorum file to cosign the log's newest checkpoint.

    Their cosignatures are verified and kept in the log's checkpoint file. With RUN, its proof is
    replaced by one under the cosigned checkpoint once the quorum is reached.
    """
    from govgate.attest.quorum import find_quorum
    from govgate.attest.trustfile import load_trust
    from govgate.cli.witnessed import as_data, show_witnesses
    from govgate.errors import ExitCode, UsageError
    from govgate.steps.cosign import gather, refresh

    quorum = find_quorum(home.quorum)
    if quorum is None:
        raise UsageError(
            f"there is no quorum file {home.quorum}", remedy="list the witnesses there that count"
        )
    log = _log(home)
    quorum.check_log(log.verifier)
    gathered = gather(log, quorum, load_trust(home.trust))
    proof = refresh(run, log, gathered) if run else None
    reached = gathered.standing.reached
    if as_json:
        import json

        proved = {"run": str(run), "index": proof.index, "refreshed": reached} if proof else None
        click.echo(json.dumps({**as_data(gathered), "proof": proved}, indent=2))
    else:
        show_witnesses(gathered)
        if proof:
            now = "is now under this checkpoint" if reached else "stays as it was"
            click.echo(f"  {'proof':<10} of {run} (entry {proof.index}) {now}")
    return ExitCode.TRAIN if reached else ExitCode.EVIDENCE


def _log(home: Home) -> "Log":
    from govgate.attest.log import Log
    from govgate.attest.trustfile import load_trust

    newest, *older = load_trust(home.trust).log_verifiers(day(None))
    return Log(home.log, newest.name, newest.key, [one.key for one in older])
