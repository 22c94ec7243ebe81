"""Commands of `govgate key` that change whom a trust file believes."""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govgate.cli.options import day, day_option, home_option, token_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.attest.tokenuri import TokenUri

EPILOG = """\b
Examples:
  govgate key rotate gate
  govgate key accept rotations.jsonl --trust auditors-copy/trust.json
  govgate key trust alice.pem --role approver --name alice --not-after 2027-12-31
  govgate key revoke 5f3c0a91
  govgate key require gate --signers 2
"""

ROLES = ("gate", "log", "approver", "publisher", "witness")
trust_option = click.option(
    "--trust",
    "trust_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Trust file to change. [default: the one of --home]",
)


@click.command("rotate", epilog=EPILOG)
@click.argument("which", type=click.Choice(["gate", "gate-ml-dsa-44", "log"]))
@token_option("--token", "Keep the new key in this token (pkcs11: URI).")
@home_option
def rotate(which: str, token: "TokenUri | None", home: Home) -> None:
    """Replace a key of the home by a new one, which the old one signs for.

    Both count today, from tomorrow on only the new one; what the old key signed before goes on
    verifying. Give rotations.jsonl to whoever holds a copy of the trust file. A key that may have
    leaked is not rotated but revoked. A key in a token needs --token, so that none leaves one by
    mistake.
    """
    from govgate.attest.trust import Role
    from govgate.errors import UsageError
    from govgate.steps import rotate as step

    passphrase = os.environ.get("GOVGATE_PASSPHRASE") or None
    today = day(None)
    if which != "gate-ml-dsa-44":
        done = step.rotate(home, Role(which), passphrase, today, token)
    elif token is None:
        done = step.rotate_second(home, passphrase, today)
    else:
        raise UsageError("a key in a token signs with ed25519", remedy="leave --token out")
    click.echo(f"old key  {done.old.keyid[:16]}  {done.retired}  counts until {today}")
    click.echo(f"new key  {done.new.keyid[:16]}  {done.path}  counts from {today}")
    click.echo(f"signed   {home.rotations}  (for those who verify: govgate key accept)")


@click.command("accept", epilog=EPILOG)
@click.argument("rotations", type=click.Path(path_type=Path, dir_okay=False))
@trust_option
@home_option
def accept(rotations: Path, trust_file: Path | None, home: Home) -> None:
    """Follow what trusted keys signed about their successors, line by line.

    Nothing changes unless every line is listed already or holds.
    """
    from govgate.attest import rotation
    from govgate.attest.files import read_bounded
    from govgate.attest.trust import Trust
    from govgate.attest.trustfile import change_trust
    from govgate.errors import UsageError
    from govgate.steps.rotate import MAX_ROTATIONS

    path = trust_file or home.trust
    try:
        lines = read_bounded(rotations, MAX_ROTATIONS).splitlines(keepends=True)
    except FileNotFoundError as error:
        raise UsageError(f"{rotations} does not exist") from error
    new: list[bytes] = []

    def follow(trust: Trust) -> Trust:
        new.extend(line for line in lines if not rotation.is_applied(trust, line))
        for line in new:
            trust = rotation.apply(trust, line, day(None))
        return trust

    change_trust(path, follow)
    click.echo(f"{path}: {len(new)} rotations followed, {len(lines) - len(new)} known already")


@click.command("trust", epilog=EPILOG)
@click.argument("public", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True)
@click.option("--name", help="Whose key it is; of a log or witness, its name in notes.")
@day_option("--not-before", "not_before", "First day on which it counts.")
@day_option("--not-after", "not_after", "Last day on which it counts.")
@trust_option
@home_option
def trust(
    public: Path,
    roles: tuple[str, ...],
    name: str | None,
    not_before: date | None,
    not_after: date | None,
    trust_file: Path | None,
    home: Home,
) -> None:
    """Trust the public key in the file PUBLIC (PEM, or base64 of its bytes).

    Ask its owner for the id that `govgate key show` prints, and compare.
    """
    from govgate.attest.files import read_bounded
    from govgate.attest.keys import parse_public
    from govgate.attest.trust import Role
    from govgate.attest.trustfile import change_trust
    from govgate.errors import EvidenceError, UsageError

    path = trust_file or home.trust
    try:
        key = parse_public(read_bounded(public, 16 * 1024).decode("ascii"))
    except FileNotFoundError as error:
        raise UsageError(f"{public} does not exist") from error
    except (EvidenceError, UnicodeDecodeError) as error:
        what = error.what if isinstance(error, EvidenceError) else "it is not text"
        raise UsageError(f"{public} cannot be trusted: {what}") from error
    wanted = [Role(role) for role in roles]
    change_trust(
        path,
        lambda known: known.add(key, wanted, name=name, not_before=not_before, not_after=not_after),
        begin=True,
    )
    click.echo(f"{', '.join(roles)}  {key.keyid}  {name or ''}".rstrip())


@click.command("revoke", epilog=EPILOG)
@click.argument("key")
@trust_option
@home_option
def revoke(key: str, trust_file: Path | None, home: Home) -> None:
    """Revoke KEY, by id or name: from now on nothing that it signed counts, whatever the date.

    Its thief can write any date. Records that must outlive it are gated again.
    """
    from govgate.attest.trustfile import change_trust, load_trust

    path = trust_file or home.trust
    found = load_trust(path).find(key)
    change_trust(path, lambda trust: trust.revoke(found.keyid, day(None)))
    click.echo(f"revoked  {found.keyid}  {', '.join(sorted(found.roles))}  {found.name or ''}")


@click.command("require", epilog=EPILOG)
@click.argument("role", type=click.Choice(["gate", "publisher"]))
@click.option("--signers", type=click.IntRange(1, 16), help="How many must sign; 1 undoes it.")
@click.option("--post-quantum", is_flag=True, help="An ML-DSA-44 signature beside Ed25519.")
@trust_option
@home_option
def require(
    role: str, signers: int | None, post_quantum: bool, trust_file: Path | None, home: Home
) -> None:
    """Say how many signers a record (gate) or a bundle (publisher) needs, and of which kinds.

    Keys of one name are one signer. Everything signed before is held to it, too.
    """
    from dataclasses import replace

    from govgate.attest.keys import Algorithm
    from govgate.attest.trust import Role, Trust
    from govgate.attest.trustfile import change_trust
    from govgate.errors import UsageError

    if signers is None and not post_quantum:
        raise UsageError("nothing is asked for", remedy="give --signers or --post-quantum")
    path = trust_file or home.trust
    kinds = frozenset({Algorithm.ED25519, Algorithm.ML_DSA_44})

    def ask(trust: Trust) -> Trust:
        thresholds, algorithms = dict(trust.thresholds), dict(trust.algorithms)
        if signers is not None:
            thresholds[Role(role)] = signers
        if post_quantum:
            algorithms[Role(role)] = kinds
        return replace(trust, thresholds=thresholds, algorithms=algorithms)

    trust = change_trust(path, ask)
    click.echo(
        f"{path}: {role} needs {trust.thresholds.get(Role(role), 1)} signers"
        f"{', Ed25519 and ML-DSA-44' if Role(role) in trust.algorithms else ''}"
    )
