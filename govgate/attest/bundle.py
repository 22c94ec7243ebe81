"""Bundles of policies: many files as one, with a name, a version and an expiry, signed together.

A bundle is one DSSE envelope whose payload is canonical JSON (RFC 8785)::

    {"bundleVersion": 7, "createdOn": "2026-11-25", "expires": "2027-02-28", "name": "acme",
     "version": 1,
     "files": [{"path": "fine-tuning/policy.yaml", "sha256": HEX, "size": 812,
                "content": BASE64}, …]}

``version`` is that of the format. ``expires`` is the first day on which the bundle may no longer
be loaded. Files stand in the order of their paths, and nothing reads them but through
:class:`Bundle`, which refuses a path that could lie outside its folder or be two things at once
(``bundlefiles.py``). Which version may follow which is decided in ``lastseen.py``.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from govgate.attest import dsse, jcs
from govgate.attest.bundlefiles import MAX_FILES, BundleFile, check_together
from govgate.attest.encoding import from_base64, is_sha256, to_base64
from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Role, Trust
from govgate.errors import EvidenceError

PAYLOAD_TYPE = "application/vnd.govgate.bundle+json"
MAX_VERSION = 2**53 - 1

_FORMAT = 1
_FIELDS = {"version", "name", "bundleVersion", "createdOn", "expires", "files"}
_NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says. Making one checks all of it: EvidenceError names what is wrong."""

    name: str
    version: int
    created_on: date
    expires: date
    files: tuple[BundleFile, ...]

    def __post_init__(self) -> None:
        check_name(self.name)
        if not 1 <= self.version <= MAX_VERSION:
            raise EvidenceError("the bundle's version is not a whole number from 1")
        if self.expires <= self.created_on:
            raise EvidenceError("the bundle expires before it could be loaded")
        check_together(self.files)
        if any(
            f"{file.path}/".casefold().startswith(f"{self.name}.bundle/") for file in self.files
        ):
            raise EvidenceError("a file of the bundle has the place of the bundle itself")

    def encode(self) -> bytes:
        """The payload to sign."""
        return jcs.canonical(
            {
                "version": _FORMAT,
                "name": self.name,
                "bundleVersion": self.version,
                "createdOn": self.created_on.isoformat(),
                "expires": self.expires.isoformat(),
                "files": [
                    {
                        "path": file.path,
                        "sha256": file.sha256,
                        "size": len(file.content),
                        "content": to_base64(file.content),
                    }
                    for file in self.files
                ],
            }
        )


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """A bundle whose signatures hold: ``signers`` are the ids of the publishers' keys.

    ``sha256`` is that of the payload: two bundles of one version must not differ in it.
    """

    bundle: Bundle
    sha256: str
    signers: tuple[str, ...]


def check_name(name: str) -> None:
    """EvidenceError unless ``name`` is small letters and digits joined by hyphens, up to 80."""
    if len(name) > 80 or not _NAME.fullmatch(name):
        raise EvidenceError(
            "a bundle's name must be small letters and digits, joined by hyphens, up to 80"
        )


def sign_bundle(bundle: Bundle, keys: Sequence[PrivateKey]) -> bytes:
    """The bundle's file, signed by each of ``keys``."""
    return dsse.sign(bundle.encode(), PAYLOAD_TYPE, keys)


def add_signatures(data: bytes, keys: Sequence[PrivateKey]) -> bytes:
    """The same bundle with the signatures that it has and those of ``keys``.

    For people who do not share a machine. The payload is read as a bundle first, so nobody signs
    something else by mistake; whose signatures it had is for the reader to look at.
    """
    envelope = dsse.parse_envelope(data)
    _check_type(envelope.payload_type)
    parse_bundle(envelope.payload)
    return dsse.add_signatures(data, keys)


def open_bundle(data: bytes, trust: Trust, *, today: date, threshold: int = 1) -> SignedBundle:
    """The bundle in ``data``, if keys that count as publishers today signed it.

    It may have expired, or be older than one seen before: :func:`check_current` and
    ``lastseen.py`` ask that.
    """
    opened = trust.open_envelope(data, Role.PUBLISHER, today, payload_type=PAYLOAD_TYPE)
    signed = SignedBundle(
        parse_bundle(opened.payload),
        hashlib.sha256(opened.payload).hexdigest(),
        tuple(signature.keyid for signature in opened.accepted),
    )
    check_threshold(signed, threshold)
    return signed


def check_threshold(signed: SignedBundle, threshold: int) -> None:
    """EvidenceError unless at least ``threshold`` different publishers signed."""
    if threshold < 1:
        raise ValueError("a threshold below 1 would accept unsigned bundles")
    count = len(signed.signers)
    if count < threshold:
        counted = (
            "1 publisher's signature that counts"
            if count == 1
            else (f"{count} publishers' signatures that count")
        )
        raise EvidenceError(
            f"bundle {signed.bundle.name} has {counted}, and {threshold} must be",
            remedy="have another publisher run: govgate policy bundle sign",
        )


def check_current(bundle: Bundle, today: date) -> None:
    """EvidenceError when the bundle has expired, or was made in days that are still to come.

    Expiry stops a freeze: who can withhold new bundles can do so only until the old one ends.
    """
    if today >= bundle.expires:
        raise EvidenceError(
            f"bundle {bundle.name} version {bundle.version} expired on {bundle.expires}",
            remedy="install a newer version from its publisher",
        )
    if bundle.created_on > today + timedelta(days=1):
        raise EvidenceError(
            f"bundle {bundle.name} was made on {bundle.created_on}, and the clock says {today}",
            remedy="set the clock right",
        )


def read_unverified(data: bytes) -> tuple[Bundle, tuple[str, ...]]:
    """What a bundle says, and the key ids that it names. Nobody may have signed it: for show."""
    envelope = dsse.parse_envelope(data)
    _check_type(envelope.payload_type)
    return parse_bundle(envelope.payload), tuple(s.keyid for s in envelope.signatures)


def parse_bundle(payload: bytes) -> Bundle:
    """The bundle in a payload; EvidenceError for anything that :meth:`Bundle.encode` would not
    write."""
    members = _object(jcs.parse_canonical(payload, "the bundle"), _FIELDS, "the bundle")
    if _whole(members, "version") != _FORMAT:
        raise EvidenceError("the bundle is of a format that this govgate does not know")
    if not isinstance(members["files"], list):
        raise EvidenceError("the bundle's files are not a list")
    if len(members["files"]) > MAX_FILES:
        raise EvidenceError(f"the bundle holds more than {MAX_FILES} files")
    return Bundle(
        _text(members, "name"),
        _whole(members, "bundleVersion"),
        _day(members, "createdOn"),
        _day(members, "expires"),
        tuple(map(_file, members["files"])),
    )


def _check_type(kind: str) -> None:
    if kind != PAYLOAD_TYPE:
        raise EvidenceError(f"the envelope's payload is not of type {PAYLOAD_TYPE}")


def _file(entry: Any) -> BundleFile:
    members = _object(entry, {"path", "sha256", "size", "content"}, "a file of the bundle")
    content = from_base64(_text(members, "content"), "the content of a bundle's file")
    file = BundleFile(_text(members, "path"), content)
    stated = members["sha256"]
    if not is_sha256(stated) or stated != file.sha256 or _whole(members, "size") != len(content):
        raise EvidenceError(f"the content of {file.path!a} is not what the bundle says it is")
    return file


def _object(value: Any, names: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise EvidenceError(f"{what} is not a JSON object")
    if missing := names - set(value):
        raise EvidenceError(f"{what} has no {min(missing)}")
    if set(value) - names:
        raise EvidenceError(f"{what} has fields that this version does not know")
    return value


def _text(members: dict[str, Any], name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise EvidenceError(f"the bundle's {name} is not a string")
    return value


def _whole(members: dict[str, Any], name: str) -> int:
    value = members[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise EvidenceError(f"the bundle's {name} is not a whole number")
    return value


def _day(members: dict[str, Any], name: str) -> date:
    text = _text(members, name)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise EvidenceError(f"the bundle's {name} is not a day written YYYY-MM-DD") from error
    if day.isoformat() != text:
        raise EvidenceError(f"the bundle's {name} is not a day written YYYY-MM-DD")
    return day
