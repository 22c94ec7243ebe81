"""A configuration that is there and would go unheard stops the run."""

from pathlib import Path

import pytest

from govgate.config import find_config
from govgate.errors import UsageError


def test_it_is_found_beside_the_data_or_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_config([str(data)]) is None
    (tmp_path / "govgate.yaml").write_text("{}")
    assert find_config([str(data)]) == Path("govgate.yaml")
    (data / "govgate.yaml").write_text("{}")
    assert find_config([str(data)]) == data / "govgate.yaml"
    assert find_config([str(data / "rows.jsonl")]) == data / "govgate.yaml"


@pytest.mark.parametrize("name", ["govgate.yml", "Govgate.yaml", "GOVGATE.YML"])
def test_nearly_its_name_is_a_mistake(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(UsageError, match=r"would not be read: the configuration is called"):
        find_config([str(tmp_path)])


def test_what_cannot_be_read_as_a_file_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "govgate.yaml"
    path.symlink_to("nowhere")
    with pytest.raises(UsageError, match="cannot be read as a file"):
        find_config([str(tmp_path)])
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match="cannot be read as a file"):
        find_config([str(tmp_path)])


def test_it_is_found_where_a_glob_starts_from(tmp_path: Path) -> None:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "govgate.yaml").write_text("{}")
    assert find_config([str(tmp_path / "data" / "*" / "*.jsonl")]) == (
        tmp_path / "data" / "govgate.yaml"
    )
    assert find_config([str(tmp_path / "*.jsonl")]) is None
