"""Where waivers and approvers' keys are, and options that all of these commands have."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from govgate.home import Home

if TYPE_CHECKING:
    from govgate.attest.keys import PrivateKey
    from govgate.attest.trust import Trust

F = TypeVar("F", bound=Callable[..., Any])


def waivers_option(function: F) -> F:
    """`--waivers DIR`: where they lie, if not beside the policy."""
    return click.option(
        "--waivers",
        type=click.Path(path_type=Path),
        help="Folder of waivers. [default: waivers/ beside the policy; of a pack, in --home]",
    )(function)


def key_option(function: F) -> F:
    """`--key FILE`: an approver's private key; can be given several times."""
    return click.option(
        "--key",
        "keys",
        multiple=True,
        required=True,
        help="An approver's key: a file, or the NAME of a key in --home. Repeat for several.",
    )(function)


def folder_of(waivers: Path | None, policy: str, home: Home) -> Path:
    """The folder that the options mean; it need not exist."""
    from govgate.errors import UsageError
    from govgate.steps.bundles.load import PREFIX
    from govgate.steps.open import policy_path
    from govgate.steps.waivers.files import waivers_folder

    if waivers is None and policy.startswith(PREFIX):
        raise UsageError(
            f"{policy} is signed as a whole, so no waiver can be put into it",
            remedy="name a folder with --waivers, and give it to gate too",
        )
    return waivers or waivers_folder(policy, policy_path(policy, home), home)


def approver_keys(
    names: Sequence[str], home: Home, trust: "Trust", today: Any
) -> "list[PrivateKey]":
    """The private keys, each trusted as an approver today; UsageError where one is not."""
    from govgate.attest.trust import Role
    from govgate.cli.signers import signing_key

    found = []
    for name in names:
        own = home.path / "keys" / f"{name}.pem"
        path = own if own.is_file() and not Path(name).is_file() else Path(name)
        found.append(signing_key(path, Role.APPROVER, trust, today))
    return found


def write_new(folder: Path, name: str, data: bytes, *, remedy: str) -> Path:
    """Put a file into the folder, which is made; UsageError where it is there already."""
    from govgate.durable import make_dirs, write_durably
    from govgate.errors import UsageError

    path = folder / name
    if path.exists():
        raise UsageError(f"{path} exists already", remedy=remedy)
    make_dirs(folder)
    write_durably(path, data)
    return path
