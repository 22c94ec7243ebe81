"""Licence files: tags, statements, and whole texts with what stands around them."""

import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.rights.declarations import matching, texts
from govgate.rights.declarations.declaration import Declaration, Kind, Where
from govgate.rights.declarations.matching import MORE_WORDS, NO_MATCH, NOT_INSTALLED, TOO_MANY
from govgate.rights.declarations.texts import CONTRADICTS, read_header, read_license_file

ROOT = Path(__file__).parents[4]
APACHE = (ROOT / "LICENSE").read_text()
MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

matched = pytest.mark.skipif(find_spec("licenseclassifier") is None, reason="needs [licenses]")


def read(text: str | bytes) -> tuple[Declaration, ...]:
    return read_license_file(text if isinstance(text, bytes) else text.encode(), "LICENSE")


def concluded(text: str) -> tuple[str | None, str | None]:
    (said,) = read(text)
    assert (said.where, said.kind) == (Where.LICENSE_FILE, Kind.CONCLUDED)
    return said.license, said.unknown


# -- without the extra ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "license_"),
    [
        ("MIT\n", "MIT"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/\n", "CC-BY-4.0"),
        ("MIT OR\nApache-2.0", "MIT OR Apache-2.0"),
        (
            "This work is licensed under the Creative Commons Attribution-NonCommercial 4.0\n"
            "International License. To view a copy of this license, visit\n"
            "http://creativecommons.org/licenses/by-nc/4.0/ or send a letter to Creative Commons,\n"
            "PO Box 1866, Mountain View, CA 94042, USA.\n",
            "CC-BY-NC-4.0",
        ),
        ("This dataset is released under the MIT License.", "MIT"),
        ("The data in this folder are made available under CC BY-SA 4.0", "CC-BY-SA-4.0"),
    ],
)
def test_a_name_an_address_or_a_known_sentence_is_enough(
    text: str, license_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "licenseclassifier", None)
    assert concluded(text) == (license_, None)


@pytest.mark.parametrize(
    "text",
    [
        "This dataset is released under the MIT License. You may not sell it.",
        "This dataset is not released under the MIT License.",
        "This dataset is released under the MIT License for research.",
        "This dataset was released under the MIT License.",
        MIT,
    ],
)
def test_any_other_text_is_unknown_and_says_how_to_read_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "licenseclassifier", None)
    assert concluded(text) == (None, NOT_INSTALLED)
    assert 'pip install "govgate[licenses]"' in NOT_INSTALLED


def test_a_sentence_that_leads_to_another_licence_is_unknown() -> None:
    text = "This work is licensed under CC BY 4.0. To view a copy of this license, visit {}"
    assert concluded(text.format("https://creativecommons.org/licenses/by-nc/4.0/")) == (
        None,
        CONTRADICTS,
    )
    assert concluded(text.format("https://example.org/")) == (None, CONTRADICTS)


@pytest.mark.parametrize("text", ["", "\n \n", "----\n"])
def test_a_blank_file_says_nothing(text: str) -> None:
    assert concluded(text) == (None, None)


def test_tags_are_declared_and_all_bind() -> None:
    text = "# SPDX-FileCopyrightText: 2026 X\n# SPDX-License-Identifier: MIT\n"
    (said,) = read_header(f"{text}/* SPDX-License-Identifier: CC-BY-4.0 */\n".encode(), "a.py")
    assert said == Declaration(
        Where.HEADER, "a.py", Kind.DECLARED, "MIT AND CC-BY-4.0", None, None, None, None, 2
    )


@pytest.mark.parametrize(
    ("line", "license_"),
    [
        ("<!-- SPDX-License-Identifier: MIT -->", "MIT"),
        ("// SPDX-License-Identifier: (MIT OR ISC)", "MIT OR ISC"),
        ('x = "SPDX-License-Identifier: MIT"', "MIT"),
        ("SPDX-License-Identifier:MIT\r", "MIT"),
        (
            "\ufeffSPDX-License-Identifier: GPL-2.0-or-later WITH Classpath-exception-2.0",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
        ),
    ],
)
def test_a_tag_ends_where_its_comment_ends(line: str, license_: str) -> None:
    (said,) = read_header(line.encode(), "a")
    assert (said.license, said.unknown) == (license_, None)


def test_a_tag_that_names_no_licence_is_unknown() -> None:
    for line in ("SPDX-License-Identifier:", "SPDX-License-Identifier: MIT, but not for sale"):
        (said,) = read_header(line.encode(), "a")
        assert said.license is None
        assert said.unknown
    (said,) = read_header(b"SPDX-License-Identifier: MIT\nSPDX-License-Identifier: acme\n", "a")
    assert said.license is None


def test_files_without_tags_say_nothing_whatever_their_bytes() -> None:
    assert read_header(b"\xff\xfe\x00", "a") == ()
    (said,) = read_header(b"\xff SPDX-License-Identifier: MIT\n", "a")
    assert said.license == "MIT"
    assert read_header(b" " * texts.HEAD_BYTES + b"SPDX-License-Identifier: MIT", "a") == ()


def test_long_runs_of_blanks_after_a_tag_are_read_at_once() -> None:
    tag = b"SPDX-License-Identifier: MIT" + b"\t" * 500_000
    assert read(tag + b"\n")[0].license == "MIT"
    assert read(tag + b"x\n")[0].license is None


def test_a_file_of_tags_alone_has_no_text() -> None:
    (said,) = read("SPDX-License-Identifier: MIT\n")
    assert (said.where, said.license) == (Where.HEADER, "MIT")


def test_tags_and_text_are_two_declarations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "licenseclassifier", None)
    tag, text = read("SPDX-License-Identifier: ISC\n\nMIT\n")
    assert (tag.kind, tag.license, tag.line) == (Kind.DECLARED, "ISC", 1)
    assert (text.kind, text.license, text.line) == (Kind.CONCLUDED, "MIT", 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"MIT\n\xe9", "LICENSE:2: not UTF-8"),
        (b"MIT\0", "LICENSE:1: holds a NUL"),
        (b"x" * (texts.MAX_BYTES + 1), "LICENSE: larger than the 1 MiB"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(data)


# -- with it --------------------------------------------------------------------------------------


@matched
@pytest.mark.parametrize(
    ("text", "license_"),
    [
        (APACHE, "Apache-2.0"),
        (APACHE.replace("\n", "\r\n"), "Apache-2.0"),
        (re.sub(r"[ \n]+", " ", APACHE), "Apache-2.0"),
        (MIT, "MIT"),
        (f"MIT License\n\nCopyright (c) 2026 Jane Doe\n\n{MIT}", "MIT"),
        (
            f"# The MIT License (MIT)\n\nCopyright © 2020 Ex, Inc. All rights reserved.\n\n{MIT}",
            "MIT",
        ),
        (f"Copyright 2020 A\nCopyright (C) 2021 B <b@c.d>\n=====\n{MIT}", "MIT"),
        (
            f"Copyright (c) 2012 - 2026, John Q. Public and Foo Inc. and others\n{MIT}",
            "MIT",
        ),
        (f"Apache License 2.0\n\n{APACHE}\n\nThe MIT License\n\n{MIT}", "Apache-2.0 AND MIT"),
    ],
)
def test_a_whole_text_is_known_however_it_is_set(text: str, license_: str) -> None:
    assert concluded(text) == (license_, None)


@matched
@pytest.mark.parametrize(
    "text",
    [
        f"{MIT}\nThe data may not be used to train models.\n",
        f"For academic research only.\n\n{MIT}",
        f"{APACHE}\n\nCommons Clause: you may not sell it.\n\n{MIT}",
        f"Non-Commercial License\n\n{MIT}",
        f"Copyright 2026 X. Commercial use is forbidden.\n\n{MIT}",
        f"Copyright 2026 X\nNo commercial use.\nCopyright 2026 Y\n\n{MIT}",
        f"Copyright 2026 X, who permits research\n\n{MIT}",
        f"(c) 2026 X. All rights reserved. No training.\n\n{MIT}",
        f"Copyright 2026 X. Kommerzielle Nutzung verboten.\n\n{MIT}",
        f"Copyright 2026 Verlag. Nutzung verboten.\n\n{MIT}",
        f"Copyright 2026 X - usage commercial interdit\n\n{MIT}",
        f"Copyright 2026 X; alle Nutzung verboten\n\n{MIT}",
        f"MIT License\nbut only for friends\n\n{MIT}",
        f"Copyright 2026 X\n\nThis work is not what follows\n\n{MIT}",
    ],
)
def test_one_further_sentence_makes_a_known_text_unknown(text: str) -> None:
    assert concluded(text) == (None, MORE_WORDS)


@matched
@pytest.mark.parametrize(
    "text",
    [
        MIT[: len(MIT) // 2],
        MIT.replace("free of charge", "for a fee"),
        MIT.replace("without restriction", "without commercial use"),
        MIT.replace("to deal in", "not to deal in"),
        "All our own terms apply. " * 30,
    ],
)
def test_a_text_that_differs_within_is_none_of_the_known(text: str) -> None:
    license_, why = concluded(text)
    assert license_ is None
    assert why in (NO_MATCH, MORE_WORDS)


@matched
def test_the_notices_that_stewards_put_around_their_texts_are_known_and_no_others() -> None:
    """Creative Commons' own text file, as license-expression ships it."""
    import license_expression

    path = Path(license_expression.__file__).parent / "data" / "cc-by-4.0.LICENSE"
    text = path.read_text().split("\n---\n", 1)[-1]
    assert "is not a law firm" in text
    assert concluded(text) == ("CC-BY-4.0", None)
    assert concluded(text.replace("\n", "\r\n")) == ("CC-BY-4.0", None)
    for before, after in (
        ("is not a law firm", "is a law firm"),
        ("Attribution 4.0", "Private 4.0"),
    ):
        changed = text.replace(before, after, 1)
        assert changed != text
        assert concluded(changed) == (None, MORE_WORDS)


@matched
@pytest.mark.parametrize(
    ("name", "license_"),
    [
        ("GPL-3", "GPL-3.0-only"),
        ("GPL-2", "GPL-2.0-only"),
        ("LGPL-3", "LGPL-3.0-only"),
        ("CC0-1.0", "CC0-1.0"),
        ("MPL-2.0", "MPL-2.0"),
        ("Apache-2.0", "Apache-2.0"),
        ("GFDL-1.3", "GFDL-1.3-only"),
    ],
)
def test_the_texts_of_a_debian_system_are_known(name: str, license_: str) -> None:
    path = Path("/usr/share/common-licenses") / name
    if not path.is_file():
        pytest.skip("no Debian")
    assert concluded(path.read_text()) == (license_, None)


@matched
def test_many_texts_in_one_file_are_not_read() -> None:
    assert concluded(f"{MIT}\n" * (matching._MAX_REGIONS + 1)) == (None, TOO_MANY)
    assert concluded(f"{MIT}\n" * 3) == ("MIT", None)


@matched
def test_the_licences_of_the_packages_that_we_run_on_are_what_their_metadata_says() -> None:
    """Texts that we did not write, held against the expressions that their authors declare."""
    from importlib.metadata import distributions

    agreed = 0
    for found in distributions():
        declared = found.metadata.get("License-Expression")
        files = found.metadata.get_all("License-File") or []
        held = [f for f in found.files or [] if f.name in files and "licenses" in f.parts]
        if declared not in ("MIT", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause") or len(held) != 1:
            continue
        data = Path(str(held[0].locate())).read_bytes()
        for said in read_license_file(data, held[0].name):
            if said.license:
                assert said.license == declared, found.metadata["Name"]
                agreed += 1
    assert agreed >= 10
