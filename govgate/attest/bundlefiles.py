"""The files of a bundle: paths that mean one file, inside one folder, on every system."""

import hashlib
import unicodedata
from collections import Counter
from dataclasses import dataclass

from govgate.errors import EvidenceError

WAIVERS = "waivers"  # folders of this name hold signed waivers, any others hold YAML
MAX_FILES = 1000
MAX_BYTES = 8 * 2**20
MAX_PATH = 400

_FORBIDDEN = frozenset('\\:*?"<>|')  # a separator, a drive or a wildcard on some system


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file of a bundle; its path is relative, in POSIX form, and safe on every system."""

    path: str
    content: bytes

    def __post_init__(self) -> None:
        _check_path(self.path)

    @property
    def sha256(self) -> str:
        """SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def is_waiver(self) -> bool:
        """Whether it lies in a folder ``waivers``."""
        return in_waivers(self.path)


def in_waivers(path: str) -> bool:
    """Whether the folder that ``path`` lies in is one of waivers."""
    return path.split("/")[-2:-1] == [WAIVERS]


def _check_path(path: str) -> None:
    parts = path.split("/")
    clean = path.isprintable() and unicodedata.is_normalized("NFC", path)
    if not clean or len(path.encode()) > MAX_PATH or _FORBIDDEN & set(path):
        raise EvidenceError("a path in the bundle is too long or holds a forbidden character")
    if any(not part or part[0] in ". " or part[-1] in ". " for part in parts):
        raise EvidenceError(
            f"the path {path!a} in the bundle is absolute, leaves its folder, or has a part that "
            "begins or ends with a dot or a space"
        )
    if not (in_waivers(path) or path.endswith(".yaml")):
        raise EvidenceError(f"the path {path!a} in the bundle is neither a .yaml nor a waiver")


def check_together(files: tuple[BundleFile, ...]) -> None:
    """EvidenceError unless ``files`` are few, small, in order, and none in the way of another."""
    if not files:
        raise EvidenceError("the bundle holds no files")
    if len(files) > MAX_FILES or sum(len(file.content) for file in files) > MAX_BYTES:
        raise EvidenceError(
            f"the bundle is too large: at most {MAX_FILES} files and {MAX_BYTES} bytes may be"
        )
    paths = [file.path for file in files]
    if paths != sorted(paths):
        raise EvidenceError("the bundle's files are not in the order of their paths")
    # Some systems take A.yaml and a.yaml for one file.
    folded = Counter(path.casefold() for path in paths)
    if twice := [path for path in paths if folded[path.casefold()] > 1]:
        raise EvidenceError(f"the bundle holds the path {twice[0]!a} twice")
    folders = {folder for path in paths for folder in _folders(path)}
    spelled = Counter(folder.casefold() for folder in folders)
    if twice := sorted(folder for folder in folders if spelled[folder.casefold()] > 1):
        raise EvidenceError(f"the bundle spells the folder {twice[0]!a} in two ways")
    if within := sorted(spelled.keys() & folded.keys()):
        raise EvidenceError(f"{within[0]!a} in the bundle is a file and a folder at once")


def _folders(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:end]) for end in range(1, len(parts))}
