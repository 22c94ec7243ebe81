"""A key of the home gives way to a new one, in an order that a crash at any point leaves usable.

1. the new key in a file of its own, which nobody trusts yet;
2. for the log's key: the newest checkpoint signed by both;
3. what the old key signs about the new one, kept for those who verify;
4. the trust file: both count today;
5. the new key's file takes the old one's place, which keeps its key's id in its name.

Cut short before step 4, a rotation leaves a new key that nobody trusts, and the next one begins
anew; cut short after it, the next one only does step 5.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from govgate import durable
from govgate.attest import rotation
from govgate.attest.files import read_bounded
from govgate.attest.keyfile import is_pointer, keep_pointer, key_in_token, load_key, new_key
from govgate.attest.keys import Algorithm, PrivateKey, PublicKey
from govgate.attest.log import Log
from govgate.attest.tokenuri import TokenUri
from govgate.attest.trust import Role
from govgate.attest.trustfile import LOCK, load_trust, save_trust
from govgate.errors import UsageError
from govgate.home import Home
from govgate.locking import exclusive

MAX_ROTATIONS = 2**20
Make = Callable[[Path], PrivateKey]  # a new key, kept in that file


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key that stepped down, the one that took over, and where each lies."""

    old: PublicKey
    new: PublicKey
    path: Path
    retired: Path


def rotate(
    home: Home,
    role: Role,
    passphrase: str | None,
    today: date,
    token: TokenUri | None = None,
) -> Rotated:
    """Replace the gate's key or the log's; UsageError where the old one does not count today.

    ``token``: where the new key is, or is made; needed if the old one is in a token.
    """
    path = home.log_key if role is Role.LOG else home.gate_key
    if token is None and is_pointer(path):
        raise UsageError(
            f"{path} names a key in a token, so its successor must be in one too",
            remedy="name the token with --token",
        )

    def make(fresh: Path) -> PrivateKey:
        if token is None:
            return new_key(fresh, passphrase)
        key, uri = key_in_token(token, path.stem, passphrase)
        if any(known.public == key.public for known in load_trust(home.trust).keys):
            raise UsageError(f"{home.trust} lists that key already", remedy="name a new one")
        keep_pointer(fresh, uri)
        return key

    return _rotate(home, path, role, Algorithm.ED25519, passphrase, today, make)


def rotate_second(home: Home, passphrase: str | None, today: date) -> Rotated:
    """Replace the gate's post-quantum key."""

    def make(fresh: Path) -> PrivateKey:
        return new_key(fresh, passphrase, Algorithm.ML_DSA_44)

    return _rotate(home, home.second_key, Role.GATE, Algorithm.ML_DSA_44, passphrase, today, make)


def _rotate(
    home: Home,
    path: Path,
    role: Role,
    kind: Algorithm,
    passphrase: str | None,
    today: date,
    make: Make,
) -> Rotated:
    old = load_key(path, passphrase, algorithm=kind)
    fresh = path.with_name(f".{path.stem}.new.pem")
    if (new := _left(home, fresh, kind, passphrase)) is None:
        new = _name_successor(home, old, fresh, role, today, make)
    retired = path.with_name(f"{path.stem}.{old.keyid[:16]}.pem")
    with durable.translated(path, "replace"):
        if not retired.exists():
            os.link(path, retired)
        os.replace(fresh, path)
    durable.sync_dir(path.parent)
    return Rotated(old.public, new.public, path, retired)


def _left(home: Home, fresh: Path, kind: Algorithm, passphrase: str | None) -> PrivateKey | None:
    """The new key of a rotation that was cut short after step 4; one that nobody trusts goes."""
    if not fresh.exists():
        return None
    new = load_key(fresh, passphrase, algorithm=kind)
    if any(key.public == new.public for key in load_trust(home.trust).keys):
        return new
    fresh.unlink()
    return None


def _name_successor(
    home: Home, old: PrivateKey, fresh: Path, role: Role, today: date, make: Make
) -> PrivateKey:
    """Steps 1 to 4."""
    with exclusive(home.trust.with_name(LOCK)):
        trust = load_trust(home.trust)
        if objection := trust.objection(old.public, role, today):
            raise UsageError(f"key {old.keyid[:16]} cannot name its successor: {objection}")
        trusted = next(key for key in trust.keys if key.public == old.public)
        new = make(fresh)
        if role is Role.LOG:
            name = str(trusted.name)
            Log(home.log, name, old, trust.keys_of_log(name)).resign(new)
        line = rotation.rotate(trusted, old, new, today)
        after = rotation.apply(trust, line, today)
        kept = read_bounded(home.rotations, MAX_ROTATIONS) if home.rotations.exists() else b""
        durable.write_durably(home.rotations, kept + line)
        save_trust(after, home.trust)
    return new
