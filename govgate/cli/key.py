"""`govgate key`: make the keys of a home, and show their public halves."""

import os
from datetime import date
from pathlib import Path

import click

from govgate.cli.options import day, home_option, json_option
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate key new
  GOVGATE_PASSPHRASE=... govgate key new --home /secure/govgate
  govgate key add alice --role approver --not-after 2027-12-31
  govgate key authority tsa-root.pem --require
  govgate key show
"""


@click.group("key", epilog=EPILOG, short_help="Make and show the keys that sign records.")
def command() -> None:
    """Make the keys of a home, and show their public halves."""


@command.command("new", epilog=EPILOG)
@click.option(
    "--origin",
    help="Name of the log, like example.com/govgate. [default: derived from the log's key]",
)
@home_option
def new(origin: str | None, home: Home) -> None:
    """Make a new home: gate key, log key, fingerprint key, trust file and an empty log.

    Private keys are Ed25519 in PKCS#8, encrypted when $GOVGATE_PASSPHRASE is set, and readable
    by you alone. Nothing that exists is overwritten.
    """
    from govgate.attest.keys import new_key
    from govgate.attest.log import Log
    from govgate.attest.trust import Role, Trust
    from govgate.durable import make_dirs
    from govgate.errors import UsageError
    from govgate.home import new_fingerprint_key

    for path in (home.gate_key, home.log_key, home.fingerprint_file, home.trust, home.log):
        if path.exists():
            raise UsageError(
                f"{path} exists already", remedy="name another --home; a key is never overwritten"
            )
    passphrase = os.environ.get("GOVGATE_PASSPHRASE") or None
    make_dirs(home.gate_key.parent)
    home.gate_key.parent.chmod(0o700)
    gate = new_key(home.gate_key, passphrase)
    log = new_key(home.log_key, passphrase)
    new_fingerprint_key(home)
    name = origin or f"govgate-log/{log.keyid[:16]}"
    Log.create(home.log, name, log)
    trust = Trust().add(gate.public, [Role.GATE]).add(log.public, [Role.LOG], name=name)
    trust.save(home.trust)
    click.echo(f"gate key   {gate.keyid[:16]}  {home.gate_key}")
    click.echo(f"log key    {log.keyid[:16]}  {home.log_key}")
    click.echo(f"log        {name}  {home.log}")
    click.echo(f"trust      {home.trust}  (give a copy to whoever verifies)")
    if passphrase is None:
        click.echo("The keys are not encrypted: set GOVGATE_PASSPHRASE before `key new` to do so.")


@command.command("add", epilog=EPILOG)
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["approver", "publisher"]),
    required=True,
    help="What it may sign: waivers, or bundles of policies.",
)
@click.option(
    "--not-after",
    "last",
    metavar="DAY",
    callback=lambda _ctx, _param, text: None if text is None else day(text),
    help="Last day on which its signatures count.",
)
@home_option
def add(name: str, role: str, last: date | None, home: Home) -> None:
    """Make a key for NAME, a person or a desk, and trust it in that one role.

    The private key is encrypted when $GOVGATE_PASSPHRASE is set. Hand it over and remove it from
    this machine: whoever holds two approvers' keys can approve twice.
    """
    import re

    from govgate.attest.keys import new_key
    from govgate.attest.trust import Role, load_trust
    from govgate.errors import UsageError

    if not re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?", name):
        raise UsageError(
            f"{name!a} is no name for a key", remedy="use small letters, digits, hyphens and dots"
        )
    if last is not None and last < day(None):
        raise UsageError(f"--not-after {last} has passed, so the key would count for nothing")
    trust = load_trust(home.trust)
    if any(key.name == name and key.revoked is None for key in trust.keys):
        raise UsageError(f"{home.trust} lists a key called {name} already")
    path = home.gate_key.with_name(f"{name}.pem")
    passphrase = os.environ.get("GOVGATE_PASSPHRASE") or None
    key = new_key(path, passphrase)
    trust.add(key.public, [Role(role)], name=name, not_after=last).save(home.trust)
    until = f", counts until {last}" if last else ""
    click.echo(f"{role} key  {key.keyid[:16]}  {path}{until}")
    if passphrase is None:
        click.echo("The key is not encrypted: set GOVGATE_PASSPHRASE before `key add` to do so.")


@command.command("authority", epilog=EPILOG)
@click.argument("certificate", type=click.Path(path_type=Path, dir_okay=False), metavar="CERT.pem")
@click.option("--require", is_flag=True, help="From now on, no record counts without a stamp.")
@home_option
def authority(certificate: Path, require: bool, home: Home) -> None:
    """Trust time stamps whose chain ends in CERT.pem, the root certificate of an authority.

    List a certificate between the root and the signer too where the authority's answers leave it
    out. Whoever verifies needs the same entries in the trust file.
    """
    from dataclasses import replace

    from govgate.attest.authority import MAX_CERTIFICATE, parse_authority
    from govgate.attest.files import read_bounded
    from govgate.attest.trust import load_trust
    from govgate.errors import EvidenceError, UsageError

    trust = load_trust(home.trust)
    try:
        listed = parse_authority(read_bounded(certificate, MAX_CERTIFICATE).decode("latin-1"))
    except FileNotFoundError as error:
        raise UsageError(f"{certificate} does not exist") from error
    except EvidenceError as error:
        raise UsageError(f"{certificate}: {error.what}", remedy=error.remedy) from error
    if not require or listed not in trust.authorities:
        trust = trust.trust_authority(listed)
    replace(trust, require_timestamp=require or trust.require_timestamp).save(home.trust)
    click.echo(f"authority  {listed.title}")
    if require:
        click.echo("A record counts only with a time stamp from now on.")


@command.command("show", epilog=EPILOG)
@home_option
@json_option
def show(home: Home, as_json: bool) -> None:
    """List the trusted keys: id, roles, name, public key in PEM."""
    from govgate.attest.trust import load_trust

    keys = load_trust(home.trust).keys
    if as_json:
        import json

        click.echo(
            json.dumps(
                [
                    {
                        "keyid": key.keyid,
                        "roles": sorted(key.roles),
                        "name": key.name,
                        "pem": key.public.pem(),
                    }
                    for key in keys
                ],
                indent=2,
            )
        )
        return
    for key in keys:
        click.echo(f"{key.keyid}  {', '.join(sorted(key.roles))}  {key.name or ''}".rstrip())
        click.echo(key.public.pem())
