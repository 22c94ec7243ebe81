"""What `make demo-fallback` shows: one program that trains or answers, and forgets."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import ROOT


def test_one_program_trains_or_answers_and_both_forget(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    done = subprocess.run(
        [
            "bash",
            tmp_path / "examples" / "fallback.sh",
            Path(sys.executable).parent / "govgate",
            sys.executable,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    assert "TRAIN: the train partition may be trained on" in shown
    assert "RETRIEVAL ONLY: not for training; the rest may be looked up" in shown
    assert "A: For four hundred years mules carried salt up here and cheese down. [1]" in shown
    assert "harbour-magazine (CC-BY-NC-4.0" in shown
    assert "chat-0001 in train; source acme-support" in shown
    assert "rewritten, 1 row\n" in shown
    assert "model.json of python" in shown.partition("retrain")[2]
    assert shown.index("read 181 rows") < shown.index("read 180 rows")
    assert (tmp_path / "build" / "fallback" / "model.json").is_file()
