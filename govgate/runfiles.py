"""Files of a run, as verification reads them: plain ones alone, by name, digest and size."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from govgate.attest.files import read_bounded
from govgate.data.digest import digest_file
from govgate.durable import walk
from govgate.errors import EvidenceError
from govgate.spelling import one_line

MAX_JSON = 64 * 2**20


def check_files(run: Path, expected: dict[str, tuple[str, int]], folder: str) -> None:
    """EvidenceError unless ``run/folder`` holds exactly ``expected`` (name → SHA-256, size)."""
    check_names(run / folder, {name.removeprefix(f"{folder}/") for name in expected}, folder)
    for name, digest in expected.items():
        check_file(run, name, digest)


def check_names(top: Path, expected: set[str], within: str = "") -> None:
    """EvidenceError unless the files below ``top`` are ``expected``, and plain ones; ``within``
    is how messages call ``top``."""
    found = set(_regular_files(top))
    prefix = f"{within}/" if within else ""
    if added := sorted(found - expected):
        what = one_line(prefix + added[0])
        raise EvidenceError(f"{what} was added: the record does not name it")
    if missing := sorted(expected - found):
        raise EvidenceError(f"{one_line(prefix + missing[0])} is missing")


def _regular_files(top: Path) -> Iterator[str]:
    """Names of all files below ``top``; a link or a special file is refused."""
    if top.is_symlink():
        raise EvidenceError(f"{top} is a link, not a folder")
    for folder, folders, files in walk(top):
        for name in (*folders, *files):
            path = folder / name
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise EvidenceError(
                    f"{one_line(str(path))} is a link or a special file, not a plain one"
                )
        yield from ((folder / name).relative_to(top).as_posix() for name in files)


def check_file(run: Path, name: str, expected: tuple[str, int]) -> None:
    """EvidenceError unless the file is a plain one and has this SHA-256 and size."""
    path = run / name
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise EvidenceError(f"{path} is a link or a special file, not a plain one")
    if not path.exists():
        raise EvidenceError(f"{path} is missing")
    if digest_file(run / name) != expected:
        raise EvidenceError(f"{name} is not the file that the record names: its bytes differ")


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a plain file; EvidenceError where it is missing, a link, or over ``limit``."""
    if path.is_symlink():
        raise EvidenceError(f"{path} is a link, not a plain file")
    try:
        return read_bounded(path, limit)
    except FileNotFoundError as error:
        raise EvidenceError(f"{path} is missing") from error


def load_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file of a run."""
    try:
        value = json.loads(read_file(path, MAX_JSON))
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{path} is not JSON") from error
    if not isinstance(value, dict):
        raise EvidenceError(f"{path} is not a JSON object")
    return value
