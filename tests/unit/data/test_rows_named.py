"""One row's entries out of a table of many, which is not read for them."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from govgate.data.tables import TableWriter, rows_named
from govgate.errors import IncompleteError, UsageError

SCHEMA = pl.Schema({"row": pl.String(), "n": pl.Int64()})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three row groups; row b has entries in two of them."""
    path = tmp_path / "table.parquet"
    with TableWriter(path, SCHEMA) as writer:
        for names in (["a", "b", "b"], ["c"], ["b", None]):
            numbers = [ord(name or "z") for name in names]
            writer.append(pl.DataFrame({"row": names, "n": numbers}, schema=SCHEMA))
    return path


def test_all_entries_of_a_row_are_found_in_order_and_no_others(table: Path) -> None:
    assert rows_named(table, "b").to_dicts() == [{"row": "b", "n": 98}] * 3
    assert rows_named(table, "c")["n"].to_list() == [99]


@pytest.mark.parametrize("row", ["", "d", "B"])
def test_of_a_row_that_is_not_there_it_has_the_columns_alone(table: Path, row: str) -> None:
    found = rows_named(table, row)
    assert (found.height, found.columns) == (0, ["row", "n"])


@pytest.mark.parametrize("content", [{"other": ["b"]}, {"row": [1]}, {"row": [["b"]]}])
def test_a_table_without_names_of_rows_cannot_be_read(
    tmp_path: Path, content: dict[str, list[object]]
) -> None:
    pl.DataFrame(content).write_parquet(tmp_path / "other.parquet")
    with pytest.raises(IncompleteError, match="cannot be read as a table"):
        rows_named(tmp_path / "other.parquet", "b")


def test_a_table_that_is_cut_or_gone_cannot_be_read(table: Path) -> None:
    table.write_bytes(table.read_bytes()[:-20])
    with pytest.raises(IncompleteError):
        rows_named(table, "b")
    table.unlink()
    with pytest.raises(IncompleteError):
        rows_named(table, "b")


def test_a_name_that_is_no_text_is_a_mistake(table: Path) -> None:
    with pytest.raises(UsageError):
        rows_named(table, "\ud800")


def test_it_does_not_load_pandas_which_takes_as_long_as_all_the_rest(table: Path) -> None:
    pytest.importorskip("pandas")
    code = (
        "import sys; from pathlib import Path; from govgate.data.tables import rows_named\n"
        "assert rows_named(Path(sys.argv[1]), 'b').height == 3; assert 'pandas' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, table], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
