"""The first bytes of a saved response's body, without transfer and content coding, within a limit.

However large or cleverly packed a body is, no more than the limit and one block of it is held.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from govgate.rights.signals.httphead import Head

BLOCK = 16 * 1024
_MAX_CHUNK_LINE = 4096
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
    keep the header) is passed on as it is."""
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


def _taken(blocks: Iterator[bytes], limit: int) -> Body:
    data = bytearray()
    for block in blocks:
        data += block
        if len(data) > limit:
            return Body(bytes(data[:limit]), cut=True)
    return Body(bytes(data))


_Step = Callable[[bytes, int], bytes]


def _decoded(blocks: Iterator[bytes], opened: Callable[[bytes], _Step], limit: int) -> Body:
    data = bytearray()
    step: _Step | None = None
    try:
        for block in blocks:
            step = step or opened(block)
            data += step(block, limit + 1 - len(data))
            if len(data) > limit:
                return Body(bytes(data[:limit]), cut=True)
    except Exception:  # zlib's and zstandard's own errors: damaged, or not coded at all
        if not data:
            return Body(b"", cut=True, readable=False)
        return Body(bytes(data), cut=True)
    return Body(bytes(data))


def _gzip(_first: bytes) -> _Step:
    return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress


def _deflate(first: bytes) -> _Step:
    zlib_header = first[:1] == b"\x78" and len(first) > 1 and (first[0] * 256 + first[1]) % 31 == 0
    return zlib.decompressobj(zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS).decompress


def _zstd(_first: bytes) -> _Step:
    import zstandard

    decoder = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
    return lambda block, _left: decoder.decompress(block)


_DECODERS: dict[str, Callable[[bytes], _Step]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}
