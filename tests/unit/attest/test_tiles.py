import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.attest.tiles import (
    ENTRIES,
    decode_bundle,
    encode_entry,
    parse_tile_path,
    tile_path,
    tile_width,
)
from govgate.errors import EvidenceError


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 0, 1, "tile/0/000.p/1"),
        (1, 999, 256, "tile/1/999"),
        (2, 1000, 255, "tile/2/x001/000.p/255"),
        (63, 1234067, 256, "tile/63/x001/x234/067"),
        (ENTRIES, 70000, 7, "tile/entries/x070/000.p/7"),
    ],
)
def test_paths_are_those_of_the_specification(level, index, width, path):
    assert tile_path(level, index, width) == path
    assert parse_tile_path(path) == (level, index, width)


@settings(deadline=None)
@given(st.integers(0, 63), st.integers(0, 2**56), st.integers(1, 256))
def test_paths_read_back(level, index, width):
    assert parse_tile_path(tile_path(level, index, width)) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000/",
        "tile/0/../000",
        "tile/entries/000.p/",
        "tile/0/٠٠٠",
        "tile/0/000\n",
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path):
    with pytest.raises(EvidenceError):
        parse_tile_path(path)


def test_widths_follow_the_example_of_the_specification():
    assert tile_width(0, 272, 70000) == 256
    assert tile_width(0, 273, 70000) == 112
    assert tile_width(1, 0, 70000) == 256
    assert tile_width(1, 1, 70000) == 17
    assert tile_width(2, 0, 70000) == 1
    assert tile_width(0, 1, 256) == tile_width(3, 0, 70000) == 0


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_read_back(entries):
    assert decode_bundle(b"".join(map(encode_entry, entries)), len(entries), "it") == entries


@pytest.mark.parametrize(
    ("data", "width"),
    [(b"\x00", 1), (b"\x00\x02a", 1), (b"\x00\x01a", 2), (b"\x00\x01a\x00\x01b", 1), (b"", 1)],
)
def test_a_bundle_with_bytes_missing_or_left_over_is_refused(data, width):
    with pytest.raises(EvidenceError, match="it "):
        decode_bundle(data, width, "it")
