"""Keys: public halves checked, private ones that sign, named as securesystemslib names them.

Ed25519 signs everything. ML-DSA-44 (:mod:`govgate.attest.mldsa`) signs a second time, beside it,
where signatures must outlast a quantum computer.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from govgate.attest import jcs, mldsa
from govgate.attest.encoding import from_base64, to_base64
from govgate.errors import EvidenceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

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
    """What signs for a public key: a key in memory, or one in a token. It never prints itself."""

    __slots__ = ("public", "sign")

    def __init__(self, public: PublicKey, sign: Callable[[bytes], bytes]) -> None:
        self.public = public
        self.sign = sign
        """The signature over a message: 64 bytes of Ed25519, 2,420 of ML-DSA-44."""

    @classmethod
    def of(cls, key: "Ed25519PrivateKey | MLDSA44PrivateKey") -> "PrivateKey":
        """A key that cryptography holds in memory."""
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

        raw = key.public_key().public_bytes_raw()
        if isinstance(key, MLDSA44PrivateKey):
            return cls(PublicKey(raw, Algorithm.ML_DSA_44), partial(mldsa.sign, key))
        return cls(PublicKey(raw), key.sign)

    @classmethod
    def from_seed(cls, seed: bytes) -> "PrivateKey":
        """The Ed25519 key of a 32-byte RFC 8032 seed."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls.of(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def generate(cls, algorithm: Algorithm = Algorithm.ED25519) -> "PrivateKey":
        """A new random key that is in no file."""
        return cls.of(generate(algorithm))

    @property
    def keyid(self) -> str:
        """The key id of its public half."""
        return self.public.keyid


def generate(algorithm: Algorithm) -> "Ed25519PrivateKey | MLDSA44PrivateKey":
    """A new random key, to be kept or used by whoever asks."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    if algorithm is Algorithm.ML_DSA_44:
        return MLDSA44PrivateKey.generate()
    return Ed25519PrivateKey.generate()


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
