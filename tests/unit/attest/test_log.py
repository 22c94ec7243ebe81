import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import govgate
from govgate.attest import merkle
from govgate.attest.checkpoint import open_checkpoint
from govgate.attest.log import Log
from govgate.attest.proof import verify_inclusion
from govgate.attest.tiles import encode_entry
from govgate.errors import EvidenceError, IncompleteError, UsageError

ORIGIN = "example.com/log"


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_new_log_is_empty_and_signed(log):
    assert (log.checkpoint().size, log.checkpoint().root) == (0, merkle.EMPTY_ROOT)
    assert log.checkpoint().origin == ORIGIN
    assert log.verify().size == 0


def test_a_folder_with_a_log_does_not_become_a_new_one(log, key):
    log.append(b"x")
    with pytest.raises(UsageError, match="holds a log already"):
        Log.create(log.folder, ORIGIN, key)
    (log.folder / "checkpoint").unlink()
    with pytest.raises(UsageError, match="holds a log already"):
        Log.create(log.folder, ORIGIN, key)
    assert log.folder.joinpath("tile/entries/000.p/1").exists()


def test_a_log_needs_a_name_that_a_note_can_carry(tmp_path, key):
    with pytest.raises(UsageError, match="cannot be named so"):
        Log.create(tmp_path / "log", "has space", key)
    assert not (tmp_path / "log").exists()


def test_appending_numbers_entries_from_zero_and_each_can_be_proved(log, grow):
    grow(log, 5)
    for index in range(5):
        entry = b"entry %d" % index
        assert log.entry(index) == entry
        assert verify_inclusion(log.prove(index).encode(), entry, log.verifier).size == 5


def test_a_proof_under_a_kept_checkpoint_still_holds_when_the_log_has_grown(log, grow):
    grow(log, 3)
    kept = log.signed_checkpoint()
    log.append(b"more")
    proof = log.prove(1, kept)
    assert proof.checkpoint == kept
    assert verify_inclusion(proof, b"entry 1", log.verifier).size == 3


def test_growth_can_be_proved(log, grow):
    grow(log, 3)
    old = log.checkpoint()
    log.append(b"more")
    new = log.checkpoint()
    merkle.check_consistency(3, 4, old.root, new.root, log.prove_consistency(3))
    assert log.prove_consistency(3, 3) == ()


def test_empty_and_largest_entries_are_kept_and_larger_ones_refused(log):
    for entry in [b"", b"x" * 65535]:
        assert log.entry(log.append(entry)) == entry
    before = files(log.folder)
    with pytest.raises(UsageError, match="65535"):
        log.append(b"x" * 65536)
    assert files(log.folder) == before


def test_asking_for_what_is_not_there_is_a_usage_error(log, grow):
    grow(log, 2)
    for ask in [
        lambda: log.entry(2),
        lambda: log.entry(-1),
        lambda: log.prove(2),
        lambda: log.prove_consistency(1, 3),
        lambda: log.prove_consistency(2, 1),
    ]:
        with pytest.raises(UsageError):
            ask()


def test_a_public_key_reads_and_verifies_but_does_not_append(log, key, grow):
    grow(log, 2)
    reader = Log(log.folder, ORIGIN, key.public)
    assert reader.verify().size == 2
    assert verify_inclusion(reader.prove(0), b"entry 0", reader.verifier)
    with pytest.raises(UsageError, match="private key"):
        reader.append(b"x")


def test_another_key_or_name_neither_reads_nor_appends(log, key, other_key, grow):
    grow(log, 2)
    before = files(log.folder)
    for stranger in [Log(log.folder, ORIGIN, other_key), Log(log.folder, "example.com/b", key)]:
        for act in [stranger.checkpoint, stranger.verify, lambda s=stranger: s.append(b"x")]:
            with pytest.raises(EvidenceError):
                act()
    assert files(log.folder) == before


def test_a_folder_without_a_log_is_a_usage_error_and_a_lost_checkpoint_is_evidence(
    tmp_path, log, key
):
    with pytest.raises(UsageError, match="there is no log"):
        Log(tmp_path, ORIGIN, key).checkpoint()
    log.append(b"x")
    (log.folder / "checkpoint").unlink()
    with pytest.raises(EvidenceError, match="without its checkpoint"):
        log.append(b"y")


def test_full_tiles_replace_their_partial_ones_and_proofs_cross_them(log, grow):
    grow(log, 256)
    assert sorted(files(log.folder / "tile")) == ["0/000", "1/000.p/1", "entries/000"]
    kept = log.signed_checkpoint()
    log.append(b"entry 256")
    log.append(b"entry 257")
    assert log.verify(since=kept).size == 258
    assert sorted(files(log.folder / "tile")) == [
        "0/000",
        "0/001.p/1",
        "0/001.p/2",
        "1/000.p/1",
        "entries/000",
        "entries/001.p/1",
        "entries/001.p/2",
    ]
    for index in [0, 255, 256, 257]:
        entry = b"entry %d" % index
        assert verify_inclusion(log.prove(index), entry, log.verifier).size == 258
    old, new = open_checkpoint(kept, log.verifier), log.checkpoint()
    merkle.check_consistency(256, 258, old.root, new.root, log.prove_consistency(256))


def test_an_append_reads_the_right_edge_of_the_log_and_no_more(log, monkeypatch, grow):
    grow(log, 258)
    import govgate.attest.tiles as tiles

    read: list[str] = []
    real = tiles.read_bounded
    monkeypatch.setattr(
        tiles, "read_bounded", lambda path, limit: (read.append(str(path)), real(path, limit))[1]
    )
    log.append(b"x")
    names = [str(Path(p).relative_to(log.folder)) for p in read]
    assert set(names) == {"tile/0/001.p/2", "tile/1/000.p/1", "tile/entries/001.p/2"}


@pytest.mark.parametrize("victim", ["checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5"])
def test_an_append_refuses_a_changed_log_and_writes_nothing(log, victim, grow):
    grow(log, 5)
    good = (log.folder / victim).read_bytes()
    for position in range(0, len(good), 7):
        bad = bytearray(good)
        bad[position] ^= 1
        (log.folder / victim).write_bytes(bad)
        before = files(log.folder)
        with pytest.raises(EvidenceError):
            log.append(b"x")
        assert files(log.folder) == before
    (log.folder / victim).unlink()
    with pytest.raises(EvidenceError):
        log.append(b"x")


def test_an_append_recomputes_the_root_so_that_a_consistent_change_is_refused_too(log, grow):
    grow(log, 3)
    entries = [b"entry 0", b"changed", b"entry 2"]
    bundle = b"".join(map(encode_entry, entries))
    (log.folder / "tile/entries/000.p/3").write_bytes(bundle)
    (log.folder / "tile/0/000.p/3").write_bytes(b"".join(map(merkle.leaf_hash, entries)))
    before = files(log.folder)
    with pytest.raises(EvidenceError, match="do not give the root"):
        log.append(b"x")
    assert files(log.folder) == before


def test_a_change_in_the_tiles_above_is_refused_before_anything_is_signed_over_it(log, grow):
    grow(log, 258)
    (log.folder / "tile/1/000.p/1").write_bytes(b"\x00" * 32)
    with pytest.raises(EvidenceError, match="do not give the root"):
        log.append(b"x")
    assert log.checkpoint().size == 258


@pytest.mark.parametrize("count", [3, 254, 256])
def test_an_old_checkpoint_put_back_is_refused(log, count, grow):
    grow(log, count)
    old = log.signed_checkpoint()
    for n in range(2):
        log.append(b"more %d" % n)
    (log.folder / "checkpoint").write_bytes(old)
    before = files(log.folder)
    for act in [log.verify, lambda: log.append(b"fork")]:
        with pytest.raises(EvidenceError, match="older checkpoint was put back"):
            act()
    assert files(log.folder) == before


def test_what_others_may_read_is_readable(log):
    log.append(b"x")
    old = os.umask(0)
    os.umask(old)
    for path in log.folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o755 if path.is_dir() else 0o644) & ~old


def test_a_log_that_cannot_be_written_is_an_incomplete_error(log, monkeypatch, grow):
    grow(log, 2)
    from govgate import durable

    def fail(_: int) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(durable.os, "fsync", fail)
    with pytest.raises(IncompleteError, match="read-only"):
        log.append(b"x")
    monkeypatch.undo()
    assert log.verify().size == 2
    assert log.append(b"x") == 2


def test_threads_appending_at_once_lose_nothing(log):
    with ThreadPoolExecutor(8) as pool:
        indexes = list(pool.map(lambda n: log.append(b"%d" % n), range(60)))
    assert sorted(indexes) == list(range(60))
    assert log.verify().size == 60
    assert all(log.entry(index) == b"%d" % n for n, index in enumerate(indexes))


WRITER = """
import sys
from pathlib import Path
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
log = Log(Path(sys.argv[1]), "example.com/log", PrivateKey.from_seed(b"\\x01" * 32))
for n in range(int(sys.argv[3])):
    entry = f"{sys.argv[2]}/{n}"
    print(log.append(entry.encode()), entry, flush=True)
"""


def writer(log: Log, name: str, count: int) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": str(Path(govgate.__file__).parents[1])}
    command = [sys.executable, "-c", WRITER, str(log.folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def acknowledged(output: str) -> dict[int, bytes]:
    """What was said in whole lines: the last one of a killed writer may be cut anywhere."""
    lines = [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return {int(index): entry.encode() for index, entry in lines}


def test_processes_appending_at_once_lose_nothing(log):
    processes = [writer(log, f"p{n}", 15) for n in range(6)]
    said = [acknowledged(p.communicate(timeout=120)[0]) for p in processes]
    assert all(len(lines) == 15 for lines in said)
    merged = {index: entry for lines in said for index, entry in lines.items()}
    assert sorted(merged) == list(range(90))
    assert log.verify().size == 90
    assert all(log.entry(index) == entry for index, entry in merged.items())


def test_a_writer_killed_at_any_moment_leaves_a_log_that_verifies_and_goes_on(log, grow):
    grow(log, 245)  # so that the kills fall around the first full tile
    promised = {n: b"entry %d" % n for n in range(245)}
    kept = log.signed_checkpoint()
    for attempt in range(12):
        process = writer(log, f"k{attempt}", 100_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(0.002 + 0.0037 * attempt)
        process.kill()
        promised |= acknowledged(first + process.communicate(timeout=60)[0])
        size = log.verify(since=kept).size
        kept = log.signed_checkpoint()
        assert size >= max(promised) + 1
        assert log.append(b"after %d" % attempt) == size
        promised[size] = b"after %d" % attempt
    assert log.verify(since=kept).size > 256
    assert all(log.entry(index) == entry for index, entry in promised.items())
