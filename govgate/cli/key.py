"""`govgate key`: make the keys of a home, and show their public halves."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgate.cli import keychange
from govgate.cli.options import day, day_option, home_option, json_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.attest.trust import TrustedKey

EPILOG = """\b
Examples:
  govgate key new
  GOVGATE_PASSPHRASE=... govgate key new --home /secure/govgate
  govgate key add alice --role approver --not-after 2027-12-31
  govgate key authority tsa-root.pem --require
  govgate key show
  govgate key rotate gate
  govgate key revoke 5f3c0a91
  govgate key show --pem gate > gate.pem
  govgate key show --vkey
"""


@click.group("key", epilog=EPILOG, short_help="Make and show the keys that sign records.")
def command() -> None:
    """Make the keys of a home, change whom its trust file believes, and show public halves."""


for changing in (
    keychange.rotate,
    keychange.accept,
    keychange.trust,
    keychange.revoke,
    keychange.require,
):
    command.add_command(changing)


@command.command("new", epilog=EPILOG)
@click.option(
    "--origin",
    help="Name of the log, like example.com/govgate. [default: derived from the log's key]",
)
@click.option(
    "--post-quantum",
    is_flag=True,
    help="A second gate key, ML-DSA-44, without whose signature no record counts.",
)
@home_option
def new(origin: str | None, post_quantum: bool, home: Home) -> None:
    """Make a new home: gate key, log key, fingerprint key, trust file and an empty log.

    Private keys are Ed25519 in PKCS#8, encrypted when $GOVGATE_PASSPHRASE is set, and readable
    by you alone. Nothing that exists is overwritten.
    """
    from dataclasses import replace

    from govgate.attest.keys import Algorithm, new_key
    from govgate.attest.log import Log
    from govgate.attest.trust import Role, Trust
    from govgate.attest.trustfile import save_trust
    from govgate.durable import make_dirs
    from govgate.errors import UsageError
    from govgate.home import new_fingerprint_key

    secret = (home.gate_key, home.second_key, home.log_key, home.fingerprint_file)
    for path in (*secret, home.trust, home.log):
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
    trust = Trust().add(gate.public, [Role.GATE], name="gate")
    trust = trust.add(log.public, [Role.LOG], name=name)
    if post_quantum:
        second = new_key(home.second_key, passphrase, Algorithm.ML_DSA_44)
        trust = trust.add(second.public, [Role.GATE], name="gate")
        trust = replace(trust, algorithms={Role.GATE: frozenset(Algorithm)})
    save_trust(trust, home.trust)
    click.echo(f"gate key   {gate.keyid[:16]}  {home.gate_key}")
    if post_quantum:
        click.echo(f"gate key   {second.keyid[:16]}  {home.second_key}  (ML-DSA-44)")
    click.echo(f"log key    {log.keyid[:16]}  {home.log_key}")
    click.echo(f"log        {name}  {home.log}")
    click.echo(f"trust      {home.trust}  (give a copy to whoever verifies)")
    if passphrase is None:
        click.echo("The keys are not encrypted: set GOVGATE_PASSPHRASE before `key new` to do so.")


@command.command("add", epilog=EPILOG)
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["gate", "approver", "publisher"]),
    required=True,
    help="What it may sign: records, waivers, or bundles of policies.",
)
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "ml-dsa-44"]),
    default="ed25519",
    show_default=True,
    help="How it signs; ml-dsa-44 is post-quantum, and of gates alone.",
)
@day_option("--not-after", "last", "Last day on which its signatures count.")
@home_option
def add(name: str, role: str, algorithm: str, last: date | None, home: Home) -> None:
    """Make a key for NAME, a person or a desk, and trust it in that one role.

    The private key is encrypted when $GOVGATE_PASSPHRASE is set. Hand it over and remove it from
    this machine: whoever holds two approvers' keys can approve twice.
    """
    import re

    from govgate.attest.keys import Algorithm, new_key
    from govgate.attest.trust import Role
    from govgate.attest.trustfile import change_trust, load_trust
    from govgate.errors import UsageError

    if algorithm != "ed25519" and role != "gate":
        raise UsageError(f"a key for {role} signs with ed25519", remedy="leave --algorithm out")
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
    key = new_key(path, passphrase, Algorithm(algorithm))
    change_trust(
        home.trust,
        lambda known: known.add(key.public, [Role(role)], name=name, not_after=last),
    )
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
    from govgate.attest.trust import Trust
    from govgate.attest.trustfile import change_trust
    from govgate.errors import EvidenceError, UsageError

    try:
        listed = parse_authority(read_bounded(certificate, MAX_CERTIFICATE).decode("latin-1"))
    except FileNotFoundError as error:
        raise UsageError(f"{certificate} does not exist") from error
    except EvidenceError as error:
        raise UsageError(f"{certificate}: {error.what}", remedy=error.remedy) from error

    def believe(trust: Trust) -> Trust:
        if not require or listed not in trust.authorities:
            trust = trust.trust_authority(listed)
        return replace(trust, require_timestamp=require or trust.require_timestamp)

    change_trust(home.trust, believe)
    click.echo(f"authority  {listed.title}")
    if require:
        click.echo("A record counts only with a time stamp from now on.")


@command.command("show", epilog=EPILOG)
@click.argument("which", required=False)
@click.option("--pem", is_flag=True, help="Print one key, in PEM, and nothing else.")
@click.option("--vkey", is_flag=True, help="Print the log's key as sumdb/note reads it.")
@home_option
@json_option
def show(which: str | None, pem: bool, vkey: bool, home: Home, as_json: bool) -> None:
    """List the trusted keys: id, roles, name, public key in PEM.

    WHICH is a role, or the beginning of a key's id. A role leaves revoked keys out.
    """
    from govgate.attest.trustfile import load_trust
    from govgate.errors import UsageError

    if pem + vkey + as_json > 1:
        raise UsageError("--pem, --vkey and --json exclude each other")
    trusted = load_trust(home.trust).keys
    if pem:
        click.echo(_one(trusted, which).public.pem(), nl=False)
    elif vkey:
        click.echo(_log_verifier(_one(trusted, which or "log")))
    else:
        _list(trusted if which is None else _chosen(trusted, which), as_json=as_json)


def _list(keys: "Sequence[TrustedKey]", *, as_json: bool) -> None:
    if as_json:
        import json

        click.echo(json.dumps([_described(key) for key in keys], indent=2))
        return
    for key in keys:
        click.echo(f"{key.keyid}  {', '.join(sorted(key.roles))}  {key.name or ''}".rstrip())
        click.echo(key.public.pem())


def _described(key: "TrustedKey") -> dict[str, object]:
    from govgate.attest.trust import Role

    described: dict[str, object] = {
        "keyid": key.keyid,
        "roles": sorted(key.roles),
        "name": key.name,
        "pem": key.public.pem(),
    }
    if Role.LOG in key.roles:
        described["vkey"] = _log_verifier(key)
    return described


def _one(keys: "Sequence[TrustedKey]", which: str | None) -> "TrustedKey":
    """The single key that is meant; UsageError names the others that could be."""
    from govgate.errors import UsageError

    found = keys if which is None else _chosen(keys, which)
    if len(found) > 1:
        could = ", ".join(f"{key.keyid[:16]} ({', '.join(sorted(key.roles))})" for key in found)
        raise UsageError(
            f"{len(found)} keys could be meant: {could}",
            remedy="name one by the beginning of its id",
        )
    return found[0]


def _chosen(keys: "Sequence[TrustedKey]", which: str) -> "Sequence[TrustedKey]":
    """The keys of a role that are not revoked, or those whose id begins with ``which``."""
    from govgate.attest.trust import Role
    from govgate.errors import UsageError

    roles = [role.value for role in Role]
    if which in roles:
        found = [key for key in keys if which in key.roles and key.revoked is None]
    else:
        found = [key for key in keys if which and key.keyid.startswith(which)]
    if not found:
        raise UsageError(
            f"the trust file lists no key {which!a}",
            remedy=f"name a role ({', '.join(roles)}) or the beginning of an id",
        )
    return found


def _log_verifier(key: "TrustedKey") -> str:
    """A log's key in one line. A witness signs in another form, which has vkeys of its own."""
    from govgate.attest.note import Verifier
    from govgate.attest.trust import Role
    from govgate.errors import UsageError

    if Role.LOG not in key.roles or key.name is None:
        raise UsageError(f"key {key.title} is not a log's", remedy="leave WHICH out, or name a log")
    return Verifier(key.name, key.public).vkey
