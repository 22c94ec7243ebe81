"""Locks that their holder's death frees."""

import subprocess
import sys
from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.locking import claimed, exclusive

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from govgate.locking import claimed
with claimed(Path(sys.argv[1]), "busy"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_claim_is_refused_while_it_is_held_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with claimed(path, "first"), pytest.raises(UsageError, match="somebody is there"):
        claimed(path, "somebody is there").__enter__()
    assert list(tmp_path.iterdir()) == []


def test_the_death_of_a_holder_frees_the_claim(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UsageError, match="busy"):
        claimed(path, "busy").__enter__()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with claimed(path, "busy"):
        assert path.exists()


def test_an_exclusive_lock_keeps_its_file(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock"):
        pass
    assert (tmp_path / "lock").exists()
