"""Files of private keys: PKCS#8 in PEM, or one line that names a key in a token.

A passphrase opens an encrypted key; a token's PIN is given the same way. The line is the URI of
:mod:`govgate.attest.tokenuri`. It is no secret, but it names a library that is loaded, so nobody
else may be able to write it.
"""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from govgate import durable
from govgate.attest import token
from govgate.attest.files import read_bounded
from govgate.attest.keys import Algorithm, PrivateKey, generate
from govgate.attest.tokenuri import SCHEME, TokenUri, parse_token_uri
from govgate.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

NEW_KEY = "make one with: govgate key new"
_MAX_KEY_FILE = 16 * 1024


def new_key(
    path: Path, passphrase: str | None = None, algorithm: Algorithm = Algorithm.ED25519
) -> PrivateKey:
    """Make a key and keep it in a new file (PKCS#8 PEM, mode 0600); never overwrites one."""
    if passphrase == "":
        raise UsageError("the passphrase is empty", remedy="give one, or none at all")
    made = generate(algorithm)
    _write_new(path, _pkcs8(made, passphrase))
    return PrivateKey.of(made)


def key_in_token(uri: TokenUri, name: str, pin: str | None) -> tuple[PrivateKey, TokenUri]:
    """The key that ``uri`` names, or where it names a token alone, a new one called ``name``.

    With the URI that names it, for :func:`keep_pointer`. UsageError as of :func:`token.open_key`.
    """
    found = uri if uri.names_key else token.generate(uri, name, pin)
    return token.open_key(found, pin), found


def keep_pointer(path: Path, uri: TokenUri) -> None:
    """Write a new key file that names a key in a token; never overwrites one."""
    _write_new(path, f"{uri}\n".encode())


def is_pointer(path: Path) -> bool:
    """Whether the key file in ``path`` names a key in a token."""
    if not path.is_file():
        return False
    with durable.translated(path, "read"), path.open("rb") as file:
        return _is_pointer(file.read(len(SCHEME)))


def load_key(
    path: Path,
    passphrase: str | None = None,
    *,
    algorithm: Algorithm = Algorithm.ED25519,
    remedy: str = NEW_KEY,
) -> PrivateKey:
    """The private key in ``path``; ``remedy`` says how to come by one of its kind.

    UsageError: no such file, another kind of key, a wrong, missing or needless passphrase, an
    unencrypted key that other users of the machine can read, a key in a token that does not open
    (:func:`token.open_key`).
    """
    try:
        data = read_bounded(path, _MAX_KEY_FILE)
    except FileNotFoundError as error:
        raise UsageError(f"key file {path} does not exist", remedy=remedy) from error
    except EvidenceError as error:
        raise UsageError(f"{path} is not a key file") from error
    key = (
        _pointed_at(path, data, passphrase) if _is_pointer(data) else _kept(path, data, passphrase)
    )
    if key.public.algorithm is not algorithm:
        kind = "Ed25519" if algorithm is Algorithm.ED25519 else "ML-DSA-44"
        raise UsageError(f"key file {path} holds a key of another kind than {kind}", remedy=remedy)
    return key


def _is_pointer(data: bytes) -> bool:
    return data.startswith(SCHEME.encode())


def _pointed_at(path: Path, data: bytes, pin: str | None) -> PrivateKey:
    if (mode := _mode(path)) & 0o022:
        raise UsageError(
            f"key file {path} can be changed by other users (mode {mode:04o})",
            remedy=f"run: chmod go-w {path}, and see that it names your own module",
        )
    where = f"key file {path}"
    uri = parse_token_uri(data.decode("latin-1").rstrip("\r\n"), where)
    if not uri.names_key:
        raise UsageError(f"{where}: it names a token but no key", remedy="add object= or id=")
    try:
        return token.open_key(uri, pin)
    except UsageError as error:
        raise UsageError(f"{where}: {error.what}", remedy=error.remedy) from error


def _kept(path: Path, data: bytes, passphrase: str | None) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    encrypted = data.lstrip().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    if not encrypted and (mode := _mode(path)) & 0o077:
        raise UsageError(
            f"key file {path} is not encrypted and open to other users (mode {mode:04o})",
            remedy=f"run: chmod 600 {path}, and make a new key if anyone may have read it",
        )
    key = _decode(path, data, encrypted, passphrase)
    if not isinstance(key, Ed25519PrivateKey | MLDSA44PrivateKey):
        raise UsageError(f"key file {path} holds a key of another kind than govgate signs with")
    return PrivateKey.of(key)


def _mode(path: Path) -> int:
    """The permission bits; none on Windows, where they say nothing about access lists."""
    return 0 if os.name == "nt" else stat.S_IMODE(path.stat().st_mode)


def _decode(path: Path, data: bytes, encrypted: bool, passphrase: str | None) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if encrypted and not passphrase:
        raise UsageError(
            f"key file {path} is encrypted", remedy="give its passphrase, in $GOVGATE_PASSPHRASE"
        )
    if not encrypted and passphrase:
        raise UsageError(
            f"a passphrase was given, but key file {path} is not encrypted",
            remedy="leave the passphrase out, or use the encrypted key",
        )
    if not encrypted and not data.lstrip().startswith(b"-----BEGIN PRIVATE KEY-----"):
        raise UsageError(f"{path} is not a private key in PKCS#8 PEM form")
    try:
        return load_pem_private_key(data, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise UsageError(f"the passphrase does not open key file {path}") from error
        raise UsageError(f"{path} is not a private key in PKCS#8 PEM form") from error


def _pkcs8(key: "Ed25519PrivateKey | MLDSA44PrivateKey", passphrase: str | None) -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    encryption: form.KeySerializationEncryption = form.NoEncryption()
    if passphrase is not None:
        encryption = form.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, encryption)


def _write_new(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already", remedy="choose another name") from error
    except OSError as error:
        raise durable.explain(error, path, "create") from error
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)  # half a key must not look like one
        if isinstance(error, OSError):
            raise durable.explain(error, path, "write") from error
        raise
    durable.sync_dir(path.parent)
