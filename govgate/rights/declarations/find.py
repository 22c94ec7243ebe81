"""The papers in a folder of data: which files they are, and what they say.

This is the only module here that looks at a disk.
"""

import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from govgate.errors import UsageError
from govgate.rights.declarations import card, croissant, reuse, spdx, texts
from govgate.rights.declarations.declaration import Declaration

MAX_PAPERS = 100
LICENSES, REUSE = "LICENSES", "REUSE.toml"

Reader = Callable[[bytes, str], tuple[Declaration, ...]]

_LICENSE = re.compile(r"(?:licen[sc]e|copying|unlicen[sc]e)(?:[-._].*)?", re.IGNORECASE)
_DATA = re.compile(
    r".*\.(?:csv|tsv|jsonl?|ndjson|parquet|arrow|feather|ipc|gz|zst|bz2|xz|zip|tar|py|ipynb|ya?ml"
    r"|toml|xml|html?|pdf|png|jpe?g|svg|docx?|rtf|bin|db|sqlite\d?)",
    re.IGNORECASE,
)


def papers(names: Iterable[str]) -> tuple[str, ...]:
    """Those of a folder's file names that are papers, in the order in which they are read: card,
    Croissant, SPDX, licence texts, REUSE; by name within each."""
    found = sorted((order, name) for name in names if (order := _order(name)) is not None)
    return tuple(name for _, name in found)


def read_papers(folder: Path) -> tuple[Declaration, ...]:
    """What the papers in ``folder`` say (not those further down, but for ``LICENSES/``).

    ``file`` of each declaration is the name within the folder. UsageError where the folder or a
    paper cannot be read, is too large, or is broken.
    """
    names = [name for name in papers(_names(folder)) if not (folder / name).is_dir()]
    if len(names) > MAX_PAPERS:
        raise UsageError(
            f"{folder}: holds more than {MAX_PAPERS} files that look like papers of a data set",
            remedy="leave one card, one Croissant or SPDX document, and its licence texts",
        )
    found = [one for name in names for one in _read(folder, name)]
    if reuse_texts := _license_texts(folder, names):
        found += reuse.read_names(reuse_texts, LICENSES)
    return tuple(found)


def _order(name: str) -> int | None:
    low = name.lower()
    if low == "readme.md":  # the Hub knows README.md alone; who wrote another meant the same
        return 0
    if low == "croissant.json" or low.endswith(".croissant.json"):
        return 1
    if low == "metadata.json":
        return 2
    if low.endswith((".spdx.json", ".spdx3.json")):
        return 3
    if low.endswith(".license"):
        return 5
    if _LICENSE.fullmatch(name) and not _DATA.fullmatch(name):
        return 4
    return 6 if name == REUSE else None


def _reader(name: str) -> tuple[Reader, int]:
    """What reads a paper, and how many bytes of it at most."""
    readers: dict[int | None, tuple[Reader, int]] = {
        0: (card.read_card, card.MAX_BYTES),
        1: (croissant.read_croissant, croissant.MAX_BYTES),
        2: (_metadata, croissant.MAX_BYTES),
        3: (spdx.read_spdx, spdx.MAX_BYTES),
        4: (texts.read_license_file, texts.MAX_BYTES),
        5: (_sidecar, texts.MAX_BYTES),
        6: (reuse.read_reuse, reuse.MAX_BYTES),
    }
    return readers[_order(name)]


def _metadata(data: bytes, file: str) -> tuple[Declaration, ...]:
    """A file of which the name does not say that it is Croissant; data can be called so, too."""
    if len(data) > croissant.MAX_BYTES and not croissant.MENTION.search(data):
        return ()
    return croissant.read_croissant(data, file, named_so=False)


def _sidecar(data: bytes, file: str) -> tuple[Declaration, ...]:
    """REUSE's ``NAME.license`` beside the file NAME."""
    return texts.read_sidecar(data, file, part=Path(file).name[: -len(".license")])


def _read(folder: Path, name: str) -> list[Declaration]:
    reader, limit = _reader(name)
    path = folder / name
    return [replace(one, file=name) for one in reader(_bytes(path, limit), str(path))]


def _bytes(path: Path, limit: int) -> bytes:
    """The file's bytes, at most one over ``limit``. A link is followed, as caches of the Hub are
    made of them; what is no regular file is refused, as it may never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{path}: not a regular file", remedy="remove it, or replace it")
        with path.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise _unreadable(path, error) from error


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError as error:
        raise _unreadable(folder, error) from error


def _license_texts(folder: Path, names: Iterable[str]) -> list[str]:
    """Names of REUSE's licence texts, where no REUSE.toml says which file each is for."""
    if REUSE in names or not (folder / LICENSES).is_dir():
        return []
    return [name for name in _names(folder / LICENSES) if name.lower().endswith((".txt", ".md"))]


def _unreadable(path: Path, error: OSError) -> UsageError:
    reason = (error.strerror or "cannot be opened").lower()
    return UsageError(f"{path}: cannot be read ({reason})", remedy="check the path")
