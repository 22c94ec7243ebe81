"""Killed, interrupted or out of space: nothing stands under its final name unless it is whole."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.cli.conftest import ROOT, Cli, start, write_data

T = TypeVar("T")
MOMENTS = [0.1, 0.3, 0.5, 0.7, 0.85, 0.97]
"""Shares of the time that a gate takes."""


@pytest.fixture(scope="module")
def lasts(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How many seconds a gate takes here that is let alone."""
    top = tmp_path_factory.mktemp("lasts")
    data, begin = write_data(top / "data"), time.monotonic()
    assert cli("gate", data, "--out", top / "run", "--no-cache").returncode == 0
    return time.monotonic() - begin


@pytest.mark.parametrize("share", MOMENTS)
def test_killed_at_any_moment_a_gate_leaves_nothing_or_the_whole(
    cli: Cli, home: Path, data: Path, tmp_path: Path, share: float, lasts: float
) -> None:
    out = tmp_path / "run"
    gate = start("gate", data, "--out", out, "--no-cache", home=home)
    time.sleep(share * lasts)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(gate.pid, signal.SIGKILL)
    gate.communicate()
    if out.exists():
        assert cli("verify", out).returncode == 0
    again = cli("gate", data, "--out", out, "--replace")
    assert again.returncode == 0, again.stderr
    assert cli("verify", out).returncode == 0
    assert cli("log", "verify").returncode == 0
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_killed_worker_costs_no_row(cli: Cli, home: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"text": f"Row {n} is about tides, quays and the harbour of Falmouth. " * 20}
        for n in range(150)
    ]
    data = write_data(tmp_path / "data", rows)
    gate = start("gate", data, "--out", tmp_path / "run", "--workers", "2", home=home)
    try:
        _kill_a_busy_worker(gate.pid)
    finally:
        os.kill(gate.pid, signal.SIGCONT)
    out, err = gate.communicate()
    assert gate.returncode == 0, out + err
    assert "150 rows" in out


def _kill_a_busy_worker(gate: int) -> None:
    """Hold the gate until a worker has loaded and waits for rows; kill it once it works on some.

    However fast the machine is, the kill falls into a job: the gate hands out the first one only
    when it is let go.
    """
    worker = _soon(lambda: next(iter(_workers(gate)), None))
    time.sleep(0.3)  # the gate still has to tell the worker what to do
    os.kill(gate, signal.SIGSTOP)
    _soon(lambda: _rests(worker))
    rest = _cpu_ticks(worker)
    os.kill(gate, signal.SIGCONT)
    _soon(lambda: _cpu_ticks(worker) > rest)
    os.kill(worker, signal.SIGKILL)


def _soon(what: Callable[[], T]) -> T:
    """The first true answer of ``what`` within two minutes."""
    end = time.monotonic() + 120
    while not (answer := what()):
        assert time.monotonic() < end
        time.sleep(0.005)
    return answer


def _rests(pid: int) -> bool:
    before = _cpu_ticks(pid)
    time.sleep(1)
    return _stat(pid)[2] == "S" and _cpu_ticks(pid) == before


def _cpu_ticks(pid: int) -> int:
    return int(_stat(pid)[13])


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()


def _workers(parent: int) -> list[int]:
    """The children that scan; Python's resource tracker is a child as well."""
    return [child for child in _children(parent) if b"spawn_main" in _command(child)]


def _command(pid: int) -> bytes:
    """The command line of a process; empty of one that ended since it was listed."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in listed]


def test_ctrl_c_ends_at_once_and_leaves_nothing(home: Path, data: Path, tmp_path: Path) -> None:
    gate = start("gate", data, "--out", tmp_path / "run", "--no-cache", home=home)
    _soon(lambda: _workers(gate.pid))
    os.killpg(gate.pid, signal.SIGINT)
    _, err = gate.communicate(timeout=20)
    assert gate.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_a_full_disk_is_said_and_nothing_is_left(home: Path, data: Path, tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes every write beyond 2 kB fail, as a full disk does."""
    limited = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "from govgate.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, "gate", str(data), "--out", str(tmp_path / "run")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "GOVGATE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_an_output_folder_that_cannot_be_written(cli: Cli, data: Path, tmp_path: Path) -> None:
    # /proc refuses new folders to everyone, root included.
    done = cli("gate", data, "--out", "/proc/govgate/run")
    assert done.returncode == 4
    assert "cannot" in done.stderr
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert cli("gate", data, "--out", tmp_path / "file" / "run").returncode == 4


def test_a_run_is_not_overwritten_unless_asked(cli: Cli, gated: Path, data: Path) -> None:
    before = (gated / "record.intoto.jsonl").read_bytes()
    done = cli("gate", data, "--out", gated)
    assert done.returncode == 2
    assert "--replace" in done.stderr
    assert (gated / "record.intoto.jsonl").read_bytes() == before


def test_replace_touches_run_directories_alone(cli: Cli, data: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("years of work", encoding="utf-8")
    done = cli("gate", data, "--out", tmp_path / "precious", "--replace")
    assert done.returncode == 2
    assert (tmp_path / "precious" / "thesis.txt").exists()


def test_two_gates_do_not_write_to_one_place(
    cli: Cli, home: Path, data: Path, tmp_path: Path
) -> None:
    first = start("gate", data, "--out", tmp_path / "run", home=home)
    _soon((tmp_path / ".run.partial").exists)
    os.kill(first.pid, signal.SIGSTOP)
    second = cli("gate", data, "--out", tmp_path / "run")
    os.kill(first.pid, signal.SIGCONT)
    first.communicate()
    assert first.returncode == 0
    assert second.returncode == 2
    assert "another gate is writing" in second.stderr
