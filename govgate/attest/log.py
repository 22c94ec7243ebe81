"""The transparency log: a C2SP tlog-tiles directory with one writer, that only ever grows.

Any static file server can publish the directory. The order of writing keeps it whole at every
moment, also where processes are killed and the power fails:

1. The bytes of the entries, the tiles and the checkpoint that names them are written under
   temporary names and synced. So is the name of the checkpoint that is there: a killed append may
   have left it without that, and what is built on it must not outlive it.
2. Then entries and tiles are renamed into place and their folders synced. A new folder is recorded
   in its parent before anything is in it.
3. Only then the checkpoint is renamed into place, and its folder synced. The append is done.
4. Partial tiles whose full one is durable since step 2 go. This is not synced and may fail: one
   that stays is as good as its full tile.

So a durable checkpoint names durable files only, and one entry at most lies beyond it: what a
killed append leaves there is overwritten by the next one. Between the rename and the sync of step 3
a reader can see a checkpoint that a power cut takes back; :meth:`Log.prove` hands out none.

The checkpoint is all that this directory knows of its past: someone who can put back an old copy
of everything in it is found out only by a checkpoint kept elsewhere (:mod:`govgate.attest.audit`).
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from govgate import durable
from govgate.attest import merkle
from govgate.attest.audit import audit, check_not_older
from govgate.attest.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from govgate.attest.cosignature import Cosignature, with_cosignatures
from govgate.attest.files import read_bounded
from govgate.attest.keys import PrivateKey, PublicKey
from govgate.attest.note import MAX_NOTE, Signer, Verifier, parse_note, sign_note
from govgate.attest.proof import Proof
from govgate.attest.tiles import (
    ENTRIES,
    MAX_ENTRY,
    WIDTH,
    TileReader,
    covered,
    encode_entry,
    parse_tile_path,
    split_hashes,
    tile_path,
)
from govgate.errors import EvidenceError, UsageError
from govgate.locking import exclusive

CHECKPOINT = "checkpoint"
LOCK = ".lock"


class Log:
    """A log in ``folder`` whose checkpoints ``key`` signs under the name ``origin``.

    With a public key it can be read and verified; appending needs the private one. ``older``: the
    public keys that signed before the last rotation.
    """

    def __init__(
        self,
        folder: Path,
        origin: str,
        key: PrivateKey | PublicKey,
        older: Sequence[PublicKey] = (),
    ) -> None:
        self.folder = folder
        self._signer = Signer(origin, key) if isinstance(key, PrivateKey) else None
        self.verifier = Verifier(origin, key.public if isinstance(key, PrivateKey) else key)
        publics = dict.fromkeys((self.verifier.key, *older))
        self.verifiers = tuple(Verifier(origin, one) for one in publics)

    @classmethod
    def create(cls, folder: Path, origin: str, key: PrivateKey) -> "Log":
        """Begin an empty log; UsageError where ``folder`` holds one already."""
        try:
            log = cls(folder, origin, key)
        except EvidenceError as error:
            raise UsageError(
                f"a log cannot be named so: {error.what}", remedy="use a name like example.com/log"
            ) from error
        durable.make_dirs(folder)
        with exclusive(folder / LOCK):
            if (folder / CHECKPOINT).exists() or (folder / "tile").exists():
                raise UsageError(f"{folder} holds a log already", remedy="name another folder")
            empty = Checkpoint(origin, 0, merkle.EMPTY_ROOT)
            durable.write_durably(folder / CHECKPOINT, sign_checkpoint(empty, Signer(origin, key)))
        return log

    def signed_checkpoint(self) -> bytes:
        """The newest checkpoint's exact bytes, unverified; keep a copy elsewhere."""
        try:
            return read_bounded(self.folder / CHECKPOINT, MAX_NOTE)
        except FileNotFoundError as error:
            if (self.folder / "tile").exists():
                raise EvidenceError(
                    f"{self.folder} holds a log without its checkpoint",
                    remedy="restore the file from a copy",
                ) from error
            raise UsageError(f"there is no log in {self.folder}") from error

    def settled_checkpoint(self) -> bytes:
        """The same, once no power cut can take it back: nothing is built on it before that."""
        signed = self.signed_checkpoint()
        durable.sync_dir(self.folder)  # its content was synced before it got its name
        return signed

    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint, verified to be this log's."""
        return self._open(self.signed_checkpoint())

    def append(self, entry: bytes) -> int:
        """Add ``entry`` (at most 65,535 bytes) and return its index, once both are durable.

        EvidenceError, and nothing written, where the checkpoint or the tiles it names do not hold.
        After an IncompleteError the entry may or may not have become part of the log.
        """
        if self._signer is None:
            raise UsageError(f"appending to {self.folder} needs the log's private key")
        if len(entry) > MAX_ENTRY:
            raise UsageError(f"a log entry has at most {MAX_ENTRY} bytes; this has {len(entry)}")
        with exclusive(self.folder / LOCK):
            # 1. The old checkpoint is ours, and the tiles on the right edge still give its root.
            old = self.checkpoint()
            reader = TileReader(self.folder, old.size)
            self._check_grounds(old, reader)
            # 2. The entry, and the tiles that it changes.
            tiles = _extended(reader, merkle.leaf_hash(entry))
            names = {
                tile_path(*at, len(tile) // merkle.HASH_SIZE): tile for at, tile in tiles.items()
            }
            files = self._entry_bundle(entry, reader) | names
            # 3. The checkpoint that names them, which gets its own name only when they have theirs.
            grown = TileReader(self.folder, old.size + 1, tiles)
            new = Checkpoint(old.origin, old.size + 1, grown.root())
            self._write(files, sign_checkpoint(new, self._signer))
            # 4. Partial tiles whose full one is there now are no longer needed.
            self._drop_partials(tiles)
            return old.size

    def resign(self, new: PrivateKey) -> None:
        """Have ``new`` sign the newest checkpoint beside the key that signs now.

        It is the same tree, so readers who know either key go on; the next append signs with
        whichever key its log is opened with. EvidenceError where the tiles do not hold.
        """
        if self._signer is None:
            raise UsageError(f"signing {self.folder} needs the log's private key")
        with exclusive(self.folder / LOCK):
            newest = self._open(self.settled_checkpoint())
            self._check_grounds(newest, TileReader(self.folder, newest.size))
            both = sign_note(newest.text(), [self._signer, Signer(newest.origin, new)])
            durable.write_durably(self.folder / CHECKPOINT, both)

    def keep_cosignatures(self, signed: bytes, cosignatures: Sequence[Cosignature]) -> bytes:
        """Add verified cosignatures of the checkpoint ``signed`` to it, and return it with them.

        The file gets them too, unless the log has grown meanwhile: its newer checkpoint stays.
        """
        with exclusive(self.folder / LOCK):
            newest = self.signed_checkpoint()
            if parse_note(newest)[0] != parse_note(signed)[0]:
                return with_cosignatures(signed, cosignatures)
            cosigned = with_cosignatures(newest, cosignatures)
            open_checkpoint(cosigned, *self.verifiers)
            if cosigned != newest:
                durable.write_durably(self.folder / CHECKPOINT, cosigned)
            return cosigned

    def entry(self, index: int) -> bytes:
        """The bytes of entry ``index``, checked against its hash in the tiles."""
        size = self.checkpoint().size
        if not 0 <= index < size:
            raise UsageError(f"the log has entries 0 to {size - 1}, not {index}")
        reader = TileReader(self.folder, size)
        entry = reader.bundle(index // WIDTH)[index % WIDTH]
        if merkle.leaf_hash(entry) != reader.node(0, index):
            raise EvidenceError(f"entry {index} of the log does not match its hash in the tiles")
        return entry

    def prove(self, index: int, checkpoint: bytes | None = None) -> Proof:
        """The inclusion proof of entry ``index`` under the newest checkpoint, or a kept older one.

        The proof is checked against the checkpoint before it is handed out.
        """
        newest = self.settled_checkpoint()
        signed = newest if checkpoint is None else checkpoint
        opened = open_checkpoint(signed, *self.verifiers)
        size = self._open(newest).size
        check_not_older(size, opened.size)
        if not 0 <= index < opened.size:
            raise UsageError(f"the checkpoint covers {opened.size} entries; {index} is not in it")
        reader = TileReader(self.folder, size)
        hashes = merkle.inclusion_proof(index, opened.size, reader.node)
        leaf = reader.node(0, index)
        try:
            merkle.check_inclusion(index, opened.size, leaf, hashes, opened.root)
        except EvidenceError as error:
            raise self._broken(opened) from error
        return Proof(index, hashes, signed)

    def prove_consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The hashes that prove that the log of ``new`` entries begins with that of ``old``."""
        size = self.checkpoint().size
        new = size if new is None else new
        if not 0 <= old <= new <= size:
            raise UsageError(f"the log has {size} entries; {old} to {new} is not a part of that")
        return merkle.consistency_proof(old, new, TileReader(self.folder, new).node)

    def verify(self, since: bytes | None = None) -> Checkpoint:
        """Recompute everything from the entries; see :func:`govgate.attest.audit.audit`."""
        return audit(self.folder, self.signed_checkpoint, *self.verifiers, since=since)

    def _open(self, signed: bytes) -> Checkpoint:
        return open_checkpoint(signed, *self.verifiers, what=str(self.folder / CHECKPOINT))

    def _check_grounds(self, old: Checkpoint, reader: TileReader) -> None:
        if reader.root() != old.root:
            raise self._broken(old)
        self._check_not_rolled_back(old.size)

    def _check_not_rolled_back(self, size: int) -> None:
        """A crash leaves at most one entry beyond the checkpoint; more means an old checkpoint."""
        index, width = divmod(size, WIDTH)
        beyond = [tile_path(ENTRIES, index + 1, 1), tile_path(ENTRIES, index + 1)]
        if width + 1 < WIDTH:
            beyond += [tile_path(ENTRIES, index)]
        partials = self.folder / f"{tile_path(ENTRIES, index)}.p"
        if partials.is_dir():
            beyond += [
                tile_path(ENTRIES, index, int(name))
                for name in os.listdir(partials)
                if name.isdecimal() and int(name) > width + 1
            ]
        found = next((path for path in sorted(beyond) if (self.folder / path).exists()), None)
        if found is not None:
            _, at, count = parse_tile_path(found)
            last = covered(ENTRIES, at * WIDTH + count - 1)
            raise EvidenceError(
                f"{self.folder / found} lies beyond the checkpoint's {size} entries, so an older "
                f"checkpoint was put back: {last} is not in it",
                remedy="restore the newest checkpoint from a copy",
            )

    def _broken(self, checkpoint: Checkpoint) -> EvidenceError:
        return EvidenceError(
            f"the tiles in {self.folder} do not give the root that the checkpoint of "
            f"{checkpoint.size} entries signs",
            remedy="run: govgate log verify, and restore the log from a copy",
        )

    def _entry_bundle(self, entry: bytes, reader: TileReader) -> dict[str, bytes]:
        index, width = divmod(reader.size, WIDTH)
        entries = reader.bundle(index) if width else []
        stored = split_hashes(reader.tile(0, index)) if width else []
        for position, (old, expected) in enumerate(zip(entries, stored, strict=True)):
            if merkle.leaf_hash(old) != expected:
                number = index * WIDTH + position
                raise EvidenceError(
                    f"entry {number} of the log in {self.folder} does not match its hash in the "
                    "tiles",
                    remedy="restore the log from a copy",
                )
        bundle = b"".join(map(encode_entry, [*entries, entry]))
        return {tile_path(ENTRIES, index, width + 1): bundle}

    def _write(self, files: dict[str, bytes], checkpoint: bytes) -> None:
        targets = {self.folder / path: data for path, data in files.items()}
        for folder in dict.fromkeys(target.parent for target in targets):
            durable.make_dirs(folder)
        own = self.folder / CHECKPOINT
        durable.write_in_order([targets, {own: checkpoint}], after=[self.folder])

    def _drop_partials(self, tiles: dict[tuple[int, int], bytes]) -> None:
        full = [key for key, tile in tiles.items() if len(tile) == WIDTH * merkle.HASH_SIZE]
        for level, index in full:
            _remove_partials(self.folder / f"{tile_path(level, index)}.p")
            if level == 0:
                _remove_partials(self.folder / f"{tile_path(ENTRIES, index)}.p")


def _extended(reader: TileReader, leaf: bytes) -> dict[tuple[int, int], bytes]:
    """The tiles that change when ``leaf`` is added: one, and one more above each that fills up."""
    tiles: dict[tuple[int, int], bytes] = {}
    level, added = 0, leaf
    while True:
        index, width = divmod(reader.size >> (8 * level), WIDTH)
        tile = (reader.tile(level, index) if width else b"") + added
        tiles[level, index] = tile
        if width + 1 < WIDTH:
            return tiles
        level, added = level + 1, merkle.complete_root(split_hashes(tile))


def _remove_partials(folder: Path) -> None:
    """The specification lets partial tiles go once the full tile is there; readers fall back.

    The entry is in the log by then: one that cannot be removed is no reason to say otherwise.
    """
    with suppress(OSError):
        for name in os.listdir(folder):
            os.unlink(folder / name)
        os.rmdir(folder)
