"""The real command line: every test here starts `python -m govgate` as a user would."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Cli = Callable[..., "subprocess.CompletedProcess[str]"]

PROMPTS = """
How do I reset my password?|Open the settings and choose reset.
What does the warranty cover?|Two years of repairs.
Do you ship abroad?|Yes, to most countries.
Can I change the colour later?|Until the parcel leaves us.
Where is the manual?|It is printed under the lid.
Is the lamp dimmable?|It has three steps.
How heavy is the kettle?|A little over a kilo.
Does it run on batteries?|No, it needs a socket.
Can I return it opened?|Yes, within thirty days.
Is there a discount for schools?|There is, ask for the form.
How loud is the fan?|About as loud as rain.
Which bulb fits?|The small screw base.
Does the app work offline?|All but the updates.
Is the strap leather?|It is cork.
Can it go in the dishwasher?|The lid can, the base cannot.
Do you repair old models?|If the parts still exist.
What is in the box?|The device, a cable and a card.
Why is the light red?|The tank is empty.
"""
ROWS: list[dict[str, object]] = [
    {"prompt": "My mail is jane.doe@example.com, please update it.", "completion": "Done."},
    {"prompt": "Is 4012888888881881 still my card?", "completion": "I cannot see card numbers."},
    {"prompt": "How long is the warranty?", "completion": "Two years.", "license": "CC-BY-NC-4.0"},
    {"prompt": "Who wrote this?", "completion": "Nobody knows.", "license": "not a licence at all"},
    *(
        dict(zip(("prompt", "completion"), x.split("|"), strict=True))
        for x in PROMPTS.split("\n")
        if x
    ),
]
MAIL, CARD = "jane.doe@example.com", "4012888888881881"
# A row to train on, one to look up (which tries to steer the terminal), one to withhold whose
# licence field quotes an address.
SECRETIVE: list[dict[str, object]] = [
    *ROWS,
    {"prompt": f"Send the form to {MAIL}.", "completion": f"It went to {MAIL} with {CARD}."},
    {
        "prompt": f"Lighthouses \x1b[31mneed\x07 keepers, says {MAIL}.",
        "completion": f"Card {CARD}.",
        "license": "CC-BY-NC-4.0",
    },
    {"prompt": f"A form of {MAIL}.", "completion": f"{CARD}", "license": f"ask {MAIL}, {CARD}"},
]
ASKING = [f"How long is crossing number {n} over the harbour?" for n in range(20)]
MANIFEST = """\
sources:
  - files: "**/*"
    name: tests
    license: CC0-1.0
    consent_basis: legitimate-interests
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with keys and a log, shared by the tests of one worker. It knows all rows above."""
    top = tmp_path_factory.mktemp("home")
    data = write_data(top / "data", [*SECRETIVE, *asking()])
    for command in (("key", "new"), ("scan", data, "--out", top / "scan")):
        done = run_govgate(*command, "--home", top / "govgate")
        assert done.returncode == 0, done.stderr
    return top / "govgate"


@pytest.fixture(scope="session")
def cli(home: Path) -> Cli:
    """Run govgate with the shared home; returns the finished process."""

    def run(
        *arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return run_govgate(*arguments, cwd=cwd, env={"GOVGATE_HOME": str(home), **(env or {})})

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one JSONL file of 22 rows and its manifest."""
    return write_data(tmp_path / "data")


@pytest.fixture(scope="session")
def gated(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with the outcome `train`; tests that change it must copy it first."""
    top = tmp_path_factory.mktemp("gated")
    done = cli("gate", write_data(top / "data"), "--out", top / "run")
    assert done.returncode == 0, done.stderr
    return top / "run"


@pytest.fixture(scope="session")
def retrieval_only(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with the outcome `retrieval-only`: every row is non-commercial."""
    top = tmp_path_factory.mktemp("retrieval")
    rows = [{**row, "license": "CC-BY-NC-4.0"} for row in ROWS]
    done = cli("gate", write_data(top / "data", rows), "--out", top / "run")
    assert done.returncode == 1, done.stderr
    return top / "run"


@dataclass(frozen=True)
class Gated:
    """A run and what the gate printed while it made it."""

    run: Path
    printed: str


@pytest.fixture(scope="session")
def secretive(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Gated:
    """A run over rows with secrets in every partition."""
    top = tmp_path_factory.mktemp("secretive")
    done = cli("gate", write_data(top / "data", [*SECRETIVE, *asking()]), "--out", top / "run")
    assert done.returncode == 0, done.stderr + done.stdout
    return Gated(top / "run", done.stdout + done.stderr)


def asking() -> list[dict[str, object]]:
    return [{"prompt": text, "completion": "A mile."} for text in ASKING]


def remember(new: Path, known: Path) -> None:
    """Have the home ``new`` know what was scanned for the home ``known``.

    A gate of its own then loads no detector, which takes it three times as long as all the rest.
    """
    shutil.copy(known / "keys" / "fingerprint.key", new / "keys")
    shutil.copytree(known / "cache", new / "cache")


def assert_silent(text: str, where: str) -> None:
    """Nothing of the secrets of `SECRETIVE` is in ``text``, which is not empty."""
    assert text, where
    for secret in (MAIL, "jane.doe", CARD, CARD[:12]):
        assert secret not in text, where


def write_data(folder: Path, rows: list[dict[str, object]] | None = None) -> Path:
    folder.mkdir(parents=True)
    lines = [json.dumps(row) + "\n" for row in (ROWS if rows is None else rows)]
    (folder / "rows.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "govgate.yaml").write_text(MANIFEST, encoding="utf-8")
    return folder


def start(*arguments: object, home: Path, cwd: Path | None = None) -> "subprocess.Popen[str]":
    """The same command, not waited for, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "govgate", *map(str, arguments)],
        cwd=cwd,
        env=_environment({"GOVGATE_HOME": str(home)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run_govgate(
    *arguments: object,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    stdin: str | None = None,
) -> "subprocess.CompletedProcess[str]":
    """The command as a user starts it, waited for."""
    return subprocess.run(
        [sys.executable, "-m", "govgate", *map(str, arguments)],
        cwd=cwd,
        env=_environment(env or {}),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


def _environment(extra: dict[str, str]) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GOVGATE_")}
    return {**clean, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **extra}
