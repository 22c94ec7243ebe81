"""`govgate run`: a training command starts with exactly the rows that passed, or not at all."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgate.cli.options import day, home_option, run_argument
from govgate.cli.retrieve.asking import embed_option, embedder, store_option, up_to_date
from govgate.cli.streams import complain
from govgate.errors import ExitCode, GovgateError
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.enforce.admit import Admission

EPILOG = """\b
Examples:
  govgate run govgate-run -- python train.py
  govgate run govgate-run --checkpoint out/model -- python train.py --save out/model
  govgate run govgate-run --fallback 'python answer.py' -- python train.py

\b
The command finds in its environment:
  GOVGATE_TRAIN_DATA   the folder of the train partition (training)
  GOVGATE_NOTICE       the notice that names the partition's sources (training)
  GOVGATE_RETRIEVAL    the retrieval store (fallback)
  GOVGATE_EMBED        the folder of its model, with --embed (fallback)
  GOVGATE_RUN          the run directory
  GOVGATE_OUTCOME      train or retrieval-only

\b
Exit codes: the command's own; 125 when nothing was started, with the reason; 5 when the train
partition changed while the command ran.
"""


def _words(fallback: str | None) -> list[str] | None:
    """The words of the command, as a shell would have them."""
    if fallback is None:
        return None
    try:
        words = shlex.split(fallback)
    except ValueError as error:
        raise click.BadParameter(f"this is no command ({error})") from error
    if not words or not words[0]:
        raise click.BadParameter("this names no command")
    return words


@click.command(
    "run", epilog=EPILOG, short_help="Verify a run, then start a command on its train partition."
)
@run_argument
@click.argument("cmd", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD...")
@click.option(
    "--fallback",
    metavar="CMD",
    callback=lambda _context, _option, value: _words(value),
    help="Start this instead on a retrieval-only outcome.",
)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=click.Path(path_type=Path),
    multiple=True,
    help="What the training writes: noted in the home's register, for `govgate trace`. Repeatable.",
)
@store_option
@embed_option
@home_option
def command(
    run: Path,
    cmd: tuple[str, ...],
    fallback: list[str] | None,
    checkpoints: tuple[Path, ...],
    store: Path | None,
    embed: Path | None,
    home: Home,
) -> int:
    """Verify RUN, then execute CMD with $GOVGATE_TRAIN_DATA naming its train partition.

    Anything that does not hold (a changed byte, an added file, a link, an expired policy, an
    untrusted key) refuses with exit code 125. On a retrieval-only outcome CMD is refused, or the
    fallback is started with the retrieval store, which is brought up to date first. The home's
    register notes which run was trained on, before the training starts.
    """
    from govgate.attest.quorum import find_quorum
    from govgate.attest.trustfile import load_trust
    from govgate.enforce.admit import admit
    from govgate.model import Outcome
    from govgate.register.superseded import superseded

    try:
        admission = admit(
            run,
            load_trust(home.trust),
            today=day(None),
            quorum=find_quorum(home.quorum),
            superseded=superseded(home),
        )
        if admission.may_train:
            return _train(run, cmd, checkpoints, home, admission)
        if fallback and admission.decision.outcome is Outcome.RETRIEVAL_ONLY:
            place = up_to_date(
                run, home, store, today=day(None), model=embedder(embed), take_over=True
            )
            return _answer(run, fallback, place, embed, admission.reason)
    except GovgateError as error:
        return _refuse(str(error))
    return _refuse(
        f"{admission.reason}; see: govgate explain {shlex.quote(str(run))} ROW"
        + ("" if fallback else ", or give a --fallback command")
    )


def _train(
    run: Path,
    cmd: tuple[str, ...],
    checkpoints: tuple[Path, ...],
    home: Home,
    admission: "Admission",
) -> int:
    from govgate import rundir
    from govgate.enforce.admit import unchanged
    from govgate.enforce.command import run_command
    from govgate.enforce.noted import noted

    named = {"GOVGATE_TRAIN_DATA": rundir.TRAIN}
    if (run / rundir.NOTICE).is_file():  # runs of earlier versions have none
        named["GOVGATE_NOTICE"] = rundir.NOTICE
    environment = _environment(run, "train", named)
    code = noted(
        home,
        run,
        admission.record_digest,
        checkpoints,
        cmd,
        lambda: run_command(cmd, environment),
        complain,
    )
    try:
        unchanged(run, admission.decision)
    except GovgateError as error:
        complain(
            f"govgate: the train partition changed while the command ran: {error}; "
            "do not use what it trained\n"
        )
        return ExitCode.EVIDENCE
    return code


def _answer(run: Path, fallback: list[str], store: Path, embed: Path | None, reason: str) -> int:
    from govgate.enforce.command import run_command

    complain(f"govgate: {reason}; starting the fallback\n")
    named = {"GOVGATE_RETRIEVAL": str(store.resolve())}
    if embed is not None:
        named["GOVGATE_EMBED"] = str(embed.resolve())
    return run_command(fallback, {**_environment(run, "retrieval-only", {}), **named})


def _environment(run: Path, outcome: str, folders: dict[str, str]) -> dict[str, str]:
    full = run.resolve()
    places = {name: str(full / folder) for name, folder in folders.items()}
    return {"GOVGATE_RUN": str(full), "GOVGATE_OUTCOME": outcome, **places}


def _refuse(reason: str) -> int:
    complain(f"govgate: refused: {reason}\n")
    return ExitCode.REFUSED
