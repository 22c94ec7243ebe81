"""REUSE: licences of files by `REUSE.toml`, and by the names of the texts in `LICENSES/`.

    version = 1
    [[annotations]]
    path = "data/*.csv"
    SPDX-License-Identifier = "CC-BY-4.0"

Spec: https://reuse.software/spec-3.3/.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from govgate.errors import UsageError
from govgate.rights.declarations.declaration import Declaration, Kind, Where
from govgate.rights.declarations.documents import decode
from govgate.rights.declarations.expressions import all_of, read_text
from govgate.rights.declarations.names import label

MAX_BYTES = 2**20
MAX_ANNOTATIONS = 10_000
_KEY = "SPDX-License-Identifier"


def read_reuse(data: bytes, file: str) -> tuple[Declaration, ...]:
    """A declaration for each path of each annotation that names a licence.

    UsageError where it is no TOML, or not REUSE's version 1.
    """
    text = decode(data, file, MAX_BYTES).replace("\r\n", "\n")
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise UsageError(f"{file}: not TOML", remedy="repair it") from error
    annotations = raw.get("annotations", [])
    if raw.get("version") != 1 or not isinstance(annotations, list):
        raise UsageError(f"{file}: not in REUSE's version 1", remedy="begin it with `version = 1`")
    found = tuple(_declarations(annotations, file))
    if len(found) > MAX_ANNOTATIONS:
        raise UsageError(f"{file}: names more than {MAX_ANNOTATIONS} paths", remedy="use globs")
    return found


def read_names(names: Iterable[str], folder: str) -> tuple[Declaration, ...]:
    """``LICENSES/``: each text there is named for its licence, and all of them are in use."""
    stems = [PurePosixPath(name).name.removesuffix(PurePosixPath(name).suffix) for name in names]
    if not stems:
        return ()
    read = all_of(read_text(stem) for stem in sorted(stems))
    return (Declaration(Where.LICENSE_FILE, folder, Kind.DECLARED, *read, None, None, None, None),)


def is_named(path: str, name: str) -> bool:
    """Whether an annotation's ``path`` is of the file ``name``, both relative to `REUSE.toml`.

    ``*`` is anything within a folder, ``**`` anything at all, and a backslash takes the next
    character as it is (REUSE 3.3).
    """
    ends = {0}  # of the beginnings of the name that the path so far can spell
    for step in _STEPS.findall(path):
        if step in ("*", "**"):
            ends = _reached(name, ends, across=len(step) > 1)
        else:
            ends = {end + 1 for end in ends if name[end : end + 1] == step[-1]}
        if not ends:
            return False
    return len(name) in ends


_STEPS = re.compile(r"\*\*|\*|\\.|.", re.DOTALL)


def _reached(name: str, ends: set[int], *, across: bool) -> set[int]:
    """Where a wildcard can end that begins at any of ``ends``; ``across``: of folders, too."""
    found: set[int] = set()
    for at in range(min(ends), len(name) + 1):
        if at in ends or (at - 1 in found and (across or name[at - 1] != "/")):
            found.add(at)
    return found


def _declarations(annotations: list[Any], file: str) -> Iterator[Declaration]:
    for annotation in annotations:
        if not isinstance(annotation, dict) or _KEY not in annotation:
            continue
        read = all_of(read_text(one) for one in _listed(annotation[_KEY]))
        for path in _listed(annotation.get("path")):
            part = label(path)
            if part is None:
                raise UsageError(
                    f"{file}: an annotation names a licence and no file that is read",
                    remedy="write its path as text, relative to this file",
                )
            yield Declaration(
                Where.HEADER, file, Kind.DECLARED, *read, None, None, None, None, part
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
