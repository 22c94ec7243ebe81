"""`govgate verify`: check a run directory, step by step."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgate.cli.options import (
    day,
    home_option,
    json_option,
    quorum_option,
    run_argument,
    trust_option,
)
from govgate.errors import ExitCode
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.verify import Step

EPILOG = """\b
Examples:
  govgate verify govgate-run
  govgate verify govgate-run --trust auditors-copy/trust.json --json
  govgate verify govgate-run --quorum auditors-copy/quorum

\b
Exit codes: 0 every step holds, 5 one does not (named), 2 usage.
"""


@click.command(
    "verify", epilog=EPILOG, short_help="Check signature, trust, log, every digest and the policy."
)
@run_argument
@trust_option
@quorum_option
@home_option
@json_option
def command(run: Path, trust: Path | None, quorum: Path | None, home: Home, as_json: bool) -> int:
    """Check that RUN still says what was signed, in numbered steps; stops at the first that fails.

    The steps are those of docs/records.md. Nothing but RUN, the trust file, the quorum file and the
    home's list of records that erasures have superseded is read.
    """
    from govgate.attest.quorum import find_quorum, load_quorum
    from govgate.attest.trustfile import load_trust
    from govgate.register.superseded import superseded
    from govgate.verify import verify, verify_but_for_counts

    needed = load_quorum(quorum) if quorum else find_quorum(home.quorum)
    trusted, today = load_trust(trust or home.trust), day(None)
    result = verify(run, trusted, today=today, quorum=needed, superseded=superseded(home))
    if as_json:
        import json

        steps = [
            {"number": s.number, "title": s.title, "holds": s.holds, "detail": s.detail}
            for s in result.steps
        ]
        outcome = result.decision.outcome.value if result.decision and result.holds else None
        click.echo(
            json.dumps({"holds": result.holds, "outcome": outcome, "steps": steps}, indent=2)
        )
    else:
        for step in result.steps:
            click.echo(
                f"{step.number:<2} {'ok  ' if step.holds else 'FAIL'}  {step.title}: {step.detail}"
            )
        wanting = result.failure.wanting if result.failure else ""
        # The steps after one that waits for others were not gone through: they may fail, too.
        rest = verify_but_for_counts(run, trusted, today=today) if wanting else result
        click.echo(_last_line(run, rest.failure, wanting))
    return ExitCode.TRAIN if result.holds else ExitCode.EVIDENCE


def _last_line(run: Path, failure: "Step | None", wanting: str) -> str:
    """``failure``: the first step that does not hold, whoever else must sign (``wanting``)."""
    from govgate.verify import SUPERSEDED

    if failure is None and not wanting:
        return f"{run} verifies."
    if failure is None:
        return f"{run} does not count yet, do not train on it. What is there holds; {wanting}."
    if failure.number == SUPERSEDED:
        return f"{run} is superseded: do not train on it."
    said = f"{run} does not verify: do not train on it, and find out who changed it."
    if not wanting:
        return said
    return f"{said} Step {failure.number}, {failure.title}, fails too: {failure.detail}"
