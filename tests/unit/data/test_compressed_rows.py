import gzip
import hashlib
import resource

import pytest
import zstandard

from govgate.data.dataset import open_dataset
from govgate.data.rows import RowReader
from govgate.model import FailureScope

ROWS = [b'{"n": %d, "text": "%s"}\n' % (n, b"word " * (n % 7)) for n in range(20_000)]
PLAIN = b"".join(ROWS)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


PACK = {"gz": gzip.compress, "zst": zstd}


def codes(rows) -> list[str]:
    return [row.failure.code for row in rows if row.failure]


@pytest.fixture
def packed(tmp_path, read):
    def reading(data: bytes, kind: str, name: str = "a.jsonl"):
        path = tmp_path / f"{name}.{kind}"
        path.write_bytes(data)
        return read(path)

    return reading


@pytest.mark.parametrize("kind", PACK)
def test_compressed_lines_are_the_plain_lines(packed, kind):
    assert [r.raw for r in packed(PACK[kind](PLAIN), kind)] == ROWS


@pytest.mark.parametrize("kind", PACK)
def test_several_members_are_one_file(packed, kind):
    data = b"".join(PACK[kind](PLAIN[i : i + 99_999]) for i in range(0, len(PLAIN), 99_999))
    assert [r.raw for r in packed(data, kind)] == ROWS


@pytest.mark.parametrize("kind", PACK)
def test_an_empty_member_between_others_is_fine(packed, kind):
    pack = PACK[kind]
    data = pack(ROWS[0]) + pack(b"") + pack(ROWS[1])
    assert [r.raw for r in packed(data, kind)] == ROWS[:2]


def test_zero_padding_behind_gzip_and_skippable_zstd_frames_are_fine(packed):
    assert len(packed(gzip.compress(PLAIN) + b"\0" * 70_000, "gz")) == len(ROWS)
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"
    assert len(packed(skippable + zstd(PLAIN) + skippable, "zst")) == len(ROWS)


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.999])
def test_a_truncated_file_yields_whole_rows_and_then_fails(packed, kind, kept):
    data = PACK[kind](PLAIN)
    rows = packed(data[: int(len(data) * kept)], kind)
    assert codes(rows) == [{"gz": "truncated-gzip", "zst": "truncated-zstd"}[kind]]
    assert rows[-1].failure.scope is FailureScope.FILE
    assert [r.raw for r in rows[:-1]] == ROWS[: len(rows) - 1]


@pytest.mark.parametrize("kind", PACK)
def test_bytes_behind_the_data_fail_the_file_behind_its_rows(packed, kind):
    rows = packed(PACK[kind](PLAIN) + b"garbage!", kind)
    assert len(rows) == len(ROWS) + 1
    assert codes(rows) == [{"gz": "trailing-gzip-data", "zst": "trailing-zstd-data"}[kind]]


@pytest.mark.parametrize("kind", PACK)
def test_a_damaged_checksum_fails_the_file(packed, kind):
    data = bytearray(PACK[kind](PLAIN))
    data[-1 if kind == "zst" else -5] ^= 1
    assert codes(packed(bytes(data), kind)) == [{"gz": "corrupt-gzip", "zst": "corrupt-zstd"}[kind]]


@pytest.mark.parametrize("kind", PACK)
def test_plain_bytes_under_a_compressed_name_fail(packed, kind):
    assert codes(packed(PLAIN, kind)) == [{"gz": "corrupt-gzip", "zst": "corrupt-zstd"}[kind]]


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("name", ["a.json", "a.csv", "a.txt"])
def test_truncation_is_the_reported_cause_in_every_format(packed, kind, name):
    body = {
        "a.json": b"[" + b",".join([b"1234567"] * 50_000) + b"]",
        "a.csv": b"a\n" + b'"q"\n' * 9,
    }
    data = PACK[kind](body.get(name, PLAIN))
    rows = packed(data[:-9], kind, name)
    assert codes(rows) == [{"gz": "truncated-gzip", "zst": "truncated-zstd"}[kind]]


@pytest.mark.parametrize("kind", PACK)
def test_a_bomb_is_unpacked_within_bounds(tmp_path, kind):
    member = PACK[kind](b"\0" * 50_000_000)
    (tmp_path / f"a.jsonl.{kind}").write_bytes(member * 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [file] = open_dataset([str(tmp_path)]).files
    rows = list(RowReader(file, file_index=0, first_index=0, max_row_bytes=1_000_000))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert codes(rows) == ["row-too-long"]
    assert grown < 300_000  # KiB; the line is a gigabyte


@pytest.mark.parametrize("kind", PACK)
def test_the_digest_is_that_of_the_stored_bytes_even_behind_a_failure(tmp_path, kind):
    data = b"not compressed" * 100_000
    path = tmp_path / f"a.jsonl.{kind}"
    path.write_bytes(data)
    reader = RowReader(open_dataset([str(path)]).files[0], file_index=0, first_index=0)
    list(reader)
    assert (reader.sha256, reader.size) == (hashlib.sha256(data).hexdigest(), len(data))
