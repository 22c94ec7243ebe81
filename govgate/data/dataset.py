"""Which files make up a data set: paths as the user gave them → an ordered list of files.

The order is that of the arguments, sorted within a folder or glob, so it is the same everywhere.
Nothing is dropped in silence: what is not data is listed as skipped, with the reason, and what
cannot be opened is a file with a failure.
"""

import glob as globbing
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from govgate.data import discover
from govgate.errors import UsageError
from govgate.model import Failure


class Format(StrEnum):
    """How the rows of a file are laid out."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    ARROW = "arrow"
    TEXT = "text"


class Compression(StrEnum):
    """What the whole file is wrapped in (not a Parquet file's own column compression)."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


EXTENSIONS = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".parquet": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".ipc": Format.ARROW,
    ".feather": Format.ARROW,
    ".txt": Format.TEXT,
    ".text": Format.TEXT,
}
WRAPPERS = {".gz": Compression.GZIP, ".zst": Compression.ZSTD, ".zstd": Compression.ZSTD}


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of the data set.

    ``name`` is the published name: a posix path relative to the common parent of all inputs (the
    folder itself where a single folder is given), unique in the data set. ``failure``: why it
    cannot be opened (a dangling or looping link, unreadable, not a regular file). ``also``: where
    the data set has the same file again, by a link; its rows are read once.
    """

    path: Path
    name: str
    format: Format
    compression: Compression
    failure: Failure | None = None
    also: tuple["Alias", ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """Another path and published name of a file."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that was met and is not read as data, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """An ordered list of files; ``skipped`` lists what was met beside them."""

    files: tuple[DataFile, ...]
    skipped: tuple[Skipped, ...]


def open_dataset(
    paths: Sequence[str],
    *,
    format: Format | None = None,
    leave_out: Mapping[Path, str] | None = None,
) -> Dataset:
    """The data set that files, folders (recursive) and globs in ``paths`` name.

    ``format`` reads every file in that one format, whatever its extension. ``leave_out``: files
    that are not data though they lie among it, each with the reason; they are listed as skipped.
    UsageError for a path that does not exist, a glob without a match, or a named file of unknown
    format.
    """
    if not paths or not all(paths):
        # An unset variable must not mean the working directory.
        raise UsageError("no data was named", remedy="name files, folders or globs")
    arguments = [_argument(path) for path in paths]
    base = os.path.commonpath([argument.base for argument in arguments])
    left_out = {os.path.realpath(path): why for path, why in (leave_out or {}).items()}
    collected = _Collected(base, format, left_out)
    for argument in arguments:
        if argument.explicit:
            collected.add_named(argument)
        else:
            collected.add_found(argument)
    return collected.dataset()


@dataclass(frozen=True, slots=True)
class _Argument:
    given: str
    base: str  # the folder that names are relative to
    explicit: bool  # one named file: it must be data
    found: tuple[discover.Found, ...]


def _argument(given: str) -> _Argument:
    path = os.path.abspath(given)
    if os.path.isdir(path):
        return _Argument(given, path, False, tuple(discover.folder(path)))
    if os.path.lexists(path):
        return _Argument(given, os.path.dirname(path), True, (discover.one(path),))
    if not globbing.has_magic(given):
        raise UsageError(f"{given}: no such file or folder", remedy="check the path")
    matches = sorted(globbing.glob(path, recursive=True))
    if not matches:
        raise UsageError(f"{given}: matches no file", remedy="check the pattern")
    found = [item for match in matches for item in discover.any_of(match)]
    return _Argument(given, _fixed_part(path), False, tuple(found))


def folder_named(given: str) -> Path | None:
    """The folder that names in the data set are relative to: ``given`` itself, or where a glob
    starts from; None for a single file."""
    if os.path.isdir(given):
        return Path(given)
    if os.path.lexists(given) or not globbing.has_magic(given):
        return None
    return Path(_fixed_part(given))


def _fixed_part(pattern: str) -> str:
    """The folder that a glob starts from: its leading parts without a wildcard."""
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if globbing.has_magic(part))
    return str(Path(*parts[:fixed]))


class _Collected:
    """Files and skipped names so far; every real file is taken once."""

    def __init__(self, base: str, format: Format | None, left_out: Mapping[str, str]) -> None:
        self._base, self._format, self._left_out = base, format, left_out
        self._files: list[DataFile] = []
        self._skipped: list[Skipped] = []
        self._taken: dict[str, str] = {}
        self._also: dict[str, list[Alias]] = defaultdict(list)

    def add_named(self, argument: _Argument) -> None:
        for found in argument.found:
            kind = self._kind(found.path)
            if kind is None and found.failure is None:
                raise UsageError(
                    f"{argument.given}: cannot tell its format from its name",
                    remedy="pass --format, or use one of " + known_extensions(),
                )
            self._take(found, kind)

    def add_found(self, argument: _Argument) -> None:
        for found in argument.found:
            reason = (
                found.skip
                or self._left_out.get(os.path.realpath(found.path))
                or discover.not_data(os.path.basename(found.path))
            )
            kind = self._kind(found.path)
            if reason is None and kind is None and found.failure is None:
                reason = "not a known data format"
            if reason is None:
                self._take(found, kind)
            else:
                self._skipped.append(Skipped(self._name(found.path), reason))

    def dataset(self) -> Dataset:
        counts = Counter(file.name for file in self._files)
        twice = sorted(name for name, count in counts.items() if count > 1)
        if twice:
            raise UsageError(f"two files have the name {twice[0]}", remedy="rename one of them")
        files = [replace(file, also=tuple(self._also.get(file.name, ()))) for file in self._files]
        return Dataset(tuple(files), tuple(self._skipped))

    def _kind(self, path: str) -> tuple[Format, Compression] | None:
        kind = kind_of(path)
        if self._format is None:
            return kind
        wrapper = WRAPPERS.get(os.path.splitext(path)[1].lower(), Compression.NONE)
        return self._format, wrapper

    def _take(self, found: discover.Found, kind: tuple[Format, Compression] | None) -> None:
        name = self._name(found.path)
        real = os.path.realpath(found.path)
        if found.failure is None:
            if real in self._taken:
                self._skipped.append(Skipped(name, f"the same file as {self._taken[real]}"))
                self._also[self._taken[real]].append(Alias(Path(found.path), name))
                return
            self._taken[real] = name
        format, compression = kind or (Format.TEXT, Compression.NONE)
        self._files.append(DataFile(Path(found.path), name, format, compression, found.failure))

    def _name(self, path: str) -> str:
        relative = Path(os.path.relpath(path, self._base)).as_posix()
        return os.fsencode(relative).decode("utf-8", "backslashreplace")


def kind_of(path: str) -> tuple[Format, Compression] | None:
    """Format and compression as the file's name tells them; None when it does not."""
    stem, extension = os.path.splitext(path.lower())
    wrapper = WRAPPERS.get(extension)
    if wrapper is not None:
        extension = os.path.splitext(stem)[1]
    format = EXTENSIONS.get(extension)
    return None if format is None else (format, wrapper or Compression.NONE)


def known_extensions() -> str:
    """The extensions that a user can choose from, in words."""
    return f"{', '.join(EXTENSIONS)} (each also with {', '.join(WRAPPERS)})"
