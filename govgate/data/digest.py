"""Digests of whole files."""

import hashlib
import os
import stat
from pathlib import Path

from govgate.durable import translated
from govgate.errors import IncompleteError


def digest_file(path: Path) -> tuple[str, int]:
    """(SHA-256 in hex, size in bytes) of the file; IncompleteError when it cannot be read.

    A pipe or a device is never waited for.
    """
    with translated(path, "read"):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise IncompleteError(f"cannot read {path}: it is not a regular file")
            digest = hashlib.file_digest(file, "sha256")
            return digest.hexdigest(), file.tell()
