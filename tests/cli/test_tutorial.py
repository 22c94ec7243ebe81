"""The policy author's walk: every file and command of docs/tutorial-policy.md, run again."""

import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT
from tests.cli.transcripts import comparable, run, same, steps

DOCUMENT = ROOT / "docs" / "tutorial-policy.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with the sample data, as the tutorial begins."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


def test_the_tutorial_prints_what_it_shows(folder: Path) -> None:
    pytest.importorskip("z3")
    env = {k: v for k, v in os.environ.items() if not k.startswith("GOVGATE_")}
    env |= {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "GOVGATE_HOME": "home"}
    today = datetime.now(UTC).date().isoformat()
    ran = 0
    for step in steps(DOCUMENT.read_text(encoding="utf-8")):
        if step.file is not None:
            (folder / step.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.file).write_text(step.text, encoding="utf-8")
            continue
        assert step.command is not None
        printed = run(step.command, folder, env, sys.executable)
        ran += 1
        assert same(step.text, printed, today), (
            f"line {step.line}: $ {step.command}\n{comparable(printed, today)}"
        )
    assert ran > 15
