"""Streams that are closed, full or not text change no exit code: 1 is an answer here."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Cli

FULL = Path("/dev/full")


def shell(home: Path, command: str) -> "subprocess.CompletedProcess[str]":
    """``command`` in a shell, `govgate` in it being this program."""
    function = f'govgate() {{ "{sys.executable}" -m govgate "$@"; }}; '
    return subprocess.run(
        ["bash", "-c", function + command],
        env={"PYTHONPATH": str(ROOT), "GOVGATE_HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("stream", [">&-", "2>&-", "2>/dev/full", "<&-", ">&- 2>&-"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("verify {run}", 0),
        ("verify {bad}", 5),
        ("verify nonesuch", 2),
        ("run {bad} -- true", 125),
        ("--no-such-option", 2),
    ],
)
def test_the_code_is_the_same_whatever_the_streams_are(
    home: Path, gated: Path, tmp_path: Path, command: str, code: int, stream: str
) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    for path in gated.iterdir():
        (bad / path.name).symlink_to(path)
    done = shell(home, f"govgate {command.format(run=gated, bad=bad)} {stream}")
    assert done.returncode == code
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
def test_an_answer_that_cannot_be_written_is_no_yes(home: Path, gated: Path) -> None:
    assert shell(home, f"govgate verify {gated} >/dev/full").returncode == 4


def test_an_id_that_is_not_text_is_an_error_of_usage_and_leaves_no_answer(
    home: Path, gated: Path, tmp_path: Path
) -> None:
    out = tmp_path / "answer"
    done = shell(home, f"govgate prove {gated} --row $'\\xff' --out {out}")
    assert done.returncode == 2
    assert not out.exists()
    assert shell(home, f"govgate explain {gated} $'\\xff'").returncode == 2
    done = shell(home, f"govgate prove {gated} --subject - --out {out} <&-")
    assert done.returncode == 2


def test_a_name_of_a_file_cannot_write_lines_of_ours(cli: Cli, gated: Path, tmp_path: Path) -> None:
    import shutil

    run = shutil.copytree(gated, tmp_path / "run")
    (run / "train" / "x\x1b[2K\n7  ok    all is well").write_text("{}")
    done = cli("verify", run)
    assert done.returncode == 5
    assert "x\\x1b[2K\\n7  ok" in done.stdout
    assert "\x1b" not in done.stdout
    assert not any(line.startswith("7  ok") for line in done.stdout.splitlines())
