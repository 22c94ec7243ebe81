"""The README's blocks: what they show is what the commands print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from govgate.errors import ExitCode
from tests.cli.conftest import ROOT, Cli

README = (ROOT / "README.md").read_text(encoding="utf-8")
IDS = re.compile(r"[0-9a-f]{16}")
DAY = re.compile(r"as of \d{4}-\d\d-\d\d")
SHOWN = IDS.sub("ID", DAY.sub("as of DAY", README))
QUESTION = "how were messages sent before the telegraph?"


@pytest.fixture(scope="session")
def demo(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples, gated as the README gates them."""
    top = tmp_path_factory.mktemp("readme")
    subprocess.run(["cp", "-r", str(ROOT / "examples"), str(top)], check=True)
    home = {"GOVGATE_HOME": "build/demo/home"}
    (top / "build" / "demo").mkdir(parents=True)
    assert cli("key", "new", cwd=top, env=home).returncode == 0
    done = cli("gate", "examples/data", "--out", "build/demo/run", cwd=top, env=home)
    assert done.returncode == 0, done.stderr
    (top / "answer.txt").write_text(done.stdout, encoding="utf-8")
    return top


def test_the_demo_answers_as_the_readme_shows(demo: Path) -> None:
    answer = (demo / "answer.txt").read_text(encoding="utf-8")
    assert IDS.sub("ID", answer.rstrip()) in SHOWN


@pytest.mark.parametrize(
    "command",
    [
        ("verify", "build/demo/run"),
        ("explain", "build/demo/run", "articles.csv:12"),
        ("retrieve", "search", "build/demo/run", QUESTION, "--limit", "1"),
        (
            "run",
            "build/demo/run",
            "--",
            sys.executable,
            "examples/train.py",
            "build/demo/model.json",
        ),
    ],
    ids=lambda command: command[0],
)
def test_a_command_prints_what_the_readme_shows(
    cli: Cli, demo: Path, command: tuple[str, ...]
) -> None:
    done = cli(*command, cwd=demo, env={"GOVGATE_HOME": "build/demo/home"})
    assert done.returncode == 0, done.stderr
    assert IDS.sub("ID", DAY.sub("as of DAY", done.stdout.rstrip())) in SHOWN


def test_the_table_of_exit_codes_is_complete() -> None:
    shown = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert shown == {*map(int, ExitCode), 130, 141}


def test_every_file_that_the_readme_links_exists() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link
