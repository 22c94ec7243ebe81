import json
from pathlib import Path

import pytest

from govgate.data.dataset import open_dataset
from govgate.data.redact import Span
from govgate.model import Partition

CORPORA = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "corpora"
pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
FILES = sorted(CORPORA.iterdir()) if CORPORA.is_dir() else []


def first_string(value, pointer=""):
    """(pointer, text) of the first string in a row with something in it."""
    if isinstance(value, str):
        return (pointer, value) if value else None
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    return next(
        (found for key, inner in items if (found := first_string(inner, f"{pointer}/{key}"))), None
    )


def test_the_folder_is_one_data_set():
    dataset = open_dataset([str(CORPORA)])
    assert [file.name for file in dataset.files] == [path.name for path in FILES]
    assert dataset.skipped == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_row_reads_and_splits_without_a_byte_changed(path, read, split, tmp_path):
    rows = read(path)
    assert len(rows) >= 299
    assert not any(row.failure for row in rows)
    places = list(Partition)
    split(path, choose=lambda row: (places[row.index % 3], ()))
    for i, partition in enumerate([Partition.TRAIN, Partition.RETRIEVE]):
        written = read(tmp_path / "run" / partition / path.name)
        assert [row.raw for row in written] == [row.raw for row in rows[i::3]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_redacted_corpus_parses_and_differs_at_the_spans_alone(path, read, split, tmp_path):
    rows = read(path)

    def choose(row):
        pointer, text = first_string(row.value)
        return Partition.TRAIN, (Span(pointer, "text", 0, min(5, len(text)), "PERSON"),)

    split(path, choose=choose)
    for row, written in zip(rows, read(tmp_path / "run/train" / path.name), strict=True):
        text = first_string(row.value)[1]
        hidden = first_string(written.value)[1]
        assert hidden == "<PERSON_1>" + text[5:]
        whole = json.dumps(row.value)
        assert json.dumps(written.value) == whole.replace(json.dumps(text), json.dumps(hidden), 1)
