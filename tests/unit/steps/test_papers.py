"""Which papers are about which files, and that no paper is read as data."""

import gzip

import pytest
import zstandard

from govgate.data.dataset import open_dataset
from govgate.errors import UsageError
from govgate.rights.agreement import Declared, Place
from govgate.steps.papers import declared, find_papers, made_from

CARD = "---\nlicense: cc-by-4.0\nsource_datasets: [extended|glue]\n---\n# A data set\n"


def _write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def _said(*data):
    files = open_dataset([str(path) for path in data]).files
    papers = find_papers([str(path) for path in data], files)
    return {f.name: {d.file for d in papers.of(f)} for f in files if f.path not in papers.paths}


def test_papers_of_a_named_folder_are_about_all_files_in_it(tmp_path):
    folder = _write(tmp_path / "d", {"README.md": CARD, "a.jsonl": "{}", "sub/b.jsonl": "{}"})
    assert _said(folder) == {"a.jsonl": {"README.md"}, "sub/b.jsonl": {"README.md"}}


def test_what_lies_above_the_named_folder_is_of_something_else(tmp_path):
    _write(tmp_path, {"README.md": CARD, "LICENSE": "MIT", "d/a.jsonl": "{}", "e/b.jsonl": "{}"})
    assert _said(tmp_path / "d", tmp_path / "e") == {"d/a.jsonl": set(), "e/b.jsonl": set()}
    assert _said(tmp_path / "d" / "a.jsonl") == {"a.jsonl": set()}


def test_a_file_that_was_named_has_the_papers_of_its_folder(tmp_path):
    _write(tmp_path, {"d/README.md": CARD, "d/a.jsonl": "{}"})
    assert _said(tmp_path / "d" / "a.jsonl") == {"a.jsonl": {"README.md"}}


def test_a_paper_of_one_file_is_not_about_another(tmp_path):
    sidecar = "SPDX-License-Identifier: MIT\n"
    folder = _write(tmp_path / "d", {"a.jsonl": "{}", "b.jsonl": "{}", "a.jsonl.license": sidecar})
    assert _said(folder) == {"a.jsonl": {"a.jsonl.license"}, "b.jsonl": set()}


def test_what_reuse_says_of_one_file_is_of_that_file_alone(tmp_path):
    tag = 'SPDX-License-Identifier = "CC0-1.0"'
    folder = _write(
        tmp_path / "d",
        {
            "REUSE.toml": f'version = 1\n[[annotations]]\npath = "x/a.jsonl"\n{tag}\n',
            "c.jsonl.license": "SPDX-License-Identifier: MIT\n",
            "x/a.jsonl": "{}",
            "x/c.jsonl": "{}",  # not the c.jsonl that the header is beside
            "y/a.jsonl": "{}",
            "y/b.jsonl": "{}",
        },
    )
    assert _said(folder) == {
        "x/a.jsonl": {"REUSE.toml"},
        "x/c.jsonl": set(),
        "y/a.jsonl": set(),
        "y/b.jsonl": set(),
    }


def test_what_another_paper_says_of_a_file_deeper_down_is_of_no_other(tmp_path):
    card = "---\nconfigs:\n- {config_name: NAME, license: cc0-1.0}\n---\n"
    files = {"x/a.jsonl": "{}", "y/a.jsonl": "{}", "y/b.jsonl": "{}"}
    for name, about in (
        ("x/a.jsonl", {"x/a.jsonl"}),
        ("./x/a.jsonl", {"x/a.jsonl"}),
        ("a.jsonl", {"x/a.jsonl", "y/a.jsonl"}),
        ("default", set(files)),
    ):
        folder = _write(tmp_path / "d", {"README.md": card.replace("NAME", name), **files})
        found = open_dataset([str(folder)]).files
        papers = find_papers([str(folder)], found)
        assert {file.name for file in found if declared(papers.of(file))} == about


def test_a_header_beside_no_file_is_of_none(tmp_path):
    tag = "SPDX-License-Identifier: MIT\n"
    folder = _write(
        tmp_path / "d", {"gone.jsonl.license": tag, "*.jsonl.license": tag, "b.jsonl": "{}"}
    )
    assert _said(folder) == {"b.jsonl": set()}


def test_a_glob_has_the_papers_of_the_folder_that_it_starts_from(tmp_path):
    folder = _write(tmp_path, {"README.md": CARD, "d/README.md": CARD, "d/x/a.jsonl": "{}"})
    assert _said(folder / "d" / "*" / "*.jsonl") == _said(folder / "d")
    assert _said(folder / "d" / "x" / "*.jsonl") == {"a.jsonl": set()}


def test_a_file_that_is_linked_twice_has_the_papers_of_both_places(tmp_path):
    folder = _write(tmp_path, {"real/README.md": CARD, "real/b.jsonl": "{}", "d/c.jsonl": "{}"})
    (folder / "d" / "a.jsonl").symlink_to(folder / "real" / "b.jsonl")
    assert _said(folder / "d") == {"a.jsonl": set(), "c.jsonl": set()}
    (folder / "d" / "link").symlink_to(folder / "real")
    assert _said(folder / "d") == {"a.jsonl": {"README.md"}, "c.jsonl": set()}


def test_a_folder_that_is_named_beside_one_within_it_is_heard(tmp_path):
    folder = _write(tmp_path / "d", {"README.md": CARD, "x/a.jsonl": "{}"})
    for named in ((folder, folder / "x"), (folder / "x", folder), (folder / "x" / "*", folder)):
        assert _said(*named) == {"x/a.jsonl": {"README.md"}}


def test_the_licence_texts_of_reuse_are_papers(tmp_path):
    folder = _write(tmp_path / "d", {"LICENSES/MIT.txt": "words", "a.jsonl": "{}"})
    assert _said(folder) == {"a.jsonl": {"LICENSES"}}
    files = open_dataset([str(folder)]).files
    before = find_papers([str(folder)], files).digest
    (folder / "LICENSES" / "MIT.txt").write_text("other words")
    assert find_papers([str(folder)], files).digest != before
    (folder / "REUSE.toml").write_text(
        'version = 1\n[[annotations]]\npath = "*.jsonl"\nSPDX-License-Identifier = "MIT"\n'
    )
    assert _said(folder) == {"a.jsonl": {"REUSE.toml"}}


def test_a_tag_in_a_compressed_text_is_heard(tmp_path):
    text = b"SPDX-License-Identifier: CC-BY-NC-4.0\nwords\n"
    folder = _write(tmp_path / "d", {"c.txt": "words\n"})
    (folder / "a.txt.gz").write_bytes(gzip.compress(text))
    (folder / "b.txt.zst").write_bytes(zstandard.compress(text))
    (folder / "broken.txt.gz").write_bytes(gzip.compress(text)[:12])
    assert _said(folder) == {
        "a.txt.gz": {"a.txt.gz"},
        "b.txt.zst": {"b.txt.zst"},
        "broken.txt.gz": set(),
        "c.txt": set(),
    }


def test_a_tag_in_a_plain_text_is_of_that_text_and_in_rows_it_is_a_rows(tmp_path):
    tag = "SPDX-License-Identifier: CC-BY-NC-4.0"
    folder = _write(tmp_path / "d", {"a.txt": f"{tag}\nwords\n", "b.jsonl": f'{{"text": "{tag}"}}'})
    assert _said(folder) == {"a.txt": {"a.txt"}, "b.jsonl": set()}


def test_papers_that_look_like_data_are_none(tmp_path):
    croissant = '{"@context": {"@vocab": "https://schema.org/"}, "@type": "Dataset", "name": "x"}'
    folder = _write(
        tmp_path / "d", {"croissant.json": croissant, "LICENSE.txt": "MIT", "a.jsonl": "{}"}
    )
    assert list(_said(folder)) == ["a.jsonl"]


def test_what_papers_say_becomes_declarations_and_sources(tmp_path):
    folder = _write(tmp_path / "d", {"README.md": CARD, "LICENSE": "MIT", "a.jsonl": "{}"})
    files = open_dataset([str(folder)]).files
    said = find_papers([str(folder)], files).of(files[0])
    assert declared(said) == (
        Declared(Place.CARD, "CC-BY-4.0"),
        Declared(Place.LICENSE_FILE, "MIT"),
    )
    assert made_from(said) == (("glue",), None)
    assert made_from(()) == (None, None)


def test_the_digest_names_the_papers_bytes(tmp_path):
    folder = _write(tmp_path / "d", {"README.md": CARD, "a.jsonl": "{}"})
    files = open_dataset([str(folder)]).files
    before = find_papers([str(folder)], files).digest
    (folder / "README.md").write_text(CARD.replace("4.0", "3.0"))
    assert find_papers([str(folder)], files).digest != before
    (folder / "README.md").unlink()
    assert find_papers([str(folder)], files).digest is None


def test_a_paper_that_is_broken_stops(tmp_path):
    folder = _write(tmp_path / "d", {"README.md": "---\nlicense: [mit\n", "a.jsonl": "{}"})
    with pytest.raises(UsageError, match=r"README\.md"):
        find_papers([str(folder)], open_dataset([str(folder)]).files)
