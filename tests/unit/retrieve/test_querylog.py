"""The log of queries: whole lines from any number of processes, or an error and no line."""

import json
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govgate.errors import IncompleteError, UsageError
from govgate.home import Home, new_fingerprint_key
from govgate.retrieve.querylog import QueryLog
from tests.cli.conftest import ROOT

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
APPENDING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from govgate.home import Home
from govgate.retrieve.querylog import QueryLog
from tests.unit.retrieve.test_querylog import append

log = QueryLog.of(Home(Path(sys.argv[1])))
for number in range(25):
    append(log, rows=[f"{sys.argv[2]}:{number}"] * 200)
"""


def append(log: QueryLog, question: str = "tides?", rows: list[str] | None = None) -> None:
    log.append(
        at=AT, token="bot", tool="search", question=question, limit=10, filters={},
        rows=rows or [], record="feed",
    )  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> QueryLog:
    home = Home(tmp_path)
    new_fingerprint_key(home)
    return QueryLog.of(home)


def test_lines_of_many_processes_are_all_whole(log: QueryLog, tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", APPENDING, tmp_path, str(name)], cwd=ROOT)
        for name in range(4)
    ]
    assert [process.wait(120) for process in processes] == [0] * 4
    lines = [json.loads(line) for line in log.path.read_text(encoding="utf-8").splitlines()]
    assert len({line["rows"][0] for line in lines}) == len(lines) == 100


def test_the_same_question_is_the_same_hash_under_the_same_key_alone(
    log: QueryLog, tmp_path: Path
) -> None:
    other = Home(tmp_path / "other")
    new_fingerprint_key(other)
    assert log.hash("tides?") == log.hash("tides?") != log.hash("tides")
    assert log.hash("tides?") != QueryLog.of(other).hash("tides?")
    assert len(log.hash("\ud800")) == 64


def test_a_line_that_a_crash_cut_short_does_not_swallow_the_next(log: QueryLog) -> None:
    append(log)
    with log.path.open("a", encoding="utf-8") as file:
        file.write('{"at": "2026')
    append(log)
    first, torn, last = log.path.read_text(encoding="utf-8").splitlines()
    assert json.loads(first) == json.loads(last)
    assert torn == '{"at": "2026'


def test_a_disk_that_is_full_leaves_no_part_of_a_line(log: QueryLog) -> None:
    append(log)
    before = log.path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        with pytest.raises(IncompleteError, match="cannot write"):
            append(log)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert log.path.read_bytes() == before


def test_a_link_in_its_place_is_not_followed(log: QueryLog, tmp_path: Path) -> None:
    log.path.parent.mkdir()
    log.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IncompleteError):
        append(log)
    assert not (tmp_path / "elsewhere").exists()


def test_without_the_fingerprint_key_there_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no fingerprint key"):
        QueryLog.of(Home(tmp_path / "empty"))
