import errno
import os
import stat
from pathlib import Path

import pytest

from govgate import durable
from govgate.durable import is_temporary, make_dirs, sync_dir, sync_tree, translated, write_durably
from govgate.errors import IncompleteError


def test_a_file_is_written_with_its_mode_and_nothing_is_left_beside_it(tmp_path):
    write_durably(tmp_path / "a", b"data", 0o600)
    assert (tmp_path / "a").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a"]


def test_a_file_is_replaced_as_a_whole(tmp_path):
    (tmp_path / "a").write_bytes(b"a long old content")
    write_durably(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_link_is_replaced_and_its_target_left_alone(tmp_path):
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    write_durably(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"old"
    assert not (tmp_path / "link").is_symlink()


def test_file_and_folder_are_synced_in_the_order_that_survives_a_power_failure(
    tmp_path, monkeypatch
):
    steps: list[str] = []

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append(f"sync {kind}")

    def replace(old: Path, new: Path) -> None:
        steps.append("rename")
        os.rename(old, new)

    monkeypatch.setattr(durable.os, "fsync", fsync)
    monkeypatch.setattr(durable.os, "replace", replace)
    write_durably(tmp_path / "a", b"data")
    assert steps == ["sync file", "rename", "sync folder"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "no space is left"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission is denied"),
        (errno.EPERM, "not permitted"),
        (errno.EIO, "input/output error"),
        (errno.EMFILE, "too many open files"),
    ],
)
@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_a_failing_disk_is_told_in_plain_words_and_the_old_file_stays(
    tmp_path, monkeypatch, code, words, call
):
    (tmp_path / "a").write_bytes(b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(durable.os, call, fail)
    with pytest.raises(IncompleteError, match=f"cannot write .*/a: .*{words}"):
        write_durably(tmp_path / "a", b"new")
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"old")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(durable.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_durably(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_missing_folder_is_an_incomplete_error(tmp_path):
    with pytest.raises(IncompleteError, match="does not exist"):
        write_durably(tmp_path / "no" / "a", b"x")
    with pytest.raises(IncompleteError, match="does not exist"):
        sync_dir(tmp_path / "no")


def test_a_file_system_that_cannot_sync_folders_is_accepted(tmp_path, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(durable.os, "fsync", fail)
    sync_dir(tmp_path)


def test_a_folder_sync_that_fails_is_reported(tmp_path, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(durable.os, "fsync", fail)
    with pytest.raises(IncompleteError, match="cannot sync"):
        sync_dir(tmp_path)


def test_folders_are_made_with_their_parents_and_each_parent_is_synced(tmp_path, monkeypatch):
    synced: list[Path] = []
    monkeypatch.setattr(durable, "sync_dir", synced.append)
    (tmp_path / "something").write_bytes(b"")
    make_dirs(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    assert synced == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
    make_dirs(tmp_path / "a" / "b")
    assert len(synced) == 3


def test_a_folder_that_a_killed_process_left_empty_is_recorded_again(tmp_path, monkeypatch):
    synced: list[Path] = []
    monkeypatch.setattr(durable, "sync_dir", synced.append)
    (tmp_path / "a" / "b").mkdir(parents=True)
    make_dirs(tmp_path / "a" / "b")
    assert synced == [tmp_path / "a"]
    (tmp_path / "a" / "b" / "file").write_bytes(b"")
    make_dirs(tmp_path / "a" / "b")
    assert synced == [tmp_path / "a"]


def test_a_write_that_takes_only_a_part_at_a_time_goes_on_to_the_end(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(durable.os, "write", lambda to, data: real(to, data[:3]))
    write_durably(tmp_path / "a", b"eleven byte")
    assert (tmp_path / "a").read_bytes() == b"eleven byte"


def test_a_file_where_a_folder_must_be_is_an_incomplete_error(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(IncompleteError, match="cannot create"):
        make_dirs(tmp_path / "a" / "b")


def test_a_tree_is_synced_file_by_file_before_its_folders(tmp_path, monkeypatch):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_bytes(b"")
    (tmp_path / "g").write_bytes(b"")
    (tmp_path / "dangling").symlink_to("nowhere")
    synced: list[Path] = []
    monkeypatch.setattr(durable, "_sync", lambda path, _: synced.append(path))
    sync_tree(tmp_path)
    assert synced == [tmp_path / "d" / "f", tmp_path / "d", tmp_path / "g", tmp_path]


def test_a_tree_that_is_not_there_is_an_incomplete_error(tmp_path):
    with pytest.raises(IncompleteError, match="cannot read"):
        sync_tree(tmp_path / "no")


def test_what_a_killed_write_leaves_is_known_by_its_name(tmp_path, monkeypatch):
    names: list[str] = []

    def replace(old: Path, _: Path) -> None:
        names.append(old.name)
        raise OSError(errno.EIO, "")

    monkeypatch.setattr(durable.os, "replace", replace)
    with pytest.raises(IncompleteError):
        write_durably(tmp_path / "a", b"x")
    assert is_temporary(names[0])
    assert not any(map(is_temporary, ["a", ".govgate", ".govgate-xyz.tmp", names[0] + "x"]))


def test_errors_of_a_block_are_translated_for_the_path_it_names(tmp_path):
    with pytest.raises(IncompleteError, match=r"cannot read .*/a: it does not exist; check"):  # noqa: SIM117
        with translated(tmp_path / "a", "read"):
            (tmp_path / "a").read_bytes()


def test_an_error_without_a_number_is_still_told(tmp_path):
    error = durable.explain(OSError("odd"), tmp_path, "read")
    assert str(error) == f"cannot read {tmp_path}: oserror"
