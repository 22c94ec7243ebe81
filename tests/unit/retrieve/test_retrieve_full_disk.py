"""A disk that is full at the last moment: on a real one of a few megabytes."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.retrieve.stores import ask, build, document
from tests.unit.retrieve.test_retrieve_build import environment

SCRIPT = """
import os, sys
from pathlib import Path
from govgate.errors import IncompleteError
from govgate.retrieve import sqlitefile
from govgate.retrieve.removal import remove
store = Path(sys.argv[1])
opened = sqlitefile._create
def create(path):
    opened(path)
    if path.name.endswith(".whole"):  # the copy is there, and the vacuum begins
        with open(store.with_name("filler"), "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError:
                pass
sqlitefile._create = create
try:
    remove(store, lambda file, name, text: name == "row7")
except IncompleteError as error:
    print(error)
print(sorted(os.listdir(store.parent)))
store.with_name("filler").unlink(missing_ok=True)
sqlitefile._create = opened
print(remove(store, lambda file, name, text: name == "row7"))
sys.stdout.flush()
os.system(f"cp {store} {sys.argv[2]}")
"""


def test_a_disk_that_fills_during_the_vacuum_leaves_the_old_store(tmp_path: Path) -> None:
    store, disk, after = tmp_path / "store.sqlite", tmp_path / "disk", tmp_path / "after.sqlite"
    disk.mkdir()
    words = random.Random(1)
    texts = [f"mark{n}x " + " ".join(f"{words.random()}" for _ in range(200)) for n in range(100)]
    build(store, [document(f"row{n}", text) for n, text in enumerate(texts)])
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    size = 3 * store.stat().st_size // 1024
    mounted = f"mount -t tmpfs -o size={size}k none {disk} && cp {store} {disk}/"
    run = f"{sys.executable} {script} {disk}/store.sqlite {after}"
    try:
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", f"{mounted} || exit 77; {run}"],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this user may not mount a disk of its own")
    refusal, left, removed = done.stdout.splitlines()
    assert "free some space" in refusal
    assert left == "['filler', 'store.sqlite']"
    assert removed == "1"
    assert [hit.row for hit in ask(store, "mark7x").hits] == ["row7"]
    assert ask(after, "mark7x").hits == ()
    assert os.path.getsize(after) < 2 * os.path.getsize(store)
