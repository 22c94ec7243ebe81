import pytest

from govgate import rundir
from govgate.data.tables import TableWriter
from govgate.errors import IncompleteError, UsageError
from govgate.model import Finding, Row
from govgate.rights.licenses import read_license
from govgate.rights.manifest import Source
from govgate.scan.scan import ScannedRow
from govgate.steps.scan import ROWS, SIGHTINGS, _field, _Tables


def test_what_the_disk_refused_is_what_is_told_and_nothing_is_written_after_it(
    tmp_path, monkeypatch
):
    (tmp_path / rundir.WORK).mkdir()
    refusals = []

    def append(self, frame):
        """As `TableWriter.append` does where the disk is full."""
        self._abandon()
        refusals.append(frame)
        raise IncompleteError("no space is left")

    monkeypatch.setattr(TableWriter, "append", append)
    monkeypatch.setattr("govgate.steps.scan.BATCH", 1)
    row = ScannedRow(Row(0, 0, 1, {"text": "x"}), (), None, 1, 1)
    with (
        pytest.raises(IncompleteError, match="no space is left"),
        _Tables(tmp_path, [None], bytes(32)) as tables,
    ):
        tables.take(row)
    assert len(refusals) == 1


def test_tables_are_whole_where_nothing_went_wrong(tmp_path):
    import polars as pl

    (tmp_path / rundir.WORK).mkdir()
    seen = Finding("/text", "", "PERSON", 0, 3, 0.85, "R", "original", "9f" * 32)
    with _Tables(tmp_path, [None], bytes(32)) as tables:
        for index in range(3):
            value = {"text": "Ann"}
            tables.take(ScannedRow(Row(index, 0, index + 1, value), (seen,), None, 3, 1))
    for name in (ROWS, SIGHTINGS):
        assert pl.read_parquet(tmp_path / rundir.WORK / name)["index"].to_list() == [0, 1, 2]


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ("MIT", "MIT"),
        (" " * 10**6 + "MIT", " MIT"),
        ("MIT" + " " * 10**6, " MIT"),
        (" " * 10**6, " "),
        ("M" * 10**6, "M" * 500 + "…"),
        ("MIT OR " * 10**5, "MIT OR " * 71 + "MIT…"),
        (["MIT"], "(not text)"),
        ("", None),
        (None, None),
    ],
)
def test_what_no_reader_reads_of_a_field_is_not_kept(found, kept):
    assert _field({"license": found}, "license", 500) == kept
    whole = read_license(found) if isinstance(found, str) else None
    assert whole is None or read_license(kept) == whole


@pytest.mark.parametrize("key", ["subject_field", "license_field", "url_field"])
def test_a_named_field_that_no_row_has_is_told(tmp_path, key):
    (tmp_path / rundir.WORK).mkdir()
    source = Source(files="*", name="acme", **{key: "gone"})
    with _Tables(tmp_path, [source], bytes(32)) as tables:
        tables.take(ScannedRow(Row(0, 0, 1, {"text": "x", "license": "MIT"}), (), None, 1, 1))
        with pytest.raises(UsageError, match=f"no row of source acme has its {key} 'gone'"):
            tables.check_fields()
        tables.take(ScannedRow(Row(1, 0, 2, {"gone": None}), (), None, 1, 1))
        tables.check_fields()


def test_a_field_that_nobody_named_may_be_missing(tmp_path):
    (tmp_path / rundir.WORK).mkdir()
    with _Tables(tmp_path, [Source(files="*", name="acme"), None], bytes(32)) as tables:
        for file in (0, 1):
            tables.take(ScannedRow(Row(file, file, 1, {"text": "x"}), (), None, 1, 1))
        tables.check_fields()
