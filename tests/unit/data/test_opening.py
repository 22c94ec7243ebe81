import os
import socket

import pytest

from govgate.data.dataset import Compression, Format, open_dataset
from govgate.errors import UsageError


def names(dataset) -> list[str]:
    return [file.name for file in dataset.files]


def put(path, data: bytes = b"{}\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_folder_is_read_in_order_with_names_relative_to_it(tmp_path):
    for name in ("b.jsonl", "a/z.csv", "a/b.jsonl.gz", "c.PARQUET"):
        put(tmp_path / "data" / name)
    dataset = open_dataset([str(tmp_path / "data")])
    assert names(dataset) == ["a/b.jsonl.gz", "a/z.csv", "b.jsonl", "c.PARQUET"]
    assert [f.format for f in dataset.files] == ["jsonl", "csv", "jsonl", "parquet"]
    assert dataset.files[0].compression is Compression.GZIP


def test_names_of_several_inputs_are_relative_to_their_common_parent(tmp_path):
    one, two = put(tmp_path / "x/one.jsonl"), put(tmp_path / "y/one.jsonl")
    assert names(open_dataset([str(two), str(one)])) == ["y/one.jsonl", "x/one.jsonl"]
    assert names(open_dataset([str(one)])) == ["one.jsonl"]


def test_names_do_not_depend_on_the_working_folder(tmp_path, monkeypatch):
    put(tmp_path / "x/one.jsonl")
    monkeypatch.chdir(tmp_path / "x")
    for given in (".", "../x", "one.jsonl", "*.jsonl"):
        assert names(open_dataset([given])) == ["one.jsonl"]


def test_globs_match_files_and_folders(tmp_path):
    put(tmp_path / "d/one.jsonl"), put(tmp_path / "d/deep/two.jsonl"), put(tmp_path / "d/x.bin")
    dataset = open_dataset([str(tmp_path / "d" / "*")])
    assert names(dataset) == ["deep/two.jsonl", "one.jsonl"]
    assert [s.name for s in dataset.skipped] == ["x.bin"]
    assert names(open_dataset([str(tmp_path / "**" / "*.jsonl")])) == [
        "d/deep/two.jsonl",
        "d/one.jsonl",
    ]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(tmp_path):
    put(tmp_path / "a[1].jsonl")
    assert names(open_dataset([str(tmp_path / "a[1].jsonl")])) == ["a[1].jsonl"]


def test_what_is_not_data_in_a_folder_is_listed_with_a_reason(tmp_path):
    beside = [
        ".gitattributes", ".hidden/x.jsonl", "LICENSE", "README.md", "dataset_info.json",
        "govgate.yaml", "state.json", "x.lock", "picture.png", "README.txt",
    ]  # fmt: skip
    for name in ("data.arrow", *beside):
        put(tmp_path / name)
    dataset = open_dataset([str(tmp_path)])
    assert names(dataset) == ["data.arrow"]
    listed = {s.name for s in dataset.skipped}
    assert listed == {n.split("/")[0] for n in beside}
    assert all(s.reason for s in dataset.skipped)


def test_a_file_named_by_the_user_is_never_skipped(tmp_path):
    assert names(open_dataset([str(put(tmp_path / "state.json"))])) == ["state.json"]


@pytest.mark.parametrize("given", ["absent.jsonl", "*.jsonl", "s3://bucket/x.jsonl"])
def test_a_path_that_leads_nowhere_is_a_usage_error(tmp_path, given, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        open_dataset([given])


def test_nothing_named_is_a_usage_error():
    with pytest.raises(UsageError):
        open_dataset([])


def test_a_named_file_of_unknown_format_says_which_are_known(tmp_path):
    path = put(tmp_path / "rows.data.gz")
    with pytest.raises(UsageError, match=r"--format.*\.jsonl"):
        open_dataset([str(path)])
    [file] = open_dataset([str(path)], format=Format.JSONL).files
    assert (file.format, file.compression) == (Format.JSONL, Compression.GZIP)


def test_the_same_file_is_taken_once(tmp_path):
    path = put(tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").symlink_to(path)
    (tmp_path / "again").symlink_to(tmp_path / "deep")
    put(tmp_path / "deep/c.jsonl")
    dataset = open_dataset([str(tmp_path), str(path)])
    assert names(dataset) == ["a.jsonl", "again/c.jsonl"]
    assert [s.name for s in dataset.skipped] == ["b.jsonl", "deep", "a.jsonl"]


def test_links_that_lead_nowhere_or_in_circles_are_failures(tmp_path, read):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/dangling.jsonl").symlink_to("absent")
    (tmp_path / "d/loop.jsonl").symlink_to("loop.jsonl")
    (tmp_path / "d/up").symlink_to("..")
    put(tmp_path / "d/z.jsonl")
    dataset = open_dataset([str(tmp_path)])
    assert [(f.name, f.failure and f.failure.code) for f in dataset.files] == [
        ("d/dangling.jsonl", "dangling-symlink"),
        ("d/loop.jsonl", "symlink-loop"),
        ("d/up", "symlink-loop"),
        ("d/z.jsonl", None),
    ]
    assert [r.failure and r.failure.code for r in read(tmp_path)] == [
        "dangling-symlink",
        "symlink-loop",
        "symlink-loop",
        None,
    ]
    assert open_dataset([str(tmp_path / "d/dangling.jsonl")]).files[0].failure is not None


def test_pipes_sockets_and_devices_are_failures_and_never_block(tmp_path, read):
    os.mkfifo(tmp_path / "pipe.jsonl")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.jsonl"))
    assert [r.failure.code for r in read(tmp_path)] == ["not-a-regular-file"] * 2
    [row] = read(tmp_path / "pipe.jsonl")
    assert row.failure.code == "not-a-regular-file"


def test_a_pipe_that_takes_a_files_place_before_it_is_read_does_not_block(tmp_path):
    from govgate.data.rows import RowReader

    path = put(tmp_path / "a.jsonl")
    [file] = open_dataset([str(path)]).files
    path.unlink()
    os.mkfifo(path)
    [row] = RowReader(file, file_index=0, first_index=7)
    assert (row.index, row.failure.code) == (7, "not-a-regular-file")
    path.unlink()
    [row] = RowReader(file, file_index=0, first_index=0)
    assert row.failure.code == "unreadable"


def test_a_name_that_is_not_utf_8_is_published_escaped(tmp_path):
    put(tmp_path / os.fsdecode(b"\xff.jsonl"))
    assert names(open_dataset([str(tmp_path)])) == ["\\xff.jsonl"]


def test_a_text_file_is_one_row_with_its_mark_kept_in_the_bytes(tmp_path, read):
    path = put(tmp_path / "a.txt", b"\xef\xbb\xbfone\r\ntwo")
    [row] = read(path)
    assert (row.value, row.raw, row.line) == ("one\r\ntwo", b"\xef\xbb\xbfone\r\ntwo", 1)
    assert read(put(tmp_path / "b.txt", b"")) == []
    assert read(put(tmp_path / "c.txt", b"a\0"))[0].failure.code == "nul-byte"
    assert read(put(tmp_path / "d.txt", b"\xff\xfb"))[0].failure.code == "invalid-utf8"
    assert read(put(tmp_path / "e.txt", b"x" * 101), limit=100)[0].failure.code == "row-too-long"
