"""The papers that lie beside the data: cards, Croissant, SPDX, licence files and headers.

Papers of a file are those in its folder, and in the folders above it up to the one that was named
on the command line: what lies further up is of something else.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from govgate.data.dataset import DataFile, Format
from govgate.rights.agreement import Declared, Place
from govgate.rights.declarations.declaration import Declaration
from govgate.rights.declarations.find import read_papers
from govgate.rights.declarations.texts import HEAD_BYTES, read_header

PAPER = "a paper of the data set"


@dataclass(frozen=True, slots=True)
class Papers:
    """What the papers say, by folder; ``roots``: the folders that were named as data."""

    roots: tuple[Path, ...]
    found: Mapping[Path, tuple[Declaration, ...]]

    def of(self, file: DataFile) -> tuple[Declaration, ...]:
        """All that is said of ``file``, from the nearest folder up, and in its own header."""
        path = _absolute(file.path)
        said = [one for folder in _folders(path, self.roots) for one in self.found[folder]]
        return (*_header(file), *(one for one in said if _is_about(one, path)))

    @property
    def paths(self) -> dict[Path, str]:
        """The files that are papers and not data, each with what it is."""
        named = ((folder, one.file) for folder, said in self.found.items() for one in said)
        return {folder / name: PAPER for folder, name in named if "/" not in name}

    @property
    def digest(self) -> str | None:
        """SHA-256 over names and bytes of the papers; None without any."""
        paths = sorted(self.paths)
        if not paths:
            return None
        whole = hashlib.sha256()
        for path in paths:
            whole.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        return whole.hexdigest()


def find_papers(data: Sequence[str], files: Iterable[DataFile]) -> Papers:
    """The papers of all ``files``, which ``data`` named. Errors as ``find.read_papers``."""
    roots = tuple(_absolute(Path(name)) for name in data if Path(name).is_dir())
    folders = {folder for file in files for folder in _folders(_absolute(file.path), roots)}
    return Papers(roots, {folder: read_papers(folder) for folder in sorted(folders)})


def declared(said: Iterable[Declaration]) -> tuple[Declared, ...]:
    """What papers say of the licence, as one row's agreement takes it."""
    return tuple(
        Declared(Place(one.where.value), one.license, one.unknown)
        for one in said
        if one.license or one.unknown
    )


def made_from(said: Iterable[Declaration]) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Sources and models that papers name; None where none of them says anything."""
    said = list(said)
    sources = [one.sources for one in said if one.sources is not None]
    models = [one.models for one in said if one.models is not None]
    return _together(sources), _together(models)


def _together(named: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys(name for some in named for name in some)) if named else None


def _folders(path: Path, roots: Sequence[Path]) -> list[Path]:
    """The file's folder, and those above it up to the nearest that was named."""
    above = [root for root in roots if root in path.parents]
    if not above:
        return [path.parent]
    root = max(above, key=lambda one: len(one.parts))
    return [folder for folder in path.parents if folder == root or root in folder.parents]


def _is_about(one: Declaration, path: Path) -> bool:
    """Whether it may be about the file: one that names another file as its part is not."""
    if one.part is None:
        return True
    part = Path(one.part)
    return part.name == path.name or not (path.parent / part.name).is_file()


def _header(file: DataFile) -> tuple[Declaration, ...]:
    """SPDX tags at the head of a plain text, which is one row; in other formats they are rows'."""
    if file.format is not Format.TEXT or file.failure is not None:
        return ()
    try:
        with file.path.open("rb") as stream:
            return read_header(stream.read(HEAD_BYTES), file.name)
    except OSError:
        return ()  # whoever reads the rows says so


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))
