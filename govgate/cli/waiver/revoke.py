"""`govgate waiver revoke`: the end of a waiver before its day."""

from pathlib import Path

import click

from govgate.cli.options import day, home_option, policy_option
from govgate.cli.waiver.places import (
    approver_keys,
    folder_of,
    key_option,
    waivers_option,
    write_new,
)
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate waiver revoke w-1f0c8e52ab90 --policy acme.yaml --reason "permission ended" --key alice
"""


@click.command("revoke", epilog=EPILOG)
@click.argument("waiver")
@policy_option
@click.option("--reason", required=True, help="Why, in one line.")
@key_option
@waivers_option
@home_option
def command(
    waiver: str,
    policy: str,
    reason: str,
    keys: tuple[str, ...],
    waivers: Path | None,
    home: Home,
) -> None:
    """End WAIVER, the id of a waiver: a signed file beside it says so, and both stay.

    Any one approver can do this. Records of runs that heeded the waiver stay true.
    """
    from govgate.attest.trustfile import load_trust
    from govgate.attest.waiver import Revocation, check_text, sign
    from govgate.errors import EvidenceError, UsageError
    from govgate.spelling import did_you_mean
    from govgate.steps.waivers.files import read_waivers

    folder = folder_of(waivers, policy, home)
    ids = [grant.id for _, _, grant in read_waivers(folder).grants]
    if waiver not in ids:
        raise UsageError(
            f"{folder} holds no waiver {waiver!a}{did_you_mean(waiver, ids)}",
            remedy="see: govgate waiver list",
        )
    try:
        revocation = Revocation(waiver, day(None), check_text(reason, "reason"))
    except EvidenceError as error:
        raise UsageError(error.what) from error
    signers = approver_keys(keys, home, load_trust(home.trust), day(None))
    path = write_new(
        folder,
        f"{waiver}.revoked.json",
        sign(revocation, signers),
        remedy="the waiver is revoked; that needs no second signature",
    )
    click.echo(f"{waiver} is revoked from today on: {path}")
