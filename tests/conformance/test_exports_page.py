"""The programs of docs/exports.md, run over exports of a run that passed."""

import re
from pathlib import Path

import pytest

from govgate.cli.export import NAMES
from tests.cli.conftest import ROOT
from tests.conformance.conftest import Export

pytestmark = pytest.mark.usefixtures("offline")

PAGE = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
READS = {name: [text for text in PROGRAMS if f'"train.{name}"' in text] for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_program_for_each_format_accepts_what_is_exported_and_nothing_broken(
    export: Export, gated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (program,) = READS[name]
    monkeypatch.chdir(tmp_path)
    good = export(gated, name)
    (tmp_path / f"train.{name}").write_text(good, encoding="utf-8")
    exec(program, {})
    (tmp_path / f"train.{name}").write_text(good[:200], encoding="utf-8")
    with pytest.raises((ValueError, AssertionError)):
        exec(program, {})


def test_every_format_has_its_row_and_no_program_is_left_over() -> None:
    assert re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE)[: len(NAMES)] == [
        *NAMES
    ]
    assert len(PROGRAMS) == len(NAMES)
