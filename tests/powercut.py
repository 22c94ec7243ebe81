"""What a power cut leaves of a folder: what was synced for certain, the rest by chance.

POSIX promises little: a file's bytes are there once the file was synced, and a name once its
folder was. Everything else may be there or not, in any combination; a file of which the name
arrived and the bytes did not is empty, old or torn. :class:`Disk` remembers what each fsync made
certain, and writes a copy of the folder as it could look afterwards.
"""

import os
import random
import shutil
import stat
from pathlib import Path


class Chance:
    """Decides what of the unsynced arrived. ``names``, ``data``: the share that does, 0 to 1."""

    def __init__(self, names: float, data: float, seed: int = 0) -> None:
        self._names, self._data, self._random = names, data, random.Random(seed)

    def name_arrived(self) -> bool:
        return self._random.random() < self._names

    def bytes_arrived(self, now: bytes, certain: bytes) -> bytes:
        """All, half or nothing of a change to a file's bytes."""
        if self._random.random() < self._data:
            return now
        return now[: len(now) // 2] if self._random.random() < 0.5 else certain


def chances(seed: int) -> list[Chance]:
    """Nothing unsynced arrives; names without their bytes; everything; and two mixtures."""
    mixtures = [Chance(0.5, 0.5, 2 * seed), Chance(0.5, 0.5, 2 * seed + 1)]
    return [Chance(0, 0), Chance(1, 0, seed), Chance(1, 1), *mixtures]


class Disk:
    """Follows a folder whose present content is certain; tell :meth:`synced` of every fsync.

    Inodes stand for files. Each that was seen is held open, so that its number is not used again.
    """

    def __init__(self, folder: Path) -> None:
        self._top = folder
        self._held: dict[int, int] = {}
        self._bytes: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {}
        for path in [folder, *folder.rglob("*")]:
            self._certain(self._hold(path))
        self._root = folder.stat().st_ino

    def synced(self, descriptor: int) -> None:
        """Note an fsync: the file's bytes, or the folder's names, are certain from now on."""
        self._certain(self._hold(Path(f"/proc/self/fd/{descriptor}").resolve()))

    def cut_power(self, into: Path, chance: Chance) -> None:
        """Write to ``into`` what could be there when the power is back."""
        shutil.rmtree(into, ignore_errors=True)
        self._leave(self._root, into, chance)

    def close(self) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)

    def _hold(self, path: Path) -> int:
        number = path.stat(follow_symlinks=False).st_ino
        if number not in self._held:
            self._held[number] = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        return number

    def _certain(self, number: int) -> None:
        if self._is_folder(number):
            self._names[number] = self._names_now(number)
        else:
            self._bytes[number] = self._bytes_now(number)

    def _is_folder(self, number: int) -> bool:
        return stat.S_ISDIR(os.fstat(self._held[number]).st_mode)

    def _names_now(self, number: int) -> dict[str, int]:
        path = f"/proc/self/fd/{self._held[number]}"
        return {name: self._hold(Path(path, name)) for name in sorted(os.listdir(path))}

    def _bytes_now(self, number: int) -> bytes:
        return Path(f"/proc/self/fd/{self._held[number]}").read_bytes()

    def _leave(self, number: int, into: Path, chance: Chance) -> None:
        mode = stat.S_IMODE(os.fstat(self._held[number]).st_mode)
        if not self._is_folder(number):
            now, certain = self._bytes_now(number), self._bytes.get(number, b"")
            into.write_bytes(now if now == certain else chance.bytes_arrived(now, certain))
            into.chmod(mode)
            return
        into.mkdir()
        into.chmod(mode)
        now, certain = self._names_now(number), self._names.get(number, {})
        for name in sorted({*now, *certain}):
            before, after = certain.get(name), now.get(name)
            left = after if before == after or chance.name_arrived() else before
            if left is not None:
                self._leave(left, into / name, chance)
