"""`govgate key`: make the keys of a home, and show their public halves."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgate.cli import keychange, keymake
from govgate.cli.options import day, home_option, json_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.attest.keys import PublicKey
    from govgate.attest.trust import Role, TrustedKey

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


for one in (
    keymake.new,
    keymake.add,
    keychange.rotate,
    keychange.accept,
    keychange.trust,
    keychange.revoke,
    keychange.require,
):
    command.add_command(one)


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

    WHICH is a role, or the beginning of a key's id. A role leaves revoked keys out. With --pem and
    --vkey it means the Ed25519 key that signs today; others are printed by their id.
    """
    from govgate.attest.trustfile import load_trust
    from govgate.errors import UsageError

    if pem + vkey + as_json > 1:
        raise UsageError("--pem, --vkey and --json exclude each other")
    trusted = load_trust(home.trust).keys
    if pem:
        click.echo(_one(trusted, which, home).public.pem(), nl=False)
    elif vkey:
        click.echo(_log_verifier(_one(trusted, which or "log", home)))
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


def _one(keys: "Sequence[TrustedKey]", which: str | None, home: Home) -> "TrustedKey":
    """The single key that is meant; UsageError names the others that could be."""
    from govgate.attest.trust import Role
    from govgate.errors import UsageError

    found = keys if which is None else _chosen(keys, which)
    if which in set(Role):
        found = _signing(found, Role(which), home)
    if len(found) > 1:
        could = ", ".join(f"{key.keyid[:16]} ({', '.join(sorted(key.roles))})" for key in found)
        raise UsageError(
            f"{len(found)} keys could be meant: {could}",
            remedy="name one by the beginning of its id",
        )
    return found[0]


def _signing(keys: "Sequence[TrustedKey]", role: "Role", home: Home) -> "Sequence[TrustedKey]":
    """Of the ``keys`` of a role, the one that signs today; of each holder one if that is unclear.

    That is each holder's newest Ed25519 key. Of several holders, the home's own is meant: the log
    that is listed first, and the gate whose key lies in the home, where that can be read.
    """
    from datetime import date

    from govgate.attest.keys import Algorithm
    from govgate.attest.trust import Role
    from govgate.errors import UsageError

    objections = {key: key.objection(role, day(None)) for key in keys}
    current = [key for key, objection in objections.items() if objection is None]
    if not current:
        said = "; ".join(filter(None, objections.values()))
        raise UsageError(
            f"no key of the role {role.value} counts today: {said}", remedy="name one by its id"
        )
    ours = [key for key in current if key.public.algorithm is Algorithm.ED25519] or current
    ours.sort(key=lambda key: key.not_before or date.min)  # of one day, the last that is listed
    newest = {key.name or key.keyid: key for key in ours}
    own: list[TrustedKey] = []
    if len(newest) > 1 and role is Role.LOG:
        own = [key for key in newest.values() if key.name == keys[0].name]
    if len(newest) > 1 and role is Role.GATE:
        public = _own_gate(home)
        own = [key for key in newest.values() if key.public == public]
    return own or [*newest.values()]


def _own_gate(home: Home) -> "PublicKey | None":
    """The gate key in the home; None where there is none, or a passphrase or a token keeps it."""
    from govgate.attest.keyfile import is_pointer, load_key
    from govgate.errors import GovgateError

    try:
        return None if is_pointer(home.gate_key) else load_key(home.gate_key).public
    except GovgateError:
        return None


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
