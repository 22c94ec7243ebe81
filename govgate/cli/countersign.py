"""`govgate countersign`: a second signature on a record."""

from pathlib import Path

import click

from govgate.cli.options import day, home_option, run_argument
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate key add audit --role gate
  govgate key require gate --signers 2
  govgate countersign govgate-run --key .govgate/keys/audit.pem

\b
Exit codes: 0 signed, 2 usage, 5 the run does not verify (nothing is signed).
"""


@click.command("countersign", epilog=EPILOG, short_help="Add a signature to a run's record.")
@run_argument
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Private key to sign with; the trust file lists it as a gate's.",
)
@home_option
def command(run: Path, key_file: Path, home: Home) -> None:
    """Verify RUN, every step but how many signed it, and sign its statements too.

    A trust file can ask for several signers (`govgate key require gate --signers 2`): then no
    run counts before enough have signed.
    """
    from govgate.attest.trust import Role
    from govgate.attest.trustfile import load_trust
    from govgate.cli.signers import signing_key
    from govgate.countersign import countersign

    trust, today = load_trust(home.trust), day(None)
    key = signing_key(key_file, Role.GATE, trust, today)
    countersign(run, key, trust, today)
    click.echo(f"{run}: signed by key {key.keyid[:16]} too")
