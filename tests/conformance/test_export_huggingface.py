"""The dataset card under the Hub's own reader, and its patterns under the file finder it uses."""

from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem
from huggingface_hub import DatasetCard, DatasetCardData

from govgate.export.huggingface import LARGEST, SIZES, escape_glob, size_category
from tests.conformance.conftest import signed

pytestmark = pytest.mark.usefixtures("offline")


def card(export, run: Path) -> DatasetCard:
    """The card, which the Hub's reader writes again with the same front matter."""
    text = export(run, "huggingface")
    read = DatasetCard(text)
    assert DatasetCard(str(read)).data.to_dict() == read.data.to_dict()
    assert read.text in text
    return read


def paths(read: DatasetCard) -> list[str]:
    return [
        path
        for config in read.data.to_dict()["configs"]
        for split in config["data_files"]
        for path in split["path"]
    ]


def test_the_hubs_reader_finds_what_the_record_knows(export, passed: Path) -> None:
    read, record = card(export, passed), signed(passed)
    assert isinstance(read.data, DatasetCardData)
    assert read.data.license == "unknown"
    assert read.data.size_categories == ["n<1K"]
    assert read.data.language is None
    assert read.data.task_categories is None
    assert record.says["purpose"] in read.data.to_dict()["tags"]
    for part in record.train.values():
        assert part["sha256"] in read.text


def test_each_pattern_finds_one_file_and_together_they_find_the_partition(
    export, passed: Path
) -> None:
    finder = LocalFileSystem()
    found = [finder.glob(f"{passed}/{pattern}") for pattern in paths(card(export, passed))]
    assert all(len(one) == 1 for one in found)
    names = {Path(one).relative_to(passed).as_posix() for (one,) in found}
    assert names == set(signed(passed).train)


def test_a_pattern_that_is_not_escaped_finds_another_file(tmp_path: Path) -> None:
    for name in ("a*.jsonl", "ab.jsonl", "[x].jsonl", "x.jsonl"):
        (tmp_path / name).touch()
    finder = LocalFileSystem()
    assert len(finder.glob(f"{tmp_path}/a*.jsonl")) == 2
    assert finder.glob(f"{tmp_path}/{escape_glob('a*.jsonl')}") == [f"{tmp_path}/a*.jsonl"]
    assert finder.glob(f"{tmp_path}/[x].jsonl") == [f"{tmp_path}/x.jsonl"]
    assert finder.glob(f"{tmp_path}/{escape_glob('[x].jsonl')}") == [f"{tmp_path}/[x].jsonl"]


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (1, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (10**12 - 1, "100B<n<1T"),
        (10**12, "n>1T"),
    ],
)
def test_sizes_are_words_that_the_hub_documents(rows: int, word: str) -> None:
    assert size_category(rows) == word
    documented = DatasetCardData.__doc__ or ""
    assert all(f"'{known}'" in documented for known in [LARGEST, *(w for _, w in SIZES)])


def test_a_file_name_cannot_end_its_code_span(export, awkward: Path) -> None:
    text = card(export, awkward).text
    assert "``train/100% #1 [a*b?] `tick`.jsonl``" in text
    assert '`train/it\'s "quoted" & <b>.jsonl`' in text


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("license: unknown", "license: [unknown"),
        ("pretty_name: ", "pretty_name: : "),
        ("---\npretty_name", "---\n- pretty_name"),
    ],
)
def test_a_broken_card_is_refused(export, gated: Path, right: str, wrong: str) -> None:
    import yaml

    text = export(gated, "huggingface")
    assert right in text
    with pytest.raises((ValueError, yaml.YAMLError)):
        DatasetCard(text.replace(right, wrong, 1))
