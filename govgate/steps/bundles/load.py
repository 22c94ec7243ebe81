"""Bundles installed in a home, and how a policy is read out of one.

```
HOME/bundles/acme/state.json        the last version seen, and how many publishers must sign
HOME/bundles/acme/7/acme.bundle     the signed file, as it came
HOME/bundles/acme/7/…               its files, to be read where a path is asked for
```
The files are durable before the state that names them, so an installation that was cut off leaves
the last one in force. Nothing there is believed for lying there: each time a policy is loaded, the
signed file is verified, compared with the state, and every file compared with what was signed.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from govgate import durable
from govgate.attest import lastseen
from govgate.attest.bundle import (
    Bundle,
    SignedBundle,
    check_current,
    check_name,
    open_bundle,
)
from govgate.attest.bundlefiles import MAX_BYTES
from govgate.attest.dsse import MAX_ENVELOPE
from govgate.attest.files import read_bounded
from govgate.attest.lastseen import Seen
from govgate.attest.trustfile import load_trust
from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.home import DEFAULT, Home
from govgate.locking import exclusive
from govgate.policy.load import Policy, load_policy
from govgate.steps.bundles.build import heading, policies_in

PREFIX = "bundle:"
STATE = "state.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """A bundle of a home that was verified today; ``folder`` holds exactly its files."""

    signed: SignedBundle
    seen: Seen
    folder: Path

    @property
    def bundle(self) -> Bundle:
        """What it says."""
        return self.signed.bundle


def load_bundle(name: str, home: Home, *, today: date) -> Installed:
    """The installed bundle ``name``, verified as if it had come today."""
    seen, folder = _stored(name, home)
    trust = load_trust(home.trust)
    data = signed_file(folder, name)
    signed = open_bundle(data, trust, today=today, threshold=seen.threshold)
    lastseen.check_same(signed, name, seen)
    lastseen.check_clock(name, seen, today)
    check_current(signed.bundle, today)
    check_files(signed.bundle, folder)
    if today > seen.seen_on:
        _remember(folder.parent, seen, today)
    return Installed(signed, lastseen.used(seen, today), folder)


def bundled_path(name: str, home: Home | None = None, *, today: date | None = None) -> Path:
    """The file of the policy that ``bundle:NAME/POLICY`` or ``bundle:NAME`` means.

    The whole bundle is verified first. POLICY is the path of the policy's file or folder in it.
    ``home`` is by default the one that commands use, ``today`` the day it is in UTC.
    """
    bundle, _, policy = name.removeprefix(PREFIX).partition("/")
    day = today or datetime.now(UTC).date()
    installed = load_bundle(bundle, home or default_home(), today=day)
    return installed.folder / find_policy(installed.bundle, policy)


def bundled_policy(name: str, home: Home | None = None, *, today: date | None = None) -> Policy:
    """The policy that ``bundle:NAME/POLICY`` means, which messages call by that name."""
    return replace(load_policy(bundled_path(name, home, today=today)), name_for_messages=name)


def find_policy(bundle: Bundle, policy: str) -> str:
    """The path in ``bundle`` of ``policy``: a path of a file or folder, or "" for the only one."""
    policy = policy.rstrip("/")
    wanted = (policy, f"{policy}/policy.yaml", f"{policy}.yaml")
    for file in bundle.files if policy else ():
        if file.path in wanted and not file.is_waiver and not heading(file).is_cases:
            return file.path
    policies = tuple(policies_in(bundle))
    if not policy and len(policies) == 1:
        return policies[0]
    named = ", ".join(f"{PREFIX}{bundle.name}/{short(path)}" for path in policies)
    raise UsageError(
        f"bundle {bundle.name} version {bundle.version} holds "
        + (f"no policy {policy!a}" if policy else f"{len(policies)} policies"),
        remedy=f"name one of {named}",
    )


def short(path: str) -> str:
    """How a policy in a bundle is asked for: its folder, or its file's path."""
    return path.removesuffix("/policy.yaml")


def installed_names(home: Home) -> list[str]:
    """The bundles that a home remembers."""
    top = home.path / "bundles"
    return sorted(p.parent.name for p in top.glob(f"*/{STATE}")) if top.is_dir() else []


def stored_bundle(name: str, home: Home) -> bytes:
    """The signed file of the installed bundle ``name``, unverified."""
    return signed_file(_stored(name, home)[1], name)


def default_home() -> Home:
    """The home of a command that has no option for it."""
    return Home(Path(os.environ.get("GOVGATE_HOME") or DEFAULT))


def bundle_folder(home: Home, name: str) -> Path:
    """Where ``home`` keeps the bundle ``name``; UsageError for what is no name of one."""
    try:
        check_name(name)
    except EvidenceError as error:
        raise UsageError(
            f"{name!a} names no bundle: {error.what}", remedy="write bundle:NAME/POLICY"
        ) from error
    return home.path / "bundles" / name


def last_seen(top: Path) -> Seen | None:
    """What the bundle's folder ``top`` remembers; None before the first installation."""
    try:
        return lastseen.parse_seen(read_bounded(top / STATE, lastseen.MAX_SEEN), str(top / STATE))
    except FileNotFoundError:
        return None


def _stored(name: str, home: Home) -> tuple[Seen, Path]:
    top = bundle_folder(home, name)
    seen = last_seen(top)
    if seen is None:
        raise _not_installed(name, home, top)
    return seen, top / str(seen.version)


def _not_installed(name: str, home: Home, top: Path) -> EvidenceError | UsageError:
    if top.is_dir() and any(path.is_dir() for path in top.iterdir()):
        return EvidenceError(
            f"{top / STATE} is missing: the installation of bundle {name} was cut off, or the "
            "memory of its last version was removed",
            remedy="install it again from its publisher",
        )
    names = ", ".join(installed_names(home)) or "none"
    return UsageError(
        f"bundle {name} is not installed in {home.path} (installed: {names})",
        remedy="run: govgate policy bundle install FILE",
    )


def signed_file(folder: Path, name: str) -> bytes:
    """The signed file of bundle ``name`` in its installed ``folder``, unverified."""
    path = folder / f"{name}.bundle"
    if folder.is_symlink() or path.is_symlink():
        raise EvidenceError(f"{path} is a link, not a plain file")
    try:
        return read_bounded(path, MAX_ENVELOPE)
    except FileNotFoundError as error:
        raise EvidenceError(
            f"{path} is missing", remedy="install the bundle again from its publisher"
        ) from error


def check_files(bundle: Bundle, folder: Path) -> None:
    """EvidenceError unless ``folder`` holds the bundle's files as signed, and nothing else."""
    expected = {file.path for file in bundle.files} | {f"{bundle.name}.bundle"}
    found = set(_plain_files(folder))
    if added := sorted(found - expected):
        raise EvidenceError(f"{folder / added[0]} was added: the bundle does not hold it")
    if missing := sorted(expected - found):
        raise EvidenceError(f"{folder / missing[0]} is missing", remedy="install the bundle again")
    for file in bundle.files:
        if read_bounded(folder / file.path, MAX_BYTES) != file.content:
            raise EvidenceError(
                f"{folder / file.path} was changed after the bundle was installed",
                remedy="install the bundle again; a change needs a new version of it",
            )


def _plain_files(folder: Path) -> Iterator[str]:
    for top, folders, names in durable.walk(folder):
        for name in (*folders, *names):
            path = top / name
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise EvidenceError(f"{path} is a link or a special file, not a plain one")
        yield from ((top / name).relative_to(folder).as_posix() for name in names)


def _remember(top: Path, seen: Seen, today: date) -> None:
    """Note that the bundle was used today; a home that cannot be written notes nothing."""
    with suppress(IncompleteError), exclusive(top / ".lock"):
        if last_seen(top) == seen:
            durable.write_durably(top / STATE, lastseen.used(seen, today).encode())
