"""The papers that lie beside the data: cards, Croissant, SPDX, licence files and headers.

Papers of a file are those in its folder, and in the folders above it up to the one that was named
on the command line, or that a glob starts from: what lies further up is of something else.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from govgate.data.dataset import DataFile, Format, folder_named
from govgate.data.stored import head_of
from govgate.rights.agreement import Declared, Place
from govgate.rights.declarations.declaration import Declaration, Where
from govgate.rights.declarations.find import LICENSES, REUSE, read_papers
from govgate.rights.declarations.reuse import is_named
from govgate.rights.declarations.texts import HEAD_BYTES, read_header

PAPER = "a paper of the data set"


@dataclass(frozen=True, slots=True)
class Papers:
    """What the papers say, by folder; ``roots``: the folders that were named as data; ``files``:
    all files of the data set, by their last names; ``digest``: SHA-256 over names and bytes of the
    papers, None without any."""

    roots: tuple[Path, ...]
    found: Mapping[Path, tuple[Declaration, ...]]
    files: Mapping[str, Sequence[Path]]
    digest: str | None = None

    def of(self, file: DataFile) -> tuple[Declaration, ...]:
        """All that is said of ``file``, from the nearest folder up, and in its own header."""
        said = [
            one
            for path in _paths_of(file)
            for folder in _folders(path, self.roots)
            for one in self.found[folder]
            if self._is_about(one, path, folder)
        ]
        return (*_header(file), *dict.fromkeys(said))

    def folders(self, file: DataFile) -> list[Path]:
        """The folders in which papers of ``file`` may lie, the nearest first."""
        return [folder for path in _paths_of(file) for folder in _folders(path, self.roots)]

    def _is_about(self, one: Declaration, path: Path, folder: Path) -> bool:
        """Whether a paper in ``folder`` may be about the file: one that names another file is not.

        REUSE names files by their paths. The parts of other papers need be no files, so what they
        name is taken for another file only where there is one.
        """
        if one.part is None:
            return True
        if one.where is Where.HEADER:
            name = path.relative_to(folder).as_posix()
            return is_named(one.part, name) if one.file == REUSE else one.part == name
        part = PurePosixPath(one.part)
        alike = (file for file in self.files.get(part.name, ()) if folder in file.parents)
        if named := [file for file in alike if _ends_with(file, part)]:
            return path in named
        return part.name == path.name or not (path.parent / part.name).is_file()

    @property
    def paths(self) -> dict[Path, str]:
        """The files that are papers and not data, each with what it is."""
        return dict.fromkeys(_papers(self.found), PAPER)


def find_papers(data: Sequence[str], files: Iterable[DataFile]) -> Papers:
    """The papers of all ``files``, which ``data`` named. Errors as ``find.read_papers``."""
    named = map(folder_named, data)
    roots = tuple(_absolute(folder) for folder in named if folder is not None)
    paths = [path for file in files for path in _paths_of(file)]
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        by_name[path.name].append(path)
    folders = {folder for path in paths for folder in _folders(path, roots)}
    found = {folder: read_papers(folder) for folder in sorted(folders)}
    return Papers(roots, found, by_name, _digest(_papers(found)))


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


def _paths_of(file: DataFile) -> list[Path]:
    """The places of a file in the data set, by links too."""
    return [_absolute(path) for path in (file.path, *(alias.path for alias in file.also))]


def _folders(path: Path, roots: Sequence[Path]) -> list[Path]:
    """The file's folder, and those above it up to the furthest that was named."""
    above = [root for root in roots if root in path.parents]
    if not above:
        return [path.parent]
    root = min(above, key=lambda one: len(one.parts))
    return [folder for folder in path.parents if folder == root or root in folder.parents]


def _papers(found: Mapping[Path, tuple[Declaration, ...]]) -> list[Path]:
    named = ((folder, one.file) for folder, said in found.items() for one in said)
    return sorted({path for folder, name in named for path in _paths(folder, name)})


def _digest(paths: Sequence[Path]) -> str | None:
    """Over names and bytes, in order of path; taken as the papers are read, not when a record is
    signed: they may have changed by then."""
    if not paths:
        return None
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _paths(folder: Path, name: str) -> list[Path]:
    """The files of a paper; of REUSE also the texts in its folder."""
    own = [folder / name] if "/" not in name and name != LICENSES else []
    if name not in (REUSE, LICENSES) or not (folder / LICENSES).is_dir():
        return own
    return own + [path for path in sorted((folder / LICENSES).iterdir()) if path.is_file()]


def _ends_with(path: Path, part: PurePosixPath) -> bool:
    names = [name for name in part.parts if name != "."]
    return path.parts[-len(names) :] == tuple(names)


def _header(file: DataFile) -> tuple[Declaration, ...]:
    """SPDX tags at the head of a plain text, which is one row; in other formats they are rows'."""
    if file.format is not Format.TEXT or file.failure is not None:
        return ()
    return read_header(head_of(file, HEAD_BYTES), file.name)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))
