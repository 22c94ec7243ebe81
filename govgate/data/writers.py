"""Files of a partition: written in their input's own layout, hashed as they are written, durable.

The same rows give the same bytes: gzip carries no time and no name, zstd runs on one thread.
"""

import gzip
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from govgate.data.dataset import Compression
from govgate.durable import translated

BUFFER = 1024 * 1024
GZIP_LEVEL = 6
ZSTD_LEVEL = 3


class Sink:
    """A new file; takes plain bytes, stores them compressed, knows digest and size at the end."""

    def __init__(self, path: Path, compression: Compression) -> None:
        self._path = path
        with translated(path):
            self._hashed = _Hashed(path)
            self._out = _compressing(self._hashed, compression)

    @property
    def path(self) -> Path:
        """Where the file stands."""
        return self._path

    @property
    def stream(self) -> Any:
        """The stream of plain bytes, for writers that want one."""
        return self._out

    def write(self, data: bytes) -> None:
        """Add plain bytes. IncompleteError when the disk refuses."""
        with translated(self._path):
            self._out.write(data)

    def close(self) -> tuple[str, int]:
        """Finish and sync the file: (SHA-256 in hex, stored size)."""
        with translated(self._path):
            if self._out is not self._hashed:
                self._out.close()
            return self._hashed.finish()

    def abandon(self) -> None:
        """Let go of the file without finishing it; what is still written to it goes nowhere."""
        self._hashed.abandon()
        self._out.close()


class _Hashed:
    """A binary file that can only be appended to, and its digest."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "xb", buffering=BUFFER)  # noqa: SIM115 - closed by finish, abandon
        self._hash = hashlib.sha256()
        self._size = 0
        self._abandoned = False
        self.closed = False

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        if self._abandoned:  # writers that finish their file when they are collected
            return len(view)
        self._hash.update(view)
        self._size += len(view)
        return self._file.write(view)

    def tell(self) -> int:
        return self._size

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        if not self._abandoned:
            self._file.flush()

    def close(self) -> None:
        """Compressors close what they wrap; the file is closed by finish or abandon."""

    def finish(self) -> tuple[str, int]:
        with self._file as file:
            file.flush()
            os.fsync(file.fileno())
        return self._hash.hexdigest(), self._size

    def abandon(self) -> None:
        self._abandoned = True
        with suppress(OSError):  # the disk that refused before may refuse what was buffered
            self._file.close()


def _compressing(out: Any, compression: Compression) -> Any:
    if compression is Compression.GZIP:
        return gzip.GzipFile("", "wb", GZIP_LEVEL, out, mtime=0)
    if compression is Compression.ZSTD:
        import zstandard

        compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
        return compressor.stream_writer(out, closefd=False)
    return out
