"""Keys: made, kept in PKCS#8 files, named by the key id that securesystemslib computes.

Ed25519 signs everything. ML-DSA-44 (:mod:`govgate.attest.mldsa`) signs a second time, beside it,
where signatures must outlast a quantum computer.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from govgate import durable
from govgate.attest import jcs, mldsa
from govgate.attest.encoding import from_base64, to_base64
from govgate.attest.files import read_bounded
from govgate.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

_MAX_KEY_FILE = 16 * 1024
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
# The y of the points whose order divides 8, smaller encodings first: 0 (order 4), 1 (the neutral
# point), -1 (order 2), and the two of order 8. Each comes with either sign bit.
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW_ORDER_Y = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})
_PEM_BEGIN = "-----BEGIN PUBLIC KEY-----\n"
_PEM_END = "\n-----END PUBLIC KEY-----\n"


class Algorithm(StrEnum):
    """How a key signs."""

    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"


_SPKI = {  # what stands before the key in its SubjectPublicKeyInfo
    Algorithm.ED25519: bytes.fromhex("302a300506032b6570032100"),  # RFC 8410
    Algorithm.ML_DSA_44: mldsa.SPKI,
}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A checked public key, ``raw`` as its algorithm writes it: 32 bytes of Ed25519 (canonical, on
    the curve, not low-order) or 1,312 of ML-DSA-44.

    A low-order key would let one signature fit every message.
    """

    raw: bytes
    algorithm: Algorithm = Algorithm.ED25519

    def __post_init__(self) -> None:
        if self.algorithm is Algorithm.ED25519:
            _check_point(self.raw)
        else:
            mldsa.check(self.raw)

    @property
    def keyid(self) -> str:
        """The key's name in envelopes and trust files (:func:`key_id`)."""
        return key_id(self)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` is this key's over ``message`` (RFC 8032, or FIPS 204)."""
        if self.algorithm is Algorithm.ML_DSA_44:
            return mldsa.verify(self.raw, signature, message)
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def pem(self) -> str:
        """The key as openssl reads it (SubjectPublicKeyInfo)."""
        text = to_base64(_SPKI[self.algorithm] + self.raw)
        lines = [text[i : i + 64] for i in range(0, len(text), 64)]
        return _PEM_BEGIN + "\n".join(lines) + _PEM_END


class PrivateKey:
    """A private key in memory; it never prints itself."""

    __slots__ = ("_key", "public")

    def __init__(self, key: "Ed25519PrivateKey | MLDSA44PrivateKey") -> None:
        self._key = key
        size = len(raw := key.public_key().public_bytes_raw())
        kind = Algorithm.ML_DSA_44 if size == mldsa.PUBLIC_SIZE else Algorithm.ED25519
        self.public = PublicKey(raw, kind)

    @classmethod
    def from_seed(cls, seed: bytes) -> "PrivateKey":
        """The Ed25519 key of a 32-byte RFC 8032 seed."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def generate(cls, algorithm: Algorithm = Algorithm.ED25519) -> "PrivateKey":
        """A new random key that is in no file yet."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

        if algorithm is Algorithm.ML_DSA_44:
            return cls(MLDSA44PrivateKey.generate())
        return cls(Ed25519PrivateKey.generate())

    @property
    def keyid(self) -> str:
        """The key id of its public half."""
        return self.public.keyid

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``: 64 bytes of Ed25519, 2,420 of ML-DSA-44."""
        if self.public.algorithm is Algorithm.ML_DSA_44:
            return mldsa.sign(self._key, message)  # type: ignore[arg-type]
        return self._key.sign(message)

    def pkcs8(self, passphrase: str | None) -> bytes:
        """PKCS#8 PEM, encrypted where a passphrase is given."""
        from cryptography.hazmat.primitives import serialization as form

        encryption: form.KeySerializationEncryption = form.NoEncryption()
        if passphrase is not None:
            encryption = form.BestAvailableEncryption(passphrase.encode())
        return self._key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, encryption)


def key_id(public: PublicKey) -> str:
    """SHA-256 of the canonical JSON of the key, in hex, as securesystemslib (and so TUF) has it."""
    if public.algorithm is Algorithm.ML_DSA_44:
        return mldsa.key_id(public.pem())
    described = {
        "keytype": "ed25519",
        "scheme": "ed25519",
        "keyval": {"public": public.raw.hex()},
    }
    return hashlib.sha256(jcs.canonical(described)).hexdigest()


def parse_public(text: str) -> PublicKey:
    """A public key from PEM (SubjectPublicKeyInfo) or from base64 of its 32 or 1,312 bytes."""
    if not text.startswith("-----"):
        raw = from_base64(text.strip(), "the public key")
        long = len(raw) == mldsa.PUBLIC_SIZE
        return PublicKey(raw, Algorithm.ML_DSA_44 if long else Algorithm.ED25519)
    body = text.replace("\r\n", "\n").strip() + "\n"
    if not (body.startswith(_PEM_BEGIN) and body.endswith(_PEM_END)):
        raise EvidenceError("the key is not a public key in PEM form")
    der = from_base64(body[len(_PEM_BEGIN) : -len(_PEM_END)].replace("\n", ""), "the public key")
    for algorithm, prefix in _SPKI.items():
        if der.startswith(prefix):
            return PublicKey(der[len(prefix) :], algorithm)
    raise EvidenceError("the public key is neither an Ed25519 nor an ML-DSA-44 key")


def new_key(
    path: Path, passphrase: str | None = None, algorithm: Algorithm = Algorithm.ED25519
) -> PrivateKey:
    """Make a key and keep it in a new file (PKCS#8 PEM, mode 0600); never overwrites one."""
    if passphrase == "":
        raise UsageError("the passphrase is empty", remedy="give one, or none at all")
    key = PrivateKey.generate(algorithm)
    data = key.pkcs8(passphrase)
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
    return key


NEW_KEY = "make one with: govgate key new"


def load_key(
    path: Path,
    passphrase: str | None = None,
    *,
    algorithm: Algorithm = Algorithm.ED25519,
    remedy: str = NEW_KEY,
) -> PrivateKey:
    """The private key in ``path``; ``remedy`` says how to come by one of its kind.

    UsageError: no such file, another kind of key, a wrong, missing or needless passphrase, or an
    unencrypted key that other users of the machine can read.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    try:
        data = read_bounded(path, _MAX_KEY_FILE)
    except FileNotFoundError as error:
        raise UsageError(f"key file {path} does not exist", remedy=remedy) from error
    except EvidenceError as error:
        raise UsageError(f"{path} is not a key file") from error
    encrypted = data.lstrip().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    if not encrypted:
        _check_private(path)
    key = _decode(path, data, encrypted, passphrase)
    if not isinstance(key, Ed25519PrivateKey | MLDSA44PrivateKey) or (
        isinstance(key, Ed25519PrivateKey) is not (algorithm is Algorithm.ED25519)
    ):
        kind = "Ed25519" if algorithm is Algorithm.ED25519 else "ML-DSA-44"
        raise UsageError(f"key file {path} holds a key of another kind than {kind}", remedy=remedy)
    return PrivateKey(key)


def _check_private(path: Path) -> None:
    if os.name == "nt":
        return  # the mode bits say nothing about Windows' access lists
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UsageError(
            f"key file {path} is not encrypted and open to other users (mode {mode:04o})",
            remedy=f"run: chmod 600 {path}, and make a new key if anyone may have read it",
        )


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


def _check_point(raw: bytes) -> None:
    """RFC 8032 section 5.1.3, and stricter: y below p, a point of the curve, order above 8."""
    if len(raw) != 32:
        raise EvidenceError(f"the public key has {len(raw)} bytes, not 32")
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y % _P in _LOW_ORDER_Y:
        raise EvidenceError("the public key is a low-order point, so anyone can sign for it")
    if y >= _P:
        raise EvidenceError("the public key is not in canonical form")
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(x_squared, (_P - 1) // 2, _P) != 1:
        raise EvidenceError("the public key is not a point of the curve")
