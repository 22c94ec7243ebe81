"""Whether a file that cannot be read as a store is one of ours, which may hold rows."""

import json
from pathlib import Path

from govgate.home import Home
from govgate.retrieve.lancefolder import APPLICATION, CURRENT
from govgate.retrieve.sqlitefile import APPLICATION_ID
from govgate.retrieve.store import is_lance

_HEADER = b"SQLite format 3\0"
_ID_AT = 68  # where SQLite keeps the application id, four bytes, the highest first


def is_ours(home: Home, path: Path) -> bool:
    """Whether govgate wrote what is at ``path``, or it cannot be told that it did not.

    A file of somebody else's that was registered by mistake is none: nothing may delete it.
    """
    if path.is_relative_to(home.path.resolve() / "retrieve"):
        return True
    try:
        return _folder(path) if is_lance(path) and path.is_dir() else _file(path)
    except OSError:
        return True


def _file(path: Path) -> bool:
    if path.is_dir():
        return False
    with path.open("rb") as file:
        head = file.read(_ID_AT + 4)
    return head.startswith(_HEADER) and head[_ID_AT:] == APPLICATION_ID.to_bytes(4)


def _folder(path: Path) -> bool:
    try:
        told = json.loads((path / CURRENT).read_bytes())
    except FileNotFoundError:
        return False
    except (ValueError, RecursionError):
        return True
    return isinstance(told, dict) and told.get("application") == APPLICATION
