"""Answers as the content cache keeps them, for its tests; and processes that use it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from govgate.scan.cache import FindingCache
from govgate.scan.question import Question, Sighting

HERE = Path(__file__).parent
KEY, SCANNER = bytes(range(32)), "ab" * 32
ANN, BOB, NOBODY = Question("Ann"), Question("by Bob"), Question("no one")
ANSWERS = {
    ANN: (
        Sighting(
            start=0,
            end=3,
            entity="PERSON",
            score=0.85,
            recognizer="Names",
            view="original",
            fingerprint="9f" * 32,
        ),
    ),
    BOB: (
        Sighting(
            start=3,
            end=6,
            entity="PERSON",
            score=1 / 3,
            recognizer="Names",
            view="json",
            fingerprint="00" * 32,
            excluded="own-names",
        ),
    ),
    NOBODY: (),
}


def opened(folder: Path, scanner: str = SCANNER, key: bytes = KEY, **more) -> FindingCache:
    return FindingCache(folder, key=key, scanner=scanner, **more)


def look_up(folder: Path, *questions: Question, **more) -> list:
    with opened(folder, **more) as cache:
        return cache.look_up(list(questions))


def filled(folder: Path) -> Path:
    """The folder of a cache that knows `ANSWERS`."""
    with opened(folder) as cache:
        cache.add(ANSWERS.items())
        assert cache.note is None
    return folder


def program(*arguments: object, **more) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[2])}
    command = [sys.executable, str(HERE / "cache_program.py"), *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes, **more)


def ended(process: subprocess.Popen) -> dict:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])
