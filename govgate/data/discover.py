"""What lies under a path: regular files, and whatever cannot be one, without ever blocking.

Links are followed. A folder reached twice is read once; a link back into its own folder is a
failure, because the user meant something that cannot be read.
"""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from govgate.data.failures import file_failure
from govgate.model import Failure

DANGLING = file_failure(
    "dangling-symlink", "the link leads nowhere", "restore its target or remove the link"
)
LOOP = file_failure("symlink-loop", "the link leads back to itself", "remove the link")
NOT_REGULAR = file_failure(
    "not-a-regular-file", "it is neither a file nor a folder", "remove it or name the files"
)
UNREADABLE = file_failure("unreadable", "it cannot be read", "check its permissions")

UNHEARD = "a configuration that this run did not read"
_BOOKKEEPING = {
    "dataset_info.json": "Hugging Face bookkeeping",
    "dataset_infos.json": "Hugging Face bookkeeping",
    "dataset_dict.json": "Hugging Face bookkeeping",
    "state.json": "Hugging Face bookkeeping",
    "govgate.yaml": UNHEARD,
    "govgate.yml": UNHEARD,
}
_OWN_RUN = {"coverage.json", "facts.parquet", "verdicts.parquet"}
_DOCUMENTS = {"readme", "license", "licence", "copying", "notice", "changelog", "citation"}
_DOCUMENT_EXTENSIONS = {"", ".md", ".txt", ".rst", ".cff"}


@dataclass(frozen=True, slots=True)
class Found:
    """One path: a readable regular file, or one with a ``failure``, or one to ``skip`` and why."""

    path: str
    failure: Failure | None = None
    skip: str | None = None


def one(path: str) -> Found:
    """``path`` as a file: links are followed, nothing is opened."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return Found(path, DANGLING)
    except OSError as error:
        return Found(path, LOOP if _is_loop(error) else UNREADABLE)
    if not stat.S_ISREG(mode):
        return Found(path, NOT_REGULAR)
    return Found(path, None if os.access(path, os.R_OK) else UNREADABLE)


def any_of(path: str) -> Iterator[Found]:
    """``path`` as a file, or everything in it when it is a folder."""
    if os.path.isdir(path):
        return folder(path)
    return iter([one(path)])


def folder(path: str) -> Iterator[Found]:
    """Every file under the folder, sorted by name at each level."""
    return _walk(path, (), {})


def not_data(name: str) -> str | None:
    """Why a file of this name, met in a folder, is not data; None when it may be."""
    if name.startswith("."):
        return "hidden"
    stem, extension = os.path.splitext(name.lower())
    if extension == ".lock":
        return "a lock file"
    if stem in _DOCUMENTS and extension in _DOCUMENT_EXTENSIONS:
        return "documentation"
    return _BOOKKEEPING.get(name.lower())


def _walk(path: str, above: tuple[str, ...], seen: dict[str, str]) -> Iterator[Found]:
    real = os.path.realpath(path)
    if real in above:
        yield Found(path, LOOP)
        return
    if real in seen:
        yield Found(path, skip=f"the same folder as {os.path.basename(seen[real])}")
        return
    seen[real] = path
    try:
        names = sorted(os.listdir(path))
    except OSError:
        yield Found(path, UNREADABLE)
        return
    if _OWN_RUN.issubset(names):
        yield Found(path, skip="a run directory of govgate")
        return
    for name in names:
        inner = os.path.join(path, name)
        if not os.path.isdir(inner):
            yield one(inner)
        elif name.startswith("."):
            yield Found(inner, skip="hidden")
        else:
            yield from _walk(inner, (*above, real), seen)


def _is_loop(error: OSError) -> bool:
    return error.errno == errno.ELOOP
