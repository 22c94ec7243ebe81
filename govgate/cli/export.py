"""`govgate export`: a verified record in a format that others read."""

import os
import sys
from pathlib import Path

import click

from govgate.cli.options import day, home_option, quorum_option, run_argument, trust_option
from govgate.home import Home

NAMES = ("spdx", "cyclonedx", "croissant", "huggingface", "openlineage")

EPILOG = """\b
Examples:
  govgate export govgate-run --as spdx --out train.spdx.json
  govgate export govgate-run --as cyclonedx > bom.json
  govgate export govgate-run --as huggingface -o README.md --trust auditors-copy/trust.json

\b
Exit codes: 0 written; 5 the run does not verify, or is incomplete; 2 usage, also where a format
that only describes files is asked of a run that let none through.
"""


@click.command(
    "export", epilog=EPILOG, short_help="A verified record as SPDX, CycloneDX, Croissant and more."
)
@run_argument
@click.option("--as", "format_", type=click.Choice(NAMES), required=True, help="Which format.")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file. [default: standard output]",
)
@click.option("--replace", is_flag=True, help="Replace the file that --out names.")
@trust_option
@quorum_option
@home_option
def command(
    run: Path,
    format_: str,
    out: Path | None,
    replace: bool,
    trust: Path | None,
    quorum: Path | None,
    home: Home,
) -> None:
    """Verify RUN, and write what its record says in a format that others read.

    spdx: SPDX 3.0.1. cyclonedx: CycloneDX 1.7. croissant: Croissant 1.1. huggingface: a dataset
    card. openlineage: an event. Nothing is written unless every step of `govgate verify` holds; the
    same record gives the same bytes, and what it does not know is not guessed.
    """
    from govgate.attest.quorum import find_quorum, load_quorum
    from govgate.attest.trustfile import load_trust
    from govgate.export.formats import Format, render
    from govgate.export.verified import verified

    if out is not None:
        _check_place(out, run, replace=replace)
    needed = load_quorum(quorum) if quorum else find_quorum(home.quorum)
    record = verified(run, load_trust(trust or home.trust), today=day(None), quorum=needed)
    data = render(record, Format(format_))
    if out is None:
        sys.stdout.buffer.write(data)
        return
    _write(out, data)


def _check_place(out: Path, run: Path, *, replace: bool) -> None:
    from govgate.errors import UsageError

    if out.resolve().is_relative_to(run.resolve()):
        raise UsageError(
            f"{out} lies in {run}, which would no longer verify with another file in it",
            remedy="name a place outside",
        )
    if os.path.lexists(out) and not replace:
        raise UsageError(f"{out} exists already", remedy="name another --out, or add --replace")


def _write(out: Path, data: bytes) -> None:
    from govgate.durable import write_durably

    write_durably(out, data)
    click.echo(f"{out}: {len(data):,} bytes")
