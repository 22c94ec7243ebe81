"""Keyed ids of a row: by its content, by its name, and by whom it is about.

Each is an HMAC-SHA-256 whose key is derived from the home's fingerprint key for this use alone, so
that an id of one kind tells nothing of another, or of a finding's fingerprint.
"""

import hmac
import json
from functools import lru_cache
from typing import Any

from govgate.rights.subjects import subject_key

BYTES = 16
_CONTENT = b"govgate register content v1\0"
_NAME = b"govgate register row v1\0"
_SPELT = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
_EXACT = 2**53
_spell = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def content_key(value: Any, key: bytes) -> bytes:
    """16 bytes that the copies of one row share, be they JSONL, CSV or Parquet.

    Over canonical JSON: keys sorted, every scalar as stripped text, whole floats as whole numbers,
    and nothing of what is null, blank or empty, which some formats cannot tell apart.
    """
    text = _spell(_canonical(value)).encode("utf-8", "surrogatepass")
    return hmac.digest(_derived(key, _CONTENT), text, "sha256")[:BYTES]


def name_key(name: str, key: bytes) -> bytes:
    """16 bytes for what a run calls a row: FILE:LINE, or the row's own id."""
    text = name.encode("utf-8", "surrogatepass")
    return hmac.digest(_derived(key, _NAME), text, "sha256")[:BYTES]


def person_key(subject: str, key: bytes) -> bytes:
    """32 bytes for a data subject: the key of facts and consent registry, as bytes."""
    return bytes.fromhex(subject_key(subject, key))


@lru_cache(maxsize=8)
def _derived(key: bytes, use: bytes) -> bytes:
    return hmac.digest(key, use, "sha256")


def _canonical(value: Any) -> Any:
    """What is told apart of ``value``; None for nothing."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        members = {}
        for name, one in value.items():
            found = _canonical(one)
            if found is not None:
                members[str(name)] = found
        return members or None
    if isinstance(value, list | tuple):
        return [one for one in map(_canonical, value) if one is not None] or None
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return _text(str(value))


def _text(text: str) -> str | None:
    """``text`` without what a table may have added to a number or a truth value."""
    text = text.strip()
    if text.endswith(".0") and text[:-2].removeprefix("-").isdigit():
        return text[:-2]
    return _SPELT.get(text, text) or None
