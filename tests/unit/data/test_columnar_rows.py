import datetime
import decimal
import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from govgate.model import FailureScope

TABLE = pa.table(
    {
        "text": pa.array(["a", None, "c"], pa.large_string()),
        "label": pa.array(["x", "y", "x"]).dictionary_encode(),
        "tags": pa.array([["p", "q"], [], None], pa.list_(pa.string())),
        "nested": pa.array([{"n": 1, "s": "u"}, None, {"n": 3, "s": None}]),
        "map": pa.array([[("k", "v")], [], None], pa.map_(pa.string(), pa.string())),
        "image": pa.array([b"\x89PNG", b"", None]),
        "price": pa.array([decimal.Decimal("1.50"), None, None]),
        "when": pa.array([1, 2, 3], pa.timestamp("ns", "Nowhere/Atlantis")),
    }
).replace_schema_metadata({"huggingface": '{"info": {}}'})


def write(path, table, kind: str):
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=2)
    else:
        new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
        with pa.OSFile(str(path), "wb") as sink, new(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    return path


KINDS = {"parquet": "a.parquet", "file": "a.arrow", "stream": "b.arrow"}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_dicts_of_python_values(tmp_path, read, kind):
    rows = read(write(tmp_path / KINDS[kind], TABLE, kind))
    assert [(r.index, r.line, r.raw, r.failure) for r in rows] == [
        (i, i + 1, b"", None) for i in range(3)
    ]
    assert rows[0].value == {
        "text": "a",
        "label": "x",
        "tags": ["p", "q"],
        "nested": {"n": 1, "s": "u"},
        "map": [["k", "v"]],
        "image": b"\x89PNG",
        "price": decimal.Decimal("1.50"),
        "when": datetime.datetime(1970, 1, 1),
    }
    assert rows[1].value["nested"] is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_tables_are_unpacked(tmp_path, read, kind, suffix):
    plain = write(tmp_path / KINDS[kind], TABLE, kind)
    pack = gzip.compress if suffix == ".gz" else zstandard.compress
    packed = tmp_path / (KINDS[kind] + suffix)
    packed.write_bytes(pack(plain.read_bytes()))
    assert [r.value for r in read(packed)] == [r.value for r in read(plain)]
    packed.write_bytes(packed.read_bytes()[:-9])
    [row] = read(packed)
    assert row.failure.code.startswith("truncated-")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.0, 0.01, 0.3, 0.7, 0.95])
def test_a_truncated_table_ends_in_a_failure_of_the_file(tmp_path, read, kind, kept):
    path = write(tmp_path / KINDS[kind], TABLE, kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    rows = read(path)
    assert rows[-1].failure.code == f"corrupt-{path.suffix[1:]}"
    assert rows[-1].failure.scope is FailureScope.FILE
    assert [r.failure for r in rows[:-1]] == [None] * (len(rows) - 1)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_other_bytes_under_a_tables_name_fail(tmp_path, read, name):
    (tmp_path / name).write_bytes(b'{"a": 1}\n' * 1000)
    assert [r.failure.scope for r in read(tmp_path / name)] == [FailureScope.FILE]


def test_a_cell_that_is_not_utf_8_fails_its_row_alone(tmp_path, read):
    good_then_bad = pa.array([b"ok", b"\xff\xfe", b"fine"], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 3, good_then_bad.buffers())
    pq.write_table(pa.table({"t": text}), tmp_path / "a.parquet")
    rows = read(tmp_path / "a.parquet")
    assert [r.failure and r.failure.code for r in rows] == [None, "invalid-utf8", None]
    assert rows[2].value == {"t": "fine"}


def test_a_date_that_python_cannot_hold_fails_its_row_alone(tmp_path, read):
    years = pa.array([0, 10**7], pa.int32()).cast(pa.date32())
    pq.write_table(pa.table({"d": years}), tmp_path / "a.parquet")
    codes = [r.failure and r.failure.code for r in read(tmp_path / "a.parquet")]
    assert codes == [None, "unreadable-value"]


def test_an_empty_table_has_no_rows(tmp_path, read):
    for kind, name in KINDS.items():
        assert read(write(tmp_path / name, TABLE.slice(0, 0), kind)) == []


def test_two_columns_of_one_name_fail_the_file(tmp_path, read):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    [row] = read(write(tmp_path / "a.arrow", table, "file"))
    assert row.failure.code == "duplicate-column"
