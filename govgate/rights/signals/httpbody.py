"""The first bytes of a saved response's body, without transfer and content coding, within a limit.

However large or cleverly packed a body is, no more than the limit and one block of it is held.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from govgate.rights.signals.httphead import Head

BLOCK = 16 * 1024
_MAX_CHUNK_LINE = 4096
_SIP = 256
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;|\r?\n|$)").match
_NONE = {"", "identity", "none"}


@dataclass(frozen=True, slots=True)
class Body:
    """``cut``: there was, or may have been, more. ``readable`` is False for a coding that cannot
    be undone: then there are no bytes."""

    data: bytes
    cut: bool = False
    readable: bool = True


def read_body(stream: BinaryIO, head: Head, limit: int) -> Body:
    """At most ``limit`` bytes of the body that follows ``head`` in ``stream``."""
    blocks: Iterator[bytes] = _blocks(stream)
    if "chunked" in head.last("transfer-encoding").lower():
        blocks = _unchunked(stream)
    codings = [c.strip().lower() for v in head.every("content-encoding") for c in _split(v)]
    codings = [coding for coding in codings if coding not in _NONE]
    if codings:
        opened = _DECODERS.get(codings[0]) if len(codings) == 1 else None
        if opened is None:
            return Body(b"", cut=True, readable=False)
        return _decoded(blocks, opened, limit)
    return _taken(blocks, limit)


def _split(value: bytes) -> list[str]:
    return value.decode("latin-1").split(",")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _unchunked(stream: BinaryIO) -> Iterator[bytes]:
    """RFC 9112, section 7.1. A body that is not chunked after all (capturing tools undo it and
    keep the header) is passed on as it is. EOFError where the last chunk is missing (section 8)."""
    first = True
    while line := stream.readline(_MAX_CHUNK_LINE):
        size = _SIZE(line)
        if size is None:
            if first:
                yield line
            yield from _blocks(stream)
            return
        left = int(size[1], 16)
        if left == 0:
            return
        while left > 0 and (block := stream.read(min(BLOCK, left))):
            left -= len(block)
            yield block
        stream.readline(_MAX_CHUNK_LINE)
        first = False
    if not first:
        raise EOFError("a chunked body without its end")


def _taken(blocks: Iterator[bytes], limit: int) -> Body:
    data = bytearray()
    try:
        for block in blocks:
            data += block
            if len(data) > limit:
                return Body(bytes(data[:limit]), cut=True)
    except EOFError:
        return Body(bytes(data), cut=True)
    return Body(bytes(data))


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _decoded(blocks: Iterator[bytes], opened: Callable[[bytes], _Decoder], limit: int) -> Body:
    data = bytearray()
    decoder: _Decoder | None = None
    try:
        for block in blocks:
            decoder = decoder or opened(block)
            data += decoder.decompress(block, limit + 1 - len(data))
            if len(data) > limit:
                return Body(bytes(data[:limit]), cut=True)
    except Exception:  # zlib's and zstandard's own errors: damaged, or not coded at all
        return Body(bytes(data), cut=True, readable=bool(data))
    ended = decoder is None or (decoder.eof and not decoder.unused_data)
    return Body(bytes(data), cut=not ended)


def _gzip(_first: bytes) -> _Decoder:
    return zlib.decompressobj(zlib.MAX_WBITS | 32)


def _deflate(first: bytes) -> _Decoder:
    zlib_header = first[:1] == b"\x78" and len(first) > 1 and (first[0] * 256 + first[1]) % 31 == 0
    return zlib.decompressobj(zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)


class _Zstd:
    """zstandard's decoder, which knows no limit of its own: fed a few bytes at a time, each of
    which can only become so much (128 KiB of one byte are coded in four)."""

    def __init__(self, _first: bytes) -> None:
        import zstandard

        self._inner = zstandard.ZstdDecompressor(max_window_size=1 << 23).decompressobj()

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        found = bytearray()
        for at in range(0, len(data), _SIP):
            if self.eof:
                return bytes(found)
            found += self._inner.decompress(data[at : at + _SIP])
            if len(found) >= max_length:
                break
        return bytes(found)


_DECODERS: dict[str, Callable[[bytes], _Decoder]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _Zstd,
}
