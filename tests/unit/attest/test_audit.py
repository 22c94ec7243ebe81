import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from govgate.attest import merkle
from govgate.attest.checkpoint import Checkpoint, sign_checkpoint
from govgate.attest.keys import PrivateKey
from govgate.attest.log import Log
from govgate.attest.note import Signer
from govgate.attest.tiles import encode_entry
from govgate.errors import EvidenceError

ORIGIN = "example.com/log"


@pytest.fixture
def small(log) -> Log:
    for n in range(6):
        log.append(b"entry %d" % n)
    return log


@pytest.fixture(scope="module")
def large_folder(
    tmp_path_factory: pytest.TempPathFactory, grow: Callable[[Log, int], None]
) -> Path:
    folder = tmp_path_factory.mktemp("large") / "log"
    log = Log.create(folder, ORIGIN, PrivateKey.from_seed(b"\x01" * 32))
    grow(log, 515)
    return folder


@pytest.fixture
def large(large_folder, tmp_path, key) -> Log:
    shutil.copytree(large_folder, tmp_path / "large")
    return Log(tmp_path / "large", ORIGIN, key)


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0x10
    path.write_bytes(data)


def test_a_flipped_bit_in_any_byte_of_any_file_is_found_and_the_file_named(small):
    paths = [p for p in small.folder.rglob("*") if p.is_file() and p.name != ".lock"]
    assert len(paths) == 13
    for path in paths:
        good = path.read_bytes()
        for position in range(len(good)):
            flip(path, position)
            with pytest.raises(EvidenceError) as caught:
                small.verify()
            if path.name != "checkpoint":
                tile = path.parent.name.removesuffix(".p")
                assert f"/{tile}.p/{path.name}" in str(caught.value) or "entry" in str(caught.value)
        path.write_bytes(good)
    assert small.verify().size == 6


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"\x00", lambda b: b""])
def test_a_file_cut_or_lengthened_is_found(small, change):
    for path in sorted(p for p in small.folder.rglob("*") if p.is_file() and p.name != ".lock"):
        good = path.read_bytes()
        path.write_bytes(change(good))
        with pytest.raises(EvidenceError):
            small.verify()
        path.write_bytes(good)


def test_the_entry_that_was_changed_is_named(large):
    bundle = large.folder / "tile/entries/001"
    at = bundle.read_bytes().index(b"entry 300")
    flip(bundle, at)
    with pytest.raises(EvidenceError, match=r"entry 300 does not match its hash in .*tile/0/001"):
        large.verify()
    with pytest.raises(EvidenceError, match="entry 300"):
        large.entry(300)


def test_an_entry_changed_along_with_its_hash_is_traced_to_the_tile_above(large):
    entries = [b"entry %d" % n for n in range(256)]
    entries[7] = b"seven"
    (large.folder / "tile/entries/000").write_bytes(b"".join(map(encode_entry, entries)))
    tile = b"".join(map(merkle.leaf_hash, entries))
    (large.folder / "tile/0/000").write_bytes(tile)
    with pytest.raises(EvidenceError, match=r"tile 0/0 does not match its hash in .*tile/1/000"):
        large.verify()


def test_a_whole_tree_rewritten_under_the_old_checkpoint_is_found(large, tmp_path, key):
    forged = Log.create(tmp_path / "forged", ORIGIN, key)
    for n in range(6):
        forged.append(b"forged %d" % n)
    old = Log.create(tmp_path / "honest", ORIGIN, key)
    for n in range(6):
        old.append(b"honest %d" % n)
    (forged.folder / "checkpoint").write_bytes(old.signed_checkpoint())
    with pytest.raises(EvidenceError, match="do not give the root"):
        forged.verify()


def test_missing_files_are_named(large):
    for name in ["tile/entries/002.p/3", "tile/0/001", "tile/1/000.p/2", "tile/entries/000"]:
        shutil.move(large.folder / name, large.folder.parent / "aside")
        with pytest.raises(EvidenceError, match=f"{name.split('.')[0]}.* is missing"):
            large.verify()
        shutil.move(large.folder.parent / "aside", large.folder / name)
    assert large.verify().size == 515


@pytest.mark.parametrize(
    "name", ["tile/notes.txt", "tile/0/0", "tile/entries/000.p/x", "tile/64/000"]
)
def test_a_file_that_is_no_part_of_a_log_is_named(large, name):
    (large.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (large.folder / name).write_bytes(b"x")
    with pytest.raises(EvidenceError, match=name.rpartition("/")[2]):
        large.verify()


def test_the_entry_that_a_killed_append_left_is_tolerated_and_the_next_beyond_is_not(small):
    next_one = small.folder / "tile/entries/000.p/7"
    good = (small.folder / "tile/entries/000.p/6").read_bytes()
    next_one.write_bytes(good + encode_entry(b"never in the log"))
    assert small.verify().size == 6
    flip(next_one, 3)
    with pytest.raises(EvidenceError, match=r"000\.p/7"):
        small.verify()
    next_one.unlink()
    two_more = good + encode_entry(b"a") + encode_entry(b"b")
    next_one.with_name("8").write_bytes(two_more)
    with pytest.raises(EvidenceError, match=r"000\.p/8 lies beyond the checkpoint's 6 entries"):
        small.verify()


def test_a_log_that_grew_from_a_kept_checkpoint_passes(small):
    kept = small.signed_checkpoint()
    small.append(b"x")
    assert small.verify(since=kept).size == 7
    assert small.verify(since=small.signed_checkpoint()).size == 7


def test_a_log_rolled_back_behind_a_kept_checkpoint_is_found(small, tmp_path):
    shutil.copytree(small.folder, tmp_path / "copy")
    small.append(b"x")
    kept = small.signed_checkpoint()
    shutil.rmtree(small.folder)
    shutil.move(tmp_path / "copy", small.folder)
    assert small.verify().size == 6  # the folder alone cannot tell
    with pytest.raises(EvidenceError, match="has 6 entries but had 7: it was rolled back"):
        small.verify(since=kept)
    with pytest.raises(EvidenceError, match="rolled back"):
        small.prove(0, kept)


def test_a_fork_of_a_kept_checkpoint_is_found(small, tmp_path, key):
    kept = small.signed_checkpoint()
    fork = Log.create(tmp_path / "fork", ORIGIN, key)
    for n in range(9):
        fork.append(b"other %d" % n)
    with pytest.raises(EvidenceError, match=r"first 6 entries .* forked"):
        fork.verify(since=kept)


def test_a_kept_checkpoint_of_another_key_is_refused(small, other_key):
    forged = Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT)
    with pytest.raises(EvidenceError):
        small.verify(since=sign_checkpoint(forged, Signer(ORIGIN, other_key)))


def test_an_empty_kept_checkpoint_is_the_beginning_of_every_log(small, key):
    empty = sign_checkpoint(Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT), Signer(ORIGIN, key))
    assert small.verify(since=empty).size == 6


def test_a_proof_is_not_handed_out_from_changed_tiles(small):
    flip(small.folder / "tile/0/000.p/6", 40)
    with pytest.raises(EvidenceError, match="do not give the root"):
        small.prove(0)
