"""Digests of whole files."""

import hashlib
from pathlib import Path

from govgate.durable import translated


def digest_file(path: Path) -> tuple[str, int]:
    """(SHA-256 in hex, size in bytes) of the file; IncompleteError when it cannot be read."""
    with translated(path), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()
