"""A key of the home gives way to a new one, in an order that a crash at any point leaves usable.

1. the new key in a file of its own, which nobody trusts yet;
2. for the log's key: the newest checkpoint signed by both;
3. what the old key signs about the new one, kept for those who verify;
4. the trust file: both count today;
5. the new key's file takes the old one's place, which keeps its key's id in its name.
"""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from govgate import durable
from govgate.attest import rotation
from govgate.attest.files import read_bounded
from govgate.attest.keys import Algorithm, PrivateKey, load_key, new_key
from govgate.attest.log import Log
from govgate.attest.trust import Role, TrustedKey, load_trust
from govgate.errors import UsageError
from govgate.home import Home
from govgate.locking import exclusive

MAX_ROTATIONS = 2**20


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key that stepped down, the one that took over, and where each lies."""

    old: TrustedKey
    new: PrivateKey
    path: Path
    retired: Path
    line: bytes


def rotate(home: Home, role: Role, passphrase: str | None, today: date) -> Rotated:
    """Replace the gate's key or the log's; UsageError where the old one does not count today."""
    path = home.log_key if role is Role.LOG else home.gate_key
    return _rotate(home, path, role, Algorithm.ED25519, passphrase, today)


def rotate_second(home: Home, passphrase: str | None, today: date) -> Rotated:
    """Replace the gate's post-quantum key."""
    return _rotate(home, home.second_key, Role.GATE, Algorithm.ML_DSA_44, passphrase, today)


def _rotate(
    home: Home, path: Path, role: Role, kind: Algorithm, passphrase: str | None, today: date
) -> Rotated:
    old = load_key(path, passphrase, algorithm=kind)
    trusted = next((k for k in load_trust(home.trust).keys if k.keyid == old.keyid), None)
    objection = trusted.objection(role, today) if trusted else "the trust file does not list it"
    if trusted is None or objection:
        raise UsageError(f"{path} cannot name its successor: {objection}")
    fresh = path.with_name(f".{path.stem}.new.pem")
    fresh.unlink(missing_ok=True)  # of a rotation that was cut short before anyone trusted it
    new = new_key(fresh, passphrase, kind)
    if role is Role.LOG:
        Log(home.log, str(trusted.name), old).resign(new)
    line = rotation.rotate(trusted, old, new, today)
    with exclusive(home.trust.with_name(".trust.lock")):
        _keep(home.rotations, line)
        rotation.apply(load_trust(home.trust), line).save(home.trust)
    retired = path.with_name(f"{path.stem}.{old.keyid[:16]}.pem")
    with durable.translated(path, "replace"):
        os.link(path, retired)
        os.replace(fresh, path)
    durable.sync_dir(path.parent)
    return Rotated(trusted, new, path, retired, line)


def _keep(path: Path, line: bytes) -> None:
    kept = read_bounded(path, MAX_ROTATIONS) if path.exists() else b""
    durable.write_durably(path, kept + line)
