"""The trust file: whose signatures count, for what, and when.

```
{
  "version": 1,
  "keys": [
    {
      "keyid": "…64 hexadecimal digits…",
      "name": "example.com/govgate-log",
      "not_after": "2027-12-31",
      "not_before": "2026-01-01",
      "public": "base64 of the 32 bytes, or PEM",
      "revoked": "2026-08-01",
      "roles": ["gate", "log"]
    }
  ],
  "thresholds": {"gate": 2},
  "algorithms": {"gate": ["ed25519", "ml-dsa-44"]}
}
```
``keyid``, ``public`` and ``roles`` are required; ``name`` too for a key with the role ``log`` or
``witness``: it is the log's origin. Dates are days in UTC and inclusive. An unknown field is an
error. A revoked key counts for nothing, whatever day is asked about: its thief can write any date.

``thresholds`` and ``algorithms`` may be left out. The first says how many signers an envelope needs
(1 where it says nothing). A signer is whoever holds the Ed25519 keys of one name, so every key that
is counted must have one: whoever rotated a nameless key would hold two. The second says which kinds
of key must be among those who signed.

``timestamp_authorities`` and ``require_timestamp`` may be left out too: certificates in PEM in
which the chains of time stamps may end, and whether no record counts without a stamp.
"""

import json
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from govgate import durable
from govgate.attest import jcs
from govgate.attest.authority import Authority, parse_authority
from govgate.attest.encoding import to_base64
from govgate.attest.files import read_bounded
from govgate.attest.keys import Algorithm, parse_public
from govgate.attest.trust import (
    COUNTED_ROLES,
    MAX_AUTHORITIES,
    Role,
    Trust,
    TrustedKey,
    check_keys,
    check_reachable,
)
from govgate.errors import EvidenceError, UsageError
from govgate.locking import exclusive

LOCK = ".trust.lock"
_MAX_TRUST = 2**20
_VERSION = 1
_MOST_SIGNERS = 16
_DEMANDS = {"thresholds", "algorithms"}
_STAMPS = {"timestamp_authorities", "require_timestamp"}

T = TypeVar("T")


def load_trust(path: Path) -> Trust:
    """The trust file at ``path``: UsageError where there is none, EvidenceError where it is bad."""
    try:
        data = read_bounded(path, _MAX_TRUST)
    except FileNotFoundError as error:
        raise UsageError(
            f"trust file {path} does not exist", remedy="list the keys you trust in one"
        ) from error
    return parse_trust(data, str(path))


def save_trust(trust: Trust, path: Path) -> None:
    """Write the trust file; the folder must exist."""
    durable.write_durably(path, encode_trust(trust))


def change_trust(path: Path, change: Callable[[Trust], Trust], *, begin: bool = False) -> Trust:
    """Write what ``change`` makes of the trust file at ``path``, and return it.

    Nobody else who changes it this way comes between reading and writing. UsageError where the
    result could not be read back, or, unless ``begin``, where there is no file yet.
    """
    with exclusive(path.with_name(LOCK)):
        changed = change(Trust() if begin and not path.exists() else load_trust(path))
        try:
            parse_trust(encode_trust(changed), str(path))
        except EvidenceError as error:
            raise UsageError(
                error.what, remedy="list the keys first: govgate key add, or govgate key trust"
            ) from error
        save_trust(changed, path)
    return changed


def parse_trust(data: bytes, what: str) -> Trust:
    """The trust file in ``data``; ``what`` names it in errors."""
    document = jcs.parse(data, what)
    try:
        _fields(document, required={"version", "keys"}, optional=_DEMANDS | _STAMPS)
        if document["version"] != _VERSION or isinstance(document["version"], bool):
            raise EvidenceError("is of a version that this govgate does not know")
        if not isinstance(document["keys"], list) or not document["keys"]:
            raise EvidenceError("lists no keys, so nothing could ever verify")
        trust = Trust(
            check_keys(tuple(map(_key, document["keys"]))),
            _by_role(document.get("thresholds", {}), "thresholds", _threshold),
            _by_role(document.get("algorithms", {}), "algorithms", _algorithms),
            *_stamps(document),
        )
        check_reachable(trust)
        return trust
    except EvidenceError as error:
        raise EvidenceError(f"{what}: {error.what}") from error


def encode_trust(trust: Trust) -> bytes:
    """The trust file's bytes; UsageError where it would list no key."""
    if not trust.keys:
        raise UsageError("a trust file needs at least one key")
    document: dict[str, Any] = {
        "version": _VERSION,
        "keys": [_as_dict(key) for key in trust.keys],
    }
    if trust.thresholds:
        document["thresholds"] = {r.value: number for r, number in trust.thresholds.items()}
    if trust.algorithms:
        document["algorithms"] = {r.value: sorted(k) for r, k in trust.algorithms.items()}
    document |= _stamps_as_dict(trust)
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
    return text.encode() + b"\n"


def _key(entry: Any) -> TrustedKey:
    required = {"keyid", "public", "roles"}
    _fields(entry, required, optional={"name", "not_before", "not_after", "revoked"})
    if not isinstance(entry["public"], str):
        raise EvidenceError("a key's public part is not a string")
    key = TrustedKey(
        parse_public(entry["public"]),
        parse_roles(entry["roles"]),
        _optional(entry, "name", str),
        _optional(entry, "not_before", parse_day),
        _optional(entry, "not_after", parse_day),
        _optional(entry, "revoked", parse_day),
    )
    if entry["keyid"] != key.keyid:
        raise EvidenceError(f"a keyid does not belong to its public key, whose id is {key.keyid}")
    return key


def parse_roles(words: Any) -> frozenset[Role]:
    """The roles in a JSON list of them, each named once."""
    known = {role.value for role in Role}
    listed = isinstance(words, list) and all(isinstance(w, str) for w in words)
    if not listed or not set(words) <= known or len(set(words)) != len(words):
        raise EvidenceError(f"a key's roles are not a list of {', '.join(sorted(known))}")
    return frozenset(map(Role, words))


def _by_role(members: Any, what: str, read: Callable[[Any], T]) -> dict[Role, T]:
    known = {role.value for role in COUNTED_ROLES}
    if not isinstance(members, dict) or not set(members) <= known:
        raise EvidenceError(f"{what} are not an object of {', '.join(sorted(known))}")
    return {Role(name): read(value) for name, value in members.items()}


def _threshold(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_SIGNERS:
        raise EvidenceError(f"a threshold is not a whole number from 1 to {_MOST_SIGNERS}")
    return value


def _algorithms(value: Any) -> frozenset[Algorithm]:
    known = {one.value for one in Algorithm}
    listed = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
    if not listed or not set(value) <= known or len(set(value)) != len(value):
        raise EvidenceError(
            f"the algorithms of a role are not a list of {', '.join(sorted(known))}"
        )
    return frozenset(map(Algorithm, value))


def _stamps(document: dict[str, Any]) -> tuple[tuple[Authority, ...], bool]:
    """The document's two fields about time stamps; empty and false where they are not there."""
    listed, required = (
        document.get("timestamp_authorities", []),
        document.get("require_timestamp", False),
    )
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise EvidenceError("timestamp_authorities is not a list of certificates in PEM")
    if len(listed) > MAX_AUTHORITIES:
        raise EvidenceError(f"more than {MAX_AUTHORITIES} timestamp_authorities are listed")
    if not isinstance(required, bool):
        raise EvidenceError("require_timestamp is neither true nor false")
    try:
        authorities = tuple(map(parse_authority, listed))
    except EvidenceError as error:
        raise EvidenceError(f"one of timestamp_authorities cannot be used: {error}") from error
    if len(set(authorities)) != len(authorities):
        raise EvidenceError("a time-stamp authority is listed twice")
    if required and not authorities:
        raise EvidenceError("require_timestamp is true, but no timestamp_authorities are listed")
    return authorities, required


def _stamps_as_dict(trust: Trust) -> dict[str, Any]:
    listed = {"timestamp_authorities": [one.pem() for one in trust.authorities]}
    return (listed if trust.authorities else {}) | (
        {"require_timestamp": True} if trust.require_timestamp else {}
    )


def _optional(entry: dict[str, Any], name: str, read: Callable[[str], T]) -> T | None:
    if name not in entry:
        return None
    if not isinstance(entry[name], str):
        raise EvidenceError(f"a key's {name} is not a string")
    return read(entry[name])


def parse_day(text: str) -> date:
    """A day as :meth:`date.isoformat` writes it, in no other spelling."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise EvidenceError("a date is not written as YYYY-MM-DD") from error
    if day.isoformat() != text:
        raise EvidenceError("a date is not written as YYYY-MM-DD")
    return day


def _fields(entry: Any, required: set[str], optional: Collection[str] = ()) -> None:
    if not isinstance(entry, dict):
        raise EvidenceError("has something else where a JSON object belongs")
    missing, unknown = required - set(entry), set(entry) - required - set(optional)
    if missing:
        raise EvidenceError(f"the field {min(missing)} is missing")
    if unknown:
        known = ", ".join(sorted({*required, *optional}))
        raise EvidenceError(f"a field is unknown (known: {known})")


def _as_dict(key: TrustedKey) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "keyid": key.keyid,
        "public": to_base64(key.public.raw),
        "roles": sorted(role.value for role in key.roles),
    }
    days = {"not_before": key.not_before, "not_after": key.not_after, "revoked": key.revoked}
    entry |= {name: day.isoformat() for name, day in days.items() if day is not None}
    return entry | ({"name": key.name} if key.name is not None else {})
