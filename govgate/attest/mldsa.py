"""ML-DSA-44 (FIPS 204), the post-quantum signature beside Ed25519, in the forms that TUF gives it.

TAP 21 is what securesystemslib follows, so it verifies our signatures: what is signed is not the
message but ``"tuf" || 0x01 || SHA-512(message)``, and the key id covers the key in PEM. Public
keys are written as RFC 9881 has them (SubjectPublicKeyInfo of 1,312 bytes).
"""

import hashlib
from typing import TYPE_CHECKING

from govgate.errors import EvidenceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

PUBLIC_SIZE = 1312
SPKI = bytes.fromhex("30820532300b06096086480165030403110382052100")  # RFC 9881 section 4
SCHEME = "ml-dsa-44/1"

_PREFIX = b"tuf\x01"  # domain and version of TAP 21


def check(raw: bytes) -> None:
    """EvidenceError unless ``raw`` is as long as a public key; every string so long is one."""
    if len(raw) != PUBLIC_SIZE:
        raise EvidenceError(f"the ML-DSA-44 public key has {len(raw)} bytes, not {PUBLIC_SIZE}")


def key_id(pem: str) -> str:
    """SHA-256 of the key in OLPC's canonical JSON, which leaves line breaks in strings as they are
    (RFC 8785 would escape them), in hex."""
    said = f'{{"keytype":"ml-dsa","keyval":{{"public":"{pem}"}},"scheme":"{SCHEME}"}}'
    return hashlib.sha256(said.encode()).hexdigest()


def sign(key: "MLDSA44PrivateKey", message: bytes) -> bytes:
    """The signature over ``message``, 2,420 bytes; two of the same message differ."""
    return key.sign(_hashed(message))


def verify(raw: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` is over ``message``, by the key whose public half is ``raw``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    try:
        MLDSA44PublicKey.from_public_bytes(raw).verify(signature, _hashed(message))
    except InvalidSignature:
        return False
    return True


def _hashed(message: bytes) -> bytes:
    return _PREFIX + hashlib.sha512(message).digest()
