"""A file's stored bytes: read once, hashed as they pass, and decompressed within bounds.

Nothing here raises for what the file holds. A damaged or truncated file ends early, as if it
were shorter, and ``failure`` then says why; whoever reads rows reports it behind the last one.
"""

import hashlib
import io
import os
import stat
import zlib
from collections.abc import Iterator
from typing import Any

from govgate.data.dataset import Compression, DataFile
from govgate.data.discover import NOT_REGULAR, UNREADABLE
from govgate.data.failures import file_failure
from govgate.model import Failure

CHUNK = 256 * 1024
BUFFER = 1024 * 1024
GZIP = 31  # zlib's window bits for gzip members
GZIP_MAGIC = b"\x1f\x8b"
GZIP_FEED = 16 * 1024
# zstd packs at most 128 KiB into 4 bytes, so this bounds what one feed can unpack to 32 MiB.
ZSTD_FEED = 1024


class Stored:
    """An open file. ``sha256`` and ``size`` tell of the bytes read so far: all, after ``drain``."""

    def __init__(self, file: DataFile) -> None:
        self.failure: Failure | None = file.failure
        self.size = 0
        self._hash = hashlib.sha256()
        self._fd = -1
        self._compression = file.compression
        if self.failure is None:
            self._open(file)

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes read so far."""
        return self._hash.hexdigest()

    @property
    def fd(self) -> int:
        """The file descriptor, for readers that seek."""
        return self._fd

    def read(self) -> bytes:
        """The next stored bytes; empty at the end, and after an I/O error (see ``failure``)."""
        if self._fd < 0:
            return b""
        try:
            data = os.read(self._fd, CHUNK)
        except OSError as error:
            self.failure = self.failure or file_failure(
                "io-error", f"reading failed: {error.strerror}", "check the disk and try again"
            )
            return b""
        self._hash.update(data)
        self.size += len(data)
        return data

    def drain(self) -> None:
        """Read whatever is left, for the digest of the whole file."""
        while self.read():
            pass

    def close(self) -> None:
        """Close the file; what was learnt of it stays."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def plain(self) -> io.BufferedReader:
        """The decompressed bytes, to be read once from front to back."""
        pieces: Iterator[bytes]
        if self._compression is Compression.GZIP:
            pieces = self._gunzip()
        elif self._compression is Compression.ZSTD:
            pieces = self._unzstd()
        else:
            pieces = iter(self.read, b"")
        return io.BufferedReader(_Pieces(pieces), BUFFER)

    def _open(self, file: DataFile) -> None:
        try:
            # Not blocking: a pipe that took the file's place must not stop the gate for ever.
            self._fd = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            self.failure = UNREADABLE
            return
        if not stat.S_ISREG(os.fstat(self._fd).st_mode):
            self.failure = NOT_REGULAR
            self.close()

    def _gunzip(self) -> Iterator[bytes]:
        """Every member (RFC 1952); zero padding behind the last is allowed, other bytes are not."""
        member: Any = zlib.decompressobj(wbits=GZIP)
        for feed in self._feeds(GZIP_FEED):
            data = feed
            while data:
                if member.eof:
                    data = data.lstrip(b"\0")
                    if not data:
                        break
                    if not GZIP_MAGIC.startswith(data[:2]):
                        self._trailing("gzip")
                        return
                    member = zlib.decompressobj(wbits=GZIP)
                try:
                    yield from _inflate(member, data)
                except zlib.error:
                    self._damaged("gzip")
                    return
                data = member.unused_data
        if not member.eof:
            self._truncated("gzip")

    def _unzstd(self) -> Iterator[bytes]:
        """Every frame (RFC 8878), skippable ones included."""
        import zstandard

        frame: Any = zstandard.ZstdDecompressor().decompressobj()
        behind = False  # nothing of this frame has come out yet, and one lies before it
        for feed in self._feeds(ZSTD_FEED):
            data = feed
            while data:
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                    behind = True
                try:
                    plain = frame.decompress(data)
                except zstandard.ZstdError:
                    if behind:
                        self._trailing("zstd")
                    else:
                        self._damaged("zstd")
                    return
                behind = behind and not plain
                yield plain
                data = frame.unused_data if frame.eof else b""
        if not frame.eof:
            self._truncated("zstd")

    def _feeds(self, size: int) -> Iterator[bytes]:
        while data := self.read():
            for start in range(0, len(data), size):
                yield data[start : start + size]

    def _truncated(self, kind: str) -> None:
        self.failure = self.failure or file_failure(
            f"truncated-{kind}", f"the {kind} file ends too early", "fetch the file again"
        )

    def _damaged(self, kind: str) -> None:
        self.failure = self.failure or file_failure(
            f"corrupt-{kind}", f"the {kind} file is damaged", "fetch the file again"
        )

    def _trailing(self, kind: str) -> None:
        self.failure = self.failure or file_failure(
            f"trailing-{kind}-data",
            f"other bytes follow the {kind} data",
            "compress the file again from its content",
        )


def _inflate(member: Any, data: bytes) -> Iterator[bytes]:
    """What ``data`` unpacks to, at most BUFFER bytes at a time."""
    plain = member.decompress(data, BUFFER)
    yield plain
    while not member.eof and (member.unconsumed_tail or len(plain) == BUFFER):
        plain = member.decompress(member.unconsumed_tail, BUFFER)
        yield plain


def head_of(file: DataFile, size: int) -> bytes:
    """The first ``size`` decompressed bytes of a file; fewer where it cannot be read so far."""
    stored = Stored(file)
    try:
        return stored.plain().read(size)
    finally:
        stored.close()


class _Pieces(io.RawIOBase):
    """Pieces of any length as a raw stream for a BufferedReader."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        target = memoryview(buffer)
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(target), len(self._left))
        target[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
