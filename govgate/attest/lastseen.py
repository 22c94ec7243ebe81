"""Which bundle may follow which: what a home remembers of the last one, and the rules.

The rules are those of The Update Framework's client (section 5 of its specification): enough
signatures, never an older version, one version has one content, nothing expired. A home keeps,
for each name of a bundle, one small file::

    {"seenOn": DAY, "sha256": HEX, "signers": [KEYID, …], "threshold": 1, "version": 7}

Whoever can write that file can undo the memory, as he can write the trust file beside it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from govgate.attest import jcs
from govgate.attest.bundle import MAX_VERSION, SignedBundle
from govgate.attest.dsse import MAX_SIGNATURES
from govgate.attest.encoding import is_sha256
from govgate.attest.trust import Trust
from govgate.errors import EvidenceError, UsageError

MAX_SEEN = 64 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """The last bundle of a name. ``seen_on`` is the latest day on which it was used."""

    version: int
    sha256: str
    seen_on: date
    threshold: int
    signers: tuple[str, ...]

    def encode(self) -> bytes:
        """The file to keep."""
        members = {
            "version": self.version,
            "sha256": self.sha256,
            "seenOn": self.seen_on.isoformat(),
            "threshold": self.threshold,
            "signers": list(self.signers),
        }
        return json.dumps(members, indent=2, sort_keys=True).encode() + b"\n"


def parse_seen(data: bytes, what: str) -> Seen:
    """The memory in ``data``; ``what`` names the file in errors."""
    members = jcs.parse(data, what)
    if not isinstance(members, dict) or set(members) != set(_CHECKS):
        raise EvidenceError(f"{what} is not what govgate keeps of a bundle")
    if wrong := [name for name, check in _CHECKS.items() if not check(members[name])]:
        raise EvidenceError(f"{what}: {wrong[0]} is not what govgate writes there")
    return Seen(
        members["version"],
        members["sha256"],
        date.fromisoformat(members["seenOn"]),
        members["threshold"],
        tuple(members["signers"]),
    )


def agreed_threshold(name: str, seen: Seen | None, asked: int | None) -> int:
    """How many publishers must sign: what is asked for, and never less than the home asks for."""
    kept = seen.threshold if seen else 1
    if asked is not None and asked < kept:
        raise UsageError(
            f"{kept} publishers must sign bundle {name}, as this home was told, not {asked}",
            remedy="leave --threshold out; to ask for fewer, edit the bundle's state.json",
        )
    return asked or kept


def check_clock(name: str, seen: Seen, today: date) -> None:
    """EvidenceError when ``today`` is more than a day before a day that was seen already.

    A clock that is set back would bring an expired bundle to life.
    """
    if today < seen.seen_on - timedelta(days=1):
        raise EvidenceError(
            f"bundle {name} was used on {seen.seen_on}, and the clock says {today}",
            remedy="set the clock right (if it once ran ahead: set seenOn in the bundle's "
            "state.json to the right day)",
        )


def check_follows(signed: SignedBundle, seen: Seen, trust: Trust, *, recover: bool) -> None:
    """EvidenceError unless the bundle may be installed after the one that was seen.

    ``recover`` lifts this where too few of the keys that signed the bundle seen are left
    unrevoked: their thief may have signed the highest version there is, so that nothing could
    follow (a fast-forward attack).
    """
    version, name = signed.bundle.version, signed.bundle.name
    if recover:
        _check_disowned(name, seen, trust)
        return
    if version < seen.version:
        raise EvidenceError(
            f"bundle {name} version {version} is older than version {seen.version}, "
            f"which was last seen on {seen.seen_on}",
            remedy="install a newer version; to go back, publish the old content under a new one",
        )
    if version == seen.version and signed.sha256 != seen.sha256:
        raise EvidenceError(
            f"this is another bundle {name} version {version} than the one last seen on "
            f"{seen.seen_on}: its content differs",
            remedy="ask its publisher: a change needs a new version",
        )


def check_same(signed: SignedBundle, name: str, seen: Seen) -> None:
    """EvidenceError unless the bundle that lies in the home is the one that was installed."""
    if signed.bundle.name != name or (signed.bundle.version, signed.sha256) != (
        seen.version,
        seen.sha256,
    ):
        raise EvidenceError(
            f"what lies in the home as bundle {name} version {seen.version} is bundle "
            f"{signed.bundle.name} version {signed.bundle.version}, which was not installed so",
            remedy="install it again from its publisher",
        )


def after(signed: SignedBundle, seen: Seen | None, *, today: date, threshold: int) -> Seen:
    """What to remember once ``signed`` is installed."""
    latest = max(today, seen.seen_on) if seen else today
    return Seen(signed.bundle.version, signed.sha256, latest, threshold, signed.signers)


def used(seen: Seen, today: date) -> Seen:
    """What to remember once the bundle was used ``today``."""
    return replace(seen, seen_on=max(today, seen.seen_on))


def _check_disowned(name: str, seen: Seen, trust: Trust) -> None:
    revoked = {key.keyid for key in trust.keys if key.revoked is not None}
    if len(set(seen.signers) - revoked) >= seen.threshold:
        raise EvidenceError(
            f"bundle {name} version {seen.version} was signed by keys that are not revoked, so "
            "nothing older may follow it",
            remedy="revoke a key that was stolen in the trust file first",
        )


def _is_number(most: int) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= most


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_sha256, value))


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "version": _is_number(MAX_VERSION),
    "sha256": is_sha256,
    "seenOn": _is_day,
    "threshold": _is_number(MAX_SIGNATURES),
    "signers": _are_ids,
}
