"""Canonical JSON against the vectors of RFC 8785's authors."""

import hashlib
import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from govgate.attest import jcs

FOLDER = (
    Path(__file__).resolve().parents[2].parent / "shared/vectors/json-canonicalization/testdata"
)
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="others' vectors are not here")


def test_every_document_gets_their_bytes():
    inputs = sorted((FOLDER / "input").glob("*.json"))
    assert len(inputs) == 6
    for file in inputs:
        expected = bytes.fromhex((FOLDER / "outhex" / f"{file.stem}.txt").read_text())
        assert jcs.canonical(jcs.parse(file.read_bytes(), file.name)) == expected
        assert jcs.parse_canonical(expected, file.name) == json.loads(file.read_bytes())


def doubles(readme: str) -> Iterator[int]:
    """The bit patterns of their number test, as their README defines the sequence."""
    for pattern in re.findall(r"0x([0-9a-f]{16})n", readme.split("staticF64s = ")[0]):
        yield int(pattern, 16)
    for i in range(2000):
        yield 0x0010000000000000 + i
    block = bytes(32)
    while True:
        block = hashlib.sha256(block).digest()
        for (bits,) in struct.iter_unpack("<Q", block):
            exponent = bits >> 52 & 0x7FF
            if bits & ~(1 << 63) and exponent != 0x7FF:
                yield bits


@pytest.mark.parametrize("count", [1000, 10000, 100000])
def test_numbers_print_as_ecmascript_prints_them(count):
    readme = (FOLDER / "README.md").read_text()
    expected = re.search(rf"\| ([0-9a-f]{{64}}) \| {count} ", readme)
    assert expected is not None
    digest = hashlib.sha256()
    for _, bits in zip(range(count), doubles(readme), strict=False):
        value = struct.unpack("<d", struct.pack("<Q", bits))[0]
        digest.update(f"{bits:x},{jcs.canonical(value).decode()}\n".encode())
    assert digest.hexdigest() == expected[1]
