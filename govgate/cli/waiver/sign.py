"""`govgate waiver sign`: one more approval."""

from pathlib import Path

import click

from govgate.cli.options import day, home_option, policy_option
from govgate.cli.waiver.grant import approvals_line, show_grant
from govgate.cli.waiver.places import approver_keys, folder_of, key_option, waivers_option
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate waiver sign w-1f0c8e52ab90 --policy acme.yaml --key bob
  govgate waiver sign waivers/w-1f0c8e52ab90.json --policy acme.yaml --key keys/bob.pem
"""


@click.command("sign", epilog=EPILOG)
@click.argument("waiver")
@policy_option
@key_option
@waivers_option
@home_option
def command(
    waiver: str, policy: str, keys: tuple[str, ...], waivers: Path | None, home: Home
) -> None:
    """Add your signature to WAIVER, a file or the id of a waiver, once you have read it."""
    from govgate.attest import waiver as signed_waiver
    from govgate.attest.files import read_bounded
    from govgate.attest.trustfile import load_trust
    from govgate.durable import write_durably
    from govgate.errors import EvidenceError, UsageError
    from govgate.steps.open import named_policy
    from govgate.steps.waivers.judge import approvals_needed

    loaded = named_policy(policy, home)
    folder = folder_of(waivers, policy, home)
    path = Path(waiver) if Path(waiver).is_file() else folder / f"{waiver}.json"
    try:
        signed = signed_waiver.parse(read_bounded(path, signed_waiver.MAX_WAIVER))
    except FileNotFoundError as error:
        raise UsageError(f"there is no waiver {path}", remedy="see: govgate waiver list") from error
    except EvidenceError as error:
        raise UsageError(f"{path}: {error.what}") from error
    if not isinstance(signed.said, signed_waiver.Grant):
        raise UsageError(f"{path} is the end of a waiver; it needs no second signature")
    if signed.said.policy != loaded.name:
        raise UsageError(
            f"{path} is a waiver of policy {signed.said.policy}, not {loaded.name}",
            remedy="name its policy with --policy",
        )
    trust, today = load_trust(home.trust), day(None)
    if signed.said.until <= today:
        raise UsageError(f"{path}: it ended on {signed.said.until}", remedy="grant a new one")
    signers = approver_keys(keys, home, trust, today)
    before = {one.keyid for one in signed_waiver.approvals(signed, trust, (today,))}
    if again := [key.keyid[:16] for key in signers if key.keyid in before]:
        raise UsageError(f"key {again[0]} has signed {path} already")
    more = signed_waiver.add_signatures(signed, signers)
    write_durably(path, more.line)
    days = (signed.said.granted_on, today)
    found = signed_waiver.approvals(more, trust, days)
    count = len({one.person for one in found if one.objection is None})
    click.echo(f"{signed.said.id}  {path}")
    show_grant(signed.said)
    click.echo(approvals_line(count, approvals_needed(loaded, signed.said.rule), path, policy))
