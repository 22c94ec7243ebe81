"""Hyperscan's databases, kept on disk: to compile them takes a worker a third of a second.

A file holds a seal and the database as hyperscan spells it. Hyperscan trusts what it is given, so
nothing is that was not sealed with the fingerprint key for just these patterns and this version.
The files lie beside the content cache (`cachefile.DATABASES`), only save time, and where one is
damaged or cannot be read or written, the database is compiled as if there were none. What hyperscan
refuses is not noted: with a pattern of that kind its group is tried anew each time.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from govgate.scan.cachefile import DATABASES, databases

KEPT: Final = 64
"""Files in a folder; above that those go that were not used for longest."""
LARGEST: Final = 4 * 2**20
"""Bytes of the largest file; Presidio's own patterns take 0.6 MB at most."""
SEAL: Final = 32

if TYPE_CHECKING:
    import hyperscan

Rewritten = Mapping[int, tuple[bytes, int]]
"""Expressions for hyperscan with its flags, by the number of their pattern."""


class Databases:
    """Makes databases, or takes those made before from ``folder``, if there is one.

    ``key``: the fingerprint key. Can be sent to another process.
    """

    def __init__(self, folder: Path | None = None, key: bytes = b"") -> None:
        self._folder = folder
        root = hashlib.blake2b(key, digest_size=64, person=b"govgate.hyperscn").digest()
        self._naming, self._sealing = root[:32], root[32:]

    def made(self, patterns: Rewritten) -> "hyperscan.Database":
        """The database for ``patterns``; hyperscan.error if it refuses one of them."""
        import hyperscan

        if self._folder is None or not patterns:
            return compiled(patterns)
        path = self._folder / DATABASES / self._name(patterns)
        if (known := self._read(path)) is not None:
            return known
        database = compiled(patterns)
        with suppress(OSError):
            self._write(path, hyperscan.dumpb(database))
        return database

    def _name(self, patterns: Rewritten) -> str:
        told = [
            metadata.version("hyperscan"),
            [[number, one.decode("latin-1"), flags] for number, (one, flags) in patterns.items()],
        ]
        data = json.dumps(told).encode()
        return hashlib.blake2b(data, key=self._naming, digest_size=16).hexdigest()

    def _seal(self, name: str, body: bytes) -> bytes:
        return hashlib.blake2b(name.encode() + body, key=self._sealing, digest_size=SEAL).digest()

    def _read(self, path: Path) -> "hyperscan.Database | None":
        import hyperscan

        try:
            if not path.is_file() or path.stat().st_size > LARGEST:
                return None
            data = path.read_bytes()
        except OSError:
            return None
        body = data[SEAL:]
        if not hmac.compare_digest(self._seal(path.name, body), data[:SEAL]):
            return None
        try:
            database = hyperscan.loadb(body, hyperscan.HS_MODE_BLOCK)
            with suppress(OSError):
                os.utime(path)
            database.scratch = hyperscan.Scratch(database)  # compiling makes one, loading does not
        except (hyperscan.error, ValueError):
            return None  # for a processor of another kind
        return database

    def _write(self, path: Path, body: bytes) -> None:
        """Make ``path``, whole or not at all, and see that there are not too many."""
        if SEAL + len(body) > LARGEST:
            return
        path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with open(part, "xb", opener=_for_us_alone) as file:
                file.write(self._seal(path.name, body) + body)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        used: list[tuple[float, Path]] = []
        for one in databases(path.parent.parent):
            with suppress(FileNotFoundError):  # other processes do the same
                used.append((one.lstat().st_mtime, one))
        for _, old in sorted(used)[:-KEPT]:
            old.unlink(missing_ok=True)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def compiled(patterns: Rewritten) -> "hyperscan.Database":
    """The database for ``patterns``; hyperscan.error if it refuses one of them."""
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    if patterns:
        database.compile(
            expressions=[expression for expression, _ in patterns.values()],
            ids=list(patterns),
            elements=len(patterns),
            flags=[options for _, options in patterns.values()],
        )
    return database
