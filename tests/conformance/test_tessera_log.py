"""A log written entry by entry equals, byte for byte, the one that Tessera wrote."""

from pathlib import Path

import pytest

from govgate.attest.log import Log
from govgate.attest.note import Verifier, parse_skey
from govgate.attest.proof import verify_inclusion

GOLDEN = Path(__file__).resolve().parents[2].parent / "shared/vectors/tessera-testlog/testdata/log"
pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="others' vectors are not here")

LEAVES = (
    b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten"
).split()
SKEY = "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg"
VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


@pytest.fixture
def written(tmp_path: Path) -> tuple[Log, list[bytes]]:
    signer = parse_skey(SKEY)
    log = Log.create(tmp_path / "log", signer.name, signer.key)
    checkpoints = [log.signed_checkpoint()]
    for leaf in LEAVES:
        log.append(leaf)
        checkpoints.append(log.signed_checkpoint())
    return log, checkpoints


def test_all_sixteen_checkpoints_are_the_same_bytes(written):
    _, checkpoints = written
    assert checkpoints == [(GOLDEN / f"checkpoint.{n}").read_bytes() for n in range(16)]


def test_all_tiles_and_entry_bundles_are_the_same_bytes(written):
    log, _ = written
    golden = {
        p.relative_to(GOLDEN): p.read_bytes() for p in (GOLDEN / "tile").rglob("*") if p.is_file()
    }
    ours = {
        p.relative_to(log.folder): p.read_bytes()
        for p in (log.folder / "tile").rglob("*")
        if p.is_file()
    }
    assert ours == golden
    assert len(ours) == 30


def test_their_log_passes_our_audit_and_proves_its_entries():
    verifier = Verifier.parse(VKEY)
    log = Log(GOLDEN, verifier.name, verifier.key)
    assert log.verify(since=(GOLDEN / "checkpoint.8").read_bytes()).size == 15
    for index, leaf in enumerate(LEAVES):
        assert log.entry(index) == leaf
        assert verify_inclusion(log.prove(index).encode(), leaf, verifier).size == 15
