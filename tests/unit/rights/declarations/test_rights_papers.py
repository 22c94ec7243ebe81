"""A folder of data: which of its files are papers, and what they say together."""

import json
import os
from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.rights.declarations import find, texts
from govgate.rights.declarations.declaration import Kind, Where
from govgate.rights.declarations.find import papers, read_papers
from govgate.rights.declarations.reuse import is_named, read_reuse

CROISSANT = {
    "@context": {"@vocab": "https://schema.org/", "dct": "http://purl.org/dc/terms/"},
    "@type": "Dataset",
    "dct:conformsTo": "http://mlcommons.org/croissant/1.1",
    "license": "CC-BY-4.0",
}


def test_papers_are_known_by_name_and_come_in_one_order() -> None:
    names = """LICENSE croissant.json README.md rows.jsonl LICENSE-MIT.txt x.spdx.json metadata.json
    REUSE.toml a.csv.license Licence.md COPYING.LESSER UNLICENSE b.croissant.json a.spdx3.json
    license readme.md""".split()
    assert papers(names) == (
        "README.md",
        "readme.md",
        "b.croissant.json",
        "croissant.json",
        "metadata.json",
        "a.spdx3.json",
        "x.spdx.json",
        "COPYING.LESSER",
        "LICENSE",
        "LICENSE-MIT.txt",
        "Licence.md",
        "UNLICENSE",
        "license",
        "a.csv.license",
        "REUSE.toml",
    )
    assert papers(reversed(names)) == papers(names)


@pytest.mark.parametrize(
    "name",
    """README README.md.bak card.md croissant.jsonl mycroissant.json metadata.jsonl
    spdx.json licenses.csv license.json license_map.parquet LICENSES licensed.txt copyings
    LICENSE.jsonl.gz my-LICENSE reuse.toml""".split(),
)
def test_other_files_are_none(name: str) -> None:
    assert papers([name]) == ()


def test_all_papers_of_a_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    (tmp_path / "croissant.json").write_text(json.dumps(CROISSANT))
    (tmp_path / "metadata.json").write_text('{"rows": 3}')
    (tmp_path / "LICENSE").write_text("CC BY-NC 4.0\n")
    (tmp_path / "rows.jsonl.license").write_text("SPDX-License-Identifier: CC0-1.0\n")
    (tmp_path / "rows.jsonl").write_text("{}\n")
    (tmp_path / "license").mkdir()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "LICENSE").write_text("ISC\n")
    found = [(one.where, one.file, one.part, one.license) for one in read_papers(tmp_path)]
    assert found == [
        (Where.CARD, "README.md", None, "MIT"),
        (Where.CROISSANT, "croissant.json", None, "CC-BY-4.0"),
        (Where.LICENSE_FILE, "LICENSE", None, "CC-BY-NC-4.0"),
        (Where.HEADER, "rows.jsonl.license", "rows.jsonl", "CC0-1.0"),
    ]


def test_metadata_that_says_it_is_croissant_is_read_and_other_is_left(tmp_path: Path) -> None:
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps(CROISSANT))
    assert [one.license for one in read_papers(tmp_path)] == ["CC-BY-4.0"]
    path.write_bytes(b"\xff not JSON at all")
    assert read_papers(tmp_path) == ()
    path.write_text(json.dumps(CROISSANT)[:-1])
    with pytest.raises(UsageError, match=r"metadata\.json:1: not JSON"):
        read_papers(tmp_path)


def test_links_are_followed_as_the_hubs_cache_is_made_of_them(tmp_path: Path) -> None:
    (tmp_path / "blob").write_text("---\nlicense: mit\n---\n")
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "README.md").symlink_to(tmp_path / "blob")
    assert [one.license for one in read_papers(tmp_path / "snapshot")] == ["MIT"]
    (tmp_path / "snapshot" / "LICENSE").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match="LICENSE: cannot be read"):
        read_papers(tmp_path / "snapshot")


def test_a_pipe_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "LICENSE")
    with pytest.raises(UsageError, match="LICENSE: not a regular file"):
        read_papers(tmp_path)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("README.md", b"---\nlicense: mit\n"),
        ("croissant.json", b"{}"),
        ("x.spdx.json", b"{}"),
        ("LICENSE", b"\xff"),
        ("LICENSE", b" " * (texts.MAX_BYTES + 1)),
        ("REUSE.toml", b"version = 2"),
    ],
)
def test_a_broken_paper_stops_and_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError) as caught:
        read_papers(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / name) + ":")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_papers(tmp_path / "none")
    assert read_papers(tmp_path) == ()


def test_too_many_papers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "MAX_PAPERS", 1)
    (tmp_path / "LICENSE").write_text("MIT")
    assert len(read_papers(tmp_path)) == 1
    (tmp_path / "COPYING").write_text("MIT")
    with pytest.raises(UsageError, match="more than 1 files that look like papers"):
        read_papers(tmp_path)


# -- REUSE ----------------------------------------------------------------------------------------

REUSE = """\
version = 1
[[annotations]]
path = ["data/*.csv", "a.txt"]
SPDX-License-Identifier = ["CC-BY-4.0", "MIT"]
[[annotations]]
path = "b.txt"
SPDX-FileCopyrightText = "2026 X"
[[annotations]]
path = "c.txt"
SPDX-License-Identifier = "acme"
"""


def test_reuse_speaks_of_files() -> None:
    first, second, third = read_reuse(REUSE.encode(), "REUSE.toml")
    assert (first.part, first.license, first.kind) == (
        "data/*.csv",
        "CC-BY-4.0 AND MIT",
        Kind.DECLARED,
    )
    assert (second.part, second.license) == ("a.txt", first.license)
    assert (third.part, third.license) == ("c.txt", None)
    assert third.unknown


@pytest.mark.parametrize("text", ["version = 2", "", "version = 1\nannotations = 3", "version ="])
def test_other_toml_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"REUSE\.toml: not "):
        read_reuse(text.encode(), "REUSE.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SPDX-License-Identifier: MIT\nfor all of it\n", ("MIT", None)),
        ("MIT\n", ("MIT", None)),
        ("\n", (None, None)),
    ],
)
def test_what_stands_beside_a_file_is_heard(tmp_path: Path, text: str, said: object) -> None:
    (tmp_path / "a.csv.License").write_text(text)
    (one,) = read_papers(tmp_path)
    assert ((one.license, one.unknown), one.part) == (said, "a.csv")


def test_words_beside_a_file_make_its_licence_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.csv.license").write_text("Not for commercial use.")
    (one,) = read_papers(tmp_path)
    assert (one.license, one.unknown is None, one.where) == (None, False, Where.HEADER)


@pytest.mark.parametrize(
    ("path", "name", "held"),
    [
        ("a.csv", "a.csv", True),
        ("a.csv", "x/a.csv", False),
        ("x/*.csv", "x/a.csv", True),
        ("x/*.csv", "x/y/a.csv", False),
        ("x/**", "x/y/a.csv", True),
        ("**/a*", "x/y/a.csv", True),
        ("**", "a.csv", True),
        (r"a\*.csv", "a*.csv", True),
        (r"a\*.csv", "ab.csv", False),
        ("a.c", "abc", False),
        ("**a" * 160 + "b", "a" * 4000, False),  # and in no time
    ],
)
def test_the_globs_of_reuse(path: str, name: str, held: bool) -> None:
    assert is_named(path, name) is held


def test_an_annotation_without_a_file_is_refused() -> None:
    text = b'version = 1\n[[annotations]]\nSPDX-License-Identifier = "MIT"\n'
    with pytest.raises(UsageError, match="names a licence and no file"):
        read_reuse(text, "REUSE.toml")


def test_the_texts_of_reuse_are_named_for_their_licences(tmp_path: Path) -> None:
    (tmp_path / "LICENSES").mkdir()
    for name in ("MIT.txt", "CC-BY-4.0.txt", "notes.pdf"):
        (tmp_path / "LICENSES" / name).write_text("text")
    (said,) = read_papers(tmp_path)
    assert (said.file, said.license, said.part) == ("LICENSES", "CC-BY-4.0 AND MIT", None)
    (tmp_path / "REUSE.toml").write_text(REUSE)
    assert {one.file for one in read_papers(tmp_path)} == {"REUSE.toml"}
