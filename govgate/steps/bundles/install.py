"""Install a bundle in a home: verified, not older than the last one seen, and whole or not at all.

The layout is that of ``bundles.py``. Files are durable before the state that names them, so an
installation that was cut off leaves the last one in force, and running it again mends it.
"""

import os
import shutil
from datetime import date
from pathlib import Path

from govgate import durable
from govgate.attest import lastseen
from govgate.attest.bundle import (
    Bundle,
    SignedBundle,
    check_current,
    check_threshold,
    open_bundle,
)
from govgate.attest.trust import Trust
from govgate.attest.trustfile import load_trust
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.locking import exclusive
from govgate.policy.load import load_policy
from govgate.steps.bundles.build import check_base, policies_in
from govgate.steps.bundles.load import (
    STATE,
    Installed,
    bundle_folder,
    check_files,
    last_seen,
    signed_file,
)


def verify_bundle(data: bytes, trust: Trust, *, today: date, threshold: int = 1) -> SignedBundle:
    """The bundle in ``data``, if enough publishers signed it and it may be loaded today."""
    signed = open_bundle(data, trust, today=today, threshold=threshold)
    check_current(signed.bundle, today)
    return signed


def install(
    data: bytes, home: Home, *, today: date, threshold: int | None = None, recover: bool = False
) -> Installed:
    """Install the bundle in ``data``, if it is good and not older than the last one seen.

    ``threshold``: how many publishers must sign bundles of this name from now on; None leaves it
    as it is (1 to begin with). ``recover``: :func:`govgate.attest.lastseen.check_follows`.
    """
    trust = load_trust(home.trust)
    signed = verify_bundle(data, trust, today=today)
    name = signed.bundle.name
    top = bundle_folder(home, name)
    durable.make_dirs(top)
    with exclusive(top / ".lock"):
        seen = last_seen(top)
        needed = lastseen.agreed_threshold(name, seen, threshold)
        check_threshold(signed, needed)
        if seen is not None:
            lastseen.check_clock(name, seen, today)
            lastseen.check_follows(signed, seen, trust, recover=recover)
        folder = top / str(signed.bundle.version)
        if not _is_whole(signed.bundle, data, folder):
            _write(signed.bundle, data, folder)
        seen = lastseen.after(signed, seen, today=today, threshold=needed)
        durable.write_durably(top / STATE, seen.encode())
    return Installed(signed, seen, folder)


def _is_whole(bundle: Bundle, data: bytes, folder: Path) -> bool:
    try:
        check_files(bundle, folder)
        return signed_file(folder, bundle.name) == data
    except EvidenceError:
        return False


def _write(bundle: Bundle, data: bytes, folder: Path) -> None:
    """Put the bundle's files into ``folder``, which appears whole or not at all.

    Every policy is loaded from there first, so that one which this version cannot read does not
    take the place of one that it can.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        with durable.translated(folder):
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            (partial / f"{bundle.name}.bundle").write_bytes(data)
            for file in bundle.files:
                path = partial / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.content)
            carried = tuple(policies_in(bundle))
            for path_ in carried:
                check_base(partial, path_, carried)
                load_policy(partial / path_)
            durable.sync_tree(partial)
            if os.path.lexists(folder):
                _discard(folder)
            partial.rename(folder)
            durable.sync_dir(folder.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _discard(folder: Path) -> None:
    """Take away what lies in the place of the folder to come: the rest of a cut-off installation,
    or files that somebody edited."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
        return
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    shutil.rmtree(old)
