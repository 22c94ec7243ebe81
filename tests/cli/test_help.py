"""Help: quick, and with examples for every command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from govgate.cli.app import COMMANDS
from govgate.cli.consent import COMMANDS as CONSENT
from govgate.cli.policy import COMMANDS as POLICY
from govgate.cli.retrieve import COMMANDS as RETRIEVE
from govgate.cli.rights import COMMANDS as RIGHTS
from govgate.cli.waiver import COMMANDS as WAIVER
from tests.cli.conftest import ROOT, Cli

SUBCOMMANDS = {
    "consent": CONSENT,
    "key": ("new", "add", "authority", "show"),
    "log": ("show", "verify", "witness", "cosign"),
    "policy": POLICY,
    "retrieve": RETRIEVE,
    "rights": RIGHTS,
    "waiver": WAIVER,
}
EVERY = [
    *((command,) for command in COMMANDS),
    *((group, command) for group, commands in SUBCOMMANDS.items() for command in commands),
]


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_every_command_has_examples_in_its_help(cli: Cli, command: tuple[str, ...]) -> None:
    done = cli(*command, "--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout
    assert f"govgate {command[0]}" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    heavy = ("spacy", "presidio_analyzer", "polars", "pyarrow", "pydantic", "cryptography", "yaml")
    code = (
        "import sys\n"
        "from govgate.cli import run\n"
        "assert run(['--help']) == 0\n"
        f"loaded = [m for m in {heavy!r} if m in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_reads_no_tables_loads_nothing_that_reads_tables(home: Path, tmp_path: Path) -> None:
    """Polars and Arrow take a command longer than all the rest of it."""
    at, out = ("--home", str(home)), ("--out", str(tmp_path / "run"))
    asked = {
        ("policy", "lint", "default"): 0,
        ("policy", "show", "default"): 0,
        ("policy", "diff", "default", "default"): 0,
        ("waiver", "list", *at): 0,
        ("key", "show", *at): 0,
        ("gate", str(tmp_path / "nowhere"), *at, *out): 2,
    }
    code = (
        "import sys\n"
        "from govgate.cli import run\n"
        f"for words, code in {asked!r}.items():\n"
        "    assert run(words) == code, words\n"
        "    loaded = [m for m in ('polars', 'pyarrow', 'numpy', 'pandas') if m in sys.modules]\n"
        "    assert not loaded, (words, loaded)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
