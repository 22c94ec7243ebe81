"""Waivers as they lie in files: read one by one, copies merged, what cannot be read told."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from govgate.attest import waiver as signed_waiver
from govgate.attest.dsse import MAX_SIGNATURES
from govgate.attest.files import read_bounded
from govgate.attest.waiver import Grant, Revocation, Signed
from govgate.errors import EvidenceError, GovgateError, UsageError
from govgate.home import Home
from govgate.policy.packs import pack_names
from govgate.policy.waivers import Selector

FOLDER = "waivers"
MAX_FILES = 2000
MAX_BYTES = 64 * 2**20
MAX_LINES = 10_000  # of one file


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a line of one, in which no waiver could be read."""

    file: str
    sha256: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a place holds: each waiver once, with the signatures of all its copies.

    ``grants``: with the name of the first file. ``paths``: every file that was read.
    """

    grants: tuple[tuple[str, Signed, Grant], ...] = ()
    revocations: tuple[Signed, ...] = ()
    unread: tuple[Unread, ...] = ()
    paths: tuple[Path, ...] = ()

    @property
    def lines(self) -> bytes:
        """All envelopes, one a line."""
        signed = [one for _, one, _ in self.grants] + list(self.revocations)
        return b"".join(sorted(one.line for one in signed))

    def __len__(self) -> int:
        return len(self.grants) + len(self.unread)


def waivers_folder(policy: str, policy_file: Path, home: Home) -> Path:
    """Where waivers of the policy named ``policy`` lie: beside its file; of a pack, in the home."""
    if policy in pack_names() and not Path(policy).exists():
        return home.path / FOLDER
    return policy_file.parent / FOLDER


def read_waivers(place: Path) -> Found:
    """The waivers in the file or folder ``place``; hidden files are passed over.

    UsageError where there is no such place or far too much in it.
    """
    if not place.exists():
        raise UsageError(f"there are no waivers at {place}", remedy="name a file or a folder")
    inside = sorted(place.iterdir()) if place.is_dir() else [place]
    paths = [path for path in inside if not path.name.startswith(".")]
    if len(paths) > MAX_FILES:
        raise UsageError(
            f"{place} holds {len(paths)} files; at most {MAX_FILES} waivers are read",
            remedy="move those that have ended elsewhere",
        )
    signed: list[tuple[str, Signed]] = []
    unread: list[Unread] = []
    for path in paths:
        name = path.name if path.name.isprintable() else ascii(path.name)
        _read_file(path, name, signed, unread)
    return _sorted_out(signed, unread, paths)


def _read_file(
    path: Path, name: str, signed: list[tuple[str, Signed]], unread: list[Unread]
) -> None:
    try:
        data = read_bounded(path, MAX_BYTES)
    except (GovgateError, FileNotFoundError):
        digest = hashlib.sha256(b"").hexdigest()
        unread.append(Unread(name, digest, "it cannot be read as a plain file"))
        return
    lines = data.splitlines() or [b""]
    if len(lines) > MAX_LINES:
        digest = hashlib.sha256(data).hexdigest()
        unread.append(Unread(name, digest, f"it has more than {MAX_LINES} lines"))
        return
    for number, line in enumerate(lines, start=1):
        try:
            one = signed_waiver.parse(line)
            if isinstance(one.said, Grant):
                Selector.of(one.said.rows)
            signed.append((name, one))
        except (EvidenceError, UsageError) as error:
            where = f"line {number}: " if number > 1 else ""
            digest = hashlib.sha256(line).hexdigest()
            unread.append(Unread(name, digest, f"{where}{error.what}"))


def _sorted_out(
    signed: Sequence[tuple[str, Signed]], unread: Sequence[Unread], paths: Sequence[Path]
) -> Found:
    """Copies merged: signatures of one waiver may have been gathered in several files."""
    copies: dict[tuple[str, bytes], list[tuple[str, Signed]]] = {}
    for name, one in signed:
        key = (one.envelope.payload_type, one.envelope.payload)
        copies.setdefault(key, []).append((name, one))
    grants, revocations = [], []
    for same in copies.values():
        merged = signed_waiver.merge([one for _, one in same])
        if len(merged.envelope.signatures) > MAX_SIGNATURES:
            if isinstance(merged.said, Revocation):
                revocations.append(same[0][1])  # heeded whoever signed it
                continue
            name, digest = same[0][0], hashlib.sha256(merged.line).hexdigest()
            why = f"its copies carry more than {MAX_SIGNATURES} signatures together"
            unread = (*unread, Unread(name, digest, why))
            continue
        if isinstance(merged.said, Grant):
            grants.append((same[0][0], merged, merged.said))
        else:
            revocations.append(merged)
    return Found(tuple(grants), tuple(revocations), tuple(unread), tuple(paths))
