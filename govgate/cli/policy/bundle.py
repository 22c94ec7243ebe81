"""`govgate policy bundle`: policies, cases and waivers as one signed file that expires."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import day, home_option, json_option
from govgate.cli.policy.contents import facts_of, print_facts
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.attest.keys import PrivateKey

EPILOG = """\b
Examples:
  govgate policy bundle build policies/ --name acme --bundle-version 7 --expires 2027-02-28
  govgate policy bundle sign acme.bundle --key second-publisher.pem
  govgate policy bundle verify acme.bundle --threshold 2
  govgate policy bundle install acme.bundle
  govgate policy bundle show acme
  govgate gate data/ --policy bundle:acme/fine-tuning
"""


@click.group("bundle", epilog=EPILOG, short_help="Hand out policies as one signed file.")
def command() -> None:
    """Hand out policies, their cases and waivers as one signed file with a version and an expiry.

    A home takes a bundle that publishers of its trust file signed, and no older one ever after.
    `--policy bundle:NAME/POLICY` verifies it anew each time; an expired one is refused.
    """


def _file(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument(
        "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE"
    )(function)


def _keys(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--key",
        "keys",
        multiple=True,
        help="A publisher's key: a file, or the NAME of a key in --home. Repeat for several. "
        "[default: publisher]",
    )(function)


def _threshold(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--threshold", type=click.IntRange(1, 64), metavar="N", help=text)


@command.command("build", epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Name of the bundle: small letters, digits, hyphens.")
@click.option(
    "--bundle-version",
    "version",
    required=True,
    type=click.IntRange(1, 2**53 - 1),
    help="Counts up with every bundle of this name.",
)
@click.option(
    "--expires",
    required=True,
    metavar="DAY",
    callback=lambda _ctx, _param, text: day(text),
    help="First day on which it may no longer be loaded.",
)
@click.option("--out", type=click.Path(path_type=Path), help="File to make. [default: NAME.bundle]")
@_keys
@home_option
def build(
    folder: Path,
    name: str,
    version: int,
    expires: date,
    out: Path | None,
    keys: tuple[str, ...],
    home: Home,
) -> None:
    """Build and sign a bundle of the policies, cases and waivers/ in FOLDER.

    Every policy must load, be in force and pass the cases that lie beside it, and may extend only
    shipped packs and policies within FOLDER.
    """
    from govgate.attest.bundle import sign_bundle
    from govgate.durable import write_durably
    from govgate.errors import UsageError
    from govgate.steps.bundles.build import build as build_bundle

    target = out or Path(f"{name}.bundle")
    if target.exists():
        raise UsageError(f"{target} exists already", remedy="name another --out")
    built = build_bundle(folder, name=name, version=version, expires=expires, today=day(None))
    signers = _loaded(keys, home)
    write_durably(target, sign_bundle(built.bundle, signers))
    for path in built.left_out:
        click.echo(f"left out: {path}", err=True)
    waivers = sum(file.is_waiver for file in built.bundle.files)
    click.echo(
        f"{target}: bundle {name} version {version}, expires {expires}\n"
        f"{_counted(len(built.policies), 'policy', 'policies')}, {built.cases} cases pass, "
        f"{_counted(waivers, 'waiver', 'waivers')}; signed by "
        + ", ".join(key.keyid[:16] for key in signers)
    )


@command.command("sign", epilog=EPILOG)
@_file
@_keys
@home_option
def sign(file: Path, keys: tuple[str, ...], home: Home) -> None:
    """Add a publisher's signature to the bundle FILE, for homes that ask for more than one.

    Look at what it holds first, with `govgate policy bundle show FILE`.
    """
    from govgate.attest.bundle import add_signatures, read_unverified
    from govgate.durable import write_durably

    signed = add_signatures(_bytes(file), _loaded(keys, home))
    write_durably(file, signed)
    bundle, keyids = read_unverified(signed)
    click.echo(
        f"{file}: bundle {bundle.name} version {bundle.version} "
        f"carries {_counted(len(keyids), 'signature', 'signatures')}"
    )


@command.command("install", epilog=EPILOG)
@_file
@_threshold("Publishers that must sign this bundle, from now on. [default: as before, at first 1]")
@click.option(
    "--recover", is_flag=True, help="Take an older version after the last one's keys were revoked."
)
@home_option
@json_option
def install(file: Path, threshold: int | None, recover: bool, home: Home, as_json: bool) -> None:
    """Verify the bundle FILE and install it in the home, so that `--policy bundle:NAME` finds it.

    Refused with exit code 5: too few publishers' signatures, an expired bundle, an older version
    than the last one seen, the same version with another content, a clock that was set back.
    """
    from govgate.steps.bundles.install import install as install_bundle

    installed = install_bundle(
        _bytes(file), home, today=day(None), threshold=threshold, recover=recover
    )
    facts = facts_of(installed.bundle, installed.signed.sha256, installed.signed.signers)
    if as_json:
        import json

        more = {"threshold": installed.seen.threshold, "folder": str(installed.folder)}
        click.echo(json.dumps({**facts, **more}, indent=2))
        return
    print_facts(facts)
    click.echo(f"installed in {installed.folder}")


@command.command("verify", epilog=EPILOG)
@_file
@_threshold("Publishers that must have signed. [default: 1]")
@home_option
@json_option
def verify(file: Path, threshold: int | None, home: Home, as_json: bool) -> None:
    """Verify signatures and expiry of the bundle FILE and install nothing; exit code 5 says no."""
    from govgate.attest.trustfile import load_trust
    from govgate.steps.bundles.install import verify_bundle

    trust = load_trust(home.trust)
    signed = verify_bundle(_bytes(file), trust, today=day(None), threshold=threshold or 1)
    facts = facts_of(signed.bundle, signed.sha256, signed.signers)
    if as_json:
        import json

        click.echo(json.dumps({"holds": True, **facts}, indent=2))
        return
    print_facts(facts)
    click.echo("it holds")


@command.command("show", epilog=EPILOG)
@click.argument("bundle", metavar="BUNDLE")
@home_option
@json_option
def show(bundle: str, home: Home, as_json: bool) -> None:
    """List what BUNDLE holds: a file, or the name of an installed bundle.

    One that does not hold is listed too, with the reason; nobody may have signed what it says.
    """
    import hashlib

    from govgate.attest.bundle import read_unverified
    from govgate.attest.dsse import parse_envelope
    from govgate.steps.bundles.load import PREFIX, stored_bundle

    name = bundle.removeprefix(PREFIX)
    is_file = bundle == name and Path(name).is_file()
    data = _bytes(Path(name)) if is_file else stored_bundle(name, home)
    said, keyids = read_unverified(data)
    objection = _objection(data, None if is_file else name, home)
    facts = facts_of(said, hashlib.sha256(parse_envelope(data).payload).hexdigest(), keyids)
    if as_json:
        import json

        click.echo(json.dumps({"holds": not objection, "objection": objection, **facts}, indent=2))
        return
    print_facts(facts)
    click.echo(f"DOES NOT HOLD: {objection}" if objection else "it holds")


def _objection(data: bytes, installed: str | None, home: Home) -> str:
    """Why the bundle may not be used today; "" when it may."""
    from govgate.attest.trustfile import load_trust
    from govgate.errors import EvidenceError, UsageError
    from govgate.steps.bundles.install import verify_bundle
    from govgate.steps.bundles.load import load_bundle

    try:
        if installed is not None:
            load_bundle(installed, home, today=day(None))
        else:
            verify_bundle(data, load_trust(home.trust), today=day(None))
    except (EvidenceError, UsageError) as error:
        return str(error)
    return ""


def _loaded(keys: tuple[str, ...], home: Home) -> "list[PrivateKey]":
    """The private keys, each trusted as a publisher today; UsageError where one is not."""
    from govgate.attest.trust import Role
    from govgate.attest.trustfile import load_trust
    from govgate.cli.signers import signing_key

    trust, today = load_trust(home.trust), day(None)
    files = [_key_file(key, home) for key in keys or ("publisher",)]
    return [signing_key(file, Role.PUBLISHER, trust, today) for file in files]


def _key_file(key: str, home: Home) -> Path:
    own = home.path / "keys" / f"{key}.pem"
    is_name = Path(key).name == key and not Path(key).is_file()
    return own if is_name and (own.is_file() or not Path(key).suffix) else Path(key)


def _bytes(file: Path) -> bytes:
    from govgate.attest.dsse import MAX_ENVELOPE
    from govgate.attest.files import read_bounded

    return read_bounded(file, MAX_ENVELOPE)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
