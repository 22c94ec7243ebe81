"""Keyed fingerprints: the same text under the same key gives the same 64 hex digits, and nothing
can be read back from them without the key."""

import hashlib
import hmac

from govgate.errors import UsageError

KEY_BYTES = 16
"""Shortest key taken. A shorter one could be guessed, and every fingerprint with it."""

DOMAIN = b"govgate/finding/v1\x00"
"""Put before the text, so that a fingerprint never equals another HMAC made with the same key."""


def check_key(key: bytes) -> None:
    """UsageError unless ``key`` is long enough to keep fingerprints from being guessed."""
    if len(key) < KEY_BYTES:
        raise UsageError(
            f"the fingerprint key has {len(key)} bytes; at least {KEY_BYTES} are needed",
            remedy="make a new random key",
        )


def fingerprint(text: str, key: bytes) -> str:
    """HMAC-SHA-256 of the domain and ``text`` in UTF-8, in hex. Half a surrogate pair is kept."""
    data = DOMAIN + text.encode("utf-8", "surrogatepass")
    return hmac.new(key, data, hashlib.sha256).hexdigest()
