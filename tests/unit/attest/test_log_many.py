"""A hundred processes append to one log at once: nothing is lost, and there is one tree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import govgate
from govgate.attest import merkle
from govgate.attest.checkpoint import open_checkpoint
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
from govgate.attest.proof import parse_proof, verify_inclusion
from tests.faults import quick_folder

# The processes are forked, so that Python starts once, and held until all are there.
WRITERS = """
import os, sys
from pathlib import Path
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
log = Log(Path(sys.argv[1]), "example.com/log", PrivateKey.from_seed(b"\\x01" * 32))
ready, go = os.pipe()
children = []
for process in range(int(sys.argv[2])):
    child = os.fork()
    if not child:
        os.close(go)
        os.read(ready, 1)
        for n in range(int(sys.argv[3])):
            entry = f"{process}/{n}".encode()
            index = log.append(entry)
            said = f"{index} {entry.decode()} {log.prove(index).encode().hex()}\\n"
            Path(sys.argv[4], str(process)).open("a").write(said)
        os._exit(0)
    children.append(child)
os.close(go)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")


def test_thirty_processes_append_to_one_tree():
    """As below, over the first full tile."""
    check_append_at_once(processes=30, each=10)


@pytest.mark.slow
def test_a_hundred_processes_append_a_thousand_records_to_one_tree():
    check_append_at_once(processes=100, each=10)


def check_append_at_once(processes: int, each: int) -> None:
    with quick_folder() as folder:
        log = Log.create(folder / "log", "example.com/log", PrivateKey.from_seed(b"\x01" * 32))
        (folder / "said").mkdir()
        environment = os.environ | {"PYTHONPATH": str(Path(govgate.__file__).parents[1])}
        command = [sys.executable, "-c", WRITERS, log.folder, processes, each, folder / "said"]
        subprocess.run(list(map(str, command)), env=environment, check=True, timeout=300)
        said = [path.read_text(encoding="ascii") for path in (folder / "said").iterdir()]
        lines = [line.split() for text in said for line in text.splitlines()]
        assert sorted(int(index) for index, _, _ in lines) == list(range(processes * each))
        assert len({entry for _, entry, _ in lines}) == processes * each
        check_one_tree(log, lines)


def check_one_tree(log: Log, lines: list[list[str]]) -> None:
    """Each entry is where its writer was told, and each proof given then is of this tree."""
    newest = log.verify()
    assert newest.size == len(lines)
    for index, entry, proof in lines:
        assert log.entry(int(index)) == entry.encode()
        then = verify_inclusion(bytes.fromhex(proof), entry.encode(), log.verifier)
        between = log.prove_consistency(then.size)
        merkle.check_consistency(then.size, newest.size, then.root, newest.root, between)
        assert parse_proof(bytes.fromhex(proof)).index == int(index)
    assert open_checkpoint(log.signed_checkpoint(), log.verifier) == newest
