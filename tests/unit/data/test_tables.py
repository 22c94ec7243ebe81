import resource

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from govgate.data.digest import digest_file
from govgate.data.tables import TableWriter, read_batches, scan_table, whole_rows
from govgate.errors import IncompleteError

SCHEMA = pl.Schema(
    {
        "index": pl.UInt64,
        "names": pl.List(pl.String),
        "score": pl.Float64,
        "day": pl.Date,
        "kind": pl.Enum(["a", "b"]),
    }
)


def frame(first: int, count: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "index": range(first, first + count),
            "names": [["x"] * (i % 3) or None for i in range(count)],
            "score": [i / 3 for i in range(count)],
            "day": [None] * count,
            "kind": ["ab"[i % 2] for i in range(count)],
        },
        schema=SCHEMA,
    )


def test_a_table_comes_back_as_it_was_written_in_bounded_batches(tmp_path):
    path = tmp_path / "t.parquet"
    with TableWriter(path, SCHEMA) as table:
        for first in range(0, 5000, 1000):
            table.append(frame(first, 1000))
        table.append(frame(0, 0))
    assert table.close() == 5000
    batches = list(read_batches(path, batch_rows=700))
    assert max(b.height for b in batches) <= 700
    together = pl.concat(batches)
    assert together.schema == SCHEMA
    assert_frame_equal(together, pl.concat([frame(i, 1000) for i in range(0, 5000, 1000)]))
    assert_frame_equal(scan_table(path).collect(), together)


def test_the_same_frames_give_the_same_bytes(tmp_path):
    digests = set()
    for name in ("one", "two"):
        with TableWriter(tmp_path / name, SCHEMA) as table:
            table.append(frame(0, 1000))
        digests.add(digest_file(tmp_path / name))
    assert len(digests) == 1


def test_columns_can_be_chosen_and_come_in_any_order(tmp_path):
    with TableWriter(tmp_path / "t", SCHEMA) as table:
        table.append(frame(0, 3).select(reversed(SCHEMA.names())))
    [batch] = read_batches(tmp_path / "t", columns=["index", "kind"])
    assert batch.columns == ["index", "kind"]


def test_an_empty_table_has_a_schema_and_no_batches(tmp_path):
    with TableWriter(tmp_path / "t", SCHEMA):
        pass
    assert list(read_batches(tmp_path / "t")) == []
    assert scan_table(tmp_path / "t").collect_schema() == SCHEMA


def test_a_frame_that_lacks_a_column_or_does_not_fit_is_refused(tmp_path):
    with TableWriter(tmp_path / "t", SCHEMA) as table:
        with pytest.raises(pl.exceptions.ColumnNotFoundError):
            table.append(frame(0, 1).drop("score"))
        with pytest.raises(pl.exceptions.PolarsError):
            table.append(frame(0, 1).with_columns(index=pl.lit(-1)))


def test_a_damaged_or_missing_table_is_an_incomplete_error(tmp_path):
    with TableWriter(tmp_path / "t", SCHEMA) as table:
        table.append(frame(0, 1000))
    data = (tmp_path / "t").read_bytes()
    (tmp_path / "t").write_bytes(data[:-20])
    for name in ("t", "absent"):
        with pytest.raises(IncompleteError):
            list(read_batches(tmp_path / name))


def test_a_place_that_cannot_be_written_is_an_incomplete_error(tmp_path):
    with pytest.raises(IncompleteError):
        TableWriter(tmp_path / "absent" / "t", SCHEMA)
    with TableWriter(tmp_path / "t", SCHEMA), pytest.raises(IncompleteError):
        TableWriter(tmp_path / "t", SCHEMA)


def test_a_full_disk_is_an_incomplete_error(tmp_path):
    def fill() -> None:
        with TableWriter(tmp_path / "t", SCHEMA) as table:
            for _ in range(5):
                table.append(frame(0, 10_000))

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(IncompleteError):
            fill()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_digest_of_a_file_is_sha_256_and_size(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert digest_file(tmp_path / "a") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        3,
    )
    with pytest.raises(IncompleteError):
        digest_file(tmp_path / "absent")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_entries_of_one_row_come_in_one_batch(size):
    index = [0, 0, 0, 1, 4, 4, 4, 4, 4, 7, 8, 8]
    table = pl.DataFrame({"index": index, "at": range(len(index))})
    found = list(whole_rows(table.iter_slices(size)))
    assert pl.concat(found).equals(table)
    seen = [one for batch in found for one in batch["index"].unique()]
    assert sorted(seen) == sorted(set(index))
    assert list(whole_rows(iter([]))) == []
