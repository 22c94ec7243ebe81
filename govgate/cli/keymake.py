"""Commands of `govgate key` that make keys, in files or in a token."""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgate.cli.options import day, day_option, home_option, token_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.attest.keys import PrivateKey
    from govgate.attest.tokenuri import TokenUri

EPILOG = """\b
Examples:
  govgate key new
  GOVGATE_PASSPHRASE=... govgate key new --home /secure/govgate
  govgate key add alice --role approver --not-after 2027-12-31

\b
Keys in a token, whose PIN is in GOVGATE_PASSPHRASE; without object= or id=, a new one is made:
  TOKEN='pkcs11:token=acme?module-path=/usr/lib/softhsm/libsofthsm2.so'
  govgate key new --gate-token "$TOKEN" --log-token "$TOKEN"
"""


@click.command("new", epilog=EPILOG)
@click.option(
    "--origin",
    help="Name of the log, like example.com/govgate. [default: derived from the log's key]",
)
@click.option(
    "--post-quantum",
    is_flag=True,
    help="A second gate key, ML-DSA-44, without whose signature no record counts.",
)
@token_option("--gate-token", "Keep the gate's key in this token (pkcs11: URI).")
@token_option("--log-token", "Keep the log's key in this token.")
@home_option
def new(
    origin: str | None,
    post_quantum: bool,
    gate_token: "TokenUri | None",
    log_token: "TokenUri | None",
    home: Home,
) -> None:
    """Make a new home: gate key, log key, fingerprint key, trust file and an empty log.

    Private keys are Ed25519 in PKCS#8, encrypted when $GOVGATE_PASSPHRASE is set, and readable
    by you alone; or they are in a token. Nothing that exists is overwritten.
    """
    from dataclasses import replace

    from govgate.attest.keyfile import keep_pointer, new_key
    from govgate.attest.keys import Algorithm, PrivateKey
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
    in_tokens = _in_tokens({home.gate_key: gate_token, home.log_key: log_token}, passphrase)
    make_dirs(home.gate_key.parent)
    home.gate_key.parent.chmod(0o700)

    def kept(path: Path) -> PrivateKey:
        if path not in in_tokens:
            return new_key(path, passphrase)
        key, uri = in_tokens[path]
        keep_pointer(path, uri)
        return key

    gate, log = kept(home.gate_key), kept(home.log_key)
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
    click.echo(f"gate key   {gate.keyid[:16]}  {home.gate_key}{_where(gate_token)}")
    if post_quantum:
        click.echo(f"gate key   {second.keyid[:16]}  {home.second_key}  (ML-DSA-44)")
    click.echo(f"log key    {log.keyid[:16]}  {home.log_key}{_where(log_token)}")
    click.echo(f"log        {name}  {home.log}")
    click.echo(f"trust      {home.trust}  (give a copy to whoever verifies)")
    if passphrase is None:
        click.echo("The keys are not encrypted: set GOVGATE_PASSPHRASE before `key new` to do so.")


@click.command("add", epilog=EPILOG)
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
@token_option("--token", "Keep it in this token (pkcs11: URI).")
@day_option("--not-after", "last", "Last day on which its signatures count.")
@home_option
def add(
    name: str,
    role: str,
    algorithm: str,
    token: "TokenUri | None",
    last: date | None,
    home: Home,
) -> None:
    """Make a key for NAME, a person or a desk, and trust it in that one role.

    The private key is encrypted when $GOVGATE_PASSPHRASE is set. Hand it over and remove it from
    this machine: whoever holds two approvers' keys can approve twice.
    """
    import re

    from govgate.attest.keyfile import keep_pointer, key_in_token, new_key
    from govgate.attest.keys import Algorithm
    from govgate.attest.trust import Role
    from govgate.attest.trustfile import change_trust, load_trust
    from govgate.errors import UsageError

    if algorithm != "ed25519" and role != "gate":
        raise UsageError(f"a key for {role} signs with ed25519", remedy="leave --algorithm out")
    if algorithm != "ed25519" and token is not None:
        raise UsageError("a key in a token signs with ed25519", remedy="leave --algorithm out")
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
    if token is None:
        key = new_key(path, passphrase, Algorithm(algorithm))
    elif path.exists():
        raise UsageError(f"{path} exists already", remedy="choose another name")
    else:
        key, uri = key_in_token(token, name, passphrase)
        trust.add(key.public, [Role(role)], name=name)  # a key that is listed stops here
        keep_pointer(path, uri)
    change_trust(
        home.trust,
        lambda known: known.add(key.public, [Role(role)], name=name, not_after=last),
    )
    until = f", counts until {last}" if last else ""
    click.echo(f"{role} key  {key.keyid[:16]}  {path}{_where(token)}{until}")
    if passphrase is None:
        click.echo("The key is not encrypted: set GOVGATE_PASSPHRASE before `key add` to do so.")


def _in_tokens(
    wanted: "dict[Path, TokenUri | None]", pin: str | None
) -> "dict[Path, tuple[PrivateKey, TokenUri]]":
    """The keys that go into tokens, by their files, before anything is written to the disk.

    Those that are there are opened before one is made, and one key may not be two.
    """
    from govgate.attest.keyfile import key_in_token
    from govgate.errors import UsageError

    asked = [(path, uri) for path, uri in wanted.items() if uri is not None]
    asked.sort(key=lambda one: not one[1].names_key)
    found = {path: key_in_token(uri, path.stem, pin) for path, uri in asked}
    if len({key.keyid for key, _ in found.values()}) < len(found):
        raise UsageError("the gate's key and the log's are the same", remedy="name two keys")
    return found


def _where(token: "TokenUri | None") -> str:
    return f" (in {token.token_title})" if token is not None else ""
