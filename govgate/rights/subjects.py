"""Names a data subject without holding the name: a keyed hash of whatever the data calls them.

Consent registry and rows meet on these keys, so neither facts nor registries in memory hold an
address, a customer number or a name.
"""

import hashlib
import hmac
from collections.abc import Iterable

from govgate.errors import UsageError

_DOMAIN = b"govgate subject v1\0"
_MARK = b"\0\0govgate subject key mark v1"  # no stripped text of a person begins so
_MIN_KEY_BYTES = 16
_EXACT = 2**53


def subject_key(subject: str, key: bytes) -> str:
    """HMAC-SHA-256 of the subject, 64 hex digits.

    The subject is stripped of surrounding whitespace and otherwise taken as it stands: case and
    Unicode form count. The HMAC's key is derived from ``key`` for this use alone, so a subject
    never shares a value with the fingerprint of the same text.
    """
    return _keyed(subject.strip(), _derived(key))


def subject_keys(subjects: Iterable[object], key: bytes) -> list[str | None]:
    """The keys of many subjects as rows and registries hold them, each distinct one hashed once.

    What names nobody (see ``subject_text``) gives None.
    """
    derived = _derived(key)
    texts = [subject_text(subject) for subject in subjects]
    memo = {text: text and _keyed(text, derived) for text in set(texts)}
    return [memo[text] for text in texts]


def key_mark(key: bytes) -> str:
    """32 hex digits by which a database of keys knows the key that made them; they tell nothing of
    it."""
    return hmac.digest(_derived(key), _MARK, hashlib.sha256).hex()[:32]


def subject_text(value: object) -> str | None:
    """A subject field's value as the text that is hashed: strings stripped, whole numbers in
    decimal digits; None for a blank string and for anything that cannot name a person.

    A column of whole numbers with gaps is one of floats to many programs, so 1042.0 is 1042 as far
    as floats hold whole numbers without loss.
    """
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return None


def _derived(key: bytes) -> bytes:
    if len(key) < _MIN_KEY_BYTES:
        raise UsageError(
            f"the key for data subjects has {len(key)} bytes",
            remedy=f"use a random key of at least {_MIN_KEY_BYTES} bytes",
        )
    return hmac.digest(key, _DOMAIN, hashlib.sha256)


def _keyed(text: str, derived: bytes) -> str:
    return hmac.digest(derived, text.encode("utf-8", "surrogatepass"), "sha256").hex()
