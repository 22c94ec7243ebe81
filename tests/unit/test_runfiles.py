"""Files of a run that are not plain, not readable or not named."""

import os
from pathlib import Path

import pytest

from govgate.errors import EvidenceError, IncompleteError
from govgate.runfiles import check_names, load_json, read_file


def test_files_that_are_named_and_no_others_are_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_text("1")
    check_names(tmp_path, {"a/one"})
    with pytest.raises(EvidenceError, match=r"^top/a/one was added"):
        check_names(tmp_path, set(), "top")
    with pytest.raises(EvidenceError, match=r"^two is missing"):
        check_names(tmp_path, {"a/one", "two"})
    with pytest.raises(EvidenceError, match=r"^train/x is missing"):
        check_names(tmp_path / "train", {"x"}, "train")


def test_a_folder_that_cannot_be_listed_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    listed = os.scandir

    def scandir(path: str) -> "os.ScandirIterator[str]":
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(IncompleteError, match=r"cannot read .*closed: permission is denied"):
        check_names(tmp_path, set())


def test_a_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("[]")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with pytest.raises(EvidenceError, match="is a link"):
        read_file(tmp_path / "link", 9)
    with pytest.raises(EvidenceError, match="is not a JSON object"):
        load_json(tmp_path / "file")
    (tmp_path / "file").write_text("[" * 100_000)
    with pytest.raises(EvidenceError, match="is not JSON"):
        load_json(tmp_path / "file")
